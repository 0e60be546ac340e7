//! What the end of a task means that has no answer.

use super::body::Body;
use super::causes::{self, Cause};
use super::{bad_reply, error, shown, who};
use crate::adapter::Progress;
use crate::error::Error;
use crate::http::Head;

/// The error of a task that ended without an answer, in the service's words. `task` is its id.
pub fn ended(head: &Head, task: &str, progress: &Progress) -> Error {
    let word = progress.word.as_deref().unwrap_or_default();
    let code = progress.code.as_deref().unwrap_or_default();
    let text = progress.message.as_deref().unwrap_or_default();
    let body = Body {
        text: text.to_owned(),
        words: format!("{code} {text}").to_lowercase(),
        is_json: true,
        ..Body::default()
    };
    let (kind, cause) = causes::of(head, 200, &body);
    let cause = match cause {
        Cause::Text(cause) if cause != causes::UNKNOWN => cause,
        _ if text.is_empty() && word.to_lowercase().contains("unknown") => {
            "the service does not know it: it may be too old, or the gateway asked another service than the one that \
             was given the task (a poll names no model to route by)"
        }
        _ => "",
    };
    let mut message = format!("the task {task} ended as `{}`", shown(head, word));
    for part in [cause, &shown(head, text), &shown(head, code)].into_iter().filter(|part| !part.is_empty()) {
        message.push_str(": ");
        message.push_str(part);
    }
    error(head, kind, message, None)
}

/// The error of a poll that gives no state, or one that the protocol does not know.
pub fn unknown_state(head: &Head, word: Option<&str>, document: &[u8]) -> Error {
    let body = Body::read(document);
    match word {
        Some(word) => {
            let message =
                format!("{} gives the task a state that is not known: `{}`", who(head, &body), shown(head, word));
            error(head, crate::error::Kind::BadReply, message, body.request_id)
        }
        None => bad_reply(head, "no state of the task in it", document),
    }
}
