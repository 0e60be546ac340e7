//! The endpoint's side: request, reply, stream, examples.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Cond, Field, Map, OrRef, Property, Ref, Value};
use crate::parse::scalars::{sparse_table, table};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    pub id: String,
    pub about: Option<String>,
    /// `rerank`, or `llm.start_polling`.
    pub implements: String,
    pub shape: Shape,
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::features")]
    pub features: Vec<String>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_property")]
    pub properties: Map<Property>,
    #[serde(default, deserialize_with = "sparse_table")]
    #[schemars(with = "BTreeMap<String, Option<Narrowing>>")]
    pub parameters: Map<Narrowing>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    pub credentials: Map<Field>,
    pub batch: Option<Batch>,
    /// Empty: `[{ $reply.error: $present }]`.
    #[serde(default)]
    pub fails: Vec<Cond>,
    pub request: Request,
    pub stream: Option<Stream>,
    pub reply: Option<Value>,
    pub task: Option<Task>,
    pub probe: Option<OwnProbe>,
    pub examples: Vec<Example>,
}

/// Several requests for one output.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The list that is cut into slices; a slice is `$batch`.
    pub over: Ref,
    /// The most elements of a slice. Left out: one, and `$batch` is the element.
    pub size: Option<OrRef<NonZeroU32>>,
    /// Requests that run at once; 1 if left out.
    pub parallel: Option<OrRef<NonZeroU32>>,
}

/// The shapes that a spec uses so far; the others come with the first protocol that needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    Json,
    Chat,
    Upload,
    Task,
    Bytes,
}

/// A task that the request starts: what is kept of its reply, how it is polled and what a poll says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Texts of the first reply; each becomes `$task.<name>`.
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub keep: Map<Value>,
    pub poll: Poll,
    /// Seconds until the first poll, doubling up to `most`.
    pub every: u64,
    /// The most seconds between two polls.
    pub most: u64,
    /// A table from the service's words to `running`, `succeeded` and `failed`.
    pub state: Value,
    /// Why it failed: a text, or `{ code, message }`.
    pub error: Option<Value>,
}

/// The request that asks how far a task is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    pub get: Path,
    /// As the request's if it is left out.
    pub under: Option<Under>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub headers: Map<Value>,
}

/// The request that checks credentials, where the model type's would be too dear.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnProbe {
    /// Sent in place of the request's body.
    pub body: Value,
    /// Errors that show that the credentials work.
    #[serde(default)]
    pub passes_on: Vec<ErrorKind>,
}

/// The kinds of errors that a spec names so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The service let the caller in, read the request, and refuses what it says.
    BadRequest,
}

/// What a protocol says of a parameter: the vendor's limits.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Narrowing {
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub precision: Option<u32>,
    pub options: Option<Vec<String>>,
    pub required: Option<bool>,
}

#[derive(Debug)]
pub struct Request {
    /// Exactly one of `post` and `get`.
    pub method: Method,
    pub path: Path,
    pub under: Under,
    pub headers: Map<Value>,
    pub query: Map<Value>,
    pub body: Option<Value>,
    /// Multipart, in the order written. Never beside a body.
    pub parts: Option<Map<Value>>,
    pub retreat: Retreat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Post,
    Get,
}

/// A relative path, or segments that are literals or references encoded as one segment.
#[derive(Debug, Clone)]
pub enum Path {
    Is(String),
    Segments(Vec<OrRef<String>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Under {
    Version,
    Prefix,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retreat {
    #[serde(default)]
    pub drop: Vec<String>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub rename: Map<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub frames: Frames,
    pub separator: Option<Ref>,
    pub ends_with: Option<String>,
    pub events: Vec<Rule>,
}

/// The framings that a spec uses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frames {
    Sse,
}

/// One rule of a stream: the first whose condition holds wins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub when: Option<Cond>,
    pub emit: Value,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub name: Option<String>,
    pub input: Json,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub parameters: Map<Json>,
    /// Logical names; flags as booleans.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub credentials: Map<Json>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: Map<String>,
    pub sends: Json,
    pub receives: Option<Json>,
    pub streams: Option<Vec<Json>>,
    /// The later replies of a task.
    pub polls: Option<Vec<Json>>,
    pub yields: Json,
}
