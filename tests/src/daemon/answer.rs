//! A piece of an answer, read as what the action promises (protocol reference 3).

use serde_json::Value;

/// What the daemon, its SDK or Dify would not accept.
type Verdict = Result<(), String>;

/// Reads a piece of an answer as what the action promises.
///
/// # Errors
/// What the daemon or Dify would not accept about it.
pub fn answer(action: &str, data: &Value) -> Verdict {
    match action {
        "invoke_llm" => llm_chunk(data),
        "start_polling" | "check_polling" => polling(data),
        "invoke_rerank" | "invoke_multimodal_rerank" => documents(data),
        "invoke_text_embedding" | "invoke_multimodal_embedding" => embeddings(data),
        "get_text_embedding_num_tokens" => {
            let counts = list(data, "num_tokens")?;
            holds(counts.iter().all(Value::is_u64), "a count that is not an integer", data)
        }
        "invoke_tts" => audio(data),
        "get_tts_model_voices" => {
            list(data, "voices")?.iter().try_for_each(|voice| nonempty(voice, "name").and(nonempty(voice, "value")))
        }
        "invoke_speech2text" => holds(data["result"].is_string(), "result is not a text", data),
        "invoke_moderation" => holds(data["result"].is_boolean(), "result is not a boolean", data),
        "get_llm_num_tokens" => holds(data["num_tokens"].is_u64(), "num_tokens is not an integer", data),
        "validate_provider_credentials" | "validate_model_credentials" => {
            let credentials = &data["credentials"];
            let whole = data["result"].is_boolean() && (credentials.is_object() || credentials.is_null());
            holds(whole, "an incomplete verdict", &data["result"])
        }
        "get_ai_model_schemas" => {
            nonempty(&data["model_schema"], "model")?;
            nonempty(&data["model_schema"]["label"], "en_US")?;
            nonempty(&data["model_schema"], "model_type")
        }
        _ => Err(format!("not an answer of {action}: {data}")),
    }
}

fn documents(data: &Value) -> Verdict {
    nonempty(data, "model")?;
    let whole = |doc: &Value| doc["index"].is_u64() && doc["text"].is_string() && doc["score"].is_number();
    holds(list(data, "docs")?.iter().all(whole), "an incomplete document", data)
}

fn embeddings(data: &Value) -> Verdict {
    nonempty(data, "model")?;
    let numbers = |vector: &Value| vector.as_array().is_some_and(|vector| vector.iter().all(Value::is_number));
    holds(list(data, "embeddings")?.iter().all(numbers), "a vector that is no list of numbers", &Value::Null)?;
    counted(&data["usage"], &["tokens", "total_tokens"])
}

/// Dify decodes every message by itself, so each holds whole bytes.
fn audio(data: &Value) -> Verdict {
    let hex = data["result"].as_str().ok_or("result is not a text")?;
    let whole = hex.len() % 2 == 0 && !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    holds(whole, "result is no hexadecimal text", &hex.get(..hex.len().min(40)).into())?;
    let kind = &data["mime_type"];
    holds(kind.is_null() || kind.as_str().is_some_and(|kind| kind.starts_with("audio/")), "mime_type", kind)
}

fn polling(data: &Value) -> Verdict {
    for hint in ["next_check_after_seconds", "expires_after_seconds", "max_attempts"] {
        let value = &data[hint];
        holds(value.is_null() || value.as_u64().is_some_and(|value| value > 0), hint, data)?;
    }
    match data["status"].as_str() {
        Some("running") => {
            let state = data["plugin_state"].as_object();
            holds(state.is_some_and(|state| !state.is_empty()), "running without a state", data)
        }
        Some("failed") => nonempty(data, "error"),
        Some("succeeded") => {
            let result = &data["result"];
            nonempty(result, "model")?;
            message(&result["message"])?;
            counted(&result["usage"], &["prompt_tokens", "completion_tokens", "total_tokens"])
        }
        other => Err(format!("status {other:?}")),
    }
}

fn llm_chunk(data: &Value) -> Verdict {
    nonempty(data, "model")?;
    let delta = &data["delta"];
    holds(delta["index"].is_u64(), "delta.index is not an integer", delta)?;
    message(&delta["message"])?;
    match &delta["usage"] {
        Value::Null => Ok(()),
        usage => counted(usage, &["prompt_tokens", "completion_tokens", "total_tokens"]),
    }
}

fn message(message: &Value) -> Verdict {
    holds(message["role"] == "assistant", "role", message)?;
    match &message["content"] {
        Value::String(_) => {}
        Value::Array(parts) => parts.iter().try_for_each(part)?,
        _ => return Err(format!("content of {message}")),
    }
    // Dify's parser refuses what the daemon makes of an absent list.
    list(message, "tool_calls")?.iter().try_for_each(|call| {
        let function = &call["function"];
        let texts = [&call["id"], &call["type"], &function["name"], &function["arguments"]];
        holds(texts.iter().all(|text| text.is_string()), "an incomplete tool call", call)
    })
}

/// The daemon forwards absent members as empty texts, and Dify refuses an empty `detail`.
fn part(part: &Value) -> Verdict {
    let some = |name: &str| part[name].as_str().is_some_and(|text| !text.is_empty());
    match part["type"].as_str() {
        Some("text") => holds(part["data"].is_string(), "a text part without data", part),
        Some("image") => {
            nonempty(part, "format").and(nonempty(part, "mime_type"))?;
            let detail = matches!(part["detail"].as_str(), Some("low" | "high"));
            holds(detail && (some("url") || some("base64_data")), "an incomplete image", &part["type"])
        }
        other => Err(format!("a part of type {other:?}")),
    }
}

fn counted(usage: &Value, counts: &[&str]) -> Verdict {
    let whole = counts.iter().all(|count| usage[*count].is_u64());
    // Decimals may be text, but not an empty one.
    let prices = usage.as_object().into_iter().flatten().filter(|(name, _)| name.contains("price"));
    let priced = prices.clone().all(|(_, price)| price.is_null() || price.is_number() || is_decimal(price));
    let whole = whole && priced && usage["currency"].is_string() && usage["latency"].is_number();
    holds(whole, "an incomplete usage", usage)
}

fn is_decimal(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<f64>().is_ok())
}

fn list<'a>(data: &'a Value, name: &str) -> Result<&'a Vec<Value>, String> {
    data[name].as_array().ok_or(format!("{name} is not a list in {}", shortened(data)))
}

fn nonempty(data: &Value, name: &str) -> Verdict {
    holds(data[name].as_str().is_some_and(|text| !text.is_empty()), &format!("no {name}"), data)
}

fn holds(is_so: bool, complaint: &str, about: &Value) -> Verdict {
    if is_so { Ok(()) } else { Err(format!("{complaint}: {}", shortened(about))) }
}

fn shortened(value: &Value) -> String {
    value.to_string().chars().take(500).collect()
}
