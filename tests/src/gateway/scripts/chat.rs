//! Chat and text completions.

use serde_json::{Value, json};

use super::Asked;
use crate::gateway::reply::{Piece, Reply, chunk, completion, finish, usage};

pub(super) fn chat(asked: &Asked<'_>) -> Reply {
    let model = asked.model;
    if let Some(count) = model.strip_prefix("chunks-").and_then(|count| count.parse().ok()) {
        return chunks(count);
    }
    match (model, asked.streamed()) {
        ("strict-kwargs", _) if !asked.body["chat_template_kwargs"].is_null() => {
            Reply::error(400, "Unrecognized request argument supplied: chat_template_kwargs")
        }
        ("no-usage", true) => Reply::events(&[chunk(json!({"role": "assistant", "content": "Hello"})), finish("stop")]),
        ("no-usage", false) => Reply::json(&completion(json!({"role": "assistant", "content": "Hello"}), "stop", None)),
        ("tools-parallel", true) => Reply::events(&parallel_tools()),
        ("tools-parallel", false) => {
            let calls = json!([
                {"id": "call_a", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Paris\"}"}},
                {"id": "call_b", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}},
            ]);
            let message = json!({"role": "assistant", "content": null, "tool_calls": calls});
            Reply::json(&completion(message, "tool_calls", Some((20, 9))))
        }
        ("reasoning", true) => Reply::events(&[
            chunk(json!({"role": "assistant", "content": ""})),
            chunk(json!({"reasoning_content": "A greeting."})),
            chunk(json!({"reasoning_content": " Short."})),
            chunk(json!({"content": "Hello"})),
            finish("stop"),
            usage(9, 6),
        ]),
        ("reasoning", false) => {
            let message = json!({"role": "assistant", "reasoning_content": "A greeting. Short.", "content": "Hello"});
            Reply::json(&completion(message, "stop", Some((9, 6))))
        }
        ("guard", streamed) => guard(streamed),
        ("json-for-stream", _) => hello_whole(),
        ("crlf", true) => {
            let events = hello_events();
            let lines =
                events.iter().map(|event| format!(": ping\r\nevent: message\r\nid: 1\r\ndata: {event}\r\n\r\n"));
            Reply::stream(lines.chain(["data: [DONE]\r\n\r\n".to_owned()]))
        }
        ("error-in-stream", true) => Reply::stream([
            format!("data: {}\n\n", chunk(json!({"role": "assistant", "content": "Hel"}))),
            "data: {\"error\":{\"message\":\"the model crashed\",\"type\":\"server_error\",\"code\":500}}\n\n"
                .to_owned(),
        ]),
        ("cut", true) => Reply::stream([format!("data: {}\n\n", chunk(json!({"content": "Hel"})))]).then(Piece::Cut),
        (_, true) => Reply::events(&hello_events()),
        (_, false) => hello_whole(),
    }
}

fn hello_events() -> Vec<Value> {
    vec![
        chunk(json!({"role": "assistant", "content": ""})),
        chunk(json!({"content": "Hello"})),
        chunk(json!({"content": ", world"})),
        chunk(json!({"content": "!"})),
        finish("stop"),
        usage(9, 4),
    ]
}

fn hello_whole() -> Reply {
    Reply::json(&completion(json!({"role": "assistant", "content": "Hello, world!"}), "stop", Some((9, 4))))
}

/// `0 1 2 ...`: every chunk says which one it is.
fn chunks(count: usize) -> Reply {
    let mut events: Vec<Value> = (0..count).map(|index| chunk(json!({"content": format!("{index} ")}))).collect();
    events.push(finish("stop"));
    events.push(usage(3, u32::try_from(count).unwrap_or(u32::MAX)));
    Reply::events(&events)
}

/// Two calls whose fragments alternate; ids come once.
fn parallel_tools() -> Vec<Value> {
    let part = |call: Value| chunk(json!({"tool_calls": [call]}));
    vec![
        part(json!({"index": 0, "id": "call_a", "type": "function", "function": {"name": "weather", "arguments": ""}})),
        part(
            json!({"index": 1, "id": "call_b", "type": "function", "function": {"name": "weather", "arguments": "{\"ci"}}),
        ),
        part(json!({"index": 0, "function": {"arguments": "{\"city\":"}})),
        part(json!({"index": 1, "function": {"arguments": "ty\":\"Rome\"}"}})),
        part(json!({"index": 0, "function": {"arguments": "\"Paris\"}"}})),
        finish("tool_calls"),
        usage(20, 9),
    ]
}

/// What `ai-security-guard` puts in place of an answer (gateway reference 6.3).
fn guard(streamed: bool) -> Reply {
    let text = json!({"code": 200, "denyMessage": "I cannot answer that.",
        "blockedDetails": [{"type": "promptAttack", "level": "high"}]})
    .to_string();
    let by_guard = |choice: Value| {
        json!({"id": "chatcmpl-guard", "object": "chat.completion.chunk", "model": "from-security-guard",
            "choices": [choice], "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}})
    };
    if streamed {
        let first = by_guard(json!({"index": 0, "delta": {"role": "assistant", "content": text}}));
        let second = by_guard(json!({"index": 0, "delta": {}, "finish_reason": "stop"}));
        let mut reply =
            Reply::stream([format!("data:{first}\n\n"), format!("data:{second}\n\n"), "data: [DONE]".to_owned()]);
        reply.headers = vec![("content-type".to_owned(), "text/event-stream;charset=UTF-8".to_owned())];
        reply
    } else {
        let choice = json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
        Reply::json(&by_guard(choice))
    }
}

pub(super) fn text(asked: &Asked<'_>) -> Reply {
    let part = |text: &str, finish: Value| {
        json!({"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "upstream-model",
            "choices": [{"index": 0, "text": text, "finish_reason": finish, "logprobs": null}]})
    };
    if asked.streamed() {
        let mut last = usage(4, 3);
        last["object"] = json!("text_completion");
        return Reply::events(&[part(" a", Value::Null), part(" time", json!("stop")), last]);
    }
    let mut whole = part(" a time", json!("stop"));
    whole["usage"] = json!({"prompt_tokens": 4, "completion_tokens": 3, "total_tokens": 7});
    Reply::json(&whole)
}
