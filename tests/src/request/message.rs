//! Prompt messages, their parts, and tools, as the daemon fills them.

use serde_json::{Value, json};

fn message(role: &str, content: Value) -> Value {
    json!({"role": role, "content": content, "name": "", "tool_calls": null, "tool_call_id": ""})
}

/// A user message.
pub fn user(text: &str) -> Value {
    message("user", text.into())
}

/// A system message.
pub fn system(text: &str) -> Value {
    message("system", text.into())
}

/// An assistant message.
pub fn assistant(text: &str) -> Value {
    message("assistant", text.into())
}

/// An assistant message that calls a tool.
pub fn calls_tool(id: &str, name: &str, arguments: &str) -> Value {
    let mut message = assistant("");
    message["tool_calls"] = json!([{"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]);
    message
}

/// The result of a tool call.
pub fn tool_result(id: &str, text: &str) -> Value {
    let mut message = message("tool", text.into());
    message["tool_call_id"] = id.into();
    message
}

/// A user message of several parts.
pub fn parts(parts: impl IntoIterator<Item = Value>) -> Value {
    message("user", parts.into_iter().collect::<Vec<_>>().into())
}

/// A text part.
pub fn text_part(text: &str) -> Value {
    part("text", &[("data", text)])
}

/// A part with everything else empty, as the daemon fills it.
pub fn part(kind: &str, members: &[(&str, &str)]) -> Value {
    let mut part = json!({"type": kind, "base64_data": "", "url": "", "data": "", "encode_format": "", "format": "",
        "mime_type": "", "detail": "", "filename": ""});
    for (name, value) in members {
        part[*name] = (*value).into();
    }
    part
}

/// A tool with one text argument.
pub fn tool(name: &str) -> Value {
    json!({"name": name, "description": "Current weather", "parameters":
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}})
}

/// A text as a document or a query of the multimodal actions.
pub fn text_content(text: &str) -> Value {
    json!({"content": text, "content_type": "text"})
}

/// An image, in base64, as a document or a query of the multimodal actions.
pub fn image_content(base64: &str) -> Value {
    json!({"content": base64, "content_type": "image"})
}
