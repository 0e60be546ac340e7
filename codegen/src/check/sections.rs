//! Of p4: the sections of a protocol are those of its shape.

use crate::ast::{Action, Frames, Method, Protocol, Shape, Type};
use crate::diagnostics::At;

use super::Checking;
use super::scope::{bare, implemented};

impl<'s> Checking<'s> {
    pub fn sections(&mut self, spec: &'s Protocol, root: &At) {
        let shape = root.key("shape");
        let mut lacks = |what: &str, help: &str| {
            self.report.error("S4006", shape.clone(), what).label("this shape needs it").help(help);
        };
        match spec.shape {
            Shape::Json => {
                if spec.reply.is_none() {
                    lacks("a `json` protocol has no `reply`", "say what the reply builds under `reply:`");
                }
            }
            Shape::Task => {
                if spec.request.body.is_none() {
                    lacks("a `task` protocol has no body", "say it under `request.body`");
                }
                if spec.task.is_none() {
                    lacks("a `task` protocol has no `task`", "say what is kept, and how it is polled, under `task:`");
                }
                if spec.reply.is_none() {
                    lacks("a `task` protocol has no `reply`", "say what the last poll builds under `reply:`");
                }
            }
            Shape::Chat => {
                if spec.request.body.is_none() {
                    lacks("a `chat` protocol has no body", "say it under `request.body`");
                }
                if spec.stream.is_none() && spec.reply.is_none() {
                    lacks("a `chat` protocol reads no answer", "say `stream:`, `reply:` or both");
                }
            }
            Shape::Upload => {
                if spec.request.parts.is_none() {
                    lacks("an `upload` protocol has no parts", "say them under `request.parts`");
                }
                if spec.reply.is_none() {
                    lacks("an `upload` protocol has no `reply`", "say what the reply builds under `reply:`");
                }
            }
            Shape::Bytes => {
                if spec.request.body.is_none() {
                    lacks("a `bytes` protocol has no body", "say it under `request.body`");
                }
            }
        }
        let content = [("body", spec.request.body.is_some()), ("parts", spec.request.parts.is_some())];
        for (key, _) in content.into_iter().filter(|(_, given)| *given && spec.request.method == Method::Get) {
            self.report
                .error("S4006", root.key("request").key(key).on_key(), "a GET has no body")
                .label("not of this method")
                .help("write `post:`, or send it under `query:`");
        }
        if spec.request.parts.is_some() && spec.shape != Shape::Upload {
            self.report
                .error("S4006", root.key("request").key("parts").on_key(), "only an `upload` protocol has parts")
                .label("not of this shape")
                .help("write `shape: upload`, or say a JSON body under `body:`");
        }
        if !matches!(spec.shape, Shape::Chat | Shape::Bytes) && spec.stream.is_some() {
            let shape = match spec.shape {
                Shape::Upload => "an `upload`",
                Shape::Task => "a `task`",
                Shape::Json | Shape::Chat | Shape::Bytes => "a `json`",
            };
            self.report
                .error("S4006", root.key("stream").on_key(), format!("{shape} protocol has no stream"))
                .label("not of this shape")
                .help("write `shape: chat`, or take it out");
        }
        if let Some(stream) = spec.stream.as_ref().filter(|stream| stream.frames == Frames::Ndjson)
            && stream.separator.is_some()
        {
            self.report
                .error("S4006", root.key("stream").key("separator").on_key(), "lines have no separator")
                .label("not of these frames")
                .help("write `frames: sse`, or take it out");
        }
        if let Some((_, action)) = implemented(self.specs, spec) {
            let output = action.output.as_ref().map(bare);
            let chat = Type::Named("chat".to_owned());
            if matches!(spec.shape, Shape::Chat | Shape::Task) && output.is_some_and(|output| *output != chat) {
                let word = if spec.shape == Shape::Task { "task" } else { "chat" };
                self.report
                    .error("S4006", root.key("shape"), format!("the shape `{word}` cannot serve `{}`", spec.implements))
                    .label("its output is no `chat`")
                    .help("write `shape: json`");
            }
            let audio = output.is_some() && is_audio(action);
            if audio != (spec.shape == Shape::Bytes) && output.is_some() {
                let (what, help) = match audio {
                    true => ("its output is `audio`", "write `shape: bytes`"),
                    false => ("its output is no `audio`", "write `shape: json`"),
                };
                self.report
                    .error("S4006", root.key("shape"), format!("this shape cannot serve `{}`", spec.implements))
                    .label(what)
                    .help(help);
            }
            if spec.shape == Shape::Upload && output == Some(&chat) {
                self.report
                    .error("S4006", root.key("shape"), format!("the shape `upload` cannot serve `{}`", spec.implements))
                    .label("its output is `chat`")
                    .help("write `shape: chat`");
            }
            if output.is_none() {
                self.report
                    .error(
                        "S4006",
                        root.key("implements"),
                        format!("`{}` is answered without a protocol", spec.implements),
                    )
                    .label("has no output");
            }
        }
    }
}

pub fn is_audio(action: &Action) -> bool {
    action.output.as_ref().is_some_and(|output| *bare(output) == Type::Named("audio".to_owned()))
}
