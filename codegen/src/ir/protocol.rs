//! The endpoint's side of an action.

use super::Origin;
use super::decode::Document;
use super::field::{Credential, Field};
use super::parameter::Parameter;
use super::value::{Cond, Entry, Source, Value};
pub use crate::ast::{Frames, Method, Shape, Under};

#[derive(Debug)]
pub struct Protocol {
    pub origin: Origin,
    pub id: String,
    pub model_type: String,
    /// Dify's name of the action.
    pub action: String,
    pub shape: Shape,
    /// Its own, beside those of the model type.
    pub credentials: Vec<Credential>,
    /// Its own credentials under their logical names and words, for examples. Sorted by id.
    pub fields: Vec<Field>,
    /// In the order listed.
    pub parameters: Vec<Parameter>,
    pub batch: Option<Batch>,
    pub request: Request,
    pub stream: Option<Stream>,
    pub reply: Option<Document>,
    pub task: Option<Task>,
    /// The request that checks credentials, if it has one of its own.
    pub probe: Option<Request>,
    pub examples: Vec<Example>,
}

/// Several requests for one output.
#[derive(Debug)]
pub struct Batch {
    /// The list that is cut.
    pub over: Source,
    /// Elements of a slice; `None`: one, and `$batch` is the element.
    pub size: Option<Number>,
    pub parallel: Option<Number>,
}

#[derive(Debug)]
pub enum Number {
    Is(u32),
    Of(Source),
}

#[derive(Debug)]
pub struct Request {
    pub method: Method,
    pub path: Path,
    pub under: Under,
    pub headers: Vec<Pair>,
    pub query: Vec<Pair>,
    /// Members of the JSON body; `None` without a body.
    pub body: Option<Vec<Entry>>,
    /// Parts of a multipart body.
    pub parts: Option<Vec<Pair>>,
    pub drop: Vec<String>,
    pub rename: Vec<(String, String)>,
}

/// A header, query parameter or part.
#[derive(Debug)]
pub struct Pair {
    pub name: String,
    pub when: Cond,
    pub value: Value,
}

#[derive(Debug)]
pub enum Path {
    Is(String),
    Segments(Vec<Segment>),
}

#[derive(Debug)]
pub enum Segment {
    Is(String),
    /// Encoded as one segment.
    Of(Source),
}

#[derive(Debug)]
pub struct Stream {
    pub frames: Frames,
    pub separator: Option<Source>,
    pub ends_with: Option<String>,
    pub event: Document,
}

#[derive(Debug)]
pub struct Task {
    /// Names of what is kept, and the paths they are read from.
    pub kept: Vec<(String, String)>,
    pub keep: Document,
    pub poll: Request,
    /// Seconds.
    pub every: u64,
    /// Seconds.
    pub most: u64,
    pub progress: Document,
}

/// JSON is written compactly.
#[derive(Debug)]
pub struct Example {
    pub name: String,
    pub input: String,
    /// Name and JSON.
    pub parameters: Vec<(String, String)>,
    /// Field id and stored text.
    pub credentials: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub sends: String,
    pub receives: Option<String>,
    pub streams: Option<Vec<String>>,
    pub polls: Option<Vec<String>>,
    pub yields: String,
}
