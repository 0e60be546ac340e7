//! Credential fields: as a spec declares them (typed members of a group) and as a plugin stores them.

use serde_json::Value as Json;

use super::value::Type;
use crate::ast::Text;

/// A member of the typed credentials of a model type or auth method.
#[derive(Debug, Clone)]
pub struct Credential {
    pub name: String,
    pub label: String,
    pub type_: Type,
    /// It may be absent: not required, and without a default.
    pub optional: bool,
    pub required: bool,
    pub default: Option<Json>,
    pub read: Kind,
    /// Options and their labels, if it has a type of its own.
    pub options: Vec<(String, String)>,
}

/// One credential field as it is stored.
#[derive(Debug, Clone)]
pub struct Field {
    /// `<group>.<field>`.
    pub id: String,
    pub variable: String,
    pub aliases: Vec<String>,
    pub label: Text,
    pub kind: Kind,
    pub required: bool,
    /// As logical text.
    pub default: Option<String>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub empty_word: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    String,
    Secret,
    SigningKey,
    Pem,
    Integer,
    Number,
    Decimal,
    Seconds,
    Flag {
        enabled: String,
        disabled: String,
    },
    /// Logical name and stored word.
    Choice(Vec<(String, String)>),
    Url,
    HeaderName,
    Headers,
    Map,
    Escaped,
    Voices,
}
