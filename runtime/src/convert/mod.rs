//! The named `$as` converters and finishers of the spec language. Each is one tested function. Words of a dialect may
//! stand here and nowhere else in the runtime.

pub mod refusals;

use std::borrow::Cow;

use serde::Serialize;

use crate::error::Result;
use crate::input::{Message, Tool, ToolChoice};
use crate::output::{Hit, RankedDocument};

/// Messages without what the assistant thought in earlier turns.
///
/// # Errors
/// None.
pub fn without_think_blocks<'a>(messages: &[Message<'a>]) -> Result<Vec<Message<'a>>> {
    let _ = messages;
    todo!()
}

/// Tokens of a conversation with its tools.
///
/// # Errors
/// None.
pub fn message_tokens(messages: &[Message<'_>], tools: Option<&[Tool<'_>]>) -> Result<i64> {
    let _ = (messages, tools);
    todo!()
}

/// The conversation as one prompt.
///
/// # Errors
/// `BadRequest` for media.
pub fn prompt_text(messages: &[Message<'_>]) -> Result<String> {
    let _ = messages;
    todo!()
}

/// `messages` of OpenAI chat completions.
///
/// # Errors
/// `BadRequest` for media that the protocol cannot take.
pub fn openai_messages(messages: &[Message<'_>], calls: &str, schema: Option<&str>) -> Result<impl Serialize> {
    let _ = (messages, calls, schema);
    Ok(())
}

/// `tools` of OpenAI chat completions.
///
/// # Errors
/// None.
pub fn openai_tools(tools: &[Tool<'_>]) -> Result<impl Serialize> {
    let _ = tools;
    Ok(())
}

/// `functions` of OpenAI chat completions.
///
/// # Errors
/// None.
pub fn openai_functions(tools: &[Tool<'_>]) -> Result<impl Serialize> {
    let _ = tools;
    Ok(())
}

/// `tool_choice` of OpenAI chat completions.
///
/// # Errors
/// `BadRequest` for an unknown mode.
pub fn openai_tool_choice(choice: &ToolChoice<'_>) -> Result<impl Serialize> {
    let _ = choice;
    Ok(())
}

/// `response_format` of OpenAI chat completions.
///
/// # Errors
/// `BadRequest` if the format is `json_schema` and the schema is missing or not JSON.
pub fn openai_response_format(format: &str, schema: Option<&str>) -> Result<impl Serialize> {
    let _ = (format, schema);
    Ok(())
}

/// Finisher of rerank answers: bounds, scale (`raw`, `min_max`, `sigmoid`), threshold, best first, `top_n`, text from
/// the input.
///
/// # Errors
/// `BadReply` for an index outside the documents.
pub fn ranked_documents<'i>(
    hits: Vec<Hit>,
    docs: &'i [Cow<'_, str>],
    score_threshold: Option<f64>,
    top_n: Option<i64>,
    scale: &str,
) -> Result<Vec<RankedDocument<'i>>> {
    let _ = (hits, docs, score_threshold, top_n, scale);
    todo!()
}
