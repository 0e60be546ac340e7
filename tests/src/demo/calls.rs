//! One call as a row: what came back, in a few words.

use serde_json::Value;

use super::{Row, Running};
use crate::daemon::Outcome;
use crate::request::Request;

/// Calls a plugin. `expected` stands in what comes back, if it is not empty.
pub fn row((plugin, running): Running<'_>, request: &Request, protocol: &str, auth: &str, expected: &str) -> Row {
    let outcome = running.call(request);
    let result = match &outcome.failure {
        Some(failure) => Err(format!("{}: {}", failure.error_type, failure.message)),
        None => match said(request.action(), &outcome) {
            said if said.is_empty() => Err("an empty answer".to_owned()),
            said if !said.contains(expected) => Err(format!("expected {expected:?}, got {said:?}")),
            said => Ok(said),
        },
    };
    Row {
        plugin: plugin.to_owned(),
        model_type: request.model_type().to_owned(),
        protocol: protocol.to_owned(),
        auth: auth.to_owned(),
        result,
        first: outcome.first,
        total: outcome.total,
    }
}

/// An answer in a few words; empty if there is none.
pub fn said(action: &str, outcome: &Outcome) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match action {
        "invoke_llm" => {
            let images = outcome.images();
            if images.is_empty() { outcome.text() } else { joined(images) }
        }
        "invoke_rerank" | "invoke_multimodal_rerank" => {
            joined(outcome.hits().iter().map(|(index, score)| format!("{index}: {score}")).collect())
        }
        "invoke_text_embedding" | "invoke_multimodal_embedding" => {
            joined(outcome.vectors().iter().map(|vector| vector_said(vector)).collect())
        }
        "invoke_tts" => match outcome.audio().len() {
            0 => String::new(),
            bytes => format!("{bytes} bytes, {}", text(outcome, "mime_type")),
        },
        "invoke_moderation" => match outcome.pieces.first().map(|piece| &piece["result"]) {
            Some(Value::Bool(true)) => "flagged".to_owned(),
            Some(Value::Bool(false)) => "not flagged".to_owned(),
            _ => String::new(),
        },
        _ => text(outcome, "result"),
    }
}

fn text(outcome: &Outcome, name: &str) -> String {
    outcome.pieces.first().and_then(|piece| piece[name].as_str()).unwrap_or_default().to_owned()
}

fn vector_said(vector: &[f64]) -> String {
    let numbers: Vec<String> = vector.iter().take(3).map(ToString::to_string).collect();
    format!("{} numbers: {}{}", vector.len(), numbers.join(" "), if vector.len() > 3 { " …" } else { "" })
}
