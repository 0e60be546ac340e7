//! One line of the plugin, read as strictly as the strictest of its readers (protocol reference 2.2, 2.3, 3, 4).

use serde_json::{Map, Value};

pub use super::answer::answer;

/// The longest line the daemon takes, without its line feed. One byte more kills the plugin.
pub const LONGEST_LINE: usize = 5_242_879;

/// What an error says, and standard error at the start of a line, where the plugin has panicked.
pub const PANICKED: &str = "internal error";

/// The error types Dify acts on or shows as they are.
const ERROR_TYPES: [&str; 6] = [
    "InvokeAuthorizationError",
    "InvokeRateLimitError",
    "InvokeBadRequestError",
    "InvokeConnectionError",
    "InvokeServerUnavailableError",
    "CredentialsValidateFailedError",
];

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Alive.
    Heartbeat,
    /// A log line: level and message.
    Log(String, String),
    /// Something about a session.
    Session(String, Message),
}

/// What is said about a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A piece of the answer.
    Stream(Value),
    /// It failed.
    Error(Failure),
    /// It is over.
    End,
}

/// Why a session failed, as Dify gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Name of Dify's exception.
    pub error_type: String,
    /// The text a user sees.
    pub message: String,
}

/// Reads a line without its line feed.
///
/// # Errors
/// What the daemon, its SDK or Dify would not accept about it.
pub fn line(bytes: &[u8]) -> Result<Event, String> {
    if bytes.len() > LONGEST_LINE {
        return Err(format!("a line of {} bytes", bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let line: Map<String, Value> = serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
    match line.get("event").and_then(Value::as_str) {
        Some("heartbeat") => Ok(Event::Heartbeat),
        Some("log") => log(line.get("data")),
        Some("session") => {
            let session = line.get("session_id").and_then(Value::as_str).ok_or("a session event without session_id")?;
            let data = line.get("data").and_then(Value::as_object).ok_or("a session event without data")?;
            Ok(Event::Session(session.to_owned(), message(data)?))
        }
        other => Err(format!("event {other:?}")),
    }
}

/// Reads a line of another plugin, whose errors may be of any type and say anything.
///
/// # Errors
/// What makes it no line of the protocol.
pub fn foreign_line(bytes: &[u8]) -> Result<Event, String> {
    let strict = line(bytes);
    if strict.is_ok() {
        return strict;
    }
    let whole: Value = serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))?;
    let (session, message) = (&whole["session_id"], &whole["data"]);
    match (session.as_str(), message["type"].as_str()) {
        (Some(session), Some("error")) => {
            let text = |name: &str| message["data"][name].as_str().unwrap_or_default().to_owned();
            let failure = Failure { error_type: text("error_type"), message: text("message") };
            Ok(Event::Session(session.to_owned(), Message::Error(failure)))
        }
        _ => strict,
    }
}

fn log(data: Option<&Value>) -> Result<Event, String> {
    let data = data.and_then(Value::as_object).ok_or("a log event without data")?;
    let text = |name: &str| data.get(name).and_then(Value::as_str).ok_or(format!("a log event without {name}"));
    if !data.get("timestamp").is_some_and(Value::is_number) {
        return Err("a log event whose timestamp is not a number".to_owned());
    }
    Ok(Event::Log(text("level")?.to_owned(), text("message")?.to_owned()))
}

fn message(data: &Map<String, Value>) -> Result<Message, String> {
    // `{"type": "end"}` without data is dropped by the daemon, and the call hangs.
    let body = data.get("data").ok_or("a session message without data")?;
    match data.get("type").and_then(Value::as_str) {
        Some("stream") => Ok(Message::Stream(body.clone())),
        Some("end") => Ok(Message::End),
        Some("error") => Ok(Message::Error(failure(body)?)),
        other => Err(format!("a session message of type {other:?}")),
    }
}

fn failure(body: &Value) -> Result<Failure, String> {
    let text = |name: &str| match body[name].as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(format!("an error without {name}: {body}")),
    };
    let failure = Failure { error_type: text("error_type")?, message: text("message")? };
    if !ERROR_TYPES.contains(&failure.error_type.as_str()) {
        return Err(format!("error type {}", failure.error_type));
    }
    // A panic, which is as good an error as any to Dify.
    if failure.message.contains(PANICKED) {
        return Err(failure.message);
    }
    let args = body["args"].as_object().ok_or("an error without args")?;
    if args.len() > 10 {
        return Err(format!("an error with {} args", args.len()));
    }
    // Older hosts read this one.
    if args.get("description").and_then(Value::as_str) != Some(failure.message.as_str()) {
        return Err(format!("args.description is not the message: {body}"));
    }
    Ok(failure)
}
