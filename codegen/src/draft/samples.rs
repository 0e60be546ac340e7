//! What an input carries in an example, and what becomes of it in a request, by its type.

use serde_json::{Value as Json, json};

use crate::ast::Type;

/// An input as it is sent.
pub struct Sent {
    /// In the spec.
    pub value: Json,
    /// What the daemon sends in the example.
    pub given: Json,
    /// What the endpoint is then sent.
    pub wire: Json,
}

/// How an input of a type is sent. `source` is the input or what is derived from it.
///
/// # Errors
/// The type, if a draft cannot say how.
pub fn sent(name: &str, type_: &Type, source: &str) -> Result<Sent, String> {
    let reference = Json::from(format!("$input.{source}"));
    let plain = |given: Json| Sent { value: reference.clone(), wire: given.clone(), given };
    Ok(match type_.to_string().as_str() {
        "string" => plain(json!(format!("a {}", name.replace('_', " ")))),
        "boolean" => plain(json!(false)),
        "integer" => plain(json!(1)),
        "number" | "decimal" => plain(json!(0.5)),
        "list<string>" => plain(json!(["one", "two"])),
        "list<message>" => {
            let messages = json!({ "openai_messages": { "calls": "none", "dialect": "openai", "model": "$model" } });
            let given = json!([{ "role": "user", "content": "Hello!" }]);
            Sent { value: json!({ "$from": reference, "$as": messages }), wire: given.clone(), given }
        }
        "media" => Sent {
            value: json!({ "$from": reference, "$as": "dashscope_item" }),
            given: json!({ "content": "a cat", "content_type": "text" }),
            wire: json!({ "text": "a cat" }),
        },
        "list<media>" => Sent {
            value: json!({
                "$each": reference,
                "text": { "$when": { "$item.content_type": "text" }, "$from": "$item.content" },
                "image": { "$when": { "$item.content_type": "image" }, "$from": "$item.content", "$as": "data_url" },
            }),
            given: json!([
                { "content": "a cat", "content_type": "text" },
                { "content": "https://example.com/dog.png", "content_type": "image" },
            ]),
            wire: json!([{ "text": "a cat" }, { "image": "https://example.com/dog.png" }]),
        },
        "audio_file" => Sent {
            value: reference,
            // The first bytes of a WAV file: name and type are told by them.
            given: json!("524946462400000057415645666d7420"),
            wire: json!({ "filename": "audio.wav", "content_type": "audio/wav" }),
        },
        other => match type_ {
            Type::Closed(words) => plain(json!(words.first())),
            _ => return Err(other.to_owned()),
        },
    })
}

/// A value of an output, as a reply holds it and as an example shows it; `position` is that in its list.
pub fn answered(name: &str, type_: &str, position: usize) -> Json {
    match (name, type_) {
        ("index", _) => json!(position),
        ("finish", _) => json!("stop"),
        (_, "string") => json!(format!("a {}", name.replace('_', " "))),
        (_, "boolean") => json!(true),
        ("input", _) => json!(3),
        ("total", _) => json!(5),
        (_, "integer") => json!(2),
        (_, "number" | "decimal") => json!([0.75, 0.25][position % 2]),
        (_, "numbers") => json!([[0.25, -0.5], [0.5, 1.5]][position % 2]),
        (_, "image") => json!("https://example.com/cat.png"),
        _ => json!({}),
    }
}
