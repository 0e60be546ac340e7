//! What one session of a soak asks, how the gateway answers or breaks, and what must come of it: all from a number.

use std::fmt;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::words::{Random, event, text, vector};
use crate::consumers::Auth;
use crate::request::{Request, user};
use crate::upstream::{Act, Upstream, piece, write};

/// The longest stream, in chunks.
const LONGEST: usize = 200;
/// Texts to count. The last one is long enough for a thread of its own.
const TO_COUNT: [&str; 3] = ["Hi", "How many tokens are these, 你好?", "a longer text "];

const CONNECTION: &str = "InvokeConnectionError";
const SERVER: &str = "InvokeServerUnavailableError";
const REQUEST: &str = "InvokeBadRequestError";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stream,
    /// A stream whose request comes twice.
    Twice,
    Whole,
    Embedding,
    Rerank,
    Schema,
    Tokens,
    Broken(Break),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    ClosedFirst,
    ClosedInEvent,
    Reset,
    Endless,
    BadChunk,
    ErrorEvent,
    Silent,
    Busy,
    Limited,
    NoJson,
    Refused,
    UnknownAction,
    CutLine,
}

/// How often each kind comes, in 100: what is left are streams.
const SHARES: [(Kind, u64); 19] = [
    (Kind::Twice, 4),
    (Kind::Whole, 8),
    (Kind::Embedding, 10),
    (Kind::Rerank, 8),
    (Kind::Schema, 5),
    (Kind::Tokens, 8),
    (Kind::Broken(Break::ClosedFirst), 2),
    (Kind::Broken(Break::ClosedInEvent), 2),
    (Kind::Broken(Break::Reset), 2),
    (Kind::Broken(Break::Endless), 2),
    (Kind::Broken(Break::BadChunk), 1),
    (Kind::Broken(Break::ErrorEvent), 1),
    (Kind::Broken(Break::Silent), 1),
    (Kind::Broken(Break::Busy), 1),
    (Kind::Broken(Break::Limited), 1),
    (Kind::Broken(Break::NoJson), 1),
    (Kind::Broken(Break::Refused), 1),
    (Kind::Broken(Break::UnknownAction), 1),
    (Kind::Broken(Break::CutLine), 1),
];

/// What must come of a session.
pub(super) enum Expected {
    /// This text.
    Text(String),
    /// These parts of the pieces ([`Plan::selected`]).
    Pieces(Vec<Value>),
    /// What came when the same was asked before.
    Constant(String),
    /// One of these errors, after this text; `cut`: after any beginning of it.
    Failure { error_types: &'static [&'static str], text: String, cut: bool },
}

/// One session.
pub(super) struct Plan {
    number: u64,
    kind: Kind,
    chunks: usize,
    random: Random,
}

impl Plan {
    pub(super) fn of(seed: u64, number: u64) -> Plan {
        let mut random = Random::of(seed, number);
        let mut share = random.below(100);
        let mut kind = Kind::Stream;
        for (other, of_100) in SHARES {
            if share < of_100 {
                kind = other;
                break;
            }
            share -= of_100;
        }
        let chunks = random.below(LONGEST as u64) as usize + 1;
        Plan { number, kind, chunks, random }
    }

