//! Names of the specs as names of Rust.

use proc_macro2::{Ident, Span};

/// Names that generated modules use for other things.
const TAKEN: [&str; 22] = [
    "None",
    "Some",
    "Ok",
    "Err",
    "Option",
    "Result",
    "Vec",
    "String",
    "Box",
    "Self",
    "Default",
    "Clone",
    "Copy",
    "Debug",
    "PartialEq",
    "Eq",
    "Sized",
    "Send",
    "Sync",
    "Param",
    "Reply",
    "Event",
];

/// `score_scale` for values and modules; a keyword becomes raw.
pub fn snake(name: &str) -> Ident {
    let mut text = String::new();
    for c in name.chars() {
        text.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    }
    let text = squeezed(&text);
    let text =
        if text.starts_with(|c: char| c.is_ascii_digit()) || text.is_empty() { format!("n{text}") } else { text };
    syn::parse_str(&text).unwrap_or_else(|_| match text.as_str() {
        "self" | "super" | "crate" | "Self" => Ident::new(&format!("{text}_"), Span::call_site()),
        _ => Ident::new_raw(&text, Span::call_site()),
    })
}

/// `ScoreScale` for types and variants.
pub fn camel(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let text: String = parts.map(|part| part[..1].to_ascii_uppercase() + &part[1..]).collect();
    if text.starts_with(|c: char| c.is_ascii_digit()) || text.is_empty() { format!("N{text}") } else { text }
}

/// A variant of an enum.
pub fn variant(option: &str) -> Ident {
    match camel(option).as_str() {
        "Self" => Ident::new("Self_", Span::call_site()),
        name => Ident::new(name, Span::call_site()),
    }
}

/// A type of a generated module; `otherwise` is appended to a name that has another meaning there.
pub fn type_name(name: &str, otherwise: &str) -> Ident {
    let name = camel(name);
    let taken = TAKEN.contains(&name.as_str()) || super::imports::is_type(&name);
    let suffix = if taken { otherwise } else { "" };
    Ident::new(&format!("{name}{suffix}"), Span::call_site())
}

/// `LLM_OPENAI_CHAT` for constants.
pub fn upper(name: &str) -> Ident {
    Ident::new(&snake(name).to_string().trim_start_matches("r#").to_ascii_uppercase(), Span::call_site())
}

fn squeezed(text: &str) -> String {
    text.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}
