//! The one error reader: what a refused or unusable answer means, for a person and for Dify.
//!
//! Gateways answer in plain text, model services in four JSON forms, guards with an ordinary answer (gateway
//! reference 5.11 and 6). All of them come here: [`refusal`] for answers that say they are errors, [`undecoded`] for
//! documents an adapter could not use, which are offered to the error reader first.

mod body;
mod causes;
mod complaint;
mod task;

use std::time::{Duration, SystemTime};

use crate::auth::explain;
use crate::error::{Error, Kind, cut};
use crate::http::Head;
use crate::reply::Undecoded;

use body::Body;
pub use complaint::Complaint;
pub use task::{ended, unknown_state};

/// What is expected of an endpoint.
const JSON: &str = "a JSON answer";
/// Likewise.
const AUDIO: &str = "audio";
/// How much of what a server said is shown.
const SHOWN: usize = 500;
/// How much of it is searched for what to show.
const LOOKED_AT: usize = 16 << 10;
/// How much of that is masked: secrets make it shorter.
const MASKED: usize = 4 << 10;

/// The error of an answer that says the call failed: not 2xx, or a document for which the adapter returned
/// [`Undecoded::Refused`].
pub fn refusal(head: &Head, document: &[u8]) -> Error {
    let body = Body::read(document);
    let status = body.status.filter(|_| (200..300).contains(&head.status)).unwrap_or(head.status);

    let (kind, cause) = if let Some(blocked) = &body.blocked {
        let types = shown(head, &blocked.types.join(", "));
        let types = if types.is_empty() { types } else { format!(" ({types})") };
        (Kind::Blocked, format!("content blocked by the gateway{types}"))
    } else if (300..400).contains(&status) {
        (Kind::BadRequest, redirected(head))
    } else {
        let (kind, cause) = causes::of(head, status, &body);
        (
            kind,
            match cause {
                causes::Cause::Signature => first_difference(head),
                causes::Cause::Clock(cause) => format!("{cause}{}", clock_difference(head)),
                causes::Cause::Text(cause) => cause.to_owned(),
            },
        )
    };

    // No known cause: the service read the request and dislikes what it says.
    let about_input =
        kind == Kind::BadRequest && cause.is_empty() && body.is_json && matches!(status, 200..=299 | 400 | 422);
    let mut message = format!("{} answered {}", who(head, &body), head.status);
    let text = shown(head, &body.text);
    // Where signatures differ is told in sentences, which come last.
    let parts = if cause.ends_with('.') { [text.as_str(), cause.as_str()] } else { [cause.as_str(), text.as_str()] };
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        message.push_str(": ");
        message.push_str(part);
    }
    if let Some(seconds) = wait(head).filter(|_| kind == Kind::RateLimit) {
        message.push_str(&format!(" (try again in {seconds} s)"));
    }
    let nobody_knows = cause == causes::UNKNOWN;
    if nobody_knows || [status, head.status].iter().any(|status| matches!(status, 404 | 502..=504)) {
        message.push_str(&format!(" [{}]", head.place));
    }
    let error = error(head, kind, message, body.request_id);
    if about_input { error.about_input() } else { error }
}

/// The error of a document that an adapter could not decode: what it says itself if it is a refusal, else a bad
/// reply that names what was expected and shows the first bytes of what came.
pub fn undecoded(head: &Head, undecoded: Undecoded, document: &[u8]) -> Error {
    not_read(head, JSON, undecoded, document)
}

/// The same where audio was expected.
pub fn undecoded_audio(head: &Head, undecoded: Undecoded, document: &[u8]) -> Error {
    not_read(head, AUDIO, undecoded, document)
}

fn not_read(head: &Head, expected: &str, undecoded: Undecoded, document: &[u8]) -> Error {
    let problem = match undecoded {
        Undecoded::Refused => return refusal(head, document),
        _ if is_refusal(document) => return refusal(head, document),
        Undecoded::Missing(path) => format!("no `{path}` in it"),
        Undecoded::Malformed(problem) if problem.contains("EOF while parsing") => "it is cut off".to_owned(),
        Undecoded::Malformed(problem) => cut(&shown(head, &problem), 200).to_owned(),
    };
    unexpected(head, expected, &problem, document)
}

/// The error of an answer with nothing in it but the reason why it ended, if the reason is a rule that blocked it.
/// Any other is the end of an empty answer.
pub fn silence(head: &Head, reason: &str) -> Option<Error> {
    let body = Body { words: reason.to_lowercase(), ..Body::default() };
    match causes::of(head, head.status, &body) {
        (Kind::Blocked, causes::Cause::Text(cause)) => {
            Some(error(head, Kind::Blocked, format!("{} answered {}: {cause}", who(head, &body), head.status), None))
        }
        _ => None,
    }
}

/// Whether a document that is no answer is a refusal: an error object in a 200, a guard's text, a gateway's plain text.
pub fn is_refusal(document: &[u8]) -> bool {
    let body = Body::read(document);
    body.says_error || causes::is_known_text(&body)
}

/// The error of an answer that is none. `document` may be only its beginning.
pub fn bad_reply(head: &Head, problem: &str, document: &[u8]) -> Error {
    unexpected(head, JSON, problem, document)
}

/// The same where audio was expected.
pub fn bad_audio(head: &Head, problem: &str, document: &[u8]) -> Error {
    unexpected(head, AUDIO, problem, document)
}

