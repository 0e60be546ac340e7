//! Credential fields: typed members of a group, logical fields for examples, and the stored fields of a plugin.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::ast::{self, FieldType, Map, Text};
use crate::ir::field::{Credential, Field, Kind};
use crate::ir::value::{Choice, Type};

/// The typed members of a group, in the order declared. Fields named in `words` are choices that are only passed on;
/// those named in `lowered` are not required in some plugin.
pub fn credentials(
    group: &str,
    fields: &Map<ast::Field>,
    words: &BTreeSet<String>,
    lowered: &BTreeSet<String>,
) -> Vec<Credential> {
    fields
        .iter()
        .map(|(name, field)| {
            let required = field.required == Some(true) && !lowered.contains(name);
            let type_ = match &field.options {
                Some(_) if words.contains(name) => Type::Word,
                Some(options) => Type::Choice(Choice {
                    group: group.to_owned(),
                    field: name.clone(),
                    options: options.iter().map(|(option, _)| option.clone()).collect(),
                }),
                None => value_type(kind_of(field)),
            };
            let never_absent = matches!(kind_of(field), FieldType::Flag | FieldType::Headers | FieldType::Map);
            let options = match &type_ {
                Type::Choice(_) => labelled(field),
                _ => Vec::new(),
            };
            Credential {
                name: name.clone(),
                label: label(name, field).en_us,
                type_,
                optional: !(required || never_absent || field.default.is_some()),
                required,
                default: field.default.clone(),
                read: kind(field, None, None),
                options,
            }
        })
        .collect()
}

fn labelled(field: &ast::Field) -> Vec<(String, String)> {
    let options = field.options.iter().flatten();
    options
        .map(|(option, label)| (option.clone(), label.as_ref().map_or_else(|| option.clone(), |l| l.en_us.clone())))
        .collect()
}

/// The fields of a group under their logical names and words: what examples store. Sorted by id.
pub fn logical(group: &str, fields: &Map<ast::Field>) -> Vec<Field> {
    let mut logical: Vec<_> = fields
        .iter()
        .map(|(name, field)| {
            let mut bare = field.clone();
            bare.enabled = Some("true".to_owned());
            bare.disabled = Some("false".to_owned());
            let id = format!("{group}.{name}");
            stored(id.clone(), id, name, &bare, None)
        })
        .collect();
    logical.sort_by(|a, b| a.id.cmp(&b.id));
    logical
}

/// A field of a group as one plugin stores it.
pub fn bound(
    group: &str,
    name: &str,
    declared: &ast::Field,
    auth: bool,
    of_plugin: Option<&ast::FieldOverride>,
) -> Field {
    let field = of_plugin.map_or_else(|| declared.clone(), |said| declared.with(&said.field));
    let variable = match &field.variable {
        Some(variable) => variable.clone(),
        None if auth => format!("{group}_{name}"),
        None => name.to_owned(),
    };
    stored(format!("{group}.{name}"), variable, name, &field, of_plugin)
}

fn stored(id: String, variable: String, name: &str, field: &ast::Field, said: Option<&ast::FieldOverride>) -> Field {
    Field {
        id,
        variable,
        aliases: said.map(|said| said.aliases.clone()).unwrap_or_default(),
        label: label(name, field),
        kind: kind(field, Some(field), said.and_then(|said| said.stored.as_ref())),
        required: field.required == Some(true),
        default: field.default.as_ref().map(crate::ir::auth::literal),
        min: field.min,
        max: field.max,
        empty_word: field.empty_word.clone(),
    }
}

fn label(name: &str, field: &ast::Field) -> Text {
    field.label.clone().unwrap_or_else(|| Text {
        en_us: name.to_owned(),
        zh_hans: None,
        ja_jp: None,
        pt_br: None,
        all: true,
    })
}

fn kind_of(field: &ast::Field) -> FieldType {
    field.type_.unwrap_or(FieldType::String)
}

fn kind(field: &ast::Field, words: Option<&ast::Field>, stored: Option<&Map<String>>) -> Kind {
    if let Some(options) = &field.options {
        return Kind::Choice(match stored {
            Some(stored) => in_order(options, stored),
            None => options.iter().map(|(option, _)| (option.clone(), option.clone())).collect(),
        });
    }
    let word = |word: Option<&String>| word.cloned().unwrap_or_default();
    match kind_of(field) {
        FieldType::String => Kind::String,
        FieldType::Secret => Kind::Secret,
        FieldType::Integer => Kind::Integer,
        FieldType::Number => Kind::Number,
        FieldType::Decimal => Kind::Decimal,
        FieldType::Seconds => Kind::Seconds,
        FieldType::Flag => Kind::Flag {
            enabled: word(words.and_then(|field| field.enabled.as_ref())),
            disabled: word(words.and_then(|field| field.disabled.as_ref())),
        },
        FieldType::Url => Kind::Url,
        FieldType::HeaderName => Kind::HeaderName,
        FieldType::Headers => Kind::Headers,
        FieldType::Map => Kind::Map,
        FieldType::SigningKey => Kind::SigningKey,
        FieldType::Pem => Kind::Pem,
        FieldType::Escaped => Kind::Escaped,
        FieldType::Voices => Kind::Voices,
    }
}

/// Stored words in the order of the options; options without one are not offered.
fn in_order(options: &ast::Options, stored: &Map<String>) -> Vec<(String, String)> {
    let word = |option: &String| stored.iter().find(|(logical, _)| logical == option).map(|(_, word)| word.clone());
    options.iter().filter_map(|(option, _)| Some((option.clone(), word(option)?))).collect()
}

fn value_type(kind: FieldType) -> Type {
    match kind {
        FieldType::String
        | FieldType::Decimal
        | FieldType::Url
        | FieldType::HeaderName
        | FieldType::Escaped
        | FieldType::Pem => Type::Text,
        FieldType::Secret => Type::Secret,
        FieldType::SigningKey => Type::SigningKey,
        FieldType::Integer => Type::Integer,
        FieldType::Number => Type::Number,
        FieldType::Seconds => Type::Seconds,
        FieldType::Flag => Type::Boolean,
        FieldType::Headers | FieldType::Map => Type::Pairs,
        FieldType::Voices => Type::List(Box::new(Type::Voice)),
    }
}

/// A credential as an example stores it.
pub fn example(value: &Json) -> String {
    crate::ir::auth::literal(value)
}
