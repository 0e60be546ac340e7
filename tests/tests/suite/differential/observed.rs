//! What a plugin sent and answered in one case, as a flat map of places to values that two plugins can share.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::daemon::Outcome;
use tests::gateway::Seen;

/// The headers that mean something to a gateway or a service.
const HEADERS: [&str; 5] = ["accept", "authorization", "content-type", "x-tenant", "x-dashscope-async"];

/// Places and their values as text.
#[derive(Debug, Default)]
pub struct Observed {
    pub values: BTreeMap<String, String>,
}

impl Observed {
    pub fn new(action: &str, requests: &[Seen], outcome: &Outcome) -> Self {
        let mut observed = Observed::default();
        observed.put("requests", requests.len());
        for (number, seen) in requests.iter().enumerate() {
            observed.request(&format!("request.{number}"), seen);
        }
        observed.result(action, outcome);
        observed
    }

    fn put(&mut self, place: &str, value: impl ToString) {
        self.values.insert(place.to_owned(), value.to_string());
    }

    fn request(&mut self, place: &str, seen: &Seen) {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        self.put(&format!("{place}.method"), &seen.method);
        self.put(&format!("{place}.path"), path);
        self.put(&format!("{place}.query"), query);
        for name in HEADERS {
            if let Some(value) = seen.header(name) {
                // The boundary is chance.
                let value = value.split("; boundary=").next().unwrap_or(value);
                self.put(&format!("{place}.header.{name}"), value);
            }
        }
        if !seen.body.is_null() {
            self.json(&format!("{place}.body"), &seen.body);
        }
        for part in &seen.parts {
            let place = format!("{place}.part.{}", part.name);
            match &part.file_name {
                None => self.put(&place, part.text()),
                Some(name) => {
                    // Python makes up the name of a temporary file.
                    let ending = name.rsplit('.').next().unwrap_or_default();
                    self.put(&format!("{place}.ending"), ending);
                    self.put(&format!("{place}.type"), part.content_type.as_deref().unwrap_or("none"));
                    self.put(&format!("{place}.bytes"), String::from_utf8_lossy(&part.bytes));
                }
            }
        }
        let order: Vec<&str> = seen.parts.iter().map(|part| part.name.as_str()).collect();
        self.put(&format!("{place}.parts"), order.join(","));
    }

    fn json(&mut self, place: &str, value: &Value) {
        match value {
            Value::Object(members) if !members.is_empty() => {
                members.iter().for_each(|(name, value)| self.json(&format!("{place}.{name}"), value));
            }
            Value::Array(items) if !items.is_empty() => {
                items.iter().enumerate().for_each(|(index, value)| self.json(&format!("{place}.{index}"), value));
            }
            // 1 and 1.0 are the same number.
            Value::Number(number) => self.put(place, number.as_f64().unwrap_or(f64::NAN)),
            other => self.put(place, other),
        }
    }

    fn result(&mut self, action: &str, outcome: &Outcome) {
        if let Some(failure) = &outcome.failure {
            self.put("result.error", &failure.error_type);
            self.put("result.shown", outcome.text());
            return;
        }
        match action {
            "invoke_llm" => self.chat(outcome),
            "invoke_tts" => {
                self.put("result.audio", String::from_utf8_lossy(&outcome.audio()));
                self.put("result.mime_type", &outcome.pieces.first().unwrap_or(&Value::Null)["mime_type"]);
            }
            "get_ai_model_schemas" => self.schema(&outcome.pieces[0]["model_schema"]),
            "validate_model_credentials" => self.put("result.valid", &outcome.pieces[0]["result"]),
            _ => {
                let mut data = outcome.pieces.first().cloned().unwrap_or(Value::Null);
                if let Some(usage) = data["usage"].as_object_mut() {
                    usage.retain(|name, _| name.contains("tokens"));
                }
                self.json("result", &data);
            }
        }
    }

    fn chat(&mut self, outcome: &Outcome) {
        self.put("result.text", outcome.text());
        self.put("result.finish", outcome.finishes().join(","));
        self.put("result.model", &outcome.pieces.first().unwrap_or(&Value::Null)["model"]);
        let (input, output) = outcome.usage();
        self.put("result.usage", format!("{input} + {output}"));
        let calls = outcome.tool_calls();
        self.put("result.tool_calls", calls.len());
        for (number, (id, name, arguments)) in calls.iter().enumerate() {
            let made_up = id.starts_with("chatcmpl-tool-") || id.len() > 20;
            let id = if made_up { "made up" } else { id };
            self.put(&format!("result.tool_call.{number}"), format!("{id} {name} {arguments}"));
        }
    }

    fn schema(&mut self, schema: &Value) {
        self.put("result.label", &schema["label"]["en_US"]);
        self.json("result.properties", &schema["model_properties"]);
        for feature in schema["features"].as_array().into_iter().flatten() {
            self.put(&format!("result.feature.{}", feature.as_str().unwrap_or_default()), true);
        }
        for rule in schema["parameter_rules"].as_array().into_iter().flatten() {
            let place = format!("result.parameter.{}", rule["name"].as_str().unwrap_or_default());
            for name in ["type", "min", "max", "default", "required"] {
                if !rule[name].is_null() {
                    self.json(&format!("{place}.{name}"), &rule[name]);
                }
            }
        }
    }
}
