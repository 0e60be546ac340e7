//! Ollama's own chat: lines of JSON.

use serde_json::{Value, json};

use super::Asked;
use crate::gateway::reply::Reply;

/// A stream of lines.
pub fn lines(lines: &[Value]) -> Reply {
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    let mut reply = Reply::stream(lines);
    reply.headers = vec![("content-type".to_owned(), "application/x-ndjson".to_owned())];
    reply
}

/// A line with this message.
pub fn said(message: Value) -> Value {
    json!({"model": "m", "created_at": "2023-08-04T08:52:19Z", "message": message, "done": false})
}

/// The last line.
pub fn done(reason: &str, input: u32, output: u32) -> Value {
    json!({"model": "m", "created_at": "2023-08-04T08:52:19Z", "message": {"role": "assistant", "content": ""}, "done": true,
        "done_reason": reason, "total_duration": 1, "prompt_eval_count": input, "eval_count": output})
}

/// A piece of text.
pub fn text(text: &str) -> Value {
    said(json!({"role": "assistant", "content": text}))
}

pub(super) fn chat(asked: &Asked<'_>) -> Reply {
    if let Some(problem) = refused(asked) {
        return Reply { status: 400, ..Reply::json(&json!({"error": problem})) };
    }
    let call = |city: &str| json!({"function": {"name": "weather", "arguments": {"city": city}}});
    let message = |text: &str| json!({"role": "assistant", "content": text});
    let whole = |message: Value, input: u32, output: u32| {
        let mut whole = done("stop", input, output);
        whole["message"] = message;
        Reply::json(&whole)
    };
    match (asked.model, asked.streamed()) {
        ("tools-parallel", true) => {
            let calls = ["Paris", "Rome"]
                .map(|city| said(json!({"role": "assistant", "content": "", "tool_calls": [call(city)]})));
            let [paris, rome] = calls;
            lines(&[paris, rome, done("stop", 20, 9)])
        }
        ("tools-parallel", false) => {
            let calls = json!({"role": "assistant", "content": "", "tool_calls": [call("Paris"), call("Rome")]});
            whole(calls, 20, 9)
        }
        ("reasoning", true) => lines(&[
            said(json!({"role": "assistant", "content": "", "thinking": "A greeting."})),
            text("Hello"),
            done("stop", 9, 6),
        ]),
        ("reasoning", false) => {
            whole(json!({"role": "assistant", "content": "Hello", "thinking": "A greeting."}), 9, 6)
        }
        (_, true) => lines(&[text("Hello"), text(", world"), text("!"), done("stop", 9, 4)]),
        (_, false) => whole(message("Hello, world!"), 9, 4),
    }
}

/// What the service cannot read.
fn refused(asked: &Asked<'_>) -> Option<String> {
    for message in asked.body["messages"].as_array()? {
        if !message["content"].is_string() {
            return Some(
                "json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string"
                    .to_owned(),
            );
        }
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        if calls.into_iter().any(|call| !call["function"]["arguments"].is_object()) {
            return Some("json: cannot unmarshal string into Go struct field ToolCallFunction.arguments".to_owned());
        }
        let images = message["images"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if images.into_iter().any(|image| image.contains([':', ','])) {
            return Some("illegal base64 data at input byte 4".to_owned());
        }
    }
    None
}