fn unexpected(head: &Head, expected: &str, problem: &str, document: &[u8]) -> Error {
    let media_type = cut(&shown(head, &head.media_type()), 100).to_owned();
    let what = if document.trim_ascii().is_empty() {
        "nothing".to_owned()
    } else if media_type == "text/html" || document.trim_ascii_start().starts_with(b"<") {
        "an HTML page".to_owned()
    } else if media_type.is_empty() {
        "something without a content type".to_owned()
    } else {
        media_type
    };
    let problem = unasked_coding(head).unwrap_or_else(|| problem.to_owned());
    let mut message =
        format!("the endpoint answered {} with {what} where {expected} was expected ({problem})", head.status);
    let text = shown(head, &String::from_utf8_lossy(document.get(..LOOKED_AT).unwrap_or(document)));
    if !text.is_empty() {
        message.push_str(": ");
        message.push_str(&text);
    }
    message.push_str(&format!(" [{}]", head.place));
    error(head, Kind::BadReply, message, None)
}

/// The error of an answer that cannot be used for a reason that is none of its first bytes.
pub fn unusable(head: &Head, problem: &str) -> Error {
    let problem = unasked_coding(head).unwrap_or_else(|| problem.to_owned());
    let message = format!("the endpoint answered {} with what cannot be used: {problem} [{}]", head.status, head.place);
    error(head, Kind::BadReply, message, None)
}

/// The error of a whole answer of which no more than `limit` bytes are read.
pub fn too_large(head: &Head, limit: usize) -> Error {
    let problem = format!("the answer is larger than {} MiB, the most that is read; ask for less at once", limit >> 20);
    unusable(head, &problem)
}

/// The same of one event of a stream.
pub fn event_too_large(head: &Head, limit: usize) -> Error {
    let problem = format!(
        "one event of its stream is larger than {} MiB, the most that is read of one; it has to send smaller events, \
         separated as its protocol has it",
        limit >> 20
    );
    unusable(head, &problem)
}

/// What makes an answer unreadable before anything else. A coding that can be read was taken away with its name.
fn unasked_coding(head: &Head) -> Option<String> {
    let coding = head.header("content-encoding").filter(|coding| *coding != "identity")?;
    Some(format!("its content-encoding {} was not asked for", cut(&shown(head, coding), 100)))
}

/// Whether a 401 says that the token's time is over, or has not come yet.
pub fn says_expired(document: &[u8]) -> bool {
    let text = String::from_utf8_lossy(document).to_lowercase();
    text.contains("expired") || text.contains("not yet valid")
}

fn error(head: &Head, kind: Kind, message: String, id_in_body: Option<String>) -> Error {
    let id = ["x-request-id", "x-dashscope-requestid", "eagleeye-traceid", "x-ca-request-id", "request-id"]
        .into_iter()
        .find_map(|name| head.header(name))
        .map(str::to_owned)
        .or(id_in_body)
        .map(|id| cut(&shown(head, &id), 100).to_owned());
    Error::new(kind, message).with_request_id(id).masked(|text| head.secrets.mask(text))
}

/// Envoy marks what came from behind it; without that mark the gateway itself answered. Only a hint.
fn who(head: &Head, body: &Body) -> &'static str {
    let from_service = ["x-envoy-upstream-service-time", "x-dashscope-requestid", "req-cost-time"]
        .into_iter()
        .any(|name| head.headers.contains_key(name));
    let behind_envoy = head.header("server").is_some_and(|server| server.contains("envoy"));
    if body.blocked.is_some() {
        "the gateway"
    } else if from_service || body.request_id.is_some() {
        "the model service"
    } else if behind_envoy || causes::is_gateways(body) {
        "the gateway"
    } else {
        "the endpoint"
    }
}

fn redirected(head: &Head) -> String {
    let target = head.header("location").unwrap_or_default();
    let target = shown(head, target.split(['?', '#']).next().unwrap_or_default());
    format!("it redirects to `{}`; redirects are not followed, enter the final address as endpoint", cut(&target, 200))
}

/// How long to wait, as far as a header says so.
fn wait(head: &Head) -> Option<u64> {
    for name in ["retry-after", "x-tokenratelimit-reset", "x-ratelimit-reset"] {
        if let Some(value) = head.header(name) {
            if let Ok(seconds) = value.trim().parse::<f64>()
                && (0.0..1e9).contains(&seconds)
            {
                return Some(seconds.ceil() as u64);
            }
            if let Ok(moment) = httpdate::parse_http_date(value) {
                return Some(moment.duration_since(SystemTime::now()).map_or(0, |wait| wait.as_secs()));
            }
        }
    }
    None
}

/// Where the text the gateway signed and ours first differ, as far as the gateway shows its own.
fn first_difference(head: &Head) -> String {
    match &head.signed {
        Some((header, ours)) => {
            let theirs = head.secrets.mask(cut(head.header(header).unwrap_or_default(), LOOKED_AT));
            explain::first_difference(&theirs, &head.secrets.mask(ours))
        }
        None => "The gateway computes another signature: check the secret key.".to_owned(),
    }
}

fn clock_difference(head: &Head) -> String {
    let Some(theirs) = head.header("date").and_then(|date| httpdate::parse_http_date(date).ok()) else {
        return String::new();
    };
    let now = SystemTime::now();
    let (difference, side) = match now.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if difference < Duration::from_secs(2) {
        return "; our clock agrees with its".to_owned();
    }
    format!("; our clock is {} s {side} its", difference.as_secs())
}

/// At most [`SHOWN`] bytes on one line. Masked before it is cut: of half a secret only the beginning is found, at the
/// end of what is looked at.
fn shown(head: &Head, text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(cut(word, MASKED));
        if line.len() > MASKED {
            break;
        }
    }
    cut(&head.secrets.mask(cut(&line, MASKED)), SHOWN).to_owned()
}

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;
