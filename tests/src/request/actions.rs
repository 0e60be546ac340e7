//! One constructor for each action, with what Dify sends when nobody says more.

use serde_json::{Map, Value, json};

use super::{Request, user};

/// Stored credentials.
type Row = Map<String, Value>;

impl Request {
    /// `invoke_llm`, streamed, with one user message.
    pub fn chat(model: &str, credentials: Row) -> Self {
        Self::new("invoke_llm", "llm", model, credentials)
            .with("json_schema", Value::Null)
            .with("model_parameters", Value::Null)
            .with("prompt_messages", json!([user("Hi")]))
            .with("stop", Value::Null)
            .with("stream", true)
            .with("tools", Value::Null)
    }

    /// `invoke_llm` in completion mode.
    pub fn completion(model: &str, credentials: Row) -> Self {
        Self::chat(model, credentials).credential("mode", "completion")
    }

    /// `start_polling` with one user message.
    pub fn start_polling(model: &str, credentials: Row) -> Self {
        Self::chat(model, credentials).with("action", "start_polling").whole()
    }

    /// `check_polling` with what an earlier answer gave back.
    pub fn check_polling(model: &str, credentials: Row, state: &Value) -> Self {
        Self::new("check_polling", "llm", model, credentials).with("plugin_state", state.clone())
    }

    /// `invoke_rerank` with neither limit nor threshold.
    pub fn rerank(model: &str, credentials: Row, docs: &[&str]) -> Self {
        Self::new("invoke_rerank", "rerank", model, credentials)
            .with("docs", json!(docs))
            .with("query", "capital of France")
            .with("score_threshold", 0)
            .with("top_n", 0)
    }

    /// `invoke_multimodal_rerank`; query and documents are [`super::text_content`] or [`super::image_content`].
    pub fn multimodal_rerank(model: &str, credentials: Row, query: Value, docs: Value) -> Self {
        Self::rerank(model, credentials, &[])
            .with("action", "invoke_multimodal_rerank")
            .with("query", query)
            .with("docs", docs)
    }

    /// `invoke_text_embedding` of documents.
    pub fn embedding(model: &str, credentials: Row, texts: &[&str]) -> Self {
        Self::new("invoke_text_embedding", "text-embedding", model, credentials)
            .with("input_type", "document")
            .with("texts", json!(texts))
    }

    /// `invoke_multimodal_embedding` of documents that are [`super::text_content`] or [`super::image_content`].
    pub fn multimodal_embedding(model: &str, credentials: Row, documents: Value) -> Self {
        Self::new("invoke_multimodal_embedding", "text-embedding", model, credentials)
            .with("documents", documents)
            .with("input_type", "document")
    }

    /// `get_text_embedding_num_tokens`.
    pub fn embedding_tokens(credentials: Row, texts: &[&str]) -> Self {
        Self::new("get_text_embedding_num_tokens", "text-embedding", "m", credentials).with("texts", json!(texts))
    }

    /// `invoke_speech2text`; the daemon hands the file over in hexadecimal.
    pub fn transcription(model: &str, credentials: Row, file: &[u8]) -> Self {
        Self::new("invoke_speech2text", "speech2text", model, credentials).with("file", hex(file))
    }

    /// `invoke_tts`.
    pub fn speech(model: &str, credentials: Row, text: &str, voice: &str) -> Self {
        Self::new("invoke_tts", "tts", model, credentials)
            .with("content_text", text)
            .with("tenant_id", "t-1")
            .with("voice", voice)
    }

    /// `get_tts_model_voices` of all languages.
    pub fn voices(model: &str, credentials: Row) -> Self {
        Self::new("get_tts_model_voices", "tts", model, credentials).with("language", "")
    }

    /// `invoke_moderation`.
    pub fn moderation(model: &str, credentials: Row, text: &str) -> Self {
        Self::new("invoke_moderation", "moderation", model, credentials).with("text", text)
    }

    /// `get_llm_num_tokens`.
    pub fn tokens(messages: Value, credentials: Row) -> Self {
        Self::new("get_llm_num_tokens", "llm", "m", credentials)
            .with("prompt_messages", messages)
            .with("tools", Value::Null)
    }

    /// `validate_model_credentials`.
    pub fn validate(model_type: &str, model: &str, credentials: Row) -> Self {
        Self::new("validate_model_credentials", model_type, model, credentials)
    }

    /// `validate_model_credentials` of a large language model.
    pub fn validate_llm(model: &str, credentials: Row) -> Self {
        Self::validate("llm", model, credentials)
    }

    /// `validate_model_credentials` of a rerank model.
    pub fn validate_rerank(model: &str, credentials: Row) -> Self {
        Self::validate("rerank", model, credentials)
    }

    /// `validate_provider_credentials`.
    pub fn validate_provider() -> Self {
        let mut request = Self::new("validate_provider_credentials", "", "", Map::new());
        request.data.remove("model");
        request.data.remove("model_type");
        request
    }

    /// `get_ai_model_schemas`.
    pub fn schema(model_type: &str, model: &str, credentials: Row) -> Self {
        Self::new("get_ai_model_schemas", model_type, model, credentials)
    }

    /// `get_ai_model_schemas` of a large language model.
    pub fn llm_schema(model: &str, credentials: Row) -> Self {
        Self::schema("llm", model, credentials)
    }

    /// `get_ai_model_schemas` of a rerank model.
    pub fn rerank_schema(model: &str, credentials: Row) -> Self {
        Self::schema("rerank", model, credentials)
    }
}

/// Bytes as the daemon writes them.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
