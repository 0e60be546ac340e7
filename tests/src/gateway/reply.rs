//! What the model service behind the embedded gateway answers: status, headers and the pieces of a body.
//!
//! It knows nothing of models or routes; see [`super::scripts`].

use serde_json::{Value, json};

/// One answer, byte by byte.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body, one network write a piece.
    pub pieces: Vec<Piece>,
}

/// A piece of a body.
#[derive(Debug, Clone)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, so many times.
    Repeat(Vec<u8>, usize),
    /// Nothing more until the test opens the gate of this name.
    Gate(String),
    /// The connection breaks here.
    Cut,
}

impl Reply {
    /// An answer with one piece.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = match content_type {
            "" => Vec::new(),
            _ => vec![("content-type".to_owned(), content_type.to_owned())],
        };
        let body = body.into();
        let pieces = if body.is_empty() { Vec::new() } else { vec![Piece::Bytes(body)] };
        Reply { status, headers, pieces }
    }

    /// A JSON document with status 200.
    pub fn json(body: &Value) -> Self {
        Self::new(200, "application/json", body.to_string())
    }

    /// An error in OpenAI's form.
    pub fn error(status: u16, message: &str) -> Self {
        let mut reply =
            Self::json(&json!({"error": {"message": message, "type": "invalid_request_error", "code": null}}));
        reply.status = status;
        reply
    }

    /// An error in DashScope's form.
    pub fn dashscope_error(status: u16, code: &str, message: &str) -> Self {
        let mut reply = Self::json(&json!({"code": code, "message": message, "request_id": "r-1"}));
        reply.status = status;
        reply
    }

    /// Raw bytes of a stream of server-sent events, one network write each.
    pub fn stream<B: AsRef<[u8]>>(pieces: impl IntoIterator<Item = B>) -> Self {
        let mut reply = Self::new(200, "text/event-stream", "");
        reply.pieces = pieces.into_iter().map(|piece| Piece::Bytes(piece.as_ref().to_vec())).collect();
        reply
    }

    /// A stream of events in the usual framing, with `[DONE]` at the end.
    pub fn events(events: &[Value]) -> Self {
        let lines = events.iter().map(|event| format!("data: {event}\n\n"));
        Self::stream(lines.chain(["data: [DONE]\n\n".to_owned()]))
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With one more piece.
    #[must_use]
    pub fn then(mut self, piece: Piece) -> Self {
        self.pieces.push(piece);
        self
    }
}

/// A chunk of a streamed chat completion with this delta.
pub fn chunk(delta: Value) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "upstream-model",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

/// The chunk that ends a streamed chat completion.
pub fn finish(reason: &str) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "upstream-model",
        "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// The chunk that carries token counts.
pub fn usage(input: u32, output: u32) -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "upstream-model", "choices": [],
        "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}})
}

/// A whole chat completion with this message.
pub fn completion(message: Value, finish: &str, usage: Option<(u32, u32)>) -> Value {
    let mut body = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "upstream-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": null}]});
    if let (Some((input, output)), Some(body)) = (usage, body.as_object_mut()) {
        let usage = json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output});
        body.insert("usage".to_owned(), usage);
    }
    body
}
