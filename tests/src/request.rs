//! Request lines as `dify-plugin-daemon` writes them (protocol reference 2.1, 3).
//!
//! Absent values are null, `""` or 0 as the daemon makes them, the keys of `data` are in alphabetical order, and
//! `<`, `>` and `&` are escaped.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// One request of the daemon.
#[derive(Debug, Clone)]
pub struct Request {
    data: BTreeMap<&'static str, Value>,
}

impl Request {
    fn new(action: &str, model_type: &str, model: &str, credentials: Map<String, Value>) -> Self {
        let data = BTreeMap::from([
            ("action", action.into()),
            ("credentials", Value::Object(credentials)),
            ("model", model.into()),
            ("model_type", model_type.into()),
            ("provider", "ai-gateway".into()),
            ("type", "model".into()),
            ("user_id", "user-1".into()),
        ]);
        Request { data }
    }

    /// `invoke_llm`, streamed, with one user message; `credentials` are completed by what the form stores.
    pub fn chat(model: &str, credentials: Map<String, Value>) -> Self {
        Self::new("invoke_llm", "llm", model, llm_row(credentials))
            .with("json_schema", Value::Null)
            .with("model_parameters", Value::Null)
            .with("prompt_messages", json!([user("Hi")]))
            .with("stop", Value::Null)
            .with("stream", true)
            .with("tools", Value::Null)
    }

    /// `invoke_llm` in completion mode.
    pub fn completion(model: &str, credentials: Map<String, Value>) -> Self {
        Self::chat(model, credentials).credential("mode", "completion")
    }

    /// `invoke_rerank` with neither limit nor threshold.
    pub fn rerank(model: &str, credentials: Map<String, Value>, docs: &[&str]) -> Self {
        Self::new("invoke_rerank", "rerank", model, rerank_row(credentials))
            .with("docs", json!(docs))
            .with("query", "capital of France")
            .with("score_threshold", 0)
            .with("top_n", 0)
    }

    /// `get_llm_num_tokens`.
    pub fn tokens(messages: Value, credentials: Map<String, Value>) -> Self {
        Self::new("get_llm_num_tokens", "llm", "m", llm_row(credentials))
            .with("prompt_messages", messages)
            .with("tools", Value::Null)
    }

    /// `validate_model_credentials` of a large language model.
    pub fn validate_llm(model: &str, credentials: Map<String, Value>) -> Self {
        Self::new("validate_model_credentials", "llm", model, llm_row(credentials))
    }

    /// `validate_model_credentials` of a rerank model.
    pub fn validate_rerank(model: &str, credentials: Map<String, Value>) -> Self {
        Self::new("validate_model_credentials", "rerank", model, rerank_row(credentials))
    }

    /// `validate_provider_credentials`.
    pub fn validate_provider() -> Self {
        let mut request = Self::new("validate_provider_credentials", "", "", Map::new());
        request.data.remove("model");
        request.data.remove("model_type");
        request
    }

    /// `get_ai_model_schemas` of a large language model.
    pub fn llm_schema(model: &str, credentials: Map<String, Value>) -> Self {
        Self::new("get_ai_model_schemas", "llm", model, llm_row(credentials))
    }

    /// `get_ai_model_schemas` of a rerank model.
    pub fn rerank_schema(model: &str, credentials: Map<String, Value>) -> Self {
        Self::new("get_ai_model_schemas", "rerank", model, rerank_row(credentials))
    }

