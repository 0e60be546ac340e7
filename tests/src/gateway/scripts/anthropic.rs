//! Anthropic's Messages, as strict as the service: what it refuses is refused here.

use serde_json::{Value, json};

use super::Asked;
use crate::gateway::reply::Reply;

/// A stream as the service frames it: each event is named as its `type`.
pub fn events(events: &[Value]) -> Reply {
    Reply::stream(events.iter().map(framed))
}

/// One event.
pub fn framed(event: &Value) -> String {
    format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default())
}

/// An error in the service's form.
pub fn error(status: u16, kind: &str, message: &str) -> Reply {
    let body = json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"});
    Reply { status, ..Reply::json(&body) }
}

/// The first event, with the count of the prompt's tokens.
pub fn start(input: u32) -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [], "stop_reason": null, "usage": {"input_tokens": input, "cache_read_input_tokens": 0, "output_tokens": 1}}})
}

/// The beginning of a block.
pub fn block(index: u32, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

/// A piece of a block.
pub fn delta(index: u32, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

/// The last two events: why it ended, and the count of the answer's tokens.
pub fn end(reason: &str, output: u32) -> [Value; 2] {
    let delta = json!({"stop_reason": reason, "stop_sequence": null});
    let last = json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": output}});
    [last, json!({"type": "message_stop"})]
}

/// A piece of text in block 0.
pub fn text(text: &str) -> Value {
    delta(0, json!({"type": "text_delta", "text": text}))
}

pub(super) fn messages(asked: &Asked<'_>) -> Reply {
    if let Some(problem) = refused(asked) {
        return error(400, "invalid_request_error", &problem);
    }
    let whole = |content: Value, reason: &str, usage: (u32, u32)| {
        Reply::json(
            &json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "content": content,
            "stop_reason": reason, "usage": {"input_tokens": usage.0, "output_tokens": usage.1}}),
        )
    };
    let called = |id: &str| json!({"type": "tool_use", "id": id, "name": "weather", "input": {}});
    let arguments = |index, piece: &str| delta(index, json!({"type": "input_json_delta", "partial_json": piece}));
    let stop = |index: u32| json!({"type": "content_block_stop", "index": index});
    match (asked.model, asked.streamed()) {
        ("tools-parallel", true) => {
            let mut stream = vec![
                start(20),
                block(0, called("toolu_a")),
                arguments(0, ""),
                arguments(0, "{\"city\": \"Pa"),
                arguments(0, "ris\"}"),
                stop(0),
                block(1, called("toolu_b")),
                arguments(1, "{\"city\": \"Rome\"}"),
                stop(1),
            ];
            stream.extend(end("tool_use", 9));
            events(&stream)
        }
        ("tools-parallel", false) => {
            let call = |id: &str, city: &str| json!({"type": "tool_use", "id": id, "name": "weather", "input": {"city": city}});
            whole(json!([call("toolu_a", "Paris"), call("toolu_b", "Rome")]), "tool_use", (20, 9))
        }
        ("reasoning", true) => {
            let mut stream = vec![
                start(9),
                block(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
                delta(0, json!({"type": "thinking_delta", "thinking": "A greeting."})),
                delta(0, json!({"type": "signature_delta", "signature": "EqQB"})),
                stop(0),
                block(1, json!({"type": "text", "text": ""})),
                delta(1, json!({"type": "text_delta", "text": "Hello"})),
                stop(1),
            ];
            stream.extend(end("end_turn", 6));
            events(&stream)
        }
        ("reasoning", false) => {
            let thought = json!({"type": "thinking", "thinking": "A greeting.", "signature": "EqQB"});
            whole(json!([thought, {"type": "text", "text": "Hello"}]), "end_turn", (9, 6))
        }
        (_, true) => {
            let mut stream = vec![start(9), block(0, json!({"type": "text", "text": ""})), json!({"type": "ping"})];
            stream.extend(["Hello", ", world", "!"].map(text));
            stream.push(stop(0));
            stream.extend(end("end_turn", 4));
            events(&stream)
        }
        (_, false) => whole(json!([{"type": "text", "text": "Hello, world!"}]), "end_turn", (9, 4)),
    }
}

/// What the service does not take.
fn refused(asked: &Asked<'_>) -> Option<String> {
    let body = asked.body;
    if asked.header("anthropic-version") != Some("2023-06-01") {
        return Some("anthropic-version: header is required".to_owned());
    }
    let Some(limit) = body["max_tokens"].as_u64() else { return Some("max_tokens: Field required".to_owned()) };
    let thinks = body["thinking"]["type"] == "enabled";
    if thinks && body["thinking"]["budget_tokens"].as_u64().is_none_or(|budget| budget < 1024 || budget >= limit) {
        return Some("`max_tokens` must be greater than `thinking.budget_tokens`.".to_owned());
    }
    if thinks && body["temperature"].as_f64().is_some_and(|heat| heat != 1.0) {
        return Some("`temperature` may only be set to 1 when thinking is enabled.".to_owned());
    }
    let mut before = "assistant";
    for (index, message) in body["messages"].as_array()?.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if role == before || !["user", "assistant"].contains(&role) {
            return Some(format!("messages.{index}: roles must alternate between \"user\" and \"assistant\""));
        }
        before = role;
        let blocks = match &message["content"] {
            Value::Array(blocks) => blocks.clone(),
            text => vec![json!({"type": "text", "text": text})],
        };
        let blank =
            |block: &Value| block["type"] == "text" && block["text"].as_str().is_none_or(|text| text.trim().is_empty());
        if blocks.is_empty() || blocks.iter().any(blank) {
            return Some(format!("messages.{index}: text content blocks must be non-empty"));
        }
        let calls =
            blocks.iter().any(|block| ["tool_use", "tool_result"].contains(&block["type"].as_str().unwrap_or("")));
        if calls && body["tools"].is_null() {
            return Some("Requests which include `tool_use` or `tool_result` blocks must define tools".to_owned());
        }
        if blocks.iter().any(|block| block["type"] == "tool_use" && !block["input"].is_object()) {
            return Some(format!("messages.{index}: tool_use.input: Input should be a valid dictionary"));
        }
        let thought = blocks.iter().any(|block| block["type"] == "tool_use");
        if thinks && thought {
            return Some(format!(
                "messages.{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. \
                 When `thinking` is enabled, a final `assistant` message must start with a thinking block"
            ));
        }
    }
    None
}
