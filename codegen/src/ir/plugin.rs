//! The tables of a plugin that the runtime reads.

use serde_json::Value as Json;

use super::Origin;
use super::field::Field;
use super::parameter::Parameter;
use super::protocol::Shape;
use super::value::{Call, Cond, Entry, Source};
pub use crate::ast::ErrorKind;
use crate::ast::Text;
pub use crate::ast::{EndpointVersion, Unlisted};

#[derive(Debug)]
pub struct Plugin {
    pub origin: Origin,
    pub id: String,
    pub author: String,
    pub version: String,
    pub endpoint_version: EndpointVersion,
    /// Longest first.
    pub endpoint_suffixes: Vec<String>,
    /// Sorted by id.
    pub fields: Vec<Field>,
    /// Options: id of the auth method.
    pub auth: Select<String>,
    /// In the order written.
    pub offers: Vec<(String, Offer)>,
    /// What the offers point to.
    pub leaves: Vec<Leaf>,
    /// One per model type offered.
    pub probes: Vec<Probe>,
}

/// A choice by one stored value.
#[derive(Debug)]
pub struct Select<T> {
    pub variable: String,
    pub label: Text,
    pub default: String,
    pub unlisted: Unlisted,
    pub options: Vec<(String, T)>,
}

#[derive(Debug)]
pub enum Offer {
    /// Index into [`Plugin::leaves`].
    Leaf(usize),
    Branch(Select<Offer>),
}

/// A model type served by a protocol.
#[derive(Debug)]
pub struct Leaf {
    /// Unique in the plugin, for example `llm_openai_chat`.
    pub name: String,
    pub model_type: String,
    /// Dify's name of the model type.
    pub dify: String,
    /// Dify's name of the main action.
    pub action: String,
    pub protocol: String,
    /// Protocols of its other actions.
    pub also: Vec<String>,
    pub model: Option<String>,
    /// A path that only its users paste behind their endpoint.
    pub endpoint_suffix: Option<String>,
    /// The main one first.
    pub operations: Vec<Operation>,
    pub features: Vec<(String, Cond)>,
    pub properties: Vec<(String, Property)>,
    pub parameters: Table,
    pub priced: bool,
    /// Errors of the probe that show that the credentials work.
    pub passes_on: Vec<ErrorKind>,
}

#[derive(Debug)]
pub enum Operation {
    Protocol {
        id: String,
        shape: Shape,
        /// Several requests for one output.
        batched: bool,
        /// Its output is a conversation's next message.
        conversation: bool,
        main: bool,
        parameters: bool,
    },
    /// Answered here: Dify's name of the action.
    Local(String),
}

#[derive(Debug)]
pub enum Property {
    Is(Json),
    Of(Source),
    /// What a converter makes of a credential.
    Through(Source, Call),
}

/// The parameter table of a leaf.
#[derive(Debug)]
pub enum Table {
    /// None at all.
    Empty,
    /// The protocol's own.
    Protocol,
    /// The plugin overrides some.
    Own(Vec<Parameter>),
}

/// The request that validates credentials.
#[derive(Debug)]
pub struct Probe {
    pub model_type: String,
    pub data: Vec<Entry>,
}
