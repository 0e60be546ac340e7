//! How a caller proves who it is.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Cond, Field, Map, OrRef, Ref, Text, Value};
use crate::parse::value_table;

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

/// How a token is minted. Its times (`iat`, `nbf`, `exp`) and `jti` are the minter's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// A field of type `signing_key`.
    pub key: Ref,
    /// A field whose options are JWT algorithms.
    pub algorithm: Ref,
    /// A field with the key's id, for the header `kid`.
    pub key_id: Option<Ref>,
    /// A field of type `seconds`: how long a token is valid.
    pub ttl: Ref,
    /// Seconds by which `nbf` lies before now, for clocks that differ.
    #[serde(default)]
    pub backdate: u64,
    /// Further claims, in this order.
    #[serde(default)]
    pub claims: Vec<Claim>,
}

#[derive(Debug)]
pub enum Claim {
    Named { name: OrRef<String>, value: OrRef<String> },
    Merge(Ref),
}

/// A MAC over lines of the finished request.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// `hmac_sha1`, `hmac_sha256`, `hmac_sha512`, or a field with those options.
    pub mac: OrRef<String>,
    /// The field that holds the secret key.
    pub secret: Ref,
    /// How the MAC is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// Headers that are set before anything is signed.
    #[serde(default, deserialize_with = "value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
    pub headers: Map<Value>,
    /// Names of the headers that are signed, lower case; `$signed` joins those that the request has with `,`.
    #[serde(default)]
    pub signed: Vec<String>,
    /// The signed text, line by line, joined by LF. An absent value is an empty line.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// Whether the last line ends with LF too.
    #[serde(default)]
    pub final_newline: bool,
}

/// How a MAC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Standard base64, padded.
    #[default]
    Base64,
    /// Lower case hexadecimal.
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
