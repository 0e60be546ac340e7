//! Rerank in its three forms.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::Asked;
use crate::gateway::reply::Reply;

/// Jina's and Cohere's form, `rerank`.
pub(super) fn openai(asked: &Asked<'_>) -> Reply {
    let documents = texts(&asked.body["documents"]);
    let hits = match hits(documents.len(), asked.body.get("top_n"), false) {
        Ok(hits) => hits,
        Err(problem) => return Reply::error(400, &problem),
    };
    let usage = json!({"total_tokens": 10 * documents.len()});
    Reply::json(&match asked.model {
        "data-shape" => json!({"model": "upstream-model", "data": hits, "usage": usage}),
        "output-shape" => json!({"output": {"results": hits}, "usage": usage, "request_id": "r-1"}),
        _ => json!({"id": "rerank-1", "model": "upstream-model", "results": hits, "usage": usage}),
    })
}

/// DashScope's compatible form, `reranks`: no document text.
pub(super) fn flat(asked: &Asked<'_>) -> Reply {
    let documents = texts(&asked.body["documents"]);
    if asked.body.get("parameters").is_some() || asked.body.get("input").is_some() || documents.is_empty() {
        return Reply::dashscope_error(400, "InvalidParameter", "Required parameter documents is missing");
    }
    match hits(documents.len(), asked.body.get("top_n"), false) {
        Ok(hits) => Reply::json(&json!({"object": "list", "id": "r-1", "model": "upstream-model", "results": hits,
            "usage": {"total_tokens": 10 * documents.len()}})),
        Err(problem) => Reply::dashscope_error(400, "InvalidParameter", &problem),
    }
}

/// DashScope's own form, text and multimodal.
pub(super) fn nested(asked: &Asked<'_>) -> Reply {
    let (input, parameters) = (&asked.body["input"], &asked.body["parameters"]);
    let documents = texts(&input["documents"]);
    let query_fits =
        input["query"].is_string() || input["query"]["text"].is_string() || input["query"]["image"].is_string();
    // A flat body on this path gets a flat answer: `qwen3-rerank`.
    if asked.body.get("documents").is_some() && asked.body.get("input").is_none() {
        return flat(asked);
    }
    if documents.is_empty() || !query_fits {
        return Reply::dashscope_error(400, "InvalidParameter", "Required parameter input.documents is missing");
    }
    let with_text = parameters["return_documents"] == true;
    match hits(documents.len(), parameters.get("top_n"), true) {
        Err(problem) => Reply::dashscope_error(400, "InvalidParameter", &problem),
        Ok(mut hits) => {
            for hit in hits.iter_mut().filter(|_| with_text) {
                let text = hit["index"].as_u64().and_then(|index| documents.get(usize::try_from(index).ok()?));
                hit["document"] = json!({"text": text});
            }
            let usage = json!({"total_tokens": 10 * documents.len()});
            Reply::json(&json!({"output": {"results": hits}, "usage": usage, "request_id": "r-1"}))
        }
    }
}

/// Documents as texts; those that are media by their kind.
fn texts(documents: &Value) -> Vec<String> {
    let text = |document: &Value| match document {
        Value::String(text) => text.clone(),
        Value::Object(members) => members.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    };
    documents.as_array().into_iter().flatten().map(text).collect()
}

/// Scores a document by its place: 0.1, 0.3, 0.5 ... so that the last one is best and nothing is 0 or 1.
///
/// # Errors
/// A `top_n` that some services refuse: null as vLLM, too many as others.
fn hits(documents: usize, top_n: Option<&Value>, lenient: bool) -> Result<Vec<Value>, String> {
    let score = |index: usize| (f64::from(u32::try_from(index % 5).unwrap_or(0)) * 2.0 + 1.0) / 10.0;
    let mut hits: Vec<Value> =
        (0..documents).map(|index| json!({"index": index, "relevance_score": score(index)})).collect();
    let Some(top_n) = top_n else { return Ok(hits) };
    let limit = top_n.as_u64().and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
    let limit = limit.filter(|limit| lenient || *limit <= documents);
    let limit = limit.ok_or("top_n must be between 1 and the number of documents")?;
    let scored = |hit: &Value| hit["relevance_score"].as_f64();
    hits.sort_by(|a, b| scored(b).partial_cmp(&scored(a)).unwrap_or(Ordering::Equal));
    hits.truncate(limit);
    Ok(hits)
}
