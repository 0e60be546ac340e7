//! Inputs of Dify's actions, borrowed from the daemon's line.
//!
//! The daemon cannot send absent values: they arrive as null, `""`, 0, `[]` or `{}`, which is absent for an optional
//! input (protocol reference 3.0).

mod recording;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::cut;

pub use recording::{AudioFile, hex};

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

/// A text or an image that stands for itself (spec type `media`).
#[derive(Debug, Clone)]
pub struct Item<'a> {
    /// The text, the image's base64 without a prefix, or its URL.
    pub content: Cow<'a, str>,
    /// `text` or `image`; others are a bad request.
    pub content_type: &'static str,
}

#[derive(Deserialize)]
struct RawItem<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    content: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    content_type: Cow<'a, str>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RawItem { content, content_type } = RawItem::deserialize(deserializer)?;
        match ["text", "image"].into_iter().find(|known| *known == content_type) {
            Some(content_type) => Ok(Item { content, content_type }),
            None => {
                let problem = format!("content of type `{}`, not `text` or `image`", cut(&content_type, 40));
                Err(D::Error::custom(problem))
            }
        }
    }
}

/// What may hold text whose tokens are counted.
pub trait Texts {
    /// The text, if there is any.
    fn text(&self) -> Option<&str>;
}

impl Texts for Cow<'_, str> {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Texts for Item<'_> {
    fn text(&self) -> Option<&str> {
        (self.content_type == "text").then_some(&*self.content)
    }
}

/// The texts of a list.
pub fn texts<T: Texts>(list: &[T]) -> Vec<&str> {
    list.iter().filter_map(Texts::text).collect()
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
    /// Id of the call, may be empty.
    #[serde(borrow, default, deserialize_with = "text")]
    pub id: Cow<'a, str>,
    /// Name and arguments.
    #[serde(borrow)]
    pub function: Function<'a>,
}

/// Name and arguments of a call.
#[derive(Debug, Clone, Deserialize)]
pub struct Function<'a> {
    /// Name of the function.
    #[serde(borrow, deserialize_with = "text")]
    pub name: Cow<'a, str>,
    /// Arguments as JSON text, may be empty.
    #[serde(borrow, default, deserialize_with = "text")]
    pub arguments: Cow<'a, str>,
}

/// A tool the model may call.
#[derive(Debug, Clone, Deserialize)]
pub struct Tool<'a> {
    /// Name of the function.
    #[serde(borrow, deserialize_with = "text")]
    pub name: Cow<'a, str>,
    /// What it does, may be empty.
    #[serde(borrow, default, deserialize_with = "text")]
    pub description: Cow<'a, str>,
    /// JSON Schema of its arguments.
    #[serde(borrow, default)]
    pub parameters: Option<&'a RawValue>,
}

/// Which tool the model may or must call.
#[derive(Debug, Clone, Deserialize)]
pub struct ToolChoice<'a> {
    /// `auto`, `none`, `required` or `tool`.
    #[serde(borrow, deserialize_with = "text")]
    pub mode: Cow<'a, str>,
    /// The tool of mode `tool`.
    #[serde(borrow, default)]
    pub name: Option<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawMessage::deserialize(deserializer)?;
        let role = match &*raw.role {
            "system" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            "" => return Err(D::Error::custom("a message has no role")),
            other => return Err(D::Error::custom(format!("unknown role `{}` of a message", cut(other, 40)))),
        };
        let tool_calls = raw.tool_calls.unwrap_or_default();
        let content = match raw.content {
            Some(content) => content,
            None if role == Role::Assistant && !tool_calls.is_empty() => Content::Text(Cow::Borrowed("")),
            None => return Err(D::Error::custom(format!("a message of role `{}` has no content", raw.role))),
        };
        Ok(Message { role, content, name: present(raw.name), tool_calls, tool_call_id: present(raw.tool_call_id) })
    }
}

#[derive(Deserialize)]
struct RawMessage<'a> {
    #[serde(borrow, default, deserialize_with = "text")]
    role: Cow<'a, str>,
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default, deserialize_with = "text")]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<ToolCall<'a>>>,
    #[serde(borrow, default, deserialize_with = "text")]
    tool_call_id: Cow<'a, str>,
}

fn present(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrParts;
        impl<'de> Visitor<'de> for TextOrParts {
            type Value = Content<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("content that is text or a list of parts")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Content::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Content::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = list.next_element()? {
                    parts.push(part);
                }
                Ok(Content::Parts(parts))
            }
        }
        deserializer.deserialize_any(TextOrParts)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawPart::deserialize(deserializer)?;
        let kind = match &*raw.kind {
            "text" => return Ok(Part::Text(raw.data)),
            "image" => MediaKind::Image,
            "audio" => MediaKind::Audio,
            "video" => MediaKind::Video,
            "document" => MediaKind::Document,
            other => return Err(D::Error::custom(format!("unknown type `{}` of a content part", cut(other, 40)))),
        };
        if raw.url.is_empty() && raw.base64_data.is_empty() {
            return Err(D::Error::custom(format!("a content part of type `{}` has neither url nor data", raw.kind)));
        }
        Ok(Part::Media(Media {
            kind,
            url: raw.url,
            base64: raw.base64_data,
            mime_type: raw.mime_type,
            format: raw.format,
            filename: raw.filename,
            detail: raw.detail,
        }))
    }
}

#[derive(Deserialize)]
struct RawPart<'a> {
    #[serde(borrow, default, rename = "type", deserialize_with = "text")]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    data: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    base64_data: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    url: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    mime_type: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    format: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    filename: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "text")]
    detail: Cow<'a, str>,
}

/// Text, borrowed where it has no escapes; null is empty.
///
/// # Errors
/// If the value is something else.
pub fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, str>, D::Error> {
    struct TextOrNull;
    impl<'de> Visitor<'de> for TextOrNull {
        type Value = Cow<'de, str>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }
        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Cow::Borrowed(text))
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Cow::Owned(text.to_owned()))
        }
        fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
            Ok(Cow::Owned(text))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Cow::Borrowed(""))
        }
    }
    deserializer.deserialize_any(TextOrNull)
}

/// For an `optional` input: null, `""`, 0, `[]` and `{}` are absent.
///
/// Use as `#[serde(default, deserialize_with = "input::optional")]`. For JSON text only.
///
/// # Errors
/// If the value is present and not a `T`.
pub fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    if is_absent(raw) {
        return Ok(None);
    }
    serde_json::from_str(raw).map(Some).map_err(D::Error::custom)
}

/// Whether JSON text is null, `""`, 0, `[]` or `{}`.
fn is_absent(json: &str) -> bool {
    match json.as_bytes() {
        [b'n', ..] | [b'"', b'"'] => true,
        [b'[', inner @ .., b']'] | [b'{', inner @ .., b'}'] => inner.iter().all(u8::is_ascii_whitespace),
        [b'-' | b'0'..=b'9', ..] => json.parse::<f64>() == Ok(0.0),
        _ => false,
    }
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

#[cfg(test)]
mod tests;
