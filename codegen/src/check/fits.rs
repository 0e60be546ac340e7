//! Which type fits where, and which literal is of which type.

use serde_json::Value as Json;

use crate::ast::Type;

use super::scope::{bare, members};
use crate::catalogue::type_of;

/// Any JSON.
pub fn json() -> Type {
    Type::Named("json".to_owned())
}

/// What a header, a query parameter, a path segment or a signed line takes: a text, a number or a boolean.
pub fn scalar() -> Type {
    Type::Named("scalar".to_owned())
}

/// What a part of a multipart body takes: a scalar, or a recording.
pub fn part() -> Type {
    Type::Named("part".to_owned())
}

/// A type as a message says that it is expected.
pub fn wanted(type_: &Type) -> String {
    match type_ {
        Type::Named(name) if name == "scalar" => "a text, a number or a boolean".to_owned(),
        Type::Named(name) if name == "part" => "a text, a number, a boolean or a recording".to_owned(),
        Type::Named(name) if name == "json" => "plain JSON".to_owned(),
        type_ => format!("`{type_}`"),
    }
}

/// Whether a value of one type may stand where another is expected.
pub fn fits(source: &Type, target: &Type) -> bool {
    match (source, target) {
        (Type::Optional(source), Type::Optional(target)) => fits(source, target),
        (source, Type::Optional(target)) => fits(source, target),
        // What is absent is left out of JSON, of headers and of lines.
        (Type::Optional(source), Type::Named(name)) if ["json", "scalar", "part"].contains(&name.as_str()) => {
            fits(source, target)
        }
        (Type::Optional(_), _) => false,
        (source, Type::Named(name)) if name == "json" => plain(source),
        (source, Type::Named(name)) if name == "scalar" => is_scalar(source),
        (source, Type::Named(name)) if name == "part" => is_scalar(source) || *source == type_of("audio_file"),
        (Type::Closed(words), Type::Closed(legal)) => words.iter().all(|word| legal.contains(word)),
        (Type::Closed(_), Type::Named(name)) => name == "string",
        (Type::List(source), Type::List(target)) => fits(source, target),
        (Type::Named(source), Type::Named(target)) => {
            source == target
                || matches!(
                    (source.as_str(), target.as_str()),
                    ("integer", "number" | "decimal") | ("number", "decimal") | ("map", "json")
                )
        }
        (source, target) => source == target,
    }
}

fn is_scalar(type_: &Type) -> bool {
    match type_ {
        Type::Closed(_) => true,
        Type::Named(name) => ["string", "boolean", "integer", "number", "decimal"].contains(&name.as_str()),
        _ => false,
    }
}

/// Whether a type has one way of being JSON; Dify's messages, tools and tool choice have one per vendor, a recording none.
fn plain(type_: &Type) -> bool {
    match type_ {
        Type::Named(name) => !["message", "tool", "tool_choice", "media", "signing_key", "audio_file", "document"]
            .contains(&name.as_str()),
        Type::List(inner) | Type::Optional(inner) => plain(inner),
        Type::Record(fields) => fields.iter().all(|(_, type_)| plain(type_)),
        Type::Closed(_) => true,
    }
}

/// Whether a literal is of a type.
pub fn literal_fits(literal: &Json, type_: &Type) -> bool {
    match type_ {
        // Where a type is known, what is absent is left out.
        Type::Optional(inner) => literal_fits(literal, inner),
        Type::Closed(words) => literal.as_str().is_some_and(|text| words.iter().any(|word| word == text)),
        Type::List(inner) => literal.as_array().is_some_and(|items| items.iter().all(|item| literal_fits(item, inner))),
        Type::Record(_) => object_fits(literal, type_),
        Type::Named(name) => match name.as_str() {
            "string" => literal.is_string(),
            "boolean" => literal.is_boolean(),
            "integer" => literal.is_i64(),
            "number" | "decimal" => literal.is_number(),
            "map" => literal.is_object(),
            "audio_file" | "image" | "audio" => literal.is_string(),
            "numbers" => false,
            "scalar" | "part" => literal.is_string() || literal.is_number() || literal.is_boolean(),
            _ if !members(type_).is_empty() => object_fits(literal, type_),
            _ => true,
        },
    }
}

fn object_fits(literal: &Json, type_: &Type) -> bool {
    let known = members(type_);
    let Some(object) = literal.as_object() else { return false };
    object.keys().all(|key| known.iter().any(|(name, _)| name == key))
        && known.iter().all(|(name, type_)| match object.get(name) {
            Some(value) => literal_fits(value, type_),
            None => matches!(type_, Type::Optional(_)),
        })
}

/// The texts that a value may be, if they are a closed list.
pub fn domain(type_: &Type) -> Option<Vec<&str>> {
    match bare(type_) {
        Type::Closed(words) => Some(words.iter().map(String::as_str).collect()),
        Type::Named(name) if name == "boolean" => Some(vec!["true", "false"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_fit_where_they_lose_nothing() {
        for (source, target, fit) in [
            ("integer", "number", true),
            ("number", "integer", false),
            ("optional integer", "integer", false),
            ("integer", "optional number", true),
            ("a | b", "a | b | c", true),
            ("a | b | c", "a | b", false),
            ("a | b", "string", true),
            ("string", "a | b", false),
            ("list<integer>", "list<number>", true),
            ("list<message>", "json", false),
            ("optional string", "json", true),
            ("list<string>", "scalar", false),
            ("audio_file", "json", false),
            ("audio_file", "part", true),
            ("optional integer", "part", true),
            ("list<string>", "part", false),
        ] {
            assert_eq!(fits(&type_of(source), &type_of(target)), fit, "{source} into {target}");
        }
    }
}
