//! Parameters, the connection, and plugins: what is offered to whom.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Attach, Field, FieldOverride, Map, Options, Text, Value};
use crate::parse::forms;
use crate::parse::scalars::{options, table};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    #[serde(rename = "type")]
    pub type_: ParameterType,
    pub label: Text,
    pub help: Option<Text>,
    #[serde(default)]
    pub required: bool,
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub precision: Option<u32>,
    #[serde(default, deserialize_with = "options")]
    #[schemars(with = "Option<forms::Options>")]
    pub options: Option<Options>,
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::template")]
    pub template: Option<String>,
    #[serde(default)]
    pub sent: Sent,
}

/// How a parameter is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sent {
    /// Where a protocol refers to it, or where it merges all.
    #[default]
    Body,
    /// A JSON object of headers: its members become headers of the request, and it is never in a body.
    Headers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    Number,
    Integer,
    String,
    Boolean,
    Text,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub about: Option<String>,
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    pub credentials: Map<Field>,
    /// Sent with every request, before it is signed.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub headers: Map<Value>,
    /// What is put on every attempt, before it is signed.
    #[serde(default)]
    pub attach: Vec<Attach>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    pub id: String,
    pub about: Option<String>,
    pub author: String,
    pub version: String,
    pub created_at: String,
    pub memory: u64,
    pub label: Text,
    pub description: Text,
    pub icon: String,
    pub icon_dark: String,
    pub background: Option<String>,
    #[serde(default)]
    pub tags: Vec<String>,
    pub repo: Option<String>,
    pub help: Option<Help>,
    pub model_name: ModelName,
    pub endpoint_version: EndpointVersion,
    pub auth: AuthSelect,
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Node>")]
    pub offers: Map<Node>,
    /// `<group>.<field>` to override.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, FieldOverride>")]
    pub credentials: Map<FieldOverride>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, ParameterOverride>")]
    pub parameters: Map<ParameterOverride>,
    #[serde(default)]
    pub differences: Vec<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Help {
    pub title: Text,
    pub url: Text,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelName {
    pub label: Text,
    pub placeholder: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointVersion {
    V1,
    AsGiven,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthSelect {
    pub select: String,
    pub default: String,
    pub label: Text,
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, AuthOption>")]
    pub options: Map<AuthOption>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthOption {
    pub auth: String,
    pub label: Option<Text>,
}

/// What is offered for a model type: a protocol, or a choice by a stored value.
#[derive(Debug)]
pub enum Node {
    Leaf { protocol: String, also: Vec<String>, model: Option<String>, label: Option<Text> },
    Branch(Branch),
}

/// A choice by a stored value.
#[derive(Debug)]
pub struct Branch {
    /// The stored variable.
    pub select: String,
    /// The value when none is stored.
    pub default: String,
    /// Whether the form shows the selector.
    pub form: bool,
    /// Of the selector.
    pub label: Option<Text>,
    /// Of the option that leads here, in a nested choice.
    pub option: Option<Text>,
    pub unlisted: Unlisted,
    pub options: Map<Node>,
}

/// What a stored value that is no option means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unlisted {
    /// An error that names the selector.
    #[default]
    Error,
    /// The default: the selector reads a text that means something else too, such as a model name.
    Default,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterOverride {
    pub default: Option<Json>,
    pub help: Option<Text>,
    pub label: Option<Text>,
}
