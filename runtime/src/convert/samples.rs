//! Messages for the tests of this folder.

use crate::input::{Content, Function, Media, MediaKind, Message, Part, Role, ToolCall};

pub fn said(role: Role, text: &str) -> Message<'_> {
    message(role, Content::Text(text.into()))
}

pub fn parts<'a>(role: Role, parts: Vec<Part<'a>>) -> Message<'a> {
    message(role, Content::Parts(parts))
}

pub fn text(text: &str) -> Part<'_> {
    Part::Text(text.into())
}

pub fn media<'a>(kind: MediaKind, url: &'a str, base64: &'a str, mime_type: &'a str) -> Media<'a> {
    Media {
        kind,
        url: url.into(),
        base64: base64.into(),
        mime_type: mime_type.into(),
        format: "".into(),
        filename: "".into(),
        detail: "".into(),
    }
}

pub fn called<'a>(text: &'a str, calls: &[(&'a str, &'a str, &'a str)]) -> Message<'a> {
    let tool_calls = calls
        .iter()
        .map(|&(id, name, arguments)| ToolCall {
            id: id.into(),
            function: Function { name: name.into(), arguments: arguments.into() },
        })
        .collect();
    Message { tool_calls, ..said(Role::Assistant, text) }
}

pub fn result<'a>(id: &'a str, text: &'a str) -> Message<'a> {
    Message { tool_call_id: Some(id.into()), ..said(Role::Tool, text) }
}

fn message<'a>(role: Role, content: Content<'a>) -> Message<'a> {
    Message { role, content, name: None, tool_calls: Vec::new(), tool_call_id: None }
}
