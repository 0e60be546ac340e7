//! An event that is read by its likeness to an earlier one is read as the decoder would: every protocol that streams,
//! every value of its events, changed into values of every kind and into the words that mean something.

use generated::protocols::anthropic_messages::AnthropicMessages;
use generated::protocols::ollama_chat::OllamaChat;
use generated::protocols::openai_chat::OpenaiChat;
use generated::protocols::openai_completions::OpenaiCompletions;
use runtime::adapter::Chat;
use runtime::shapes::chat::pattern::Pattern;
use serde_json::{Value, json};

/// The pointers of all values in an event, the event itself left out.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in members {
        let at = format!("{at}/{name}");
        pointers(value, &at, found);
        found.push(at);
    }
}

/// Changes each value of an event into many others. Gives how many of them were read by likeness.
fn check<P: Chat>(event: &Value) -> usize {
    let others = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(7),
        json!(-1),
        json!(1.5),
        json!({}),
        json!([]),
        json!(""),
        json!("x"),
        json!("a\n\"b"),
        json!("null"),
        json!("stop"),
        json!("error"),
        json!("ping"),
        json!("from-security-guard"),
        json!("message_stop"),
        json!("thinking_delta"),
        json!("text_delta"),
        json!("signature_delta"),
        json!({"text": "x"}),
        json!(["x"]),
        json!({"message": "no"}),
    ];
    let (kept, mut places) = (event.to_string(), Vec::new());
    let decoded = P::event(&kept).expect("an event of the protocol");
    pointers(event, "", &mut places);
    let mut read = 0;
    for place in places {
        for other in &others {
            let mut changed = event.clone();
            *changed.pointer_mut(&place).expect("a place in the event") = other.clone();
            let changed = changed.to_string();
            let mut pattern = Pattern::new(P::PATHS);
            pattern.keep(&kept, &decoded);
            if let Some(chat) = pattern.read(&changed) {
                assert_eq!(Some(chat), P::event(&changed).ok(), "{place}: {changed}");
                read += 1;
            }
        }
    }
    read
}

#[test]
fn what_is_read_by_likeness_is_what_the_decoder_reads() {
    let openai = |delta: Value| {
        json!({"id": "c-1", "object": "chat.completion.chunk", "created": 17, "model": "m", "system_fingerprint": "fp",
            "choices": [{"index": 0, "delta": delta, "logprobs": {"content": [{"token": "Hi", "top": [1, "a"]}]},
            "finish_reason": null}], "usage": null, "obfuscation": "xyz"})
    };
    let thinking = json!({"role": "assistant", "content": null, "reasoning_content": "Hm", "refusal": null});
    let read = [
        check::<OpenaiChat>(&openai(json!({"content": "Hi"}))),
        check::<OpenaiChat>(&openai(thinking)),
        check::<OpenaiChat>(&openai(json!({"content": "", "refusal": "No", "index": 3, "id": "i"}))),
        check::<OpenaiCompletions>(&json!({"id": "c", "created": 1, "model": "m",
            "choices": [{"text": "Hi", "index": 0, "finish_reason": null, "logprobs": null}]})),
        check::<AnthropicMessages>(&json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": "Hi"}, "padding": "p"})),
        check::<OllamaChat>(&json!({"model": "m", "created_at": "2026-01-01T00:00:00Z", "total": 7,
            "message": {"role": "assistant", "content": "Hi"}, "done": false})),
    ];
    // The text becomes other texts, and values that nobody reads others of their kind.
    assert!(read.iter().all(|read| *read > 20), "{read:?}");
}
