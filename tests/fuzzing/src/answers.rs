//! Whatever an endpoint answers: a request of either plugin, through every layer, ends once; it says the same however
//! the answer is split into reads; no stored secret is in an error.
//!
//! An input is a byte that names the plugin, the request line, and answers, divided by `%%%%` lines: a line such as
//! `200 7 1 30` (status, sizes of reads, `!` if the connection breaks at the end), headers, a blank line, the body.

use bytes::Bytes;
use runtime::credentials::FieldType;
use runtime::plugin::Plugin;
use runtime::serve::Limits;
use runtime::wire::Envelope;
use serde_json::{Map, Value};

pub use crate::frames::pieces;
use crate::rehearsal::{Answer, rehearse};
use crate::{plugin_of, split_line};

/// Divides the answers.
pub const DIVIDER: &str = "\n%%%%\n";
/// The session of every request.
pub const SESSION: &str = "s";
/// Only secrets that hold this are searched for: mutation makes others that our own words hold.
const MARK: &str = "s3cr3t";
/// Longer bodies are not read byte by byte.
const SHORT: usize = 2 << 10;

/// Checks one input.
///
/// # Panics
/// If it does not hold.
pub fn check(input: &[u8]) {
    let Some((plugin, rest)) = plugin_of(input) else { return };
    let (request, answers) = split_line(rest);
    let Ok(envelope) = Envelope::parse(request) else { return };
    if (envelope.session_id.as_deref(), envelope.event.as_deref()) != (Some(SESSION), Some("request")) {
        return;
    }
    let answers: Vec<Scripted<'_>> = divided(answers).into_iter().map(Scripted::read).collect();
    let heard = |split: Split| Heard::of(plugin, request, answers.iter().map(|answer| answer.split(split)).collect());
    let whole = heard(Split::Whole);
    let data = envelope.data.and_then(|data| serde_json::from_str::<Value>(data.get()).ok()).unwrap_or_default();
    // Of requests that run at once nobody knows which one gets the second answer.
    if answers.len() == 1 || data["action"] == "invoke_llm" {
        assert_eq!(heard(Split::AsSaid), whole, "in reads as the input says");
        if answers.iter().all(|answer| answer.body.len() <= SHORT) {
            assert_eq!(heard(Split::Bytes), whole, "byte by byte");
        }
    }
    if let (Some((_, message)), Some(credentials)) = (&whole.error, data["credentials"].as_object()) {
        for secret in secrets(plugin, credentials) {
            assert!(!message.contains(secret), "an error shows {secret:?}");
        }
    }
}

/// The stored secrets that must not be seen.
fn secrets<'a>(plugin: &Plugin, credentials: &'a Map<String, Value>) -> Vec<&'a str> {
    let is_secret = |variable: &str| {
        let field = plugin.fields.iter().find(|field| field.variable == variable || field.aliases.contains(&variable));
        field.is_some_and(|field| matches!(field.kind, FieldType::Secret | FieldType::SigningKey))
    };
    let secrets = credentials.iter().filter(|(name, _)| is_secret(name)).filter_map(|(_, value)| value.as_str());
    secrets.map(str::trim).filter(|secret| secret.contains(MARK) && !secret.contains('*')).collect()
}

/// The answers of an input.
fn divided(input: &[u8]) -> Vec<&[u8]> {
    let mut answers = Vec::new();
    let mut rest = input;
    while let Some(at) = rest.windows(DIVIDER.len()).position(|bytes| bytes == DIVIDER.as_bytes()) {
        answers.push(&rest[..at]);
        rest = &rest[at + DIVIDER.len()..];
    }
    answers.push(rest);
    answers
}

/// An answer as an input says it.
struct Scripted<'a> {
    answer: Answer,
    sizes: Vec<usize>,
    body: &'a [u8],
}

/// How a body is split into reads.
#[derive(Clone, Copy)]
enum Split {
    Whole,
    AsSaid,
    Bytes,
}

