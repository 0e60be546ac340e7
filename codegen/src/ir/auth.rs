//! How a finished request proves who sent it.

use serde_json::Value as Json;

use super::Origin;
use super::field::{Credential, Field};
use super::value::{Cond, Pick, Source};
pub use crate::ast::{Encoding, Separator};

#[derive(Debug)]
pub struct Auth {
    pub origin: Origin,
    pub id: String,
    pub credentials: Vec<Credential>,
    /// The same, as fields whose stored names and words are the logical ones. Sorted by id.
    pub fields: Vec<Field>,
    pub mint: Option<Jwt>,
    pub sign: Option<Sign>,
    pub attach: Vec<Attach>,
    pub explain: Option<String>,
    pub examples: Vec<Example>,
}

#[derive(Debug)]
pub struct Jwt {
    pub key: Source,
    pub algorithm: Source,
    pub key_id: Option<Source>,
    pub ttl: Source,
    /// Seconds.
    pub backdate: u64,
    pub claims: Vec<Claim>,
}

#[derive(Debug)]
pub enum Claim {
    Named { name: Term, value: Term },
    Merge(Source),
}

/// A literal text, or one value.
#[derive(Debug)]
pub enum Term {
    Is(String),
    Of(Pick),
}

#[derive(Debug)]
pub struct Sign {
    pub mac: Mac,
    pub secret: Source,
    pub encoding: Encoding,
    /// Set first.
    pub headers: Vec<(String, Cond, Term)>,
    pub signed: Vec<String>,
    pub lines: Vec<Line>,
    pub final_newline: bool,
}

#[derive(Debug)]
pub enum Mac {
    Is(String),
    /// A choice whose options are names of MACs.
    Of(Source),
}

#[derive(Debug)]
pub enum Line {
    Is(Term),
    Words(Vec<Term>),
    EachSigned(Separator),
}

#[derive(Debug)]
pub struct Attach {
    pub when: Cond,
    pub to: AttachTo,
}

#[derive(Debug)]
pub enum AttachTo {
    Header { name: Term, value: Term, prefix: Option<Term> },
    Fields { name: Term, scheme: String, fields: Vec<(String, Term)> },
    Query { name: Term, value: Term },
}

#[derive(Debug)]
pub struct Example {
    pub name: String,
    /// Field id and stored text.
    pub credentials: Vec<(String, String)>,
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub adds_headers: Vec<(String, String)>,
    pub adds_query: Vec<(String, String)>,
}

/// A literal, as a text.
pub fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
