//! What `cargo gen inspect` shows of a plugin: its package, the ways to each protocol, and what is sent and read as the
//! specs write it.

use serde::Serialize;

use super::package::{AuthMethod, Package, Parameter, Text};
use super::reference::{self, Setting};

/// One plugin, looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Identity, form, hidden settings.
    pub package: Package,
    /// In the order offered.
    pub model_types: Vec<ModelType>,
    /// In the order offered.
    pub auth: Vec<Auth>,
    /// What the connection adds to every request.
    pub always: Vec<Addition>,
    /// In the order offered, each once.
    pub protocols: Vec<Protocol>,
}

/// A model type and the ways to its protocols.
#[derive(Debug, Clone, Serialize)]
pub struct ModelType {
    /// Dify's name.
    pub dify: String,
    pub about: Option<String>,
    pub ways: Vec<Way>,
    /// Dify's names of the actions that are answered without a request.
    pub local: Vec<String>,
}

/// One leaf of the offers.
#[derive(Debug, Clone, Serialize)]
pub struct Way {
    /// From the outermost choice inwards; none if there is nothing to choose.
    pub steps: Vec<Step>,
    /// The main action first.
    pub calls: Vec<Call>,
    /// The upstream model where none is stored.
    pub model: Option<String>,
}

/// One option of one choice.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Stored name of the choice.
    pub variable: String,
    pub selector: Text,
    /// As stored.
    pub value: String,
    pub label: Text,
    /// The form does not show the choice.
    pub hidden: bool,
    /// It holds where nothing is stored.
    pub default: bool,
    /// It holds for values that are no option, too.
    pub any_other: bool,
}

/// The protocol that serves an action.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Dify's name.
    pub action: String,
    pub protocol: String,
    pub method: &'static str,
    pub path: String,
}

/// An auth method and what it adds.
#[derive(Debug, Clone, Serialize)]
pub struct Auth {
    pub method: AuthMethod,
    pub adds: Vec<Addition>,
    /// How the token is minted and the request signed, in the words of the spec.
    pub written: String,
    pub examples: Vec<Signed>,
}

/// An example of an auth method.
#[derive(Debug, Clone, Serialize)]
pub struct Signed {
    pub name: Option<String>,
    pub credentials: Vec<Setting>,
    /// Method and URL.
    pub request: String,
    /// `header authorization` and its value.
    pub adds: Vec<Setting>,
}

/// A header or query parameter of a request.
#[derive(Debug, Clone, Serialize)]
pub struct Addition {
    /// `header` or `query`.
    pub place: &'static str,
    /// A name, or the reference that gives it.
    pub name: String,
    /// Words and references.
    pub value: String,
    /// Empty: always.
    pub when: String,
}

/// What one protocol sends and reads.
#[derive(Debug, Clone, Serialize)]
pub struct Protocol {
    #[serde(flatten)]
    pub page: reference::Protocol,
    /// Every layer applied.
    pub rows: Vec<Parameter>,
    /// The request in the words of the spec, with its references.
    pub request: String,
    /// What is read of the answer, in the words of the spec.
    pub answer: String,
    /// The request that checks credentials, if the protocol has one of its own.
    pub probe: String,
}