    /// With this member of `data`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.data.insert(name, value.into());
        self
    }

    /// Without this member of `data`.
    #[must_use]
    pub fn without(mut self, name: &'static str) -> Self {
        self.data.remove(name);
        self
    }

    /// With these prompt messages.
    #[must_use]
    pub fn messages(self, messages: impl IntoIterator<Item = Value>) -> Self {
        self.with("prompt_messages", messages.into_iter().collect::<Vec<_>>())
    }

    /// Answered in one piece.
    #[must_use]
    pub fn whole(self) -> Self {
        self.with("stream", false)
    }

    /// With this stored credential.
    #[must_use]
    pub fn credential(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Some(Value::Object(credentials)) = self.data.get_mut("credentials") {
            credentials.insert(name.to_owned(), value.into());
        }
        self
    }

    /// Without this stored credential.
    #[must_use]
    pub fn no_credential(mut self, name: &str) -> Self {
        if let Some(Value::Object(credentials)) = self.data.get_mut("credentials") {
            credentials.remove(name);
        }
        self
    }

    /// The action.
    pub fn action(&self) -> &str {
        self.data.get("action").and_then(Value::as_str).unwrap_or_default()
    }

    /// The stored credentials; empty if there are none.
    pub fn credentials(&self) -> Map<String, Value> {
        self.data.get("credentials").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// The line, with its line feed.
    pub fn line(&self, session: &str) -> String {
        let session = Value::from(session);
        let data = serde_json::to_string(&self.data).unwrap_or_default();
        let data = data.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        format!(
            "{{\"session_id\":{session},\"conversation_id\":\"c-1\",\"message_id\":null,\"app_id\":\"a-1\",\
             \"endpoint_id\":null,\"context\":{{}},\"event\":\"request\",\"data\":{data}}}\n"
        )
    }

    /// The line as `slim` writes it: nothing filled in, and the tenant's id on top.
    pub fn slim_line(&self, session: &str) -> String {
        let data: Map<String, Value> = self
            .data
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        format!("{}\n", json!({"session_id": session, "tenant_id": "t-1", "event": "request", "data": data}))
    }
}

/// What the form of a chat model stores beside endpoint and authentication.
fn llm_row(mut credentials: Map<String, Value>) -> Map<String, Value> {
    const FORM: [(&str, &str); 8] = [
        ("mode", "chat"),
        ("context_size", "4096"),
        ("max_tokens_to_sample", "4096"),
        ("agent_though_support", "not_supported"),
        ("function_calling_type", "no_call"),
        ("stream_function_calling", "not_supported"),
        ("vision_support", "no_support"),
        ("structured_output_support", "not_supported"),
    ];
    for (name, value) in FORM {
        credentials.entry(name).or_insert_with(|| value.into());
    }
    credentials
}

fn rerank_row(mut credentials: Map<String, Value>) -> Map<String, Value> {
    credentials.entry("context_size").or_insert_with(|| "4096".into());
    credentials
}

fn message(role: &str, content: Value) -> Value {
    json!({"role": role, "content": content, "name": "", "tool_calls": null, "tool_call_id": ""})
}

/// A user message.
pub fn user(text: &str) -> Value {
    message("user", text.into())
}

/// A system message.
pub fn system(text: &str) -> Value {
    message("system", text.into())
}

/// An assistant message.
pub fn assistant(text: &str) -> Value {
    message("assistant", text.into())
}

/// An assistant message that calls a tool.
pub fn calls_tool(id: &str, name: &str, arguments: &str) -> Value {
    let mut message = assistant("");
    message["tool_calls"] = json!([{"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]);
    message
}

/// The result of a tool call.
pub fn tool_result(id: &str, text: &str) -> Value {
    let mut message = message("tool", text.into());
    message["tool_call_id"] = id.into();
    message
}

/// A user message of several parts.
pub fn parts(parts: impl IntoIterator<Item = Value>) -> Value {
    message("user", parts.into_iter().collect::<Vec<_>>().into())
}

/// A text part.
pub fn text_part(text: &str) -> Value {
    part("text", &[("data", text)])
}

/// A part with everything else empty, as the daemon fills it.
pub fn part(kind: &str, members: &[(&str, &str)]) -> Value {
    let mut part = json!({"type": kind, "base64_data": "", "url": "", "data": "", "encode_format": "", "format": "",
        "mime_type": "", "detail": "", "filename": ""});
    for (name, value) in members {
        part[*name] = (*value).into();
    }
    part
}

/// A tool with one text argument.
pub fn tool(name: &str) -> Value {
    json!({"name": name, "description": "Current weather", "parameters":
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}})
}
