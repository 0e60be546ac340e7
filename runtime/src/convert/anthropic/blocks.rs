//! Blocks of a message's content.
//!
//! | | inline | at a URL |
//! |---|---|---|
//! | image | `base64` | `url` |
//! | document, PDF | `base64` | `url` |
//! | document, text | `text`, decoded here | refused |
//!
//! Everything else has no block and is refused by name.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::convert::openai::{INLINE, Place};
use crate::convert::{arguments_object, held};
use crate::error::{Error, Result};
use crate::input::{Content, Media, MediaKind, Part, ToolCall};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block<'a> {
    Text {
        text: Cow<'a, str>,
    },
    Image {
        source: Source<'a>,
    },
    Document {
        source: Source<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<&'a str>,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Box<RawValue>,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Block<'a>>,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Source<'a> {
    Url { url: &'a str },
    Base64 { media_type: &'a str, data: &'a str },
    Text { media_type: &'static str, data: String },
}

/// The blocks of a content. Texts that say nothing are left out: the service refuses them.
///
/// # Errors
/// `BadRequest` naming what has no block.
pub fn blocks<'a>(content: &'a Content<'_>) -> Result<Vec<Block<'a>>> {
    let text = |text: &'a str| Block::Text { text: text.into() };
    match content {
        Content::Text(said) if said.trim().is_empty() => Ok(Vec::new()),
        Content::Text(said) => Ok(vec![text(said)]),
        Content::Parts(parts) => parts
            .iter()
            .filter(|part| !matches!(part, Part::Text(said) if said.trim().is_empty()))
            .map(|part| match part {
                Part::Text(said) => Ok(text(said)),
                Part::Media(media) => medium(media),
            })
            .collect(),
    }
}

fn medium<'a>(media: &'a Media<'_>) -> Result<Block<'a>> {
    let refused = |why: &str| Error::bad_request(format!("the prompt holds {}: {why}", held(media)));
    match (media.kind, Place::of(media)?) {
        (MediaKind::Image, place) => Ok(Block::Image { source: source(place) }),
        (MediaKind::Document, place) => {
            let title = Some(media.filename.trim()).filter(|name| !name.is_empty());
            let told = match place {
                Place::Data { media_type, .. } => media_type,
                Place::Url(_) => media.mime_type.trim(),
            };
            let told = told.split(';').next().unwrap_or_default().trim();
            match (told, place) {
                ("application/pdf", place) | ("", place @ Place::Url(_)) => {
                    Ok(Block::Document { source: source(place), title })
                }
                (other, Place::Data { base64, .. }) if is_text(other) => {
                    let bytes = STANDARD.decode(base64).ok();
                    let data = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                    let data = data.ok_or_else(|| refused("it is no text in UTF-8"))?;
                    Ok(Block::Document { source: Source::Text { media_type: "text/plain", data }, title })
                }
                (other, Place::Url(_)) if is_text(other) => Err(refused(INLINE)),
                (other, _) => Err(refused(&format!("it is {other}, and this endpoint takes PDF and text only"))),
            }
        }
        (MediaKind::Audio | MediaKind::Video, _) => Err(refused("this endpoint has no form for it")),
    }
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type == "application/json"
}

fn source(place: Place<'_>) -> Source<'_> {
    match place {
        Place::Url(url) => Source::Url { url },
        Place::Data { media_type: "image/jpg", base64 } => Source::Base64 { media_type: "image/jpeg", data: base64 },
        Place::Data { media_type, base64 } => Source::Base64 { media_type, data: base64 },
    }
}

/// A call that the assistant made.
///
/// # Errors
/// None in practice: what is no JSON is put into JSON.
pub fn tool_use<'a>(call: &'a ToolCall<'_>) -> Result<Block<'a>> {
    let input = RawValue::from_string(arguments_object(&call.function.arguments).into_owned());
    let input = input.map_err(|error| Error::bad_request(format!("arguments of a tool call: {error}")))?;
    Ok(Block::ToolUse { id: tool_use_id(&call.id), name: &call.function.name, input })
}

/// An id with the characters that the service takes: models behind other services use others.
pub fn tool_use_id(id: &str) -> Cow<'_, str> {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if id.chars().all(is_legal) {
        return id.into();
    }
    id.chars().map(|c| if is_legal(c) { c } else { '_' }).collect::<String>().into()
}
