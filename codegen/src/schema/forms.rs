//! Schemas of the keys with two YAML forms, of the closed lists and of whatever serde reads through another form.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value as Json, json};

use crate::ast;
use crate::catalogue::{self, Function, Parameter, type_of};
use crate::diagnostics::list;
use crate::parse::{DIRECTIVES, forms};

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
            { "type": "string" },
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
    Call(_generator) = call(catalogue::CONVERTERS, "A converter: its name, or `{ name: { argument: value } }`.");
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
        let directives = DIRECTIVES.map(|name| name.trim_start_matches('$')).join("|");
        let roots: Vec<&str> = catalogue::ROOTS.iter().map(|root| root.name).collect();
        json_schema!({
            "description": "A literal, a reference, a list, or a map of members and directives.",
            "pattern": r"^(\$[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|[^$][\s\S]*|)$",
            "patternErrorMessage": "A text that begins with `$` is a reference: `$root.segment.segment`",
            "not": { "type": "string", "pattern": format!(r"[\s\S]\$({})\.[A-Za-z0-9_-]", roots.join("|")) },
            // Not beside the rest: the YAML language server follows `items` to `items` without end.
            "allOf": [{ "items": value }],
            "properties": {
                "$when": { "description": "Left out unless it holds.", "allOf": [cond] },
                "$from": { "description": "The value: the first of up to four references that is present.", "allOf": [references] },
                "$each": { "description": "One value for each element of a list: the keys beside it, or `$yield`.", "allOf": [references] },
                "$merge": { "description": "The members of `$param`, of maps or of converters that give a map become members here.", "anyOf": [
                    { "type": "string", "pattern": REFERENCE }, { "type": "object", "required": ["$from", "$as"] },
                    { "type": "array", "items": { "anyOf": [{ "type": "string", "pattern": REFERENCE }, { "type": "object", "required": ["$from", "$as"] }] }, "minItems": 1 }
                ] },
                "$yield": { "description": "The value of each element, when it is no object.", "allOf": [value] },
                "$as": { "description": "A converter, alone or with its arguments.", "allOf": [call] },
                "$map": {
                    "description": "A table from the text of the value to literals.",
                    "type": "object", "minProperties": 1
                },
                "$default": { "description": "A literal, if the result is absent." },
                "$literal": { "description": "Any JSON, verbatim; also a text that begins with `$`." }
            },
            "additionalProperties": value,
            "propertyNames": { "pattern": format!("^([^$]|$|\\$({directives})$)") },
            "dependencies": {
                "$as": { "anyOf": [{ "required": ["$from"] }, { "required": ["$each"] }], "not": { "required": ["$map"] } },
                "$map": ["$from"],
                "$yield": ["$each"],
                "$default": ["$from"]
            }
        })
    };
    Path(_generator) = {
        // Parts with one `/` between them, none of which is dots alone, of visible ASCII without `#$/?\{}`.
        let part = r#"[!"%-.0->@-\[\]-z|~]+"#;
        let parts = format!("^{part}(/{part})*$");
        let dots = "(^|/)[.][.]?(/|$)";
        json_schema!({
            "description": "Relative to the endpoint; never begins or ends with `/`.",
            "anyOf": [
                { "type": "string", "pattern": parts, "not": { "pattern": dots } },
                {
                    "type": "array", "minItems": 1,
                    "items": {
                        "type": "string",
                        "anyOf": [{ "pattern": REFERENCE }, { "pattern": parts, "not": { "pattern": dots } }]
                    }
                }
            ]
        })
    };
    Type(generator) = {
        let inner = generator.subschema_for::<ast::Type>();
        let whole = catalogue::TYPES.iter().filter(|named| named.input || named.output);
        let scalars: Vec<&str> = whole.map(|named| named.name).collect();
        let names = list(catalogue::TYPES.iter().map(|named| named.name));
        json_schema!({
            "description": format!("{names}, `list<T>`, `optional T`, `a | b`, or a record `{{ name: T }}`."),
            "anyOf": [
                { "type": "string", "enum": scalars },
                { "type": "string", "pattern": r"^(optional |list<)*[A-Za-z0-9_-]+( *\| *[A-Za-z0-9_-]+)*>*$" },
                { "type": "object", "additionalProperties": inner }
            ]
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

/// A table of values, each under a name: a directive stands inside a value.
pub fn value_table(generator: &mut SchemaGenerator) -> Schema {
    let value = generator.subschema_for::<ast::Value>();
    json_schema!({ "type": "object", "additionalProperties": value, "propertyNames": { "pattern": "^([^$]|$)" } })
}

/// A parameter template of Dify.
pub fn template(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": catalogue::TEMPLATES })
}

/// A finisher, alone or with its arguments.
pub fn finisher(_: &mut SchemaGenerator) -> Schema {
    call(catalogue::FINISHERS, "A finisher: its name, or `{ name: { argument: value } }`.")
}

fn call(table: &[Function], description: &str) -> Schema {
    let about = |function: &Function| format!("`{} -> {}` {}", function.input, function.output, function.about);
    let names: Vec<&str> = table.iter().map(|function| function.name).collect();
    let about_names: Vec<String> = table.iter().map(about).collect();
    let called = |function: &Function| {
        let arguments = function.arguments.iter().map(|argument| (argument.name.to_owned(), argument_of(argument)));
        let required = |argument: &&Parameter| !argument.type_.starts_with("optional ");
        let required: Vec<&str> = function.arguments.iter().filter(required).map(|argument| argument.name).collect();
        let schema = json!({
            "description": about(function), "type": "object",
            "properties": arguments.collect::<serde_json::Map<_, _>>(), "required": required,
            "additionalProperties": false
        });
        (function.name.to_owned(), schema)
    };
    let calls: serde_json::Map<String, Json> = table.iter().map(called).collect();
    json_schema!({
        "description": description,
        "anyOf": [
            { "type": "string", "enum": names, "markdownEnumDescriptions": about_names },
            { "type": "object", "properties": calls, "additionalProperties": false, "minProperties": 1, "maxProperties": 1 }
        ]
    })
}

/// A literal, a reference, or `{ $when, $from }`; of a closed type, one of its words.
fn argument_of(argument: &Parameter) -> Json {
    let description = format!("`{}`", argument.type_);
    match type_of(argument.type_) {
        ast::Type::Closed(words) => json!({
            "description": description,
            "anyOf": [{ "enum": words }, { "type": "string", "pattern": REFERENCE }, { "type": "object" }]
        }),
        _ => json!({ "description": description }),
    }
}

fn reference() -> String {
    let roots: Vec<String> = catalogue::ROOTS.iter().map(|root| format!("`${}`: {}", root.name, root.about)).collect();
    format!("A literal, or a reference `$root.segment`. {}", roots.join(" "))
}