    /// The number of the session whose request this is.
    pub(super) fn asked(request: &str) -> Option<u64> {
        let (_, after) = request.split_once("\"soak-")?;
        after.split_once('"')?.0.parse().ok()
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Stream => "streams",
            Kind::Twice => "streams whose request came twice",
            Kind::Whole => "whole answers",
            Kind::Embedding => "embeddings",
            Kind::Rerank => "reranks",
            Kind::Schema => "schemas",
            Kind::Tokens => "token counts",
            Kind::Broken(_) => "broken",
        }
    }

    fn streams(&self) -> bool {
        use Break::{BadChunk, ClosedInEvent, Endless, ErrorEvent, Reset, Silent};
        match self.kind {
            Kind::Stream | Kind::Twice => true,
            Kind::Broken(broken) => [ClosedInEvent, Reset, Endless, BadChunk, ErrorEvent, Silent].contains(&broken),
            _ => false,
        }
    }

    /// Chunks of a stream.
    pub(super) fn chunks(&self) -> usize {
        if self.streams() { self.chunks } else { 0 }
    }

    pub(super) fn action(&self) -> &'static str {
        match self.kind {
            Kind::Embedding => "invoke_text_embedding",
            Kind::Rerank => "invoke_rerank",
            Kind::Schema => "get_ai_model_schemas",
            Kind::Tokens => "get_llm_num_tokens",
            _ => "invoke_llm",
        }
    }

    /// What the daemon writes.
    pub(super) fn lines(&self, id: &str, gateway: SocketAddr) -> Vec<u8> {
        let mut random = self.random;
        let auth = [Auth::None, Auth::ApiKey, Auth::Jwt("ES256"), Auth::Hmac][random.below(4) as usize];
        let place = match self.kind {
            Kind::Broken(Break::Refused) => Upstream::nowhere(),
            _ => gateway.to_string(),
        };
        let row = auth.credentials(&format!("http://{place}/v1"));
        let model = format!("soak-{}", self.number);
        let request = match self.kind {
            Kind::Whole | Kind::Broken(Break::NoJson) => Request::chat(&model, row).whole(),
            Kind::Embedding => Request::embedding(&model, row, &vec!["text"; self.inputs()]),
            Kind::Rerank => Request::rerank(&model, row, &vec!["document"; self.inputs()]),
            Kind::Schema => Request::llm_schema("m", row),
            Kind::Tokens => {
                let text = TO_COUNT[self.chunks % TO_COUNT.len()];
                let times = if text.ends_with(' ') { 2_000 } else { 1 };
                Request::tokens(json!([user(&text.repeat(times))]), row)
            }
            Kind::Broken(Break::Silent) => {
                Request::chat(&model, row).credential("advanced", r#"{"connection.read_timeout": 1}"#)
            }
            Kind::Broken(Break::UnknownAction) => Request::chat(&model, row).with("action", "invoke_teapot"),
            _ => Request::chat(&model, row),
        };
        let mut line = request.line(id);
        match self.kind {
            Kind::Twice => line = line.repeat(2),
            Kind::Broken(Break::CutLine) => {
                line.truncate(line.len() / 2);
                line.push_str("\nno session at all\n");
            }
            _ => {}
        }
        line.into_bytes()
    }

    /// What the gateway does after it has read the request, and whether the connection serves another one.
    pub(super) fn acts(&self) -> (Vec<Act>, bool) {
        let json = |status: &str, body: &str| {
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len());
            (vec![write(format!("{head}\r\n{body}"))], true)
        };
        match self.kind {
            Kind::Stream | Kind::Twice => {
                let end = "data: [DONE]\n\n";
                let mut acts = self.stream(end);
                acts.push(write("0\r\n\r\n"));
                (acts, true)
            }
            Kind::Whole => {
                let message = json!({"role": "assistant", "content": self.text()});
                let body = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
                json("200 OK", &body.to_string())
            }
            Kind::Embedding => {
                let data: Vec<Value> = (0..self.inputs())
                    .map(
                        |index| json!({"object": "embedding", "index": index, "embedding": vector(self.number, index)}),
                    )
                    .collect();
                let usage = json!({"prompt_tokens": 1, "total_tokens": 1});
                json("200 OK", &json!({"object": "list", "data": data, "model": "m", "usage": usage}).to_string())
            }
            Kind::Rerank => {
                let hits: Vec<Value> = (0..self.inputs())
                    .map(|index| json!({"index": index, "relevance_score": vector(self.number, index)[0]}))
                    .collect();
                json("200 OK", &json!({"model": "m", "results": hits}).to_string())
            }
            Kind::Broken(broken) => match broken {
                Break::ClosedInEvent => (self.stream("data: {\"cho"), false),
                Break::Reset => ([self.stream(""), vec![Act::Reset]].concat(), false),
                Break::Endless => ([self.stream(""), vec![write("0\r\n\r\n")]].concat(), true),
                Break::BadChunk => ([self.stream(""), vec![write("zz\r\n")]].concat(), false),
                Break::ErrorEvent => {
                    let error = "data: {\"error\":{\"message\":\"the model crashed\",\"type\":\"server_error\",\"code\":500}}\n\n";
                    ([self.stream(error), vec![write("0\r\n\r\n")]].concat(), true)
                }
                Break::Silent => ([self.stream("data: {"), vec![Act::Silence]].concat(), false),
                Break::Busy => json("503 Service Unavailable", "{\"error\":{\"message\":\"busy\"}}"),
                Break::Limited => json("429 Too Many Requests", "{\"error\":{\"message\":\"slow down\"}}"),
                Break::NoJson => json("200 OK", "<html>Log in</html>"),
                _ => (Vec::new(), false),
            },
            // Never asked.
            Kind::Schema | Kind::Tokens => (Vec::new(), false),
        }
    }

    pub(super) fn expected(&self) -> Expected {
        let failure = |error_types, text: String| Expected::Failure { error_types, text, cut: false };
        match self.kind {
            Kind::Stream | Kind::Twice | Kind::Whole => Expected::Text(self.text()),
            Kind::Embedding => {
                let vectors = (0..self.inputs()).map(|index| json!(vector(self.number, index)));
                Expected::Pieces(vec![vectors.collect()])
            }
            Kind::Rerank => {
                let hits = (0..self.inputs()).map(|index| json!([index, vector(self.number, index)[0]]));
                Expected::Pieces(vec![hits.collect()])
            }
            Kind::Schema => Expected::Constant("schema".to_owned()),
            Kind::Tokens => Expected::Constant(format!("tokens of {:?}", TO_COUNT[self.chunks % TO_COUNT.len()])),
            Kind::Broken(broken) => match broken {
                // A reset overtakes what was sent; a busy machine may need the whole timeout for less.
                Break::Reset | Break::Silent => {
                    Expected::Failure { error_types: &[CONNECTION], text: self.text(), cut: true }
                }
                Break::ClosedInEvent | Break::BadChunk => failure(&[CONNECTION], self.text()),
                Break::Endless | Break::ErrorEvent => failure(&[SERVER], self.text()),
                Break::ClosedFirst | Break::Busy | Break::NoJson => failure(&[SERVER], String::new()),
                Break::Limited => failure(&["InvokeRateLimitError"], String::new()),
                Break::Refused => failure(&[CONNECTION], String::new()),
                Break::UnknownAction | Break::CutLine => failure(&[REQUEST], String::new()),
            },
        }
    }

    /// The part of each piece that [`Expected::Pieces`] is about. Documents come by score, and are put by index.
    pub(super) fn selected(&self, pieces: &[Value]) -> Vec<Value> {
        let hits = |piece: &Value| {
            let mut hits: Vec<&Value> = piece["docs"].as_array().into_iter().flatten().collect();
            hits.sort_by_key(|hit| hit["index"].as_u64());
            hits.into_iter().map(|hit| json!([hit["index"], hit["score"]])).collect()
        };
        let selected = |piece: &Value| match self.kind {
            Kind::Rerank => hits(piece),
            _ => piece["embeddings"].clone(),
        };
        pieces.iter().map(selected).collect()
    }

    fn inputs(&self) -> usize {
        self.chunks % 7 + 1
    }

    /// The text of all chunks.
    fn text(&self) -> String {
        (0..self.chunks).map(|place| text(self.random, place)).collect()
    }

    /// A stream with all chunks and then `end`, cut anywhere, also within characters, into pieces of a body.
    fn stream(&self, end: &str) -> Vec<Act> {
        let mut bytes: Vec<u8> =
            (0..self.chunks).flat_map(|place| event(self.number, &text(self.random, place))).collect();
        bytes.extend_from_slice(end.as_bytes());
        let mut acts =
            vec![write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")];
        let (mut random, mut rest) = (self.random, bytes.as_slice());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(random.below(2_000) as usize + 1));
            acts.push(piece(now));
            rest = later;
        }
        acts
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}, {} chunks)", self.number, self.kind, self.chunks)
    }
}
