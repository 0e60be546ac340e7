//! Inputs of Dify's actions, borrowed from the daemon's line.
//!
//! The daemon cannot send absent values: they arrive as null, `""`, 0, `[]` or `{}`, which is absent for an optional
//! input (protocol reference 3.0).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One message of a conversation.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// Who speaks.
    pub role: Role,
    /// What was said.
    pub content: Content<'a>,
    /// Name of the speaker, if any.
    pub name: Option<Cow<'a, str>>,
    /// Calls the assistant made.
    pub tool_calls: Vec<ToolCall<'a>>,
    /// The call a tool answers.
    pub tool_call_id: Option<Cow<'a, str>>,
}

/// Who speaks. Other roles are a bad request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

/// Content of a message.
#[derive(Debug, Clone)]
pub enum Content<'a> {
    /// Plain text.
    Text(Cow<'a, str>),
    /// Text and media in order.
    Parts(Vec<Part<'a>>),
}

/// One part of a message.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// An image, audio, video or document.
    Media(Media<'a>),
}

/// A medium: a URL, or base64 with a type.
#[derive(Debug, Clone)]
pub struct Media<'a> {
    /// What it is.
    pub kind: MediaKind,
    /// Where it is; empty if it is inline.
    pub url: Cow<'a, str>,
    /// The bytes in base64, without a prefix; empty if it is elsewhere.
    pub base64: Cow<'a, str>,
    /// MIME type, may be empty.
    pub mime_type: Cow<'a, str>,
    /// File format such as `png`, may be empty.
    pub format: Cow<'a, str>,
    /// File name, may be empty.
    pub filename: Cow<'a, str>,
    /// `low`, `high` or empty; images only.
    pub detail: Cow<'a, str>,
}

/// Kind of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MediaKind {
    Image,
    Audio,
    Video,
    Document,
}

/// A call of a tool, complete.
#[derive(Debug, Clone, Deserialize)]
pub struct ToolCall<'a> {
    /// Id of the call.
    #[serde(borrow, default)]
    pub id: Cow<'a, str>,
    /// Name and arguments.
    #[serde(borrow)]
    pub function: Function<'a>,
}

/// Name and arguments of a call.
#[derive(Debug, Clone, Deserialize)]
pub struct Function<'a> {
    /// Name of the function.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Arguments as JSON text.
    #[serde(borrow, default)]
    pub arguments: Cow<'a, str>,
}

/// A tool the model may call.
#[derive(Debug, Clone, Deserialize)]
pub struct Tool<'a> {
    /// Name of the function.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// What it does.
    #[serde(borrow, default)]
    pub description: Cow<'a, str>,
    /// JSON Schema of its arguments.
    #[serde(borrow, default)]
    pub parameters: Option<&'a RawValue>,
}

/// Which tool the model may or must call.
#[derive(Debug, Clone, Deserialize)]
pub struct ToolChoice<'a> {
    /// `auto`, `none`, `required` or `tool`.
    #[serde(borrow)]
    pub mode: Cow<'a, str>,
    /// The tool of mode `tool`.
    #[serde(borrow, default)]
    pub name: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _ = deserializer;
        todo!()
    }
}

/// For an `optional` input: null, `""`, 0, `[]` and `{}` are absent.
///
/// Use as `#[serde(default, deserialize_with = "input::optional")]`.
///
/// # Errors
/// If the value is present and not a `T`.
pub fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let _ = deserializer;
    todo!()
}

/// For a required list: null is empty.
///
/// # Errors
/// If the value is not a list of `T`.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}
