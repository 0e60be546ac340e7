//! What a Dify plugin package says: identity, supported model types, the credential form, and what its readme explains.
//!
//! Knows nothing of YAML, templates or files.

use std::collections::BTreeSet;

use serde::Serialize;

use super::reference::Reference;
use crate::ast;

/// One plugin package.
#[derive(Debug, Clone, Serialize)]
pub struct Package {
    /// Plugin name, provider name and name of the executable.
    pub name: String,
    pub author: String,
    /// `x.y.z`.
    pub version: String,
    /// RFC 3339 with zone.
    pub created_at: String,
    /// Bytes.
    pub memory: u64,
    pub about: Option<String>,
    pub label: Text,
    pub description: Text,
    /// File name among the assets.
    pub icon: String,
    /// File name among the assets.
    pub icon_dark: String,
    pub background: Option<String>,
    pub tags: Vec<String>,
    pub repo: Option<String>,
    pub help: Option<Help>,
    pub model_name: ModelName,
    /// Dify's names of the model types, in the order they are offered.
    pub supported: Vec<String>,
    /// In the order of the form.
    pub form: Vec<Entry>,
    pub guide: Guide,
    pub reference: Reference,
}

impl Package {
    /// The files of `_assets`, sorted, each once.
    pub fn assets(&self) -> BTreeSet<&str> {
        BTreeSet::from([self.icon.as_str(), self.icon_dark.as_str()])
    }
}

/// A link shown beside the form.
#[derive(Debug, Clone, Serialize)]
pub struct Help {
    pub title: Text,
    pub url: Text,
}

/// The field that names a model in Dify.
#[derive(Debug, Clone, Serialize)]
pub struct ModelName {
    pub label: Text,
    pub placeholder: Option<Text>,
}

/// One entry of the credential form. A variable may stand in several entries under different conditions.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// What it comes from.
    #[serde(skip)]
    pub source: Source,
    pub variable: String,
    pub label: Text,
    pub control: Control,
    /// Only of a select.
    pub options: Vec<Choice>,
    pub required: bool,
    /// As stored.
    pub default: Option<String>,
    pub placeholder: Option<Text>,
    pub help: Option<Text>,
    /// All must hold.
    pub show_on: Vec<Condition>,
}

/// What a form entry comes from, so that a complaint about it can point at the spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The choice of the auth method.
    Auth,
    /// A choice among the offers of a model type.
    Selector {
        /// Id of the model type.
        model_type: String,
        /// Stored values that lead to it from the model type's first choice.
        path: Vec<String>,
    },
    /// A credential field.
    Field { group: String, field: String },
}

/// Dify's form types that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    TextInput,
    SecretInput,
    Select,
}

/// An option of a select.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// As stored.
    pub value: String,
    pub label: Text,
}

/// `variable` must hold `value`. The variable [`MODEL_TYPE`] holds the model type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    pub variable: String,
    pub value: String,
}

/// Dify's pseudo variable.
pub const MODEL_TYPE: &str = "__model_type";

/// What only the readme says.
#[derive(Debug, Clone, Serialize)]
pub struct Guide {
    /// Settings without a form field, reachable through `connection.advanced`.
    pub hidden: Vec<Setting>,
    pub parameters: Vec<Parameters>,
    pub protocols: Vec<Endpoint>,
    pub auth: Vec<AuthMethod>,
    pub differences: Vec<Text>,
    /// Seconds, as declared by the field's default.
    pub connect_timeout: Option<String>,
    /// Seconds, as declared by the field's default.
    pub read_timeout: Option<String>,
    /// Stored name of the JSON object of hidden settings.
    pub advanced: Option<String>,
    /// A JSON object that sets one hidden setting.
    pub example: Option<String>,
    /// Stored name of the endpoint.
    pub endpoint: Option<String>,
    /// An endpoint without a version part gets `/v1`.
    pub adds_version: bool,
}

/// A setting without a form field.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    /// `<group>.<field>`.
    pub id: String,
    pub label: Text,
    pub help: Option<Text>,
    /// Legal values where they are few.
    pub values: Vec<Choice>,
    pub default: Option<String>,
    pub min: Option<String>,
    pub max: Option<String>,
}

/// The parameters of one protocol under one model type.
#[derive(Debug, Clone, Serialize)]
pub struct Parameters {
    /// Dify's name of the model type.
    pub model_type: String,
    pub protocol: String,
    pub rows: Vec<Parameter>,
}

/// A model parameter, all layers applied.
#[derive(Debug, Clone, Serialize)]
pub struct Parameter {
    pub name: String,
    pub label: Text,
    pub help: Option<Text>,
    /// Dify's type: `float int string boolean text`.
    pub type_: &'static str,
    /// A literal, or the stored name of the credential that gives it; the same below.
    pub default: Option<String>,
    pub min: Option<String>,
    pub max: Option<String>,
    /// One of Dify's templates.
    pub template: Option<String>,
    pub required: bool,
    pub options: Vec<String>,
    /// Credentials that must hold for it to be offered.
    pub when: Vec<Condition>,
}

/// What is called for one choice of one model type.
#[derive(Debug, Clone, Serialize)]
pub struct Endpoint {
    /// Dify's name of the model type.
    pub model_type: String,
    /// Choices that lead here.
    pub when: Vec<Condition>,
    pub protocol: String,
    pub method: &'static str,
    /// Below the endpoint, for example `chat/completions`.
    pub path: String,
    /// The path replaces the endpoint's version part.
    pub replaces_version: bool,
    pub about: Option<String>,
}

/// An auth method as offered.
#[derive(Debug, Clone, Serialize)]
pub struct AuthMethod {
    /// Stored value.
    pub value: String,
    pub label: Text,
    pub about: Option<String>,
    /// Label of the credential without which requests go out unauthenticated: only where the plugin says so.
    pub open_without: Option<Text>,
}

/// Text in Dify's languages. An absent language shows `en_US`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    #[serde(rename = "en_US")]
    pub en_us: String,
    #[serde(rename = "zh_Hans")]
    pub zh_hans: Option<String>,
    #[serde(rename = "ja_JP")]
    pub ja_jp: Option<String>,
    #[serde(rename = "pt_BR")]
    pub pt_br: Option<String>,
}

impl Text {
    /// The same text in every language.
    pub fn all(text: impl Into<String>) -> Self {
        Text { en_us: text.into(), zh_hans: None, ja_jp: None, pt_br: None }
    }

    /// English and simplified Chinese.
    pub fn en_zh(en_us: &str, zh_hans: &str) -> Self {
        Text { zh_hans: Some(zh_hans.to_owned()), ..Text::all(en_us) }
    }

    /// Language and text, those that are there.
    pub fn languages(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("en_US", Some(&self.en_us)),
            ("zh_Hans", self.zh_hans.as_ref()),
            ("ja_JP", self.ja_jp.as_ref()),
            ("pt_BR", self.pt_br.as_ref()),
        ]
        .into_iter()
        .filter_map(|(language, text)| text.map(|text| (language, text.as_str())))
    }
}

impl From<&ast::Text> for Text {
    fn from(text: &ast::Text) -> Self {
        Text {
            en_us: text.en_us.clone(),
            zh_hans: text.zh_hans.clone(),
            ja_jp: text.ja_jp.clone(),
            pt_br: text.pt_br.clone(),
        }
    }
}