impl<'a> Scripted<'a> {
    fn read(input: &'a [u8]) -> Self {
        let (how, mut rest) = split_line(input);
        let how = String::from_utf8_lossy(how);
        let mut words = how.split_whitespace();
        let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(200);
        let sizes = words.filter_map(|word| word.parse::<u16>().ok()).map(usize::from).take(32).collect();
        let mut headers = Vec::new();
        loop {
            let (line, after) = split_line(rest);
            rest = after;
            let line = String::from_utf8_lossy(line);
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        let answer = Answer { status, headers, breaks: how.contains('!'), ..Answer::default() };
        Scripted { answer, sizes, body: rest }
    }

    fn split(&self, split: Split) -> Answer {
        let sizes: &[usize] = match split {
            Split::Whole => &[usize::MAX],
            Split::AsSaid => &self.sizes,
            Split::Bytes => &[1],
        };
        let pieces = pieces(self.body, sizes).into_iter().map(Bytes::copy_from_slice).collect();
        Answer { pieces, ..self.answer.clone() }
    }
}

/// What Dify hears in a session, its chunks put together. Ids and times are new every time, and left out.
#[derive(Debug, Default)]
pub struct Heard {
    /// The text of all chunks, or audio in hexadecimal.
    pub text: String,
    /// The tool calls.
    pub calls: Vec<Value>,
    /// Everything else, in order.
    pub others: Vec<Value>,
    /// Type and message.
    pub error: Option<(String, String)>,
}

impl PartialEq for Heard {
    /// An error may quote what had come of an answer.
    fn eq(&self, other: &Self) -> bool {
        let kind = |heard: &Heard| heard.error.as_ref().map(|(kind, _)| kind.clone());
        (&self.text, &self.calls, &self.others, kind(self)) == (&other.text, &other.calls, &other.others, kind(other))
    }
}

impl Heard {
    /// What comes of a request of the session `s` and of these answers.
    ///
    /// # Panics
    /// If the session does not end once.
    pub fn of(plugin: &'static Plugin, request: &[u8], answers: Vec<Answer>) -> Self {
        let mut written = rehearse(plugin, Limits::default(), request, answers);
        let messages = written.sessions.remove(SESSION).unwrap_or_default();
        assert!(written.sessions.is_empty(), "nobody asked in {:?}", written.sessions.keys());
        let mut heard = Heard::default();
        let Some((last, messages)) = messages.split_last() else { panic!("the session has no end") };
        assert_eq!(last["type"], "end");
        for message in messages {
            assert!(heard.error.is_none(), "an error is the last word");
            match message["type"].as_str() {
                Some("stream") => heard.add(message["data"].clone()),
                Some("error") => {
                    let text = |name: &str| message["data"][name].as_str().unwrap_or_default().to_owned();
                    heard.error = Some((text("error_type"), text("message")));
                }
                other => panic!("{other:?} before the end"),
            }
        }
        heard
    }

    fn add(&mut self, mut data: Value) {
        let message = &mut data["delta"]["message"];
        if let Some(Value::String(text)) = message.get("content") {
            self.text.push_str(text);
            for mut call in message["tool_calls"].as_array().cloned().unwrap_or_default() {
                call["id"].take();
                self.calls.push(call);
            }
            let delta = &mut data["delta"];
            if delta["usage"].is_object() {
                delta["usage"]["latency"].take();
                self.others.push(delta["usage"].take());
                self.others.push(delta["finish_reason"].take());
            }
        } else if let Some(Value::String(audio)) = data.get("result") {
            self.text.push_str(audio);
        } else {
            without_time(&mut data);
            self.others.push(data);
        }
    }
}

fn without_time(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("latency");
            members.values_mut().for_each(without_time);
        }
        Value::Array(values) => values.iter_mut().for_each(without_time),
        _ => {}
    }
}
