//! Dify's side of a protocol: actions, schema, probe.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Call, Cond, Field, Map, OrRef, Ref, Value};
use crate::parse::scalars::table;

#[derive(Debug)]
pub struct ModelType {
    pub id: String,
    pub about: Option<String>,
    pub dify: String,
    pub action: String,
    /// The main action.
    pub main: Action,
    pub also: Map<Action>,
    pub credentials: Map<Field>,
    pub schema: Schema,
    pub parameters: Map<Switch>,
    pub probe: Probe,
}

#[derive(Debug, Default)]
pub struct Action {
    pub input: Map<Type>,
    pub derived: Map<Derived>,
    pub output: Option<Type>,
    pub finish: Option<Call>,
    pub deliver: Option<Deliver>,
}

#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    #[serde(rename = "$from")]
    pub from: Ref,
    #[serde(rename = "$as")]
    pub as_: Call,
}

/// A type of section 4: `string`, `list<message>`, `optional integer`, `a | b`, or a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    Named(String),
    List(Box<Type>),
    Optional(Box<Type>),
    Closed(Vec<String>),
    Record(Map<Type>),
}

#[derive(Debug)]
pub enum Deliver {
    /// Dify's answer.
    Answer(Value),
    /// The options of a chat output.
    Chat { reasoning: Reasoning, images: Option<OrRef<Images>> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reasoning {
    ThinkTags,
    Drop,
}

/// What becomes of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    Markdown,
    Parts,
    Links,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_feature")]
    pub features: Map<Cond>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_property")]
    pub properties: Map<Property>,
    pub pricing: Option<Pricing>,
}

/// A property of the schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Property {
    Is(Json),
    Ref(Ref),
    Derived(Derived),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    pub input: Ref,
    pub output: Option<Ref>,
    pub unit: Ref,
    pub currency: Ref,
}

/// What a model type says of a parameter: when it is offered, limits and values fed by credentials.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    pub when: Option<Cond>,
    pub min: Option<OrRef<f64>>,
    pub max: Option<OrRef<f64>>,
    pub default: Option<OrRef<Json>>,
    #[serde(default)]
    pub fixed: Vec<Fixed>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    pub when: Cond,
    pub value: Json,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub input: Value,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub parameters: Map<Json>,
}
