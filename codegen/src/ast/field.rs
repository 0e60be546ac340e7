//! Credential fields, as declared and as a plugin changes them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Map, Text};
use crate::parse::forms;
use crate::parse::scalars::options;

/// A credential field as declared.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Absent beside `options`.
    #[serde(rename = "type")]
    pub type_: Option<FieldType>,
    #[serde(default, deserialize_with = "options")]
    #[schemars(with = "Option<forms::Options>")]
    pub options: Option<Options>,
    pub enabled: Option<String>,
    pub disabled: Option<String>,
    pub required: Option<bool>,
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub empty_word: Option<String>,
    pub variable: Option<String>,
    pub form: Option<bool>,
    pub label: Option<Text>,
    pub placeholder: Option<Text>,
    pub help: Option<Text>,
}

impl Field {
    /// The declaration with the keys that `said` says on top.
    #[must_use]
    pub fn with(&self, said: &Field) -> Field {
        let (said, declared) = (said.clone(), self.clone());
        Field {
            type_: said.type_.or(declared.type_),
            options: said.options.or(declared.options),
            enabled: said.enabled.or(declared.enabled),
            disabled: said.disabled.or(declared.disabled),
            required: said.required.or(declared.required),
            default: said.default.or(declared.default),
            min: said.min.or(declared.min),
            max: said.max.or(declared.max),
            empty_word: said.empty_word.or(declared.empty_word),
            variable: said.variable.or(declared.variable),
            form: said.form.or(declared.form),
            label: said.label.or(declared.label),
            placeholder: said.placeholder.or(declared.placeholder),
            help: said.help.or(declared.help),
        }
    }
}

/// What a plugin says of a field: any key of its declaration, and its stored names.
#[derive(Debug, Clone, Default)]
pub struct FieldOverride {
    pub field: Field,
    pub aliases: Vec<String>,
    /// Logical option to stored value.
    pub stored: Option<Map<String>>,
    pub same_as: Option<String>,
}

/// The field types that a spec uses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    String,
    Secret,
    Integer,
    Number,
    Decimal,
    Seconds,
    Flag,
    Url,
    HeaderName,
    Headers,
    Map,
    SigningKey,
    Pem,
    Escaped,
    Voices,
}

/// A list of values, or a map from value to label.
pub type Options = Map<Option<Text>>;
