//! Moderation: a text that speaks of an attack is flagged.

use serde_json::{Value, json};

use super::Asked;
use crate::gateway::reply::Reply;

/// `moderations`.
pub(super) fn check(asked: &Asked<'_>) -> Reply {
    let texts: Vec<&str> = match &asked.body["input"] {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if texts.is_empty() || texts.iter().any(|text| text.is_empty()) {
        return Reply::error(400, "'$.input' is invalid. Please check the API reference.");
    }
    let result = |text: &&str| {
        let flagged = text.contains("attack");
        json!({"flagged": flagged, "categories": {"violence": flagged, "hate": false},
            "category_scores": {"violence": if flagged { 0.9 } else { 0.01 }, "hate": 0.02}})
    };
    let results: Vec<Value> = texts.iter().map(result).collect();
    Reply::json(&json!({"id": "modr-1", "model": "upstream-model", "results": results}))
}
