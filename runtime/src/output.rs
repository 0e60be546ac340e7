//! What protocols make of replies, before it becomes Dify's answer.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Serialize, Serializer};

/// Scored document of a rerank answer: position among the inputs and score as the service gave it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Hit {
    /// Position of the document in the request.
    pub index: i64,
    /// Its score.
    pub score: f64,
}

/// A vector of an embedding answer.
#[derive(Debug, Clone, Serialize)]
pub struct Vector {
    /// Position of what it stands for among the inputs; absent if the service does not number its vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<i64>,
    /// Its numbers.
    pub values: Values,
}

/// The numbers of a vector, as [`reply::Values`](crate::reply::Values) says. They may be a part of the reply, which is then
/// kept as long as they are.
#[derive(Debug, Clone)]
pub struct Values(Bytes);

impl Values {
    pub(crate) fn of(numbers: Bytes) -> Self {
        Values(numbers)
    }

    /// The list as JSON.
    pub fn json(&self) -> &Bytes {
        &self.0
    }
}

impl Serialize for Values {
    /// Reads all of them again: an answer is written by [`Object::vectors`](crate::json::Object::vectors).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &serde_json::value::RawValue = serde_json::from_slice(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// A document with its place among the results, ready for Dify.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedDocument<'a> {
    /// Position of the document in the request.
    pub index: i64,
    /// Its text, from the request.
    pub text: Cow<'a, str>,
    /// Its score.
    pub score: f64,
}

/// What one event, or one whole reply, says of a chat answer. Everything is optional.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chat<'a> {
    /// Answer text.
    pub text: Option<Cow<'a, str>>,
    /// Thinking text.
    pub reasoning: Option<Cow<'a, str>>,
    /// Fragments of tool calls.
    pub tool_calls: Vec<ToolCall<'a>>,
    /// Pictures, each a URL, a data URI or base64.
    pub images: Vec<Cow<'a, str>>,
    /// Why the answer ended. `""` and `"null"` are absent.
    pub finish: Option<Cow<'a, str>>,
    /// Tokens used so far.
    pub usage: Option<Usage>,
    /// The stream is over (spec key `stream.ends_when`).
    pub ends: bool,
}

/// A tool call or a fragment of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolCall<'a> {
    /// Which of the parallel calls it belongs to.
    pub slot: Option<i64>,
    /// Id, usually on the first fragment only.
    pub id: Option<Cow<'a, str>>,
    /// Name, usually on the first fragment only.
    pub name: Option<Cow<'a, str>>,
    /// A piece of the arguments' JSON text.
    pub arguments: Option<Cow<'a, str>>,
}

/// Token counts as the service reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Tokens of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    /// Tokens of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    /// Both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl Usage {
    /// The counts, if there is any.
    pub fn if_any(self) -> Option<Self> {
        (self != Usage::default()).then_some(self)
    }

    /// All tokens: the total, else the sum of what is there.
    pub fn sum(self) -> Option<u64> {
        match (self.total, self.input, self.output) {
            (Some(total), ..) => Some(total),
            (None, None, None) => None,
            (None, input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }
}
