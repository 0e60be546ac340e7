//! Parameters, the connection, and plugins: what is offered to whom.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Attach, Field, FieldOverride, Map, Options, Text, Value};
use crate::parse::forms;
use crate::parse::scalars::{options, table};
use crate::parse::value_table;

/// A model parameter: what it is, whoever sends it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// What kind of value it is.
    #[serde(rename = "type")]
    pub type_: ParameterType,
    /// What Dify calls it.
    pub label: Text,
    /// What Dify shows beside it.
    pub help: Option<Text>,
    /// Whether it must be set.
    #[serde(default)]
    pub required: bool,
    /// Value that Dify proposes. What nobody sets is not sent, unless `required`.
    pub default: Option<Json>,
    /// Least value.
    pub min: Option<f64>,
    /// Greatest value.
    pub max: Option<f64>,
    /// Digits after the point.
    pub precision: Option<u32>,
    /// A closed choice: a list of values, or a map from value to label.
    #[serde(default, deserialize_with = "options")]
    #[schemars(with = "Option<forms::Options>")]
    pub options: Option<Options>,
    /// One of Dify's parameter templates. Label, type, default and limits are written out all the same.
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::template")]
    pub template: Option<String>,
    /// Where it travels.
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

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// A line of text, or one of `options`.
    String,
    /// A switch.
    Boolean,
    /// Text of several lines.
    Text,
}

/// What every plugin has, whatever it speaks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// What every plugin has: a sentence for the reference pages.
    pub about: Option<String>,
    /// The fields that the runtime's connection knows, no others.
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    pub credentials: Map<Field>,
    /// Sent with every request, before it is signed.
    #[serde(default, deserialize_with = "value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
    pub headers: Map<Value>,
    /// What is put on every attempt, before it is signed.
    #[serde(default)]
    pub attach: Vec<Attach>,
}

/// A plugin: who it is, what it offers and under which names it is stored.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Equal to the file name: the plugin's name in Dify.
    pub id: String,
    /// What the plugin is for: a sentence for its readme.
    pub about: Option<String>,
    /// Dify's author; with the id the identity that stored rows belong to.
    pub author: String,
    /// `x.y.z`.
    pub version: String,
    /// RFC 3339, with a zone.
    pub created_at: String,
    /// Bytes that the daemon grants.
    pub memory: u64,
    /// The plugin's name for people.
    pub label: Text,
    /// What the plugin does, for Dify's market place and list.
    pub description: Text,
    /// A file in `specs/assets/`.
    pub icon: String,
    /// The icon on dark ground, a file in `specs/assets/`.
    pub icon_dark: String,
    /// Colour behind the icon, for example `"#E5E7EB"`.
    pub background: Option<String>,
    /// Dify's tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// URL of the source.
    pub repo: Option<String>,
    /// The link beside the form.
    pub help: Option<Help>,
    /// What the form asks first: the model's name.
    pub model_name: ModelName,
    /// What happens to a base URL without a version part.
    pub endpoint_version: EndpointVersion,
    /// The choice of authentication.
    pub auth: AuthSelect,
    /// What is offered, by model type: a protocol, or a choice.
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Node>")]
    pub offers: Map<Node>,
    /// `<group>.<field>` to override.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, FieldOverride>")]
    pub credentials: Map<FieldOverride>,
    /// What the plugin says otherwise of a parameter.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, ParameterOverride>")]
    pub parameters: Map<ParameterOverride>,
    /// Deliberate differences from the plugin that it replaces, for its readme.
    #[serde(default)]
    pub differences: Vec<Text>,
}

/// A link beside the form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Help {
    /// Text of the link.
    pub title: Text,
    /// Where it leads.
    pub url: Text,
}

/// How the form asks for the model's name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelName {
    /// What the field is called.
    pub label: Text,
    /// Grey text in the empty field.
    pub placeholder: Option<Text>,
}

/// What happens to a base URL without a version part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointVersion {
    /// It gets `/v1`.
    V1,
    /// It is used as it is given.
    AsGiven,
}

/// The choice of authentication.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthSelect {
    /// Name under which Dify stores the choice.
    pub select: String,
    /// The option that is meant when none is stored.
    pub default: String,
    /// What the form calls the choice.
    pub label: Text,
    /// From stored value to auth method.
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, AuthOption>")]
    pub options: Map<AuthOption>,
}

/// An option of the choice of authentication.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthOption {
    /// Id of an auth method.
    pub auth: String,
    /// What the form calls it. Left out: the method's own label.
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

/// What a plugin says otherwise of a parameter.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterOverride {
    /// Value that Dify proposes.
    pub default: Option<Json>,
    /// What Dify shows beside it.
    pub help: Option<Text>,
    /// What Dify calls it.
    pub label: Option<Text>,
}
