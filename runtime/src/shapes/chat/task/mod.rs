//! Shape `task`: a request starts a task, polls ask how far it is.
//!
//! A task serves a conversation in two ways: by waiting until it is done (`wait`), or step by step, when Dify does the
//! waiting (`polling`). Every poll is a request of its own, signed anew. Whoever stops waiting drops the future: nothing
//! is asked any more, while the service goes on.

mod polling;
mod wait;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::time::sleep;

pub use polling::{CHECK_POLLING, CheckPolling, START_POLLING, StartPolling};
pub use wait::TaskOperation;

use crate::adapter::{Action, Protocol, Retreat, State, Task};
use crate::call::Call;
use crate::convert::refusals;
use crate::error::{Error, Kind, Result, cut};
use crate::heavy;
use crate::http::{self, Head, LARGEST_REPLY};
use crate::request::Draft;
use crate::shapes::Prepared;

/// Polls that may fail one after the other without the task being given up: it was paid for.
const FAILURES: u32 = 4;

type CredentialOf<P> = <<P as Protocol>::Action as Action>::Credential;

/// Where the requests of a call go.
trait Endpoint: Sync {
    /// Sends a request and reads its 2xx answer.
    fn ask(&self, draft: Draft, retreat: Retreat) -> impl Future<Output = Result<(Head, Bytes)>> + Send;
}

impl Endpoint for Call<'_> {
    async fn ask(&self, draft: Draft, retreat: Retreat) -> Result<(Head, Bytes)> {
        let mut response = http::send(self, draft, "application/json", retreat).await?;
        let body = response.body(LARGEST_REPLY).await?;
        Ok((response.head, body))
    }
}

/// Starts a task and says what is kept of it.
async fn start<P: Task>(endpoint: &impl Endpoint, call: &Call<'_>, prepared: &Prepared<'_, P>) -> Result<P::Kept> {
    let (head, body) = endpoint.ask(prepared.draft(call)?, P::RETREAT).await?;
    let keep =
        |head: &Head, body: &Bytes| P::keep(&text(body)).map_err(|problem| refusals::undecoded(head, problem, body));
    heavy::read(&head, body, keep).await
}

/// What a poll came to.
enum Poll {
    /// With the service's word for it.
    Runs(String),
    /// The answer, still to be read.
    Done { head: Head, body: Bytes },
    /// It ended without an answer, or nobody knows it.
    Failed(Error),
}

/// Asks how far a task is. What may pass, such as a limit on requests or a broken connection, is waited out for a while.
///
/// # Errors
/// What the endpoint says; never of a kind on which Dify would start the task again elsewhere.
async fn poll<P: Task>(
    endpoint: &impl Endpoint,
    call: &Call<'_>,
    credential: &CredentialOf<P>,
    kept: &P::Kept,
) -> Result<Poll> {
    let task = shown::<P>(call, kept);
    let mut failures = 0;
    let mut pause = P::EVERY;
    let (head, body) = loop {
        let draft = P::poll(call, credential, kept)?;
        match endpoint.ask(draft, Retreat { drop: &[], rename: &[] }).await {
            Ok(answer) => break answer,
            Err(error) if may_pass(&error) && failures < FAILURES => failures += 1,
            Err(error) => return Err(of_task(&task, &error)),
        }
        sleep(pause).await;
        pause = (pause * 2).min(P::MOST);
    };
    let (progress, head, body) = heavy::done(body.len(), move || {
        let progress = P::progress(&text(&body)).map_err(|problem| refusals::undecoded(&head, problem, &body));
        (progress, head, body)
    })
    .await;
    let progress = progress.map_err(|problem| of_task(&task, &problem))?;
    match progress.state {
        Some(State::Running) => Ok(Poll::Runs(progress.word.unwrap_or_default())),
        Some(State::Succeeded) => Ok(Poll::Done { head, body }),
        Some(State::Failed) => Ok(Poll::Failed(refusals::ended(&head, &task, &progress))),
        None => Err(of_task(&task, &refusals::unknown_state(&head, progress.word.as_deref(), &body))),
    }
}

fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), Kind::Connection | Kind::RateLimit | Kind::ServerUnavailable)
}

/// An error of a poll. Another credential would start, and pay for, the task once more: the kinds on which Dify tries
/// one are not passed on, unless the caller himself is refused.
fn of_task(task: &str, error: &Error) -> Error {
    let kind = if may_pass(error) { Kind::ServerUnavailable } else { error.kind() };
    let message = format!("the task {task} was started, but not followed to its end: {}", error.message());
    Error::new(kind, message).with_request_id(error.request_id().map(str::to_owned))
}

/// What is kept, as a user would look it up. It came from the endpoint, which may have put anything there.
fn shown<P: Task>(call: &Call<'_>, kept: &P::Kept) -> String {
    let Ok(Value::Object(members)) = serde_json::to_value(kept) else { return String::new() };
    let words: Vec<&str> = members.values().filter_map(Value::as_str).collect();
    cut(&call.stored.mask(cut(&words.join(", "), 1000)), 200).to_owned()
}

fn text(body: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body))
}

/// Whole seconds as Dify wants them: between two polls it waits 1 to 30.
fn seconds(pause: Duration) -> u64 {
    pause.as_secs().clamp(1, 30)
}
