//! The dialect of Ollama's own chat.
//!
//! A content is always a text; images are base64 beside it. Arguments of calls are objects, and results name the tool,
//! not the call. For a model that takes no tools, calls and results of earlier turns are told in words.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::openai::{INLINE, Place, Schema};
use super::{arguments_object, cannot_take, check_not_empty, held, result_title, schema_told};
use crate::error::{Error, Result};
use crate::input::{Content, Function, MediaKind, Message, Part, Role};

#[derive(Serialize)]
struct WireMessage<'a> {
    role: &'static str,
    content: Cow<'a, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<WireCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<&'a str>,
}

#[derive(Serialize)]
struct WireCall<'a> {
    function: WireFunction<'a>,
}

#[derive(Serialize)]
struct WireFunction<'a> {
    name: &'a str,
    arguments: Box<RawValue>,
}

/// `messages` of Ollama's chat. `calls` is `none` for a model that takes no tools; a `schema` is put into the system
/// prompt, which the format alone does not tell the model.
///
/// # Errors
/// `BadRequest` for a conversation without messages, for images that are not inline, and for other media.
pub fn ollama_messages<'a>(
    messages: &'a [Message<'_>],
    calls: &str,
    schema: Option<&str>,
) -> Result<impl Serialize + use<'a>> {
    check_not_empty(messages)?;
    let with_calls = calls != "none";
    let mut wire: Vec<WireMessage<'a>> = Vec::with_capacity(messages.len() + 1);
    let mut made: HashMap<&str, &Function<'_>> = HashMap::new();
    for message in messages {
        match message.role {
            Role::System => wire.push(plain("system", message)?),
            Role::User => wire.push(plain("user", message)?),
            Role::Assistant => {
                made.extend(message.tool_calls.iter().map(|call| (call.id.as_ref(), &call.function)));
                let mut said = plain("assistant", message)?;
                if with_calls {
                    said.tool_calls =
                        message.tool_calls.iter().map(|made| call(&made.function)).collect::<Result<_>>()?;
                }
                let says_nothing = said.content.is_empty() && said.images.is_empty() && said.tool_calls.is_empty();
                if !says_nothing || message.tool_calls.is_empty() {
                    wire.push(said);
                }
            }
            Role::Tool => {
                let answered = message.tool_call_id.as_deref().and_then(|id| made.get(id).copied());
                wire.push(result(message, answered, with_calls)?);
            }
        }
    }
    if let Some(schema) = schema.map(str::trim).filter(|schema| !schema.is_empty()) {
        let told = schema_told(schema);
        match wire.iter_mut().find(|message| message.role == "system") {
            Some(system) => system.content = format!("{told}\n\n{}", system.content).into(),
            None => wire.insert(0, WireMessage { content: told.into(), ..empty("system") }),
        }
    }
    Ok(wire)
}

fn empty(role: &'static str) -> WireMessage<'static> {
    WireMessage { role, content: "".into(), images: Vec::new(), tool_calls: Vec::new(), tool_name: None }
}

fn plain<'a>(role: &'static str, message: &'a Message<'_>) -> Result<WireMessage<'a>> {
    let (content, images) = content(&message.content)?;
    Ok(WireMessage { content, images, ..empty(role) })
}

fn call<'a>(function: &'a Function<'_>) -> Result<WireCall<'a>> {
    let arguments = RawValue::from_string(arguments_object(&function.arguments).into_owned());
    let arguments = arguments.map_err(|error| Error::bad_request(format!("arguments of a tool call: {error}")))?;
    Ok(WireCall { function: WireFunction { name: &function.name, arguments } })
}

fn result<'a>(
    message: &'a Message<'_>,
    answered: Option<&'a Function<'_>>,
    with_calls: bool,
) -> Result<WireMessage<'a>> {
    let name = answered.map(|function| function.name.as_ref()).or(message.name.as_deref());
    let name = name.filter(|name| !name.is_empty()).or(message.tool_call_id.as_deref());
    if with_calls {
        return Ok(WireMessage { tool_name: name, ..plain("tool", message)? });
    }
    let said = plain("user", message)?;
    let title = result_title(name, answered.map_or("", |function| function.arguments.as_ref()));
    Ok(WireMessage { content: format!("{title}\n{}", said.content).into(), ..said })
}

/// Texts joined with LF, and the images.
fn content<'a>(content: &'a Content<'_>) -> Result<(Cow<'a, str>, Vec<&'a str>)> {
    let parts = match content {
        Content::Text(text) => return Ok((text.as_ref().into(), Vec::new())),
        Content::Parts(parts) => parts,
    };
    let (mut texts, mut images): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Text(text) => texts.push(text),
            Part::Media(media) if media.kind == MediaKind::Image => match Place::of(media)? {
                Place::Data { base64, .. } => images.push(base64),
                Place::Url(_) => {
                    return Err(Error::bad_request(format!("the prompt holds {}: {INLINE}", held(media))));
                }
            },
            Part::Media(media) => return Err(cannot_take(media)),
        }
    }
    Ok((texts.join("\n").into(), images))
}

#[derive(Serialize)]
#[serde(untagged)]
enum WireFormat<'a> {
    Word(&'static str),
    Bare(&'a RawValue),
    Wrapped(Value),
}

/// `format` of Ollama's chat: `json`, or for `json_schema` the schema itself, taken out of what it is wrapped in.
///
/// # Errors
/// `BadRequest` if the format is `json_schema` and the schema is missing or not a JSON object.
pub fn ollama_format<'a>(format: &str, schema: Option<&'a str>) -> Result<impl Serialize + use<'a>> {
    if format != "json_schema" {
        return Ok(WireFormat::Word(if format == "json_object" { "json" } else { "" }));
    }
    let schema = Schema::read(schema)?;
    match schema.inner() {
        Some(inner) => Ok(WireFormat::Wrapped(inner.clone())),
        None => serde_json::from_str(schema.text)
            .map(WireFormat::Bare)
            .map_err(|error| Error::bad_request(format!("the parameter json_schema is not JSON: {error}"))),
    }
}

#[cfg(test)]
#[path = "ollama_tests.rs"]
mod tests;
