//! Embeddings: OpenAI's form and DashScope's two.
//!
//! A text's vector begins with its number of characters and the code of its first one, so that a test sees which vector
//! belongs to which text. All numbers are exact in 32 bits.
//!
//! | model | does |
//! |---|---|
//! | `batch-N` | refuses more than N texts |
//! | `shuffled` | answers in reverse order, with the right `index` |
//! | `base64` | answers in base64 although floats were asked for |
//! | `short` | leaves the last vector out |
//! | `no-usage` | counts nothing |
//! | `wide-N` | N numbers a vector, each with eight digits |

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Asked;
use crate::gateway::reply::Reply;

/// `embeddings`.
pub(super) fn openai(asked: &Asked<'_>) -> Reply {
    let texts: Vec<&str> = match &asked.body["input"] {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let whole = asked.body["input"].as_array().is_none_or(|list| list.len() == texts.len());
    if texts.is_empty() || !whole || texts.iter().any(|text| text.is_empty()) {
        return Reply::error(400, "'$.input' is invalid. Please check the API reference.");
    }
    if let Some(limit) = limit(asked.model).filter(|limit| texts.len() > *limit) {
        let text = format!("batch size is invalid, it should not be larger than {limit}.: input.contents");
        return Reply::error(400, &text);
    }
    let base64 = asked.model == "base64" || asked.body["encoding_format"] == "base64";
    let width = width(asked, &asked.body["dimensions"]);
    let mut data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, width);
            let vector = if base64 { encoded(&vector).into() } else { json!(vector) };
            json!({"object": "embedding", "index": index, "embedding": vector})
        })
        .collect();
    match asked.model {
        "shuffled" => data.reverse(),
        "short" => drop(data.pop()),
        _ => {}
    }
    let mut reply = json!({"object": "list", "data": data, "model": "upstream-model"});
    if asked.model != "no-usage" {
        reply["usage"] = json!({"prompt_tokens": 2 * texts.len(), "total_tokens": 2 * texts.len()});
    }
    Reply::json(&reply)
}

/// DashScope's texts.
pub(super) fn dashscope_texts(asked: &Asked<'_>) -> Reply {
    let texts: Vec<&str> =
        asked.body["input"]["texts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if texts.is_empty() || texts.iter().any(|text| text.is_empty()) {
        return Reply::dashscope_error(400, "InvalidParameter", "input.texts should be array");
    }
    if let Some(limit) = limit(asked.model).filter(|limit| texts.len() > *limit) {
        let text = format!("batch size is invalid, it should not be larger than {limit}.: input.texts");
        return Reply::dashscope_error(400, "InvalidParameter", &text);
    }
    let width = width(asked, &asked.body["parameters"]["dimension"]);
    let embeddings: Vec<Value> = (texts.iter().enumerate())
        .map(|(index, text)| json!({"text_index": index, "embedding": vector(text, width)}))
        .collect();
    let usage = json!({"total_tokens": 2 * texts.len()});
    Reply::json(&json!({"output": {"embeddings": embeddings}, "usage": usage, "request_id": "r-1"}))
}

/// DashScope's texts and images.
pub(super) fn dashscope_contents(asked: &Asked<'_>) -> Reply {
    let width = width(asked, &asked.body["parameters"]["dimension"]);
    let mut embeddings = Vec::new();
    for content in asked.body["input"]["contents"].as_array().into_iter().flatten() {
        let Some((kind, text)) = content.as_object().filter(|members| members.len() == 1).and_then(|members| {
            let (kind, value) = members.iter().next()?;
            Some((kind.as_str(), value.as_str().filter(|text| !text.is_empty())?))
        }) else {
            return Reply::dashscope_error(400, "InvalidParameter", "contents should be one of text, image, video");
        };
        let is_media = text.starts_with("data:") || text.starts_with("http");
        if !matches!((kind, is_media), ("text", _) | ("image" | "video", true)) {
            return Reply::dashscope_error(400, "InvalidURL", "The request URL is invalid");
        }
        embeddings.push(json!({"index": embeddings.len(), "embedding": vector(text, width), "type": kind}));
    }
    if embeddings.is_empty() {
        return Reply::dashscope_error(400, "InvalidParameter", "contents is missing");
    }
    let usage = match asked.model {
        "parts-usage" => json!({"input_tokens": 3, "image_tokens": 40}),
        _ => json!({"input_tokens": 3, "image_tokens": 40, "total_tokens": 43}),
    };
    Reply::json(&json!({"output": {"embeddings": embeddings}, "usage": usage, "request_id": "r-1"}))
}

/// The vector of a text: its length, its first character, then a pattern.
pub fn vector(text: &str, width: usize) -> Vec<f64> {
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let first = text.chars().next().map_or(0, u32::from);
    let pattern = |place: u32| if width > 3 { f64::from(place % 7 + 1) / 128.0 } else { 0.25 };
    let place = |place: usize| match place {
        0 => f64::from(length),
        1 => f64::from(first),
        other => pattern(u32::try_from(other).unwrap_or(0)),
    };
    (0..width).map(place).collect()
}

fn limit(model: &str) -> Option<usize> {
    model.strip_prefix("batch-")?.parse().ok()
}

fn width(asked: &Asked<'_>, wanted: &Value) -> usize {
    let named = asked.model.strip_prefix("wide-").and_then(|width| width.parse().ok());
    named.or_else(|| asked.count(wanted)).unwrap_or(3)
}

fn encoded(vector: &[f64]) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "base64 vectors are of 32-bit floats")]
    let bytes: Vec<u8> = vector.iter().flat_map(|number| (*number as f32).to_le_bytes()).collect();
    STANDARD.encode(bytes)
}
