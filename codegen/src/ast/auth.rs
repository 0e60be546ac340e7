//! How a caller proves who it is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Cond, Field, Map, OrRef, Ref, Text, Value};
use crate::parse::scalars::table;

#[derive(Debug)]
pub struct Auth {
    pub id: String,
    pub about: Option<String>,
    pub label: Text,
    pub credentials: Map<Field>,
    pub mint: Option<Jwt>,
    pub sign: Option<Sign>,
    pub attach: Vec<Attach>,
    /// The reply header that shows the text the gateway signed.
    pub explain: Option<String>,
    pub examples: Vec<AuthExample>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    pub key: Ref,
    pub algorithm: Ref,
    pub key_id: Option<Ref>,
    pub ttl: Ref,
    /// Seconds.
    #[serde(default)]
    pub backdate: u64,
    #[serde(default)]
    pub claims: Vec<Claim>,
}

#[derive(Debug)]
pub enum Claim {
    Named { name: OrRef<String>, value: OrRef<String> },
    Merge(Ref),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    pub mac: OrRef<String>,
    pub secret: Ref,
    #[serde(default)]
    pub encoding: Encoding,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub headers: Map<Value>,
    #[serde(default)]
    pub signed: Vec<String>,
    #[serde(default)]
    pub lines: Vec<Line>,
    #[serde(default)]
    pub final_newline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    #[default]
    Base64,
    Hex,
}

#[derive(Debug)]
pub enum Line {
    Is(OrRef<String>),
    Words(Vec<OrRef<String>>),
    EachSigned(Separator),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    Colon,
    ColonSpace,
}

#[derive(Debug)]
pub struct Attach {
    pub when: Option<Cond>,
    pub to: AttachTo,
}

#[derive(Debug)]
pub enum AttachTo {
    Header {
        name: OrRef<String>,
        value: Value,
        prefix: Option<Value>,
    },
    /// `Scheme a="x",b="y"`.
    Fields {
        name: OrRef<String>,
        scheme: String,
        fields: Map<Value>,
    },
    Query {
        name: OrRef<String>,
        value: Value,
    },
}

#[derive(Debug)]
pub struct AuthExample {
    pub name: Option<String>,
    pub credentials: Map<Json>,
    pub method: String,
    pub url: String,
    pub headers: Map<String>,
    pub body: Option<String>,
    pub adds_headers: Map<String>,
    pub adds_query: Map<String>,
}
