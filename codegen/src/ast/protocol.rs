//! The endpoint's side: request, reply, stream, examples.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{Cond, Field, Map, OrRef, Property, Ref, Value};
use crate::parse::scalars::{sparse_table, table};
use crate::parse::value_table;

/// A protocol: what an endpoint is sent for an action of a model type, and how its answer is read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// `<family>_<name>`, as the path `protocols/<family>/<name>.yaml` gives it.
    pub id: String,
    /// What speaks it: a sentence for the reference pages and the generated module.
    pub about: Option<String>,
    /// The action that it serves: a model type (`rerank`), or one of its other actions
    /// (`rerank.invoke_multimodal_rerank`).
    pub implements: String,
    /// How request and answer travel.
    pub shape: Shape,
    /// Features of Dify that the protocol can carry; a model reports those that its credentials switch on too.
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::features")]
    pub features: Vec<String>,
    /// Properties that the protocol says otherwise than the model type, for example `mode: completion`.
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_property")]
    pub properties: Map<Property>,
    /// Parameters that it sends, each with the vendor's limits or nothing.
    #[serde(default, deserialize_with = "sparse_table")]
    #[schemars(with = "BTreeMap<String, Option<Narrowing>>")]
    pub parameters: Map<Narrowing>,
    /// Fields that only this protocol needs.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    pub credentials: Map<Field>,
    /// Several requests for one output.
    pub batch: Option<Batch>,
    /// When a document of a successful answer is an error: any of these; `[]`: never. Left out:
    /// `[{ $reply.error: $present }]`.
    pub fails: Option<Vec<Cond>>,
    /// What is sent.
    pub request: Request,
    /// How a streamed answer is read.
    pub stream: Option<Stream>,
    /// The output, built from the JSON reply.
    pub reply: Option<Value>,
    /// How a task that the request starts is polled.
    pub task: Option<Task>,
    /// The request that validates credentials, where the model type's would be too dear.
    pub probe: Option<OwnProbe>,
    /// What is sent and answered, in full: tests of the generated code, and documentation.
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
    /// One JSON document each way. Sections: `request.body` or a `get`, `reply`.
    Json,
    /// A conversation, streamed or not: `request.body`, and `stream`, `reply` or both; the answer's content type
    /// decides.
    Chat,
    /// A multipart form: `request.parts`, `reply`. An answer of plain text is the output's one text.
    Upload,
    /// A request that starts a task, which is polled: `request.body`, `task`, and `reply` of the last poll.
    Task,
    /// Audio: `request.body`; the answer is raw bytes, or a `stream` or `reply` that gives audio.
    Bytes,
}

/// A task that the request starts: what is kept of its reply, how it is polled and what a poll says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Texts of the first reply; each becomes `$task.<name>`.
    #[serde(deserialize_with = "value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
    pub keep: Map<Value>,
    /// The request that asks how far it is.
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
    /// Path of the poll; a segment may be `$task.<name>`.
    pub get: Path,
    /// As the request's if it is left out.
    pub under: Option<Under>,
    /// Headers of the poll, by name.
    #[serde(default, deserialize_with = "value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
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
    /// Another value that Dify proposes.
    pub default: Option<Json>,
    /// Least value that the vendor takes; not below the parameter's own.
    pub min: Option<f64>,
    /// Greatest value that the vendor takes; not above the parameter's own.
    pub max: Option<f64>,
    /// Digits after the point.
    pub precision: Option<u32>,
    /// The options that the vendor takes.
    pub options: Option<Vec<String>>,
    /// Whether it is always sent; with its default unless it is set.
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

/// Where the path is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Under {
    /// After the endpoint's version part.
    Version,
    /// After the endpoint's prefix, without its version part.
    Prefix,
}

/// What to leave out or rename, once more, when a refusal names it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retreat {
    /// Members on top of the body that may be left out.
    #[serde(default)]
    pub drop: Vec<String>,
    /// From a member on top of the body to its other name.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub rename: Map<String>,
}

/// How a streamed answer is cut and read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// How events are cut.
    pub frames: Frames,
    /// A field with what stands between events, for services that keep to no standard.
    pub separator: Option<Ref>,
    /// The data of the last event, for example `[DONE]`.
    pub ends_with: Option<String>,
    /// What the last event says, where it is one that `events` may read too: `{ $event.done: true }`.
    pub ends_when: Option<Cond>,
    /// What each event means: the first rule whose condition holds wins, and an event without one is passed over.
    pub events: Vec<Rule>,
}

/// The framings that a spec uses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frames {
    /// Server-sent events: `data:` lines, each event a JSON document.
    Sse,
    /// One JSON document a line.
    Ndjson,
}

/// One rule of a stream: the first whose condition holds wins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// When it applies. A rule without is the last.
    pub when: Option<Cond>,
    /// A piece of the output.
    pub emit: Value,
}

/// One call in full. The model is `m`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What the example shows.
    pub name: Option<String>,
    /// What the daemon sends.
    pub input: Json,
    /// Parameters that are set, by name.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub parameters: Map<Json>,
    /// Logical names; flags as booleans.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub credentials: Map<Json>,
    /// Headers of the request that are compared; others may be there.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: Map<String>,
    /// The body that is sent, or the parts (a file as `{ filename, content_type }`).
    pub sends: Json,
    /// The reply; bytes as hexadecimal text.
    pub receives: Option<Json>,
    /// The events of a streamed answer, in order.
    pub streams: Option<Vec<Json>>,
    /// The later replies of a task.
    pub polls: Option<Vec<Json>>,
    /// The whole output, pieces joined.
    pub yields: Json,
}
