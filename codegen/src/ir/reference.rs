//! What the reference pages of a plugin say beyond its package: every field, and every protocol with its examples.

use serde::Serialize;

use super::package::{Choice, Condition, Text};

/// The pages of one plugin.
#[derive(Debug, Clone, Serialize)]
pub struct Reference {
    /// Choices first, then fields by group.
    pub groups: Vec<Group>,
    /// In the order offered, each once.
    pub protocols: Vec<Protocol>,
}

/// Fields that belong together.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    pub title: String,
    pub about: Option<String>,
    pub rows: Vec<Row>,
}

/// A choice or a credential field.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub label: Text,
    pub help: Option<Text>,
    /// Stored name.
    pub variable: String,
    /// Further stored names, read in order.
    pub aliases: Vec<String>,
    /// `<group>.<field>`, the name in `advanced`; a choice has none.
    pub id: Option<String>,
    /// In plain words.
    pub kind: String,
    /// As stored.
    pub values: Vec<Choice>,
    pub default: Option<String>,
    pub min: Option<String>,
    pub max: Option<String>,
    pub empty_word: Option<String>,
    pub required: bool,
    /// The conditions of each form entry; none: it is not in the form.
    pub shown: Vec<Vec<Condition>>,
    /// The field whose value it shares.
    pub shares: Option<String>,
}

/// One protocol as the plugin offers it.
#[derive(Debug, Clone, Serialize)]
pub struct Protocol {
    pub id: String,
    pub about: Option<String>,
    /// Dify's name of the model type.
    pub model_type: String,
    /// Dify's name of the action.
    pub action: String,
    /// The choices that lead here, and the upstream model where none is stored.
    pub offers: Vec<Offer>,
    pub method: &'static str,
    pub path: String,
    /// The path replaces the endpoint's version part.
    pub replaces_version: bool,
    pub features: Vec<String>,
    pub parameters: Vec<String>,
    /// Body members that are left out when an endpoint refuses them.
    pub dropped: Vec<String>,
    pub examples: Vec<Example>,
}

/// A way to a protocol.
#[derive(Debug, Clone, Serialize)]
pub struct Offer {
    pub when: Vec<Condition>,
    pub model: Option<String>,
}

/// An example of a spec, every document laid out.
#[derive(Debug, Clone, Serialize)]
pub struct Example {
    pub name: String,
    /// What is set for it, with what.
    pub settings: Vec<Setting>,
    pub input: String,
    pub sends: String,
    /// Each document that comes back.
    pub answers: Vec<String>,
    pub streamed: bool,
    pub yields: String,
}

/// A parameter or credential of an example.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    pub name: String,
    pub value: String,
}
