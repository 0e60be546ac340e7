//! Spec types as types of references.

use crate::ast;
use crate::ir::model_type::Input;
use crate::ir::value::Type;

/// The inputs of an action, in the order declared.
pub fn inputs(declared: &ast::Map<ast::Type>) -> Vec<Input> {
    declared
        .iter()
        .map(|(name, type_)| {
            let (type_, optional) = match type_ {
                ast::Type::Optional(inner) => (value_type(inner), true),
                other => (value_type(other), false),
            };
            Input { name: name.clone(), type_, optional }
        })
        .collect()
}

/// The type of a reference to a value of a spec type.
pub fn value_type(type_: &ast::Type) -> Type {
    match type_ {
        ast::Type::Named(name) => named(name),
        ast::Type::List(element) => Type::List(Box::new(value_type(element))),
        ast::Type::Optional(inner) => value_type(inner),
        ast::Type::Closed(_) => Type::Text,
        ast::Type::Record(members) => {
            Type::Record(members.iter().map(|(name, type_)| (name.clone(), value_type(type_))).collect())
        }
    }
}

fn named(name: &str) -> Type {
    match name {
        "string" => Type::Text,
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "number" | "decimal" => Type::Number,
        "map" => Type::Pairs,
        "message" => Type::Message,
        "tool" => Type::Tool,
        "tool_choice" => Type::ToolChoice,
        "audio_file" => Type::AudioFile,
        "media" => Type::Media,
        "hit" => Type::Hit,
        "vector" => Type::Vector,
        "numbers" => Type::Values,
        "usage" => Type::Usage,
        "voice" => Type::Voice,
        "audio" => Type::Audio,
        "document" => Type::RankedDocument,
        _ => Type::Json,
    }
}
