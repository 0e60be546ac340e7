//! The closed lists of the language, each in one table: used by the checks, by the emitters and by the JSON Schemas.
//!
//! Only what some spec uses is listed; a line here and a function in the runtime make one more. Types are written as in
//! specs; [`type_of`] reads them.

mod directives;
mod functions;
mod roots;
mod types;

pub use directives::{DIRECTIVES, Directive};
pub use functions::{CONVERTERS, FINISHERS, Function, Parameter, function};
pub use roots::{ROOTS, Root, Site, root};
pub use types::{NamedType, TYPES, named, type_of};

/// Names of the fields that the runtime's connection knows.
pub const CONNECTION_FIELDS: [&str; 11] = [
    "endpoint",
    "model",
    "display_name",
    "extra_headers",
    "connect_timeout",
    "read_timeout",
    "proxy",
    "ca_certificate",
    "identity",
    "nonce_header",
    "advanced",
];

/// Those of them that only the connection's own `headers` and `attach` read.
pub const ATTACHED_FIELDS: [&str; 2] = ["identity", "nonce_header"];

/// Model types of Dify.
pub const DIFY_MODEL_TYPES: [&str; 6] = ["llm", "text-embedding", "rerank", "speech2text", "tts", "moderation"];

/// Actions of Dify on models, each with its Dify model type.
pub const ACTIONS: [(&str, &str); 11] = [
    ("invoke_llm", "llm"),
    ("get_llm_num_tokens", "llm"),
    ("invoke_text_embedding", "text-embedding"),
    ("invoke_multimodal_embedding", "text-embedding"),
    ("get_text_embedding_num_tokens", "text-embedding"),
    ("invoke_rerank", "rerank"),
    ("invoke_multimodal_rerank", "rerank"),
    ("invoke_speech2text", "speech2text"),
    ("invoke_tts", "tts"),
    ("get_tts_model_voices", "tts"),
    ("invoke_moderation", "moderation"),
];

/// Features of a model schema that Dify knows.
pub const FEATURES: [&str; 10] = [
    "tool-call",
    "multi-tool-call",
    "stream-tool-call",
    "agent-thought",
    "vision",
    "document",
    "video",
    "audio",
    "structured-output",
    "polling",
];

/// Properties of a model schema that Dify knows, each with its type.
pub const PROPERTIES: [(&str, &str); 11] = [
    ("mode", "chat | completion"),
    ("context_size", "integer"),
    ("max_chunks", "integer"),
    ("file_upload_limit", "integer"),
    ("supported_file_extensions", "string"),
    ("max_characters_per_chunk", "integer"),
    ("default_voice", "string"),
    ("voices", "json"),
    ("word_limit", "integer"),
    ("audio_type", "string"),
    ("max_workers", "integer"),
];

/// States of a task.
pub const TASK_STATES: [&str; 3] = ["running", "succeeded", "failed"];

/// What a task says of its failure, when it says more than a text.
pub const TASK_ERROR: [&str; 2] = ["code", "message"];

/// What becomes of pictures.
pub const IMAGES: [&str; 3] = ["markdown", "parts", "links"];

/// Parameter templates of Dify.
pub const TEMPLATES: [&str; 8] = [
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "max_tokens",
    "response_format",
    "json_schema",
];

/// MAC algorithms of a signature.
pub const MACS: [&str; 3] = ["hmac_sha1", "hmac_sha256", "hmac_sha512"];

/// Signature algorithms of a minted token.
pub const JWT_ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
];
