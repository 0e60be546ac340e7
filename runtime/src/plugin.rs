//! A plugin as generated: static tables, no behaviour.

mod dispatch;

use crate::auth::Authenticator;
use crate::connection::{Attach, EndpointVersion};
use crate::credentials::{Field, Stored};
use crate::error::{Kind, Result};
use crate::operation::Operation;
use crate::schema::Schema;
use crate::text::Text;

/// Constructor of an auth method: reads its credentials.
pub type ReadAuth = fn(&Stored<'_>) -> Result<Box<dyn Authenticator>>;

/// One plugin.
pub struct Plugin {
    /// Name, which is also the provider's.
    pub name: &'static str,
    /// Author.
    pub author: &'static str,
    /// `x.y.z`.
    pub version: &'static str,
    /// Every credential field, sorted by id.
    pub fields: &'static [Field],
    /// How endpoints are completed.
    pub endpoint_version: EndpointVersion,
    /// Paths that may stand at the end of a pasted endpoint, longest first.
    pub endpoint_suffixes: &'static [&'static str],
    /// What the connection puts on every attempt.
    pub attach: Attach,
    /// What it tells a daemon that has not read its package.
    pub declaration: Declaration,
    /// The auth methods: stored value and constructor.
    pub auth: Select<ReadAuth>,
    /// What is offered, per Dify model type.
    pub offers: &'static [(&'static str, Offer)],
}

/// A plugin's package as JSON, for the ways to attach that have no package.
pub struct Declaration {
    /// `manifest.yaml` as JSON, on any number of lines.
    pub manifest: &'static str,
    /// The provider's YAML as JSON, its models in it.
    pub provider: &'static str,
    /// The files of `_assets`, sorted by name.
    pub assets: &'static [Asset],
}

/// A file that the declaration names.
pub struct Asset {
    /// Its name without a folder.
    pub name: &'static str,
    /// What is in it.
    pub content: &'static [u8],
}

/// A choice by one stored value. Absent means the default.
pub struct Select<T: 'static> {
    /// Stored variable.
    pub variable: &'static str,
    /// Label in Dify's form.
    pub label: Text,
    /// The value when absent.
    pub default: &'static str,
    /// What a value that is no option means.
    pub unlisted: Unlisted,
    /// Stored value and what it selects.
    pub options: &'static [(&'static str, T)],
}

/// What a stored value that is no option means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlisted {
    /// An error that names the label; the default when a schema is asked for.
    Error,
    /// The default: the value is stored for something else, such as a model name.
    Default,
}

/// What is offered for a model type: one protocol, or a choice.
pub enum Offer {
    /// One protocol.
    Leaf(Leaf),
    /// A choice by a stored value.
    Branch(Select<Offer>),
}

/// A model type served by a protocol.
pub struct Leaf {
    /// Id of the main action's protocol.
    pub protocol: &'static str,
    /// Upstream model name when the user stored none.
    pub model: Option<&'static str>,
    /// A path that only users of this protocol paste behind their endpoint; with another it may be the prefix of a route.
    pub endpoint_suffix: Option<&'static str>,
    /// All actions, the main one first.
    pub operations: &'static [&'static dyn Operation],
    /// The model schema. The runtime fills in model name and label.
    pub schema: fn(&Stored<'_>) -> Result<Schema>,
    /// Errors of that request which show that the credentials work.
    pub passes_on: &'static [Kind],
    /// The request that validates credentials, as the main action's `data`.
    pub probe: fn(&Stored<'_>) -> Result<Vec<u8>>,
}
