//! Every offer of every plugin, called on the embedded gateway.

use serde_json::{Map, Value, json};

use super::calls::row;
use super::{AUTHS, Row, Running};
use crate::consumers::Auth;
use crate::gateway::Gateway;
use crate::plugins::{AI_GATEWAY, HIGRESS};
use crate::request::{Request, image_content, text_content};

/// Stored credentials.
type Stored = Map<String, Value>;

/// One offer of a plugin: what it is called, the request, and what stands in the answer.
pub struct Call {
    /// The endpoint's side, and the action if it is not the main one.
    pub protocol: &'static str,
    /// The request for stored credentials of any auth method.
    pub request: fn(Stored) -> Request,
    /// A part of what [`super::said`] says of the answer.
    pub expected: &'static str,
}

/// An MP3 file as far as a look at its first bytes can tell.
pub const AUDIO: &[u8] = b"ID3\x04\0\0\0\0\0\0 a sound";

const DOCS: [&str; 3] = ["Berlin", "Rome", "Paris"];
const HELLO: &str = "Hello, world!";
const VECTORS: &str = "3 numbers: 5 72 0.25, 3 numbers: 2 19990 0.25";
// A text of nine characters that begins with `a`, then a data URI.
const MEDIA: &str = "3 numbers: 9 97 0.25, 3 numbers: ";
const SCORES: &str = "2: 0.5, 1: 0.3, 0: 0.1";

/// Everything that a plugin offers, each name once for all auth methods.
pub fn calls(plugin: &str) -> Vec<Call> {
    let call = |protocol, request, expected| Call { protocol, request, expected };
    match plugin {
        AI_GATEWAY => vec![
            call("chat, streamed", |row| Request::chat("m", row), HELLO),
            call("chat", |row| Request::chat("m", row).whole(), HELLO),
            call("completion, streamed", |row| Request::completion("m", row), " a time"),
            call("completion", |row| Request::completion("m", row).whole(), " a time"),
            call("rerank", |row| Request::rerank("m", row, &DOCS), SCORES),
            call("embeddings", |row| Request::embedding("m", row, &["Hello", "世界"]), VECTORS),
            call("multimodal embeddings", |row| Request::multimodal_embedding("m", row, media()), MEDIA),
            call("moderation", |row| Request::moderation("m", row, "an attack"), "flagged"),
            call("transcription", |row| Request::transcription("m", row, AUDIO), "bytes of mp3"),
            call("speech", |row| Request::speech("m", row, "Hello there.", "alloy"), "24 bytes, audio/mpeg"),
        ],
        HIGRESS => vec![
            call("chat, streamed", |row| Request::chat("m", row), HELLO),
            call("chat", |row| Request::chat("m", row).whole(), HELLO),
            call("completion, streamed", |row| Request::completion("m", row), " a time"),
            call("completion", |row| Request::completion("m", row).whole(), " a time"),
            call("Anthropic Messages, streamed", |row| higress_text(row, "anthropic"), HELLO),
            call("Anthropic Messages", |row| higress_text(row, "anthropic").whole(), HELLO),
            call("Ollama, streamed", |row| higress_text(row, "ollama"), HELLO),
            call("Ollama", |row| higress_text(row, "ollama").whole(), HELLO),
            call("DashScope images", |row| higress_image(row, "dashscope_image_generation"), "-1.png"),
            call("DashScope image task", |row| higress_image(row, "dashscope_image_task"), "-1.png"),
            call("images", |row| higress_image(row, "openai_images"), "-1.png"),
            call("embeddings", |row| Request::embedding("m", row, &["Hello", "世界"]), VECTORS),
            call("multimodal embeddings", |row| Request::multimodal_embedding("m", row, media()), MEDIA),
            call("DashScope embeddings", higress_vectors, VECTORS),
            call(
                "DashScope multimodal rerank",
                |row| Request::multimodal_rerank("m", row, text_content("a dot"), media()),
                "1: 0.3, 0: 0.1",
            ),
            call("transcription", |row| Request::transcription("m", row, AUDIO), "bytes of mp3"),
            call("speech", |row| Request::speech("m", row, "Hello there.", "alloy"), "24 bytes, audio/mpeg"),
            call("moderation", |row| Request::moderation("m", row, "an attack"), "flagged"),
            call("DashScope rerank", |row| Request::rerank("m", row, &DOCS), SCORES),
            call("DashScope rerank, flat", |row| higress_rerank(row, "dashscope_rerank_flat"), SCORES),
            call("DashScope rerank, native flat", |row| higress_rerank(row, "dashscope_rerank_native_flat"), SCORES),
            call("rerank", |row| higress_rerank(row, "openai_compatible"), SCORES),
        ],
        _ => Vec::new(),
    }
}

/// A text and an image, as documents.
fn media() -> Value {
    json!([text_content("a red dot"), image_content("iVBORw0KGgoAAAANSUhEUg==")])
}

fn higress_text(row: Stored, protocol: &str) -> Request {
    Request::chat("m", row).credential("text_model_protocol", protocol)
}

fn higress_vectors(row: Stored) -> Request {
    Request::embedding("m", row, &["Hello", "世界"]).credential("embedding_model_protocol", "dashscope")
}

fn higress_image(row: Stored, protocol: &str) -> Request {
    Request::chat("m", row)
        .credential("llm_usage_scenario", "image_generation")
        .credential("image_model_protocol", protocol)
}

fn higress_rerank(row: Stored, protocol: &str) -> Request {
    Request::rerank("m", row, &DOCS).credential("rerank_model_protocol", protocol)
}

/// What a user of the plugin has stored for the embedded gateway's route of an auth method.
pub fn stored(plugin: &str, auth: Auth, gateway: &Gateway) -> Stored {
    match plugin {
        HIGRESS => auth.higress(&gateway.base(auth.route())),
        _ => auth.credentials(&gateway.url(auth.route())),
    }
}

/// Calls everything a plugin offers with every auth method.
pub fn embedded(plugin: Running<'_>, gateway: &Gateway) -> Vec<Row> {
    let mut rows = Vec::new();
    for auth in AUTHS {
        for Call { protocol, request, expected } in calls(plugin.0) {
            let request = request(stored(plugin.0, auth, gateway));
            rows.push(row(plugin, &request, protocol, &auth.name(), expected));
        }
    }
    rows
}
