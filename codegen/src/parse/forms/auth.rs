//! Forms of an auth method.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::scalars::table;
use super::super::{Refusal, refusal};
use super::some_value_table;
use crate::ast::{self, Cond, Field, Map, OrRef, Ref, Text, Value};

/// A way to prove who calls: what the user fills in and how a finished request is signed with it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Equal to the file name.
    id: String,
    /// What the method is: a sentence for the reference pages and the generated module.
    about: Option<String>,
    /// Default name of the option in the selector.
    label: Text,
    /// What the user fills in, by field. A required field that is absent at call time is an error, never an unsigned
    /// request.
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
    /// Finished requests and what is added to them. Required unless everything that is added depends on time or chance.
    #[serde(default)]
    examples: Vec<ast::AuthExample>,
}

/// A token that is made here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mint {
    /// A JSON Web Token, signed with the user's own key.
    jwt: ast::Jwt,
}

/// Where a gateway that refuses a signature shows what it signed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Explain {
    /// The reply header with the text that the gateway signed; an error then shows where it and ours first differ.
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
    /// The claim's name, or a field that holds it.
    name: Option<OrRef<String>>,
    /// The claim's value; absent, the claim is left out.
    value: Option<OrRef<String>>,
    /// A field of type `map`: each of its members becomes a claim.
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
#[schemars(extend("not" = { "type": "object", "required": ["$when"] }))]
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
        let plain = ast::Mapping { members: mapping.members.clone(), ..ast::Mapping::default() };
        if **mapping != plain {
            let help = "it is the same for every request: an absent value is an empty line, and `each_signed` has the headers \
                        that are sent";
            return Err(refusal("S0116", "a line of a signed text has no directives", help));
        }
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
    /// Attached only if this holds.
    #[serde(rename = "$when")]
    when: Option<Cond>,
    /// A header: `{ name, value, prefix? }`, or `{ name, scheme, fields }` for `Scheme a="x",b="y"`.
    header: Option<Header>,
    /// A query parameter: `{ name, value }`.
    query: Option<Query>,
}

/// A header that is put on the request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The header's name, or a field that holds it.
    name: OrRef<String>,
    /// Its value. Absent, nothing is attached.
    value: Option<Value>,
    /// Put before the value, with a blank, unless it is there already.
    prefix: Option<Value>,
    /// The word before the fields, for example `Signature`.
    scheme: Option<String>,
    /// Names and values, written as `name="value"` and joined by commas.
    #[serde(default, deserialize_with = "some_value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
    fields: Option<Map<Value>>,
}

/// A query parameter that is put on the request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Query {
    /// The parameter's name, or a field that holds it.
    name: OrRef<String>,
    /// Its value. Absent, nothing is attached.
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
    /// What the example shows.
    name: Option<String>,
    /// What the user has filled in, by field.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    credentials: Map<serde_json::Value>,
    /// The finished request.
    request: ExampleRequest,
    /// What the method adds to it.
    adds: Adds,
}

/// A finished request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExampleRequest {
    /// For example `POST`.
    method: String,
    /// The whole URL, with its query.
    url: String,
    /// Headers that are set before.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    headers: Map<String>,
    /// The body, as text.
    body: Option<String>,
}

/// What a method adds to a request.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Adds {
    /// Headers, lower case, by name.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    headers: Map<String>,
    /// Query parameters by name.
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
