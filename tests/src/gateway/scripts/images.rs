//! Images: OpenAI's form, DashScope's at once, DashScope's as a task.
//!
//! | model | does |
//! |---|---|
//! | `base64-image`, `gpt-image-1` | answers with the image itself |
//! | `endless` | a task that goes on running |
//! | `fails`, `cancelled`, `unknown` | a task that ends so |
//! | `partial` | a task of which one image failed |
//! | `no-image` | an answer without one |
//! | `slow` | a task that is pending, then running, then done |
//!
//! Every other task is done at the first look. Links point to the gateway itself, which has the file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Asked;
use crate::gateway::reply::Reply;

/// A PNG of one pixel.
pub const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xfc, 0xcf, 0xc0,
    0x50, 0x0f, 0, 4, 0x85, 1, 0x80, 0x84, 0xa9, 0x8c, 0x21, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60,
    0x82,
];

/// Where the image of this number is.
fn link(asked: &Asked<'_>, number: usize) -> String {
    format!("http://{}/files/{}-{number}.png?Expires=1&Signature=x", asked.host, asked.model)
}

/// `512x512` or, for DashScope, `512*512`.
fn is_size(size: &Value, between: char) -> bool {
    let number = |text: &str| text.parse::<u32>().is_ok();
    size.is_null()
        || size.as_str().and_then(|size| size.split_once(between)).is_some_and(|(a, b)| number(a) && number(b))
}

/// `images/generations`.
pub(super) fn openai(asked: &Asked<'_>) -> Reply {
    let count = asked.count(&asked.body["n"]).unwrap_or(1);
    if asked.body["prompt"].as_str().is_none_or(str::is_empty) {
        return Reply::error(400, "prompt is required");
    }
    if !is_size(&asked.body["size"], 'x') || count == 0 || count > 10 {
        return Reply::error(400, "size must be WIDTHxHEIGHT and n between 1 and 10");
    }
    let made_of_bytes = asked.model.starts_with("gpt-image");
    if made_of_bytes && asked.body.get("response_format").is_some() {
        return Reply::error(400, "Unknown parameter: 'response_format'.");
    }
    let in_base64 = made_of_bytes || asked.model == "base64-image" || asked.body["response_format"] == "b64_json";
    let image = |number| match in_base64 {
        true => json!({"b64_json": STANDARD.encode(PNG)}),
        false => json!({"url": link(asked, number)}),
    };
    let data: Vec<Value> = (1..=count).filter(|_| asked.model != "no-image").map(image).collect();
    let usage = json!({"input_tokens": 5, "output_tokens": 7, "total_tokens": 12});
    Reply::json(&json!({"created": 1, "data": data, "usage": usage}))
}

/// DashScope's `multimodal-generation`, at once.
pub(super) fn dashscope(asked: &Asked<'_>) -> Reply {
    let parameters = &asked.body["parameters"];
    let messages = asked.body["input"]["messages"].as_array();
    let contents = messages.into_iter().flatten().filter_map(|message| message["content"].as_array()).flatten();
    if !contents.clone().any(|part| part["text"].as_str().is_some_and(|text| !text.is_empty())) {
        return Reply::dashscope_error(400, "InvalidParameter", "input.messages has no text");
    }
    if !is_size(&parameters["size"], '*') {
        return Reply::dashscope_error(400, "InvalidParameter", "size must be WIDTH*HEIGHT");
    }
    let count = asked.count(&parameters["n"]).unwrap_or(1);
    let content: Vec<Value> =
        (1..=count).filter(|_| asked.model != "no-image").map(|number| json!({"image": link(asked, number)})).collect();
    let message = json!({"role": "assistant", "content": content});
    Reply::json(&json!({
        "output": {"choices": [{"finish_reason": "stop", "message": message}],
            "task_metric": {"TOTAL": count, "SUCCEEDED": count, "FAILED": 0}},
        "usage": {"width": 1328, "height": 1328, "image_count": count}, "request_id": "r-1"}))
}

/// Starts a task.
pub(super) fn start(asked: &Asked<'_>) -> Reply {
    if asked.header("x-dashscope-async") != Some("enable") {
        let text = "current user api does not support synchronous calls.";
        return Reply::dashscope_error(403, "AccessDenied", text);
    }
    if asked.body["input"]["prompt"].as_str().is_none_or(str::is_empty)
        || !is_size(&asked.body["parameters"]["size"], '*')
    {
        return Reply::dashscope_error(400, "InvalidParameter", "input.prompt is missing or size is not WIDTH*HEIGHT");
    }
    let output = json!({"task_id": format!("task-{}.{}", asked.earlier + 1, asked.model), "task_status": "PENDING"});
    Reply::json(&json!({"output": output, "request_id": "r-1"}))
}

/// Says how a task is, or cancels it.
pub(super) fn task(asked: &Asked<'_>) -> Reply {
    let id = asked.path.trim_start_matches("api/v1/tasks/");
    if id.ends_with("/cancel") {
        return Reply::json(&json!({"request_id": "r-1"}));
    }
    let mut output = json!({"task_id": id});
    let states: &[&str] = if asked.model == "slow" { &["PENDING", "RUNNING"] } else { &[] };
    let state = match (states.get(asked.earlier).copied(), asked.model) {
        (_, "endless") => "RUNNING",
        (_, "unknown") => "UNKNOWN",
        (Some(state), _) => state,
        (None, "fails") => {
            output["code"] = "DataInspectionFailed".into();
            output["message"] = "Output data may contain inappropriate content.".into();
            "FAILED"
        }
        (None, "cancelled") => "CANCELED",
        (None, model) => {
            let mut results = vec![json!({"url": link(asked, 1)})];
            if model == "partial" {
                results.push(json!({"code": "InternalError.Timeout", "message": "An internal timeout error."}));
            }
            output["results"] = results.into();
            "SUCCEEDED"
        }
    };
    output["task_status"] = state.into();
    Reply::json(&json!({"output": output, "usage": {"image_count": 1}, "request_id": "r-1"}))
}
