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

/// One value through one converter.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    /// What is converted.
    #[serde(rename = "$from")]
    pub from: Ref,
    /// The converter.
    #[serde(rename = "$as")]
    pub as_: Call,
}

/// A type as specs write it: `string`, `list<message>`, `optional integer`, `a | b`, or a record.
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

/// What a model reports of itself to Dify.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// When each of Dify's features is reported. For `llm` the protocol must list it too.
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_feature")]
    pub features: Map<Cond>,
    /// Dify's model properties: a literal, a field, or `{ $from, $as }`.
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_property")]
    pub properties: Map<Property>,
    /// Prices; left out while all of them are 0.
    pub pricing: Option<Pricing>,
}

/// A property of the schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Property {
    Is(Json),
    Ref(Ref),
    Derived(Derived),
}

/// Prices, each from a field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    /// Price of a unit of input.
    pub input: Ref,
    /// Price of a unit of output.
    pub output: Option<Ref>,
    /// How many tokens a price is for, as a fraction: `0.001` for a thousand.
    pub unit: Ref,
    /// For example `USD`.
    pub currency: Ref,
}

/// What a model type says of a parameter: when it is offered, limits and values fed by credentials.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Offered only if this holds; always if it is left out.
    pub when: Option<Cond>,
    /// Least value: a literal or a field.
    pub min: Option<OrRef<f64>>,
    /// Greatest value: a literal or a field.
    pub max: Option<OrRef<f64>>,
    /// Value when none is chosen: a literal or a field.
    pub default: Option<OrRef<Json>>,
    /// Values that credentials force. A forced parameter is not offered, and always there as `$param.<name>`.
    #[serde(default)]
    pub fixed: Vec<Fixed>,
}

/// A value that credentials force.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// When it is forced.
    pub when: Cond,
    /// What is sent then.
    pub value: Json,
}

/// The request that validates credentials; its answer is read to the end.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Inputs of the main action. Of type `audio_file`: the name of a recording in `specs/assets/`.
    pub input: Value,
    /// Parameters by name, where the protocol lists them.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub parameters: Map<Json>,
}
