//! Request lines as `dify-plugin-daemon` writes them (protocol reference 2.1, 3).
//!
//! Absent values are null, `""` or 0 as the daemon makes them, the keys of `data` are in alphabetical order, and
//! `<`, `>` and `&` are escaped.

mod actions;
mod message;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::plugins;
pub use actions::hex;
pub use message::*;

/// One request of the daemon.
#[derive(Debug, Clone)]
pub struct Request {
    data: BTreeMap<&'static str, Value>,
    /// The `context` of the line.
    context: Value,
}

impl Request {
    /// What every action has; credentials are completed by what the form of the plugin stores.
    fn new(action: &str, model_type: &str, model: &str, mut credentials: Map<String, Value>) -> Self {
        let plugin = plugins::of(&credentials);
        for (name, value) in plugins::form(plugin, model_type) {
            credentials.entry(*name).or_insert_with(|| (*value).into());
        }
        let data = BTreeMap::from([
            ("action", action.into()),
            ("provider", plugin.into()),
            ("credentials", Value::Object(credentials)),
            ("model", model.into()),
            ("model_type", model_type.into()),
            ("type", "model".into()),
            ("user_id", "user-1".into()),
        ]);
        Request { data, context: json!({}) }
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

    /// With this `context` of the line.
    #[must_use]
    pub fn context(mut self, context: Value) -> Self {
        self.context = context;
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

    /// Dify's model type; empty if there is none.
    pub fn model_type(&self) -> &str {
        self.data.get("model_type").and_then(Value::as_str).unwrap_or_default()
    }

    /// The stored credentials; empty if there are none.
    pub fn credentials(&self) -> Map<String, Value> {
        self.data.get("credentials").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// Everything the daemon hands over about the call itself.
    pub fn data(&self) -> Value {
        json!(self.data)
    }

    /// The line, with its line feed.
    pub fn line(&self, session: &str) -> String {
        let session = Value::from(session);
        let data = serde_json::to_string(&self.data).unwrap_or_default();
        let data = data.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        format!(
            "{{\"session_id\":{session},\"conversation_id\":\"c-1\",\"message_id\":null,\"app_id\":\"a-1\",\
             \"endpoint_id\":null,\"context\":{},\"event\":\"request\",\"data\":{data}}}\n",
            self.context
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
