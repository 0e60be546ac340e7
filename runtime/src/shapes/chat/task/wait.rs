//! A task behind an action that wants its answer at once: poll until it is there.

use std::marker::PhantomData;
use std::time::Instant;

use bytes::Bytes;
use tokio::time::{sleep, timeout_at};

use super::{CredentialOf, Endpoint, Poll, poll, shown, start};
use crate::adapter::{Action, Task};
use crate::call::Call;
use crate::error::{Error, Kind, Result};
use crate::http::{Head, OVERALL};
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::shapes::Prepared;
use crate::shapes::chat::answer::{Asked, answer_whole};

/// The operation of a `task` protocol that waits, with the plugin's parameter rules.
pub struct TaskOperation<P: Task> {
    /// What a call may set.
    pub parameters: &'static [Parameter<CredentialOf<P>>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Task> Operation for TaskOperation<P> {
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(wait::<P>(call, call, data, self.parameters, answers))
    }
}

/// Starts a task and delivers its answer.
pub(super) async fn wait<P: Task>(
    endpoint: &impl Endpoint,
    call: &Call<'_>,
    data: &str,
    parameters: &[Parameter<CredentialOf<P>>],
    answers: &mut Answers,
) -> Result<()> {
    let (started, deadline) = (Instant::now(), tokio::time::Instant::now() + OVERALL);
    let prepared = Prepared::<P>::read(call, data, parameters)?;
    let kept = start::<P>(endpoint, call, &prepared).await?;
    // A task that was taken on proves the credentials.
    if call.probe {
        return Ok(());
    }
    let mut word = String::new();
    let ended = timeout_at(deadline, end::<P>(endpoint, call, &prepared.credential, &kept, &mut word)).await;
    let (head, body) = ended.unwrap_or_else(|_| Err(endless(&shown::<P>(call, &kept), &word)))?;
    let asked = Asked::of(call, &prepared, started);
    answer_whole::<P::Action>(&head, body, P::reply, asked, answers).await
}

/// The poll that holds the answer. `word` is what the service last said of the task.
async fn end<P: Task>(
    endpoint: &impl Endpoint,
    call: &Call<'_>,
    credential: &CredentialOf<P>,
    kept: &P::Kept,
    word: &mut String,
) -> Result<(Head, Bytes)> {
    let mut pause = P::EVERY;
    loop {
        sleep(pause).await;
        match poll::<P>(endpoint, call, credential, kept).await? {
            Poll::Runs(now) => *word = now,
            Poll::Done { head, body } => return Ok((head, body)),
            Poll::Failed(error) => return Err(error),
        }
        pause = (pause * 2).min(P::MOST);
    }
}

/// Not a timeout in Dify's sense: on one it would start, and pay for, the task once more with another credential.
fn endless(task: &str, word: &str) -> Error {
    let state = if word.is_empty() { String::new() } else { format!(" (`{word}`)") };
    let message = format!(
        "the task {task} is not done after {} s{state}; the service may still end it, but Dify waits no longer",
        OVERALL.as_secs()
    );
    Error::new(Kind::ServerUnavailable, message)
}
