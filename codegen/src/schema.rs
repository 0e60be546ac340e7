//! JSON Schemas for editors, one per kind of spec, from the same structs that read the specs and the same tables that
//! the checks use. Looser than the checks: what needs two files to decide is left to them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value as Json, json};

use crate::ast;
use crate::catalogue::{self, Function};
use crate::diagnostics::list;
use crate::parse::forms;

/// `generated/schema/<kind>.schema.json` for every kind.
pub fn schemas() -> BTreeMap<String, Vec<u8>> {
    [
        schema::<ast::Plugin>("plugin"),
        schema::<ast::ModelType>("model_type"),
        schema::<ast::Protocol>("protocol"),
        schema::<ast::Auth>("auth"),
        schema::<ast::Connection>("connection"),
        schema::<BTreeMap<String, ast::Parameter>>("parameters"),
    ]
    .into()
}

fn schema<T: JsonSchema>(kind: &str) -> (String, Vec<u8>) {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Json::from(format!("{kind} spec")));
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    (format!("generated/schema/{kind}.schema.json"), text.into_bytes())
}

/// A type that serde reads through another form has that form's schema.
macro_rules! of_form {
    ($($name:ident),*) => {$(
        impl JsonSchema for ast::$name {
            fn schema_name() -> Cow<'static, str> {
                forms::$name::schema_name()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                forms::$name::json_schema(generator)
            }
        }
    )*};
}

of_form!(Request, Action, ModelType, FieldOverride, Node, Auth, Claim, Line, Attach, AuthExample);

/// A schema written by hand, for the keys with two YAML forms.
macro_rules! by_hand {
    ($($name:ident($generator:ident) = $schema:expr;)*) => {$(
        impl JsonSchema for ast::$name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

const REFERENCE: &str = r"^\$[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$";

by_hand! {
    Text(_generator) = json_schema!({
        "description": "A text in all languages, or one per language.",
        "anyOf": [
            { "type": ["string", "number"] },
            {
                "type": "object",
                "properties": {
                    "en_US": { "type": "string" }, "zh_Hans": { "type": "string" },
                    "ja_JP": { "type": "string" }, "pt_BR": { "type": "string" }
                },
                "required": ["en_US"],
                "additionalProperties": false
            }
        ]
    });
    Ref(_generator) = json_schema!({ "description": reference(), "type": "string", "pattern": REFERENCE });
    Cond(_generator) = json_schema!({
        "description": "A condition: `$ref` (present and not false), or tests that must all hold.",
        "anyOf": [
            { "type": "string", "pattern": REFERENCE },
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": { "pattern": REFERENCE },
                "additionalProperties": {
                    "description": "A literal, a list of literals, `$present` or `$absent`.",
                    "anyOf": [
                        { "type": ["string", "number", "boolean"] },
                        { "type": "array", "items": { "type": ["string", "number", "boolean"] }, "minItems": 1 }
                    ]
                }
            }
        ]
    });
    Call(_generator) = json_schema!({
        "description": "A converter or finisher: its name, or `{ name: { argument: value } }`.",
        "anyOf": [
            { "enum": functions().map(|function| function.name).collect::<Vec<_>>() },
            { "type": "object", "properties": calls(), "additionalProperties": false, "minProperties": 1, "maxProperties": 1 }
        ]
    });
    Value(generator) = {
        let cond = generator.subschema_for::<ast::Cond>();
        let call = generator.subschema_for::<ast::Call>();
        let value = generator.subschema_for::<ast::Value>();
        let references = json!({
            "anyOf": [
                { "type": "string", "pattern": REFERENCE },
                { "type": "array", "items": { "type": "string", "pattern": REFERENCE }, "minItems": 1, "maxItems": 4 }
            ]
        });
        json_schema!({
            "description": reference(),
            "anyOf": [
                { "type": ["null", "boolean", "number", "string"] },
                { "type": "array", "items": value },
                {
                    "type": "object",
                    "properties": {
                        "$when": cond,
                        "$from": references,
                        "$each": references,
                        "$merge": { "description": "`$param`, maps, converter calls that give a map, or a list of these." },
                        "$yield": value,
                        "$as": call,
                        "$map": { "description": "From the text of the value to a literal.", "type": "object" },
                        "$default": { "description": "A literal, if the result is absent." },
                        "$literal": { "description": "Any JSON, verbatim." }
                    },
                    "patternProperties": { "^[^$]": value },
                    "additionalProperties": false
                }
            ]
        })
    };
    Path(_generator) = json_schema!({
        "description": "Relative to the endpoint; never begins with `/`.",
        "anyOf": [
            { "type": "string", "pattern": "^[^/$][^$?# ]*$" },
            { "type": "array", "items": { "type": "string" }, "minItems": 1 }
        ]
    });
    Type(generator) = {
        let inner = generator.subschema_for::<ast::Type>();
        let names = list(catalogue::TYPES.iter().map(|named| named.name));
        json_schema!({
            "description": format!("{names}, `list<T>`, `optional T`, `a | b`, or a record `{{ name: T }}`."),
            "anyOf": [{ "type": "string" }, { "type": "object", "additionalProperties": inner }]
        })
    };
}

impl<T: JsonSchema> JsonSchema for ast::OrRef<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_reference", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let literal = generator.subschema_for::<T>();
        json_schema!({
            "description": "A literal, or a reference that gives it.",
            "anyOf": [literal, { "type": "string", "pattern": REFERENCE }]
        })
    }
}

