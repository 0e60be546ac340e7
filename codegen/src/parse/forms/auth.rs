//! Forms of an auth method.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::super::scalars::table;
use super::super::{Refusal, refusal};
use crate::ast::{self, Cond, Field, Map, OrRef, Ref, Text, Value};

/// A way to prove who calls: what the user fills in and how a finished request is signed with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Equal to the file name.
    id: String,
    about: Option<String>,
    /// Default name of the option in the selector.
    label: Text,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    credentials: Map<Field>,
    /// A token made here; gives `$token`.
    mint: Option<Mint>,
    /// A signature over the finished request; gives `$signed` and `$signature`.
    sign: Option<ast::Sign>,
    /// What is put on the request.
    #[serde(default)]
    attach: Vec<ast::Attach>,
    /// The reply header that shows the text the gateway signed.
    explain: Option<Explain>,
    #[serde(default)]
    examples: Vec<ast::AuthExample>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mint {
    jwt: ast::Jwt,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Explain {
    header: String,
}

impl From<Auth> for ast::Auth {
    fn from(raw: Auth) -> ast::Auth {
        let Auth { id, about, label, credentials, mint, sign, attach, explain, examples } = raw;
        let (mint, explain) = (mint.map(|mint| mint.jwt), explain.map(|explain| explain.header));
        ast::Auth { id, about, label, credentials, mint, sign, attach, explain, examples }
    }
}

/// A claim by name, or all members of a map.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    name: Option<OrRef<String>>,
    value: Option<OrRef<String>>,
    #[serde(rename = "$merge")]
    merge: Option<Ref>,
}

impl TryFrom<Claim> for ast::Claim {
    type Error = Refusal;

    fn try_from(claim: Claim) -> Result<ast::Claim, Refusal> {
        match claim {
            Claim { name: Some(name), value: Some(value), merge: None } => Ok(ast::Claim::Named { name, value }),
            Claim { name: None, value: None, merge: Some(map) } => Ok(ast::Claim::Merge(map)),
            _ => Err(refusal("S0116", "this is not a claim", "write `{ name, value }` or `{ $merge: map }`")),
        }
    }
}

/// A line of the signed text: a value, words joined by a blank, or one line for each signed header.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Line(Value);

impl TryFrom<Line> for ast::Line {
    type Error = Refusal;

    fn try_from(Line(value): Line) -> Result<ast::Line, Refusal> {
        let bad = || {
            let help = "write a reference, a text, `{ words: [..] }`, `{ each_signed: colon }` or `{ each_signed: colon_space }`";
            refusal("S0116", "this is not a line of a signed text", help)
        };
        let part = |value: &Value| match value {
            Value::Ref(reference) => Ok(OrRef::Ref(reference.clone())),
            Value::Literal(serde_json::Value::String(text)) => Ok(OrRef::Is(text.clone())),
            _ => Err(bad()),
        };
        let Value::Mapping(mapping) = &value else { return part(&value).map(ast::Line::Is) };
        match mapping.members.as_slice() {
            [ast::Member::Named(key, Value::List(words))] if key == "words" => {
                Ok(ast::Line::Words(words.iter().map(part).collect::<Result<_, _>>()?))
            }
            [ast::Member::Named(key, Value::Literal(word))] if key == "each_signed" => match word.as_str() {
                Some("colon") => Ok(ast::Line::EachSigned(ast::Separator::Colon)),
                Some("colon_space") => Ok(ast::Line::EachSigned(ast::Separator::ColonSpace)),
                _ => Err(bad()),
            },
            _ => Err(bad()),
        }
    }
}

/// What is put on the request: a header or a query parameter.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attach {
    #[serde(rename = "$when")]
    when: Option<Cond>,
    header: Option<Header>,
    query: Option<Query>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Header {
    name: OrRef<String>,
    value: Option<Value>,
    /// Put before the value, with a blank, unless it is there already.
    prefix: Option<Value>,
    scheme: Option<String>,
    #[serde(default, deserialize_with = "some_values")]
    #[schemars(with = "Option<BTreeMap<String, Value>>")]
    fields: Option<Map<Value>>,
}

fn some_values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Map<Value>>, D::Error> {
    table(deserializer).map(Some)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Query {
    name: OrRef<String>,
    value: Value,
}

impl TryFrom<Attach> for ast::Attach {
    type Error = Refusal;

    fn try_from(attach: Attach) -> Result<ast::Attach, Refusal> {
        let bad = |what| {
            refusal(
                "S0116",
                what,
                "write `header: { name, value, prefix? }`, `header: { name, scheme, fields }` or `query: { name, value }`",
            )
        };
        let to = match (attach.header, attach.query) {
            (Some(Header { name, value: Some(value), prefix, scheme: None, fields: None }), None) => {
                ast::AttachTo::Header { name, value, prefix }
            }
            (Some(Header { name, value: None, prefix: None, scheme: Some(scheme), fields: Some(fields) }), None) => {
                ast::AttachTo::Fields { name, scheme, fields }
            }
            (None, Some(Query { name, value })) => ast::AttachTo::Query { name, value },
            _ => return Err(bad("this is neither a header nor a query parameter")),
        };
        Ok(ast::Attach { when: attach.when, to })
    }
}

/// A finished request and what the method adds to it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthExample {
    name: Option<String>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    credentials: Map<serde_json::Value>,
    request: ExampleRequest,
    adds: Adds,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExampleRequest {
    method: String,
    url: String,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    headers: Map<String>,
    body: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Adds {
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    headers: Map<String>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    query: Map<String>,
}

impl From<AuthExample> for ast::AuthExample {
    fn from(raw: AuthExample) -> ast::AuthExample {
        let AuthExample { name, credentials, request: ExampleRequest { method, url, headers, body }, adds } = raw;
        let Adds { headers: adds_headers, query: adds_query } = adds;
        ast::AuthExample { name, credentials, method, url, headers, body, adds_headers, adds_query }
    }
}
