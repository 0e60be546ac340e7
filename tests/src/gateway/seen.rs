//! A request as it arrived, kept for the test to look at.

use serde_json::Value;

use super::multipart::{self, Part};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The host the request was meant for.
    pub host: String,
    /// Headers in the order sent, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; null if it is not.
    pub body: Value,
    /// The parts of the body, if it is a form.
    pub parts: Vec<Part>,
    /// The upstream model: of the body, or of the task that is asked for.
    pub model: String,
    /// Size of the body in bytes.
    pub size: usize,
    /// Who the gateway took the caller for.
    pub consumer: Option<String>,
    /// The status it answered.
    pub status: u16,
    /// The caller's port, which tells connections apart.
    pub port: u16,
}

impl Seen {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The only part of this name.
    ///
    /// # Panics
    /// If there are none or several.
    pub fn part(&self, name: &str) -> &Part {
        let parts: Vec<&Part> = self.parts.iter().filter(|part| part.name == name).collect();
        assert_eq!(parts.len(), 1, "parts {name} of {:?}", self.parts);
        parts[0]
    }
}

/// The body of a request in the two forms it may have.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) body: Value,
    pub(super) parts: Vec<Part>,
    /// Why a form is none.
    pub(super) damaged: Option<String>,
}

impl Content {
    pub(super) fn read(content_type: &str, bytes: &[u8]) -> Self {
        if !content_type.starts_with("multipart/") {
            let body = serde_json::from_slice(bytes).unwrap_or(Value::Null);
            return Content { body, ..Content::default() };
        }
        match multipart::read(content_type, bytes) {
            Ok(parts) => Content { parts, ..Content::default() },
            Err(problem) => Content { damaged: Some(problem), ..Content::default() },
        }
    }

    /// The upstream model. A task's id ends in the model it was started for, since the path of a poll names no other.
    pub(super) fn model(&self, target: &str) -> String {
        let part = || self.parts.iter().find(|part| part.name == "model").map(|part| part.text().to_owned());
        let task = || {
            let (_, id) = target.split_once("/api/v1/tasks/")?;
            let (_, model) = id.split(['/', '?']).next()?.split_once('.')?;
            Some(model.to_owned())
        };
        self.body["model"].as_str().map(str::to_owned).or_else(part).or_else(task).unwrap_or_default()
    }
}
