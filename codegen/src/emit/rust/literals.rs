//! Literals: texts, numbers, JSON, labels.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value as Json;

use crate::ast::Text;

/// A floating-point number, without a suffix.
pub fn number(value: f64) -> TokenStream {
    let literal = Literal::f64_unsuffixed(value.abs());
    if value.is_sign_negative() { quote!(-#literal) } else { quote!(#literal) }
}

/// A whole number, without a suffix.
pub fn integer(value: i64) -> TokenStream {
    let literal = Literal::u64_unsuffixed(value.unsigned_abs());
    if value < 0 { quote!(-#literal) } else { quote!(#literal) }
}

/// A text with quotes in it, raw if it can be.
pub fn quoting(text: &str) -> TokenStream {
    let raw = format!("r#\"{text}\"#").parse().ok().filter(|_| text.contains('"') && !text.contains("\"#"));
    raw.unwrap_or_else(|| quote!(#text))
}

/// A literal, whose type is that of what stands beside it if it is a scalar.
pub fn scalar(value: &Json) -> TokenStream {
    match value {
        Json::String(text) => quote!(#text),
        Json::Bool(value) => quote!(#value),
        Json::Number(value) => match value.as_i64() {
            Some(value) => integer(value),
            None => number(value.as_f64().unwrap_or_default()),
        },
        Json::Null => quote!(serde_json::Value::Null),
        list_or_map => json(list_or_map),
    }
}

/// The text of a scalar.
pub fn as_text(value: &Json) -> TokenStream {
    let text = crate::ir::auth::literal(value);
    quote!(#text)
}

/// A literal whose type nothing else says.
pub fn written(value: &Json) -> TokenStream {
    let small = value.as_i64().is_some_and(|value| i32::try_from(value).is_ok());
    match (value.as_i64(), value.as_u64()) {
        (Some(value), _) if !small => {
            let literal = Literal::i64_suffixed(value);
            quote!(#literal)
        }
        (None, Some(value)) => {
            let literal = Literal::u64_suffixed(value);
            quote!(#literal)
        }
        _ => scalar(value),
    }
}

/// Any JSON, as a value of its own.
pub fn json(value: &Json) -> TokenStream {
    fn inner(value: &Json) -> TokenStream {
        match value {
            Json::Null => quote!(null),
            Json::Array(items) => {
                let items = items.iter().map(inner);
                quote!([#(#items),*])
            }
            Json::Object(members) => {
                let members = members.iter().map(|(name, value)| {
                    let value = inner(value);
                    quote!(#name: #value)
                });
                quote!({ #(#members),* })
            }
            scalar => written(scalar),
        }
    }
    let value = inner(value);
    quote!(serde_json::json!(#value))
}

/// A number or integer, as a float.
pub fn float(value: &Json) -> TokenStream {
    number(value.as_f64().unwrap_or_default())
}

/// JSON text, as a raw string where it needs one.
pub fn raw(text: &str) -> TokenStream {
    if !text.contains(['"', '\\']) {
        return quote!(#text);
    }
    let hashes = (1..).map(|count| "#".repeat(count)).find(|hashes| !text.contains(&format!("\"{hashes}")));
    let hashes = hashes.unwrap_or_default();
    let literal = format!("r{hashes}\"{text}\"{hashes}");
    literal.parse().unwrap_or_else(|_| quote!(#text))
}

/// A label or help text.
pub fn text(text: &Text) -> TokenStream {
    let Text { en_us, zh_hans, ja_jp, pt_br, .. } = text;
    match (zh_hans, ja_jp, pt_br) {
        (None, None, None) => quote!(Text::all(#en_us)),
        (Some(zh_hans), None, None) => quote!(Text::en_zh(#en_us, #zh_hans)),
        _ => {
            let (zh_hans, ja_jp, pt_br) = (optional(zh_hans), optional(ja_jp), optional(pt_br));
            quote!(Text { en_us: #en_us, zh_hans: #zh_hans, ja_jp: #ja_jp, pt_br: #pt_br })
        }
    }
}

/// `Some("text")` or `None`.
pub fn optional(text: &Option<String>) -> TokenStream {
    match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}

/// A `///` line.
pub fn doc(text: &str) -> TokenStream {
    if text.trim().is_empty() {
        return TokenStream::new();
    }
    let text = format!(" {}", text.replace('\n', " "));
    quote!(#[doc = #text])
}
