//! The page: one file with everything in it, which asks the network for nothing.
//!
//! The template's texts are escaped by the engine. Style and script are constants of this program, and a policy in the
//! page lets no other run, so that a text of a spec stays a text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use tera::{Context, Kwargs, State, Tera, TeraResult, Value};

use super::{Language, text, words};
use crate::ir::inspection::Inspection;
use crate::ir::package::MODEL_TYPE;
use crate::sources::Sources;
use crate::templates::{self, json};

const STYLE: &str = include_str!("../../templates/inspect/style.css");
const SCRIPT: &str = include_str!("../../templates/inspect/script.js");
const TEMPLATES: [(&str, &str); 7] = [
    ("page.html", include_str!("../../templates/inspect/page.html")),
    ("form.html", include_str!("../../templates/inspect/form.html")),
    ("model_types.html", include_str!("../../templates/inspect/model_types.html")),
    ("settings.html", include_str!("../../templates/inspect/settings.html")),
    ("auth.html", include_str!("../../templates/inspect/auth.html")),
    ("additions.html", include_str!("../../templates/inspect/additions.html")),
    ("protocols.html", include_str!("../../templates/inspect/protocols.html")),
];

/// The page of one plugin; `language` is the one that it opens in.
pub fn render(inspection: &Inspection, sources: &Sources, language: Language) -> String {
    let mut context = Context::new();
    context.insert("inspection", inspection);
    context.insert("package", &inspection.package);
    context.insert("language", language.code());
    context.insert("style", STYLE);
    context.insert("script", SCRIPT);
    context.insert("style_hash", &hash(STYLE));
    context.insert("script_hash", &hash(SCRIPT));
    let icon = |file: &str| sources.bytes(&format!("specs/assets/{file}")).map(|bytes| image(file, bytes));
    context.insert("icon", &icon(&inspection.package.icon));
    context.insert("icon_dark", &icon(&inspection.package.icon_dark));
    templates::fill(&engine(language), "page.html", &context)
}

/// As a content security policy names a text that may stand in the page.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

fn image(file: &str, bytes: &[u8]) -> String {
    let kind = if file.ends_with(".svg") { "svg+xml" } else { "png" };
    format!("data:image/{kind};base64,{}", STANDARD.encode(bytes))
}

/// The filters of the templates:
///
/// | filter | of | gives |
/// |---|---|---|
/// | `both` | text of several languages | English and Chinese, of which the page shows one |
/// | `ui` | English word of the output itself | the same |
/// | `labels` | English word of the output itself | attributes with it in both languages, for narrow tables |
/// | `in_language(code=)` | text of several languages | one of them |
/// | `prose` | text of a spec | its code in backticks marked |
/// | `conditions` | list of conditions | variables and values |
/// | `json` | anything | its JSON, for an attribute |
/// | `range` | an object with `min` and `max` | `0 … 2` |
/// | `model_type` | Dify's name of a model type | what Dify's form calls it |
fn engine(language: Language) -> Tera {
    let mut tera = Tera::default();
    tera.register_filter("both", |text: Value, _: Kwargs, _: &State| both(&json(&text)?));
    tera.register_filter("ui", |word: &str, _: Kwargs, _: &State| Ok(Value::safe_string(&spans(word, chinese(word)?))));
    tera.register_filter("labels", |word: &str, _: Kwargs, _: &State| {
        Ok(Value::safe_string(&format!("data-en=\"{}\" data-zh=\"{}\"", escaped(word), escaped(chinese(word)?))))
    });
    tera.register_filter("in_language", move |text: Value, options: Kwargs, _: &State| -> TeraResult<String> {
        let code = options.get::<&str>("code")?.unwrap_or(language.code());
        let text = json(&text)?;
        Ok(text[code].as_str().or(text["en_US"].as_str()).unwrap_or_default().to_owned())
    });
    tera.register_filter("prose", |text: &str, _: Kwargs, _: &State| Value::safe_string(&prose(text)));
    tera.register_filter("conditions", |list: Value, _: Kwargs, _: &State| conditions(&json(&list)?));
    tera.register_filter("json", |value: Value, _: Kwargs, _: &State| json(&value).map(|value| value.to_string()));
    tera.register_filter("range", |row: Value, _: Kwargs, _: &State| -> TeraResult<String> {
        let row = json(&row)?;
        let of = |key: &str| row[key].as_str().map(str::to_owned);
        Ok(text::range(of("min").as_ref(), of("max").as_ref()))
    });
    tera.register_filter("model_type", |name: &str, _: Kwargs, _: &State| model_type(name));
    templates::read(tera, &TEMPLATES)
}

fn chinese(word: &str) -> TeraResult<&'static str> {
    words::chinese(word).ok_or_else(|| tera::Error::message(format!("no Chinese for `{word}`")))
}

/// Text as Dify shows it: what a text lacks in Chinese is shown in English.
fn both(text: &Json) -> TeraResult<Value> {
    let english = text["en_US"].as_str().ok_or_else(|| tera::Error::message("not a text of several languages"))?;
    Ok(Value::safe_string(&match text["zh_Hans"].as_str() {
        Some(chinese) if chinese != english => spans(english, chinese),
        _ => prose(english),
    }))
}

fn spans(english: &str, chinese: &str) -> String {
    let (english, chinese) = (prose(english), prose(chinese));
    format!("<span lang=\"en\">{english}</span><span lang=\"zh-Hans\">{chinese}</span>")
}

/// Escaped, with code in backticks marked as code.
fn prose(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    for (number, piece) in pieces.iter().enumerate() {
        let closed = number + 1 < pieces.len();
        match number % 2 {
            1 if closed => out += &format!("<code>{}</code>", escaped(piece)),
            1 => out += &format!("`{}", escaped(piece)),
            _ => out += &escaped(piece),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

fn conditions(list: &Json) -> TeraResult<Value> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    let mut parts = Vec::new();
    for condition in list {
        let of = |key: &str| condition[key].as_str().unwrap_or_default();
        let variable = match of("variable") {
            MODEL_TYPE => spans("Model Type", chinese("Model Type")?),
            variable => format!("<code>{}</code>", escaped(variable)),
        };
        parts.push(format!("<span class=\"condition\">{variable} = <code>{}</code></span>", escaped(of("value"))));
    }
    Ok(Value::safe_string(&parts.join(" ")))
}

/// The names in Dify's own selector of the model type.
fn model_type(name: &str) -> String {
    match name {
        "llm" => "LLM".to_owned(),
        "tts" => "TTS".to_owned(),
        "text-embedding" => "Text Embedding".to_owned(),
        other => {
            let mut letters = other.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}
