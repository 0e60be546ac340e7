//! The named `$as` converters and finishers of the spec language. Each is one tested function. Words of a dialect may
//! stand here and nowhere else in the runtime.

mod anthropic;
mod dashscope;
mod media;
mod ollama;
mod openai;
mod prompt;
mod rank;
pub mod refusals;
mod speech;
mod supported;
mod texts;
mod think;
mod tokens;
mod user;
mod vectors;

pub use anthropic::{anthropic_messages, anthropic_tool_choice, anthropic_tools, room_for_thinking, system_text};
pub use dashscope::{dashscope_images, dashscope_user_content};
pub use media::{dashscope_item, data_url};
pub use ollama::{ollama_format, ollama_messages};
pub use openai::{
    openai_functions, openai_messages, openai_response_format, openai_tool_choice, openai_tools, token_limit,
};
pub use prompt::prompt_text;
pub use rank::ranked_documents;
pub use speech::{first_voice, known_voice, sentences, voices_for};
pub use supported::supported_media;
pub use texts::{any, characters, concat, json_text, prefixed, text_tokens, truncated};
pub use think::without_think_blocks;
pub use tokens::message_tokens;
pub use user::user_text;
pub use vectors::ordered_vectors;

use std::borrow::Cow;

use crate::error::{Error, Result, cut};
use crate::input::{Content, Media, MediaKind, Message, Part};

/// The text of a content that must be text: parts joined with LF.
///
/// # Errors
/// `BadRequest` naming the medium, if there is one: dropping it would make the model answer as if it were not there.
fn only_text<'m>(content: &'m Content<'_>) -> Result<Cow<'m, str>> {
    match content {
        Content::Text(text) => Ok(text.as_ref().into()),
        Content::Parts(parts) => {
            let texts: Result<Vec<&str>> = parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => Ok(text.as_ref()),
                    Part::Media(media) => Err(cannot_take(media)),
                })
                .collect();
            Ok(texts?.join("\n").into())
        }
    }
}

fn cannot_take(media: &Media<'_>) -> Error {
    Error::bad_request(format!("the prompt holds {}, which this model's protocol cannot take here", held(media)))
}

/// A medium in a sentence: what it is, and its name.
fn held(media: &Media<'_>) -> String {
    let kind = match media.kind {
        MediaKind::Image => "an image",
        MediaKind::Audio => "audio",
        MediaKind::Video => "video",
        MediaKind::Document => "a document",
    };
    match media.filename.trim() {
        "" => kind.to_owned(),
        name => format!("{kind} ({})", cut(name, 60)),
    }
}

/// What a result of a tool begins with where there is no other form for it.
fn result_title(name: Option<&str>, arguments: &str) -> String {
    match (name, arguments) {
        (None, _) => "Result of a tool:".to_owned(),
        (Some(name), "") => format!("Result of the tool {name}:"),
        (Some(name), arguments) => format!("Result of the tool {name} called with {arguments}:"),
    }
}

/// A schema as an instruction, for models that do not enforce it. What it is wrapped in says nothing to them: Dify sends
/// `{"schema": ..., "name": "llm_response"}`.
fn schema_told(schema: &str) -> String {
    let read = openai::Schema::read(Some(schema)).ok();
    let inner = read.as_ref().and_then(openai::Schema::inner);
    let schema = inner.map_or(Cow::Borrowed(schema), |inner| inner.to_string().into());
    format!("Answer with a JSON object that conforms to this JSON Schema, and nothing else:\n{schema}")
}

/// Arguments of a call as an object. What is none, as a model may have written it, is a member of one.
fn arguments_object(arguments: &str) -> Cow<'_, str> {
    match arguments.trim() {
        "" => "{}".into(),
        text if text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => text.into(),
        text => serde_json::json!({ "arguments": text }).to_string().into(),
    }
}

fn check_not_empty(messages: &[Message<'_>]) -> Result<()> {
    if messages.is_empty() {
        return Err(Error::bad_request("prompt_messages: at least one message is needed"));
    }
    Ok(())
}

#[cfg(test)]
mod samples;
