//! Credential fields, as declared and as a plugin changes them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Map, Text};
use crate::parse::forms;
use crate::parse::scalars::options;

/// A credential field as declared.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Absent beside `options`.
    #[serde(rename = "type")]
    pub type_: Option<FieldType>,
    /// A closed choice: a list of values, or a map from value to label. No `type` beside it.
    #[serde(default, deserialize_with = "options")]
    #[schemars(with = "Option<forms::Options>")]
    pub options: Option<Options>,
    /// Of a `flag`, required: the stored word that reads as true.
    pub enabled: Option<String>,
    /// Of a `flag`, required: the stored word that reads as false.
    pub disabled: Option<String>,
    /// Whether the form, and a call, insist on it. Left out: `false`.
    pub required: Option<bool>,
    /// What the form proposes, and the value when nothing is stored. A secret has none.
    pub default: Option<Json>,
    /// Least value of a number.
    pub min: Option<f64>,
    /// Greatest value of a number.
    pub max: Option<f64>,
    /// Stored word that means the empty text: the host replaces an empty field by its default.
    pub empty_word: Option<String>,
    /// Name under which Dify stores it. Left out: the field's name, in an auth method `<auth>_<field>`.
    pub variable: Option<String>,
    /// Whether the form shows it. Left out: `true`. With `false` it is read where it is stored, else from the
    /// `advanced` JSON.
    pub form: Option<bool>,
    /// What the form calls it.
    pub label: Option<Text>,
    /// Grey text in the empty field.
    pub placeholder: Option<Text>,
    /// Text under the field.
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
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// Text.
    String,
    /// Text that the form hides, and no log or error shows.
    Secret,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A number that is kept digit by digit, such as a price.
    Decimal,
    /// A number of seconds.
    Seconds,
    /// A choice of two: `enabled` and `disabled` are the stored words.
    Flag,
    /// A URL with `http` or `https`.
    Url,
    /// The name of a header.
    HeaderName,
    /// A JSON object of headers.
    Headers,
    /// A JSON object.
    Map,
    /// A private key: JWK, JWK set or PEM. Hidden like a secret.
    SigningKey,
    /// Certificates as PEM.
    Pem,
    /// Text in which `\n`, `\t` and the like are escapes.
    Escaped,
    /// A list of voices: `name=Label@language|language`, separated by commas, or JSON.
    Voices,
}

/// A list of values, or a map from value to label.
pub type Options = Map<Option<Text>>;