/// Names of features, for the structs of the tree.
pub fn features(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "enum": catalogue::FEATURES } })
}

/// A table by feature.
pub fn by_feature(generator: &mut SchemaGenerator) -> Schema {
    let cond = generator.subschema_for::<ast::Cond>();
    let properties: serde_json::Map<String, Json> =
        catalogue::FEATURES.iter().map(|name| ((*name).to_owned(), cond.clone().to_value())).collect();
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A table by property.
pub fn by_property(generator: &mut SchemaGenerator) -> Schema {
    let property = |type_: &str| match type_ {
        closed if closed.contains('|') => json!({ "enum": closed.split(" | ").collect::<Vec<_>>() }),
        "integer" => json!({ "type": ["integer", "string"] }),
        "string" => json!({ "type": "string" }),
        _ => json!({}),
    };
    let derived = generator.subschema_for::<ast::Derived>();
    let or_derived = |type_: &str| json!({ "anyOf": [property(type_), derived] });
    let properties: serde_json::Map<String, Json> =
        catalogue::PROPERTIES.iter().map(|(name, type_)| ((*name).to_owned(), or_derived(type_))).collect();
    json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A parameter template of Dify.
pub fn template(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": catalogue::TEMPLATES })
}

fn functions() -> impl Iterator<Item = &'static Function> {
    catalogue::CONVERTERS.iter().chain(catalogue::FINISHERS)
}

fn calls() -> Json {
    let call = |function: &Function| {
        let arguments: serde_json::Map<String, Json> = function
            .arguments
            .iter()
            .map(|argument| (argument.name.to_owned(), json!({ "description": argument.type_ })))
            .collect();
        let signature = format!("{} -> {}. {}", function.input, function.output, function.about);
        let schema = json!({
            "description": signature, "type": "object", "properties": arguments, "additionalProperties": false
        });
        (function.name.to_owned(), schema)
    };
    Json::Object(functions().map(call).collect())
}

fn reference() -> String {
    let roots: Vec<String> = catalogue::ROOTS.iter().map(|root| format!("`${}`: {}", root.name, root.about)).collect();
    format!("A literal, or a reference `$root.segment`. {}", roots.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str) -> Json {
        let schemas = schemas();
        let text = schemas.get(&format!("generated/schema/{kind}.schema.json")).expect("every kind has a schema");
        serde_json::from_slice(text).expect("a schema is JSON")
    }

    #[test]
    fn a_schema_is_as_strict_as_the_reader() {
        for kind in ["plugin", "model_type", "protocol", "auth", "connection"] {
            assert_eq!(read(kind)["additionalProperties"], json!(false), "{kind}");
        }
        assert_eq!(read("protocol")["required"], json!(["id", "implements", "shape", "request", "examples"]));
    }

    /// Keys and types without a description: `definition.key`.
    fn undescribed(schema: &Json) -> Vec<String> {
        let definitions = schema["definitions"].as_object().into_iter().flatten();
        let all = definitions.map(|(name, schema)| (name.as_str(), schema)).chain([("", schema)]);
        let mut found = Vec::new();
        for (name, schema) in all.filter(|(_, schema)| schema.is_object()) {
            // A table of parameters has no keys of its own.
            if schema["description"].is_null() && !(name.is_empty() && schema["properties"].is_null()) {
                found.push(name.to_owned());
            }
            let keys = schema["properties"].as_object().into_iter().flatten();
            let silent = |(_, schema): &(&String, &Json)| schema["description"].is_null();
            found.extend(keys.filter(silent).map(|(key, _)| format!("{name}.{key}")));
            let words = schema["oneOf"].as_array().into_iter().flatten().filter(|word| word["description"].is_null());
            found.extend(words.map(|word| format!("{name}: {word}")));
            if schema["type"] == "string" && schema["enum"].is_array() {
                found.push(format!("{name}: {}", schema["enum"]));
            }
        }
        found
    }

    #[test]
    fn every_key_type_and_word_is_described() {
        for kind in ["plugin", "model_type", "protocol", "auth", "connection", "parameters"] {
            assert_eq!(undescribed(&read(kind)), Vec::<String>::new(), "{kind}");
        }
    }

    #[test]
    fn closed_lists_reach_the_editor() {
        let protocol = read("protocol");
        assert_eq!(protocol["properties"]["features"]["items"]["enum"], json!(catalogue::FEATURES));
        let call = &protocol["definitions"]["Call"]["anyOf"][1]["properties"]["openai_messages"];
        assert_eq!(call["properties"]["calls"]["description"], json!("functions | tools | none"));
        assert!(call["description"].as_str().is_some_and(|text| text.starts_with("list<message> -> json")));
    }
}
