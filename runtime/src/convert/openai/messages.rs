//! A conversation as OpenAI chat completions take it.
//!
//! Tool calls of earlier turns are told in the way the model is set up for:
//! - `tools`: `tool_calls`, and results with role `tool`;
//! - `functions`: `function_call`, and results with role `function` under the function's name. One message holds one
//!   call there, so further parallel calls become further messages of the assistant;
//! - `none`: the model takes neither, so a result becomes a text of the user that says which call it answers; an
//!   assistant message that held nothing but calls is left out.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use super::parts::{Dialect, WirePart};
use crate::convert::{check_not_empty, only_text, result_title, schema_told};
use crate::error::{Error, Result};
use crate::input::{Content, Function, Message, Part, Role};

#[derive(Serialize)]
struct WireMessage<'a> {
    role: &'static str,
    content: WireContent<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<WireCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_call: Option<WireFunction<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WireContent<'a> {
    Text(Cow<'a, str>),
    Parts(Vec<WirePart<'a>>),
}

#[derive(Serialize)]
struct WireCall<'a> {
    id: &'a str,
    r#type: &'static str,
    function: WireFunction<'a>,
}

#[derive(Serialize)]
struct WireFunction<'a> {
    name: &'a str,
    arguments: &'a str,
}

#[derive(Clone, Copy)]
enum Calls {
    Tools,
    Functions,
    None,
}

/// `messages` of OpenAI chat completions. `calls` is `tools`, `functions` or `none`; a `schema` is put into the system
/// prompt, for models that do not enforce it. `dialect` is how media are written: `auto` asks `model`, the others are
/// `openai`, `dashscope` and `image_url`.
///
/// # Errors
/// `BadRequest` for a conversation without messages and for media that the dialect cannot take.
pub fn openai_messages<'a>(
    messages: &'a [Message<'_>],
    calls: &str,
    schema: Option<&str>,
    dialect: &str,
    model: &str,
) -> Result<impl Serialize + use<'a>> {
    let calls = match calls {
        "tools" => Calls::Tools,
        "functions" => Calls::Functions,
        "none" => Calls::None,
        other => return Err(Error::bad_request(format!("unknown way of calling tools: {other:?}"))),
    };
    let dialect = Dialect::named(dialect, model)?;
    check_not_empty(messages)?;
    let mut wire = Vec::with_capacity(messages.len() + 1);
    let mut made: HashMap<&str, &Function<'_>> = HashMap::new();
    for message in messages {
        match message.role {
            Role::System => wire.push(plain("system", message, dialect)?),
            Role::User => wire.push(plain("user", message, dialect)?),
            Role::Assistant => {
                made.extend(message.tool_calls.iter().map(|call| (call.id.as_ref(), &call.function)));
                add_assistant(&mut wire, message, calls, dialect)?;
            }
            Role::Tool => {
                let answered = message.tool_call_id.as_deref().and_then(|id| made.get(id).copied());
                wire.push(result(message, answered, calls, dialect)?);
            }
        }
    }
    if let Some(schema) = schema.map(str::trim).filter(|schema| !schema.is_empty()) {
        add_schema(&mut wire, schema);
    }
    Ok(wire)
}

fn plain<'a>(role: &'static str, message: &'a Message<'_>, dialect: Dialect) -> Result<WireMessage<'a>> {
    Ok(WireMessage {
        role,
        content: content(message, dialect)?,
        name: message.name.as_deref().filter(|name| !name.is_empty()),
        tool_calls: Vec::new(),
        function_call: None,
        tool_call_id: None,
    })
}

fn add_assistant<'a>(
    wire: &mut Vec<WireMessage<'a>>,
    message: &'a Message<'_>,
    calls: Calls,
    dialect: Dialect,
) -> Result<()> {
    let mut first = plain("assistant", message, dialect)?;
    let mut functions = message.tool_calls.iter().map(|call| function(&call.function));
    match calls {
        Calls::Tools => {
            let ids = message.tool_calls.iter().map(|call| call.id.as_ref());
            first.tool_calls =
                ids.zip(functions).map(|(id, function)| WireCall { id, r#type: "function", function }).collect();
            wire.push(first);
        }
        Calls::Functions => {
            first.function_call = functions.next();
            wire.push(first);
            wire.extend(functions.map(|function| WireMessage {
                role: "assistant",
                content: WireContent::Text("".into()),
                name: None,
                tool_calls: Vec::new(),
                function_call: Some(function),
                tool_call_id: None,
            }));
        }
        Calls::None => {
            let says_nothing = matches!(&first.content, WireContent::Text(text) if text.is_empty());
            if !says_nothing || message.tool_calls.is_empty() {
                wire.push(first);
            }
        }
    }
    Ok(())
}

fn function<'a>(function: &'a Function<'_>) -> WireFunction<'a> {
    // No arguments at all are not JSON; servers that parse them again would fail.
    let arguments = if function.arguments.trim().is_empty() { "{}" } else { &function.arguments };
    WireFunction { name: &function.name, arguments }
}

/// The result of a call.
fn result<'a>(
    message: &'a Message<'_>,
    answered: Option<&'a Function<'_>>,
    calls: Calls,
    dialect: Dialect,
) -> Result<WireMessage<'a>> {
    let name = answered.map(|function| function.name.as_ref()).or(message.name.as_deref());
    let name = name.filter(|name| !name.is_empty()).or(message.tool_call_id.as_deref());
    let mut wire = WireMessage { name: None, ..plain("tool", message, dialect)? };
    match calls {
        Calls::Tools => wire.tool_call_id = message.tool_call_id.as_deref(),
        Calls::Functions => {
            wire.role = "function";
            wire.name = name;
        }
        Calls::None => {
            wire.role = "user";
            let arguments = answered.map_or("", |function| function.arguments.as_ref());
            let title = result_title(name, arguments);
            wire.content = match wire.content {
                WireContent::Text(text) => WireContent::Text(format!("{title}\n{text}").into()),
                WireContent::Parts(mut parts) => {
                    parts.insert(0, WirePart::Text { text: title.into() });
                    WireContent::Parts(parts)
                }
            };
        }
    }
    Ok(wire)
}

/// A list of parts stays one where the user wrote it, and wherever there are media. All else is a string, which every
/// server takes.
fn content<'a>(message: &'a Message<'_>, dialect: Dialect) -> Result<WireContent<'a>> {
    let parts = match &message.content {
        Content::Parts(parts) if !parts.is_empty() => parts,
        content => return Ok(WireContent::Text(only_text(content)?)),
    };
    let has_media = parts.iter().any(|part| matches!(part, Part::Media(_)));
    let as_list = match message.role {
        Role::System => false,
        Role::User => true,
        Role::Assistant | Role::Tool => has_media,
    };
    if !as_list {
        return Ok(WireContent::Text(only_text(&message.content)?));
    }
    let parts: Result<_> = parts.iter().map(|part| dialect.part(part)).collect();
    Ok(WireContent::Parts(parts?))
}

/// Before the first system message's own text, else as a first message.
fn add_schema(wire: &mut Vec<WireMessage<'_>>, schema: &str) {
    let instruction = schema_told(schema);
    for message in wire.iter_mut().filter(|message| message.role == "system") {
        if let WireContent::Text(text) = &mut message.content {
            *text = format!("{instruction}\n\n{text}").into();
            return;
        }
    }
    let system = WireMessage {
        role: "system",
        content: WireContent::Text(instruction.into()),
        name: None,
        tool_calls: Vec::new(),
        function_call: None,
        tool_call_id: None,
    };
    wire.insert(0, system);
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
