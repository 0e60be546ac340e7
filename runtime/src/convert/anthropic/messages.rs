//! A conversation as Anthropic's Messages take it: turns of user and assistant in alternation, instructions apart.
//!
//! Results of tools are the user's. Neighbours of one role are one message, and what says nothing is left out. Where
//! no tools are on offer, the service takes no calls either: calls and results of earlier turns are told in words.

use std::collections::HashMap;

use serde::Serialize;

use super::blocks::{Block, blocks, tool_use, tool_use_id};
use crate::convert::{only_text, result_title, schema_told};
use crate::error::{Error, Result};
use crate::input::{Content, Function, Message, Part, Role, Tool};

#[derive(Serialize)]
struct WireMessage<'a> {
    role: &'static str,
    #[serde(serialize_with = "plain_where_possible")]
    content: Vec<Block<'a>>,
}

/// One text is a string.
fn plain_where_possible<S: serde::Serializer>(blocks: &Vec<Block<'_>>, serializer: S) -> Result<S::Ok, S::Error> {
    match blocks.as_slice() {
        [Block::Text { text }] => text.serialize(serializer),
        blocks => blocks.serialize(serializer),
    }
}

/// `messages` of Messages. `tools` are those on offer.
///
/// # Errors
/// `BadRequest` for media that have no form there, and if nobody says anything.
pub fn anthropic_messages<'a>(
    messages: &'a [Message<'_>],
    tools: Option<&[Tool<'_>]>,
) -> Result<impl Serialize + use<'a>> {
    let with_calls = tools.is_some_and(|tools| !tools.is_empty());
    let mut wire: Vec<WireMessage<'a>> = Vec::new();
    let mut made: HashMap<&str, &Function<'_>> = HashMap::new();
    let is_spoken = messages.iter().any(speaks);
    for message in messages {
        let (role, said) = match message.role {
            // Instructions alone are what is asked.
            Role::System if is_spoken => continue,
            Role::System | Role::User => ("user", blocks(&message.content)?),
            Role::Assistant => {
                made.extend(message.tool_calls.iter().map(|call| (call.id.as_ref(), &call.function)));
                let mut said = blocks(&message.content)?;
                if with_calls {
                    for call in &message.tool_calls {
                        said.push(tool_use(call)?);
                    }
                }
                ("assistant", said)
            }
            Role::Tool => {
                let answered = message.tool_call_id.as_deref().and_then(|id| Some((id, *made.get(id)?)));
                ("user", result(message, answered, with_calls)?)
            }
        };
        match wire.last_mut() {
            _ if said.is_empty() => {}
            Some(last) if last.role == role => last.content.extend(said),
            _ => wire.push(WireMessage { role, content: said }),
        }
    }
    let Some(last) = wire.last_mut() else {
        return Err(Error::bad_request("prompt_messages: at least one message that says something is needed"));
    };
    // An answer that was begun may not end with a blank.
    if last.role == "assistant"
        && let Some(Block::Text { text }) = last.content.last_mut()
    {
        *text = text.trim_end().to_owned().into();
    }
    Ok(wire)
}

/// The result of a call, of which it is known that it was made; else the result in words.
fn result<'a>(
    message: &'a Message<'_>,
    answered: Option<(&'a str, &'a Function<'_>)>,
    with_calls: bool,
) -> Result<Vec<Block<'a>>> {
    let mut content = blocks(&message.content)?;
    if let (Some((id, _)), true) = (answered, with_calls) {
        return Ok(vec![Block::ToolResult { tool_use_id: tool_use_id(id), content }]);
    }
    let name = answered.map(|(_, function)| function.name.as_ref()).or(message.name.as_deref());
    let name = name.filter(|name| !name.is_empty()).or(message.tool_call_id.as_deref());
    let title = result_title(name, answered.map_or("", |(_, function)| function.arguments.as_ref()));
    match content.first_mut() {
        Some(Block::Text { text }) => *text = format!("{title}\n{text}").into(),
        _ => content.insert(0, Block::Text { text: title.into() }),
    }
    Ok(content)
}

/// Whether a message is more than an instruction or a blank.
fn speaks(message: &Message<'_>) -> bool {
    let says = match &message.content {
        Content::Text(text) => !text.trim().is_empty(),
        Content::Parts(parts) => parts.iter().any(|part| !matches!(part, Part::Text(text) if text.trim().is_empty())),
    };
    match message.role {
        Role::System => false,
        Role::Tool => true,
        Role::User | Role::Assistant => says || !message.tool_calls.is_empty(),
    }
}

/// `system` of Messages: the instructions, joined with LF, after a `schema`, for models that do not enforce it. None
/// where nobody else says anything: the instructions are the question then.
///
/// # Errors
/// `BadRequest` for media among the instructions.
pub fn system_text(messages: &[Message<'_>], schema: Option<&str>) -> Result<Option<String>> {
    let mut texts: Vec<String> = Vec::new();
    if messages.iter().any(speaks) {
        for message in messages.iter().filter(|message| message.role == Role::System) {
            let text = only_text(&message.content)?;
            texts.extend(Some(text.into_owned()).filter(|text| !text.trim().is_empty()));
        }
    }
    let told = schema.map(str::trim).filter(|schema| !schema.is_empty()).map(schema_told);
    let instructions = Some(texts.join("\n")).filter(|text| !text.is_empty());
    Ok(match (told, instructions) {
        (Some(told), Some(instructions)) => Some(format!("{told}\n\n{instructions}")),
        (told, instructions) => told.or(instructions),
    })
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
