//! Whole calls, from the daemon's line to the line that ends the session, but for the HTTP client: what answers in its
//! place does nothing. One call after the other, so that each begins alone.

use std::sync::Arc;

use generated::plugins::ai_gateway::PLUGIN;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use runtime::log::Log;
use runtime::operation::Engine;
use runtime::outbox::Outbox;
use runtime::serve::{Limits, Link, Server};
use runtime::transport::memory;
use runtime::wire;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

/// Texts of an embedding, and numbers of a vector. A larger reply would be read by another thread.
const TEXTS: usize = 8;
const NUMBERS: usize = 1536;
/// Room between plugin and daemon, for any line of these calls.
const ROOM: usize = 1 << 20;

/// A chat with an answer of one event, signed.
pub fn session(times: u32) {
    let input = json!({
        "action": "invoke_llm", "model_type": "llm", "model_parameters": {"temperature": 0.5}, "stop": [], "tools": [],
        "stream": true, "prompt_messages": [{"role": "user", "content": "Hello", "name": ""}],
    });
    let event = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "qwen-plus",
        "choices": [{"index": 0, "delta": {"content": "Hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    });
    call(input, "text/event-stream", format!("data: {event}\n\ndata: [DONE]\n\n"), times);
}

/// The schema of a model, which asks nobody.
pub fn schema(times: u32) {
    call(json!({"action": "get_ai_model_schemas", "model_type": "llm"}), "text/plain", String::new(), times);
}

/// A reply of vectors.
pub fn vectors(times: u32) {
    let texts: Vec<String> = (0..TEXTS).map(|number| format!("Text {number}")).collect();
    let input = json!({
        "action": "invoke_text_embedding", "model_type": "text-embedding", "texts": texts, "input_type": "document",
    });
    let number = |at: usize| f64::from(u32::try_from(at * 7_919 % 20_011).unwrap_or_default()) / 65_536.0 - 0.125;
    let vector = |text: usize| (0..NUMBERS).map(|at| number(text * NUMBERS + at)).collect::<Vec<_>>();
    let data: Vec<Value> =
        (0..TEXTS).map(|text| json!({"object": "embedding", "index": text, "embedding": vector(text)})).collect();
    let reply = json!({
        "object": "list", "model": "qwen-plus", "data": data, "usage": {"prompt_tokens": 16, "total_tokens": 16},
    });
    call(input, "application/json", reply.to_string(), times);
}

/// Calls the plugin, again after each end. Every request gets the same answer.
fn call(mut data: Value, media_type: &'static str, body: String, times: u32) {
    data["model"] = "qwen-plus".into();
    data["user_id"] = "user-1".into();
    data["provider"] = "ai-gateway".into();
    data["credentials"] = json!({
        "endpoint_url": "http://gateway.example/v1", "auth_method": "hmac", "hmac_access_key": "ak-consumer-b81e6d",
        "hmac_secret_key": "hs-8d1f40e2b7c94a6f", "context_size": "4096", "max_tokens_to_sample": "4096",
        "proxy": "direct",
    });
    let body = bytes::Bytes::from(body);
    let engine = Engine::new().scripted(Box::new(move |_| {
        let mut answer = hyper::Response::new(reqwest::Body::from(body.clone()));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        answer.into()
    }));
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("an event loop");
    event_loop.block_on(async {
        let (daemon, reader, writer) = memory::pair(ROOM);
        let server = Server::with_engine(&PLUGIN, Limits::default(), Log::default(), engine);
        let served = tokio::spawn(async move {
            server.serve(Link::Pipes, reader, writer, Arc::new(Outbox::default()), std::future::pending()).await
        });
        let (mut requests, mut answers) = (daemon.requests, BufReader::with_capacity(ROOM, daemon.answers));
        let request = format!("{{\"session_id\":\"s\",\"event\":\"request\",\"data\":{data}}}\n");
        let (mut says, mut end, mut line) = (Vec::new(), Vec::new(), Vec::new());
        wire::write_session_start(&mut says, "s", "stream");
        wire::write_end(&mut end, "s");
        for _ in 0..times {
            requests.write_all(request.as_bytes()).await.expect("somebody reads");
            let mut answered = false;
            line.clear();
            while line != end {
                line.clear();
                assert!(answers.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0), "no answer");
                answered |= line.starts_with(&says);
                let is_known = line == end || line == wire::HEARTBEAT || line.starts_with(&says);
                assert!(is_known, "{}", String::from_utf8_lossy(&line));
            }
            assert!(answered, "an end without an answer");
        }
        drop(requests);
        served.await.expect("an end");
    });
}
