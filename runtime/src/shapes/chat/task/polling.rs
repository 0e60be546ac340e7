//! A task step by step: Dify starts it, keeps its state and asks again (protocol reference 3.3).

use std::marker::PhantomData;
use std::time::Instant;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Asked, said_at_once};
use super::super::chunk::Said;
use super::super::images;
use super::super::usage::usage;
use super::{CredentialOf, Endpoint, Poll, poll, seconds, start};
use crate::adapter::{Conversation, Task};
use crate::call::Call;
use crate::convert::refusals;
use crate::credentials::Credential;
use crate::error::{Error, Result, cut};
use crate::http::Head;
use crate::json::write_text;
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::shapes::Prepared;

/// Dify's action that starts a task.
pub const START_POLLING: &str = "start_polling";
/// Dify's action that asks how far it is.
pub const CHECK_POLLING: &str = "check_polling";

/// Starts a task; its input is the conversation's.
pub struct StartPolling<P: Task> {
    /// What a call may set.
    pub parameters: &'static [Parameter<CredentialOf<P>>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

/// Asks how far a task is; its input is the state that the last step gave.
pub struct CheckPolling<P: Task> {
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Task> Operation for StartPolling<P> {
    fn action(&self) -> &'static str {
        START_POLLING
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(begin::<P>(call, call, data, self.parameters, answers))
    }
}

impl<P: Task> Operation for CheckPolling<P> {
    fn action(&self) -> &'static str {
        CHECK_POLLING
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(check::<P>(call, call, data, answers))
    }
}

/// Starts a task and answers with its state.
pub(super) async fn begin<P: Task>(
    endpoint: &impl Endpoint,
    call: &Call<'_>,
    data: &str,
    parameters: &[Parameter<CredentialOf<P>>],
    answers: &mut Answers,
) -> Result<()> {
    let prepared = Prepared::<P>::read(call, data, parameters)?;
    let kept = start::<P>(endpoint, call, &prepared).await?;
    runs::<P>(&kept, seconds(P::EVERY), answers).await
}

/// Answers with the state of a task, or with its end.
pub(super) async fn check<P: Task>(
    endpoint: &impl Endpoint,
    call: &Call<'_>,
    data: &str,
    answers: &mut Answers,
) -> Result<()> {
    let started = Instant::now();
    let credential = CredentialOf::<P>::read(call.stored)?;
    let kept = kept::<P>(data)?;
    match poll::<P>(endpoint, call, &credential, &kept).await? {
        Poll::Runs(_) => runs::<P>(&kept, seconds(P::MOST), answers).await,
        Poll::Failed(error) => {
            let failed = step("failed", &Value::Null, &json!(error.to_string()), None);
            answers.send(|out| out.extend_from_slice(failed.as_bytes())).await
        }
        Poll::Done { head, body } => {
            let asked = Asked {
                model: call.model,
                stream: false,
                separator: None,
                messages: &[],
                tools: &[],
                images: P::Action::images(&credential),
                pricing: P::Action::pricing(&credential),
                started,
                probe: false,
            };
            succeeded::<P>(&head, body, asked, answers).await
        }
    }
}

/// The state that the last step gave. Dify kept it: it is read like any other input.
fn kept<P: Task>(data: &str) -> Result<P::Kept> {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "K: Deserialize<'de>"))]
    struct Data<K> {
        plugin_state: K,
    }
    let data: Data<P::Kept> = serde_json::from_str(data)
        .map_err(|error| Error::bad_request(format!("plugin_state: {}", cut(&error.to_string(), 200))))?;
    Ok(data.plugin_state)
}

async fn runs<P: Task>(kept: &P::Kept, pause: u64, answers: &mut Answers) -> Result<()> {
    let state = serde_json::to_value(kept).map_err(|_| Error::bad_request("the task's state cannot be kept"))?;
    let answer = step("running", &state, &Value::Null, Some(pause));
    answers.send(|out| out.extend_from_slice(answer.as_bytes())).await
}

/// Dify's answer to a step without a result. All members are written, as the Python SDK does.
fn step(status: &str, state: &Value, error: &Value, pause: Option<u64>) -> String {
    let step = json!({
        "status": status, "plugin_state": state, "result": null, "error": error,
        "next_check_after_seconds": pause, "expires_after_seconds": null, "max_attempts": null,
    });
    step.to_string()
}

/// The whole message, as a call that is not streamed would give it.
async fn succeeded<P: Task>(head: &Head, body: Bytes, asked: Asked<'_>, answers: &mut Answers) -> Result<()> {
    let mut turn = said_at_once::<P::Action>(head, body, P::reply).await?;
    turn.close();
    let calls = std::mem::take(&mut turn.calls).finish();
    let calls = calls.map_err(|problem| refusals::unusable(head, problem))?;
    let usage = usage(&asked, &turn, &calls).await;
    let pictures = turn.place_images(asked.images).await;
    let pictures = pictures.map_err(|problem| refusals::unusable(head, problem))?;
    images::ahead(&pictures, false)?;
    let said = Said { text: &turn.text, pictures: &pictures, calls: &calls };
    let write = |out: &mut Vec<u8>| {
        out.extend_from_slice(b"{\"status\":\"succeeded\",\"plugin_state\":null,\"result\":{\"model\":");
        write_text(out, asked.model);
        out.extend_from_slice(b",\"prompt_messages\":[],\"message\":");
        said.write(out);
        out.extend_from_slice(b",\"usage\":");
        usage.write(out);
        out.extend_from_slice(
            b",\"system_fingerprint\":null},\"error\":null,\"next_check_after_seconds\":null,\
              \"expires_after_seconds\":null,\"max_attempts\":null}",
        );
    };
    answers.send(write).await
}
