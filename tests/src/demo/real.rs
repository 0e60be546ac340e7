//! The models of a list, called on a real gateway.

use serde_json::{Map, Value, json};

use super::calls::row;
use super::embedded::AUDIO;
use super::{Row, Running};
use crate::plugins;
use crate::request::{Request, image_content, text_content, user};

/// Calls the models of a list: `[{model_type, model, credentials, parameters?, plugin?, multimodal?, voice?, expect?}]`. An
/// endpoint that is not given is `gateway`; the plugin is told by the credentials if it is not given.
///
/// # Errors
/// If the list has another form, or names a plugin that does not run.
pub fn real(running: &[Running<'_>], gateway: &str, list: &Value) -> Result<Vec<Row>, String> {
    let list = list.as_array().ok_or("expected a JSON list")?;
    let mut rows = Vec::new();
    for entry in list {
        let shown = || without_credentials(entry);
        let text = |name: &str| entry[name].as_str().ok_or_else(|| format!("{name} is missing in {}", shown()));
        let Value::Object(mut credentials) = entry["credentials"].clone() else {
            return Err(format!("credentials are missing in {}", shown()));
        };
        credentials.entry("endpoint_url").or_insert_with(|| gateway.into());
        let name = entry["plugin"].as_str().unwrap_or_else(|| plugins::of(&credentials));
        let plugin = running.iter().find(|(own, _)| *own == name);
        let plugin = *plugin.ok_or_else(|| format!("there is no plugin {name}, which {} asks for", shown()))?;
        let method = ["auth_method", "consumer_auth_mode"].iter().find_map(|name| credentials.get(*name)?.as_str());
        let auth = method.unwrap_or("api_key").to_owned();
        let expected = entry["expect"].as_str().unwrap_or_default();
        for (protocol, request) in requests(text("model_type")?, text("model")?, &credentials, entry)? {
            rows.push(row(plugin, &request, &protocol, &auth, expected));
        }
    }
    Ok(rows)
}

/// What is asked of a model, with a name for each request.
fn requests(
    model_type: &str,
    model: &str,
    credentials: &Map<String, Value>,
    entry: &Value,
) -> Result<Vec<(String, Request)>, String> {
    let row = || credentials.clone();
    let multimodal = entry["multimodal"] == true;
    let one = |name: &str, request: Request| Ok(vec![(name.to_owned(), request)]);
    match model_type {
        "llm" => {
            let parameters = if entry["parameters"].is_object() { entry["parameters"].clone() } else { json!({}) };
            let mode = credentials.get("mode").and_then(Value::as_str).unwrap_or("chat");
            let question = entry["prompt"].as_str().unwrap_or("Reply with one short sentence.");
            let request = Request::chat(model, row()).messages([user(question)]).with("model_parameters", parameters);
            Ok(vec![(format!("{mode}, streamed"), request.clone()), (mode.to_owned(), request.whole())])
        }
        "rerank" => {
            let docs =
                ["Carson City is the capital of Nevada.", "Washington, D.C. is the capital of the United States."];
            let query = "capital of the United States";
            if multimodal {
                let docs = docs.map(text_content).to_vec();
                return one("multimodal", Request::multimodal_rerank(model, row(), text_content(query), docs.into()));
            }
            one("rerank", Request::rerank(model, row(), &docs).with("query", query))
        }
        "text-embedding" if multimodal => {
            let documents = json!([text_content("A red dot."), image_content(DOT)]);
            one("multimodal", Request::multimodal_embedding(model, row(), documents))
        }
        "text-embedding" => one("embeddings", Request::embedding(model, row(), &["A short text.", "Another text."])),
        "speech2text" => one("transcription", Request::transcription(model, row(), &sound(entry)?)),
        "tts" => {
            let voice = entry["voice"].as_str().unwrap_or("alloy");
            one("speech", Request::speech(model, row(), "One short sentence.", voice))
        }
        "moderation" => one("moderation", Request::moderation(model, row(), "A harmless text.")),
        other => Err(format!(
            "model_type {other} is unknown; use llm, text-embedding, rerank, speech2text, tts or moderation"
        )),
    }
}

/// A PNG of one red pixel.
const DOT: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

/// The file that the entry names, or one that only looks like audio.
fn sound(entry: &Value) -> Result<Vec<u8>, String> {
    match entry["file"].as_str() {
        Some(path) => std::fs::read(path).map_err(|error| format!("{path}: {error}")),
        None => Ok(AUDIO.to_vec()),
    }
}

fn without_credentials(entry: &Value) -> Value {
    let mut shown: Map<String, Value> = entry.as_object().cloned().unwrap_or_default();
    shown.shift_remove("credentials");
    shown.into()
}
