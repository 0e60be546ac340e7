//! The main job, shown: every model type, protocol and auth method once, as rows of a table.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::consumers::Auth;
use crate::daemon::{Outcome, Plugin};
use crate::gateway::Gateway;
use crate::request::Request;

/// The auth methods that are shown. One algorithm of each family stands for its relatives; the tests call all.
pub const AUTHS: [Auth; 8] = [
    Auth::ApiKey,
    Auth::Jwt("HS256"),
    Auth::Jwt("RS256"),
    Auth::Jwt("PS256"),
    Auth::Jwt("ES256"),
    Auth::Jwt("EdDSA"),
    Auth::Hmac,
    Auth::None,
];

/// One call and how it ended.
#[derive(Debug)]
pub struct Row {
    /// Dify's model type.
    pub model_type: String,
    /// What was called.
    pub protocol: String,
    /// How the caller proved who it is.
    pub auth: String,
    /// What came back, or what went wrong.
    pub result: Result<String, String>,
    /// Until the first chunk.
    pub first: Duration,
    /// Until the end.
    pub total: Duration,
}

/// Calls everything on the embedded gateway.
pub fn embedded(plugin: &Plugin, gateway: &Gateway) -> Vec<Row> {
    let mut rows = Vec::new();
    for auth in AUTHS {
        let credentials = || auth.credentials(&gateway.url(auth.route()));
        let chat = Request::chat("m", credentials());
        rows.push(row("llm", "chat, streamed", auth, plugin.call(&chat), "Hello, world!"));
        rows.push(row("llm", "chat", auth, plugin.call(&chat.clone().whole()), "Hello, world!"));
        let completion = Request::completion("m", credentials());
        rows.push(row("llm", "completion, streamed", auth, plugin.call(&completion), " a time"));
        rows.push(row("llm", "completion", auth, plugin.call(&completion.clone().whole()), " a time"));
        let rerank = Request::rerank("m", credentials(), &["Berlin", "Rome", "Paris"]);
        rows.push(row("rerank", "rerank", auth, plugin.call(&rerank), "2: 0.5, 1: 0.3, 0: 0.1"));
    }
    rows
}

/// Calls the models of a list on a real gateway: `[{model_type, model, credentials, parameters?}]`. An endpoint that is
/// not given is `gateway`.
///
/// # Errors
/// If the list has another form.
pub fn real(plugin: &Plugin, gateway: &str, list: &Value) -> Result<Vec<Row>, String> {
    let list = list.as_array().ok_or("expected a JSON list")?;
    let mut rows = Vec::new();
    for entry in list {
        let text =
            |name: &str| entry[name].as_str().ok_or(format!("{name} is missing in {}", without_credentials(entry)));
        let (model_type, model) = (text("model_type")?, text("model")?);
        let Value::Object(mut credentials) = entry["credentials"].clone() else {
            return Err(format!("credentials are missing in {}", without_credentials(entry)));
        };
        credentials.entry("endpoint_url").or_insert_with(|| gateway.into());
        let auth = credentials.get("auth_method").and_then(Value::as_str).unwrap_or("api_key").to_owned();
        let mode = credentials.get("mode").and_then(Value::as_str).unwrap_or("chat").to_owned();
        let parameters = if entry["parameters"].is_object() { entry["parameters"].clone() } else { json!({}) };
        match model_type {
            "llm" => {
                let message = crate::request::user("Reply with one short sentence.");
                let request =
                    Request::chat(model, credentials).messages([message]).with("model_parameters", parameters);
                for (name, request) in [(format!("{mode}, streamed"), request.clone()), (mode, request.whole())] {
                    rows.push(real_row(model_type, &name, &auth, plugin.call(&request)));
                }
            }
            "rerank" => {
                let docs =
                    ["Carson City is the capital of Nevada.", "Washington, D.C. is the capital of the United States."];
                let request = Request::rerank(model, credentials, &docs).with("query", "capital of the United States");
                rows.push(real_row(model_type, "rerank", &auth, plugin.call(&request)));
            }
            other => return Err(format!("model_type {other} is not offered; use llm or rerank")),
        }
    }
    Ok(rows)
}

fn without_credentials(entry: &Value) -> Value {
    let mut shown: Map<String, Value> = entry.as_object().cloned().unwrap_or_default();
    shown.shift_remove("credentials");
    shown.into()
}

fn row(model_type: &str, protocol: &str, auth: Auth, outcome: Outcome, expected: &str) -> Row {
    let mut row = real_row(model_type, protocol, &auth.name(), outcome);
    if let Ok(result) = &row.result
        && result != expected
    {
        row.result = Err(format!("expected {expected:?}, got {result:?}"));
    }
    row
}

fn real_row(model_type: &str, protocol: &str, auth: &str, outcome: Outcome) -> Row {
    let result = match &outcome.failure {
        Some(failure) => Err(format!("{}: {}", failure.error_type, failure.message)),
        None if model_type == "rerank" => {
            let hits: Vec<String> = outcome.hits().iter().map(|(index, score)| format!("{index}: {score}")).collect();
            Ok(hits.join(", "))
        }
        None => Ok(outcome.text()),
    };
    let result = match result {
        Ok(text) if text.is_empty() => Err("an empty answer".to_owned()),
        other => other,
    };
    let (first, total) = (outcome.first, outcome.total);
    Row {
        model_type: model_type.to_owned(),
        protocol: protocol.to_owned(),
        auth: auth.to_owned(),
        result,
        first,
        total,
    }
}

/// The table, ready to print.
pub fn table(rows: &[Row]) -> String {
    const HEAD: [&str; 6] = ["model type", "protocol", "auth", "result", "first chunk ms", "total ms"];
    let cells = rows.iter().map(|row| {
        let result = match &row.result {
            Ok(text) => format!("ok: {}", shortened(text)),
            Err(problem) => format!("FAILED: {}", problem.replace('\n', " ")),
        };
        [row.model_type.clone(), row.protocol.clone(), row.auth.clone(), result, ms(row.first), ms(row.total)]
    });
    let lines: Vec<[String; 6]> = std::iter::once(HEAD.map(str::to_owned)).chain(cells).collect();
    let mut widths = [0; 6];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            let number = column >= 4;
            let _ = if number { write!(table, "{cell:>width$}  ") } else { write!(table, "{cell:<width$}  ") };
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
        if number == 0 {
            table.push_str(&"-".repeat(widths.iter().sum::<usize>() + 10));
            table.push('\n');
        }
    }
    table
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 40 { line } else { line.chars().take(39).chain(['…']).collect() }
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_stands_in_the_table_in_full() {
        let row = |result| Row {
            model_type: "llm".to_owned(),
            protocol: "chat".to_owned(),
            auth: "hmac".to_owned(),
            result,
            first: Duration::from_micros(1500),
            total: Duration::from_millis(20),
        };
        let problem = "InvokeAuthorizationError: ".to_owned() + &"x".repeat(100);
        let table = table(&[row(Ok("Hello,\n world".to_owned())), row(Err(problem.clone()))]);
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[2].contains("ok: Hello, world ") && lines[2].ends_with("1.5      20.0"), "{table}");
        assert!(lines[3].contains(&format!("FAILED: {problem}")), "{table}");
    }
}
