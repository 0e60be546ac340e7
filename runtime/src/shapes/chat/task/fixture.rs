//! An endpoint that runs tasks without network, and a protocol that asks it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::polling::{begin, check};
use super::wait::wait;
use super::{Endpoint, Task};
use crate::adapter::{Action, Conversation, Images, Progress, Protocol, Reasoning, Retreat, State};
use crate::auth::{Authenticator, Moment};
use crate::call::{Call, Caller};
use crate::connection::Connection;
use crate::credentials::{Credential, Stored};
use crate::error::{Error, Result};
use crate::http::Head;
use crate::input::{Message, Tool};
use crate::operation::{Answers, Engine};
use crate::output;
use crate::reply::Undecoded;
use crate::request::{Draft, Request, Under, encode_query};

pub struct Nothing;

impl Credential for Nothing {
    fn read(_: &Stored<'_>) -> Result<Self> {
        Ok(Nothing)
    }
}

#[derive(Deserialize)]
pub struct NoInput {}

pub struct Paint;

impl Action for Paint {
    const NAME: &'static str = "paint";
    type Credential = Nothing;
    type Input<'a> = NoInput;
}

impl Conversation for Paint {
    const REASONING: Reasoning = Reasoning::ThinkTags;

    fn messages<'i>(_: &'i NoInput) -> &'i [Message<'i>] {
        &[]
    }

    fn tools<'i>(_: &'i NoInput) -> &'i [Tool<'i>] {
        &[]
    }

    fn stream(_: &NoInput) -> bool {
        false
    }

    fn images(_: &Nothing) -> Images {
        Images::Links
    }
}

pub struct Painted;

#[derive(Serialize, Deserialize)]
pub struct Kept {
    id: String,
}

impl Protocol for Painted {
    const ID: &'static str = "test";
    type Action = Paint;
    type Param = ();

    fn encode(_: &Call<'_>, _: &Nothing, _: &NoInput, (): &()) -> Result<Draft> {
        Ok(Draft::post_json("start", Under::Prefix, Vec::new()))
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

impl Task for Painted {
    type Kept = Kept;
    const EVERY: Duration = Duration::from_secs(1);
    const MOST: Duration = Duration::from_secs(5);

    fn keep(reply: &str) -> Result<Kept, Undecoded> {
        let reply: Value = serde_json::from_str(reply)?;
        Ok(Kept { id: text(&reply["id"]).ok_or(Undecoded::Missing("id"))? })
    }

    fn poll(_: &Call<'_>, _: &Nothing, task: &Kept) -> Result<Draft> {
        Ok(Draft::get(format!("tasks/{}", encode_query(&task.id)), Under::Prefix))
    }

    fn progress(reply: &str) -> Result<Progress, Undecoded> {
        let reply: Value = serde_json::from_str(reply)?;
        let word = text(&reply["status"]);
        let state = match word.as_deref() {
            Some("PENDING" | "RUNNING") => Some(State::Running),
            Some("SUCCEEDED") => Some(State::Succeeded),
            Some("FAILED" | "CANCELED" | "UNKNOWN") => Some(State::Failed),
            _ => None,
        };
        Ok(Progress { state, word, code: text(&reply["code"]), message: text(&reply["message"]) })
    }

    fn reply(reply: &str) -> Result<output::Chat<'_>, Undecoded> {
        let reply: Value = serde_json::from_str(reply)?;
        let images = reply["urls"].as_array().into_iter().flatten().filter_map(text).map(Cow::Owned).collect();
        Ok(output::Chat { images, finish: text(&reply["finish"]).map(Cow::Owned), ..output::Chat::default() })
    }
}

/// Answers each request with the next of its replies, the last again and again, and keeps when it was asked what.
pub struct Script {
    replies: Mutex<VecDeque<Result<&'static str>>>,
    last: Result<&'static str>,
    began: Instant,
    pub asked: Mutex<Vec<(u64, String)>>,
}

impl Script {
    pub fn of(replies: &[Result<&'static str>]) -> Self {
        Script {
            replies: Mutex::new(replies.to_vec().into()),
            last: replies.last().cloned().unwrap(),
            began: Instant::now(),
            asked: Mutex::new(Vec::new()),
        }
    }

    /// Seconds since the beginning and paths of all requests.
    pub fn asked(&self) -> Vec<(u64, String)> {
        self.asked.lock().unwrap().clone()
    }

    /// Seconds of all requests.
    pub fn times(&self) -> Vec<u64> {
        self.asked().into_iter().map(|(at, _)| at).collect()
    }

    /// The chunk of an answer that waits.
    pub async fn waited(&self) -> Result<Value> {
        self.one(Step::Wait, "{}").await
    }

    /// Dify's answer to the first step.
    pub async fn begun(&self) -> Result<Value> {
        self.one(Step::Begin, "{}").await
    }

    /// Dify's answer to a later step.
    pub async fn checked(&self, state: &str) -> Result<Value> {
        self.one(Step::Check, &format!("{{\"plugin_state\":{state}}}")).await
    }

    /// What checking credentials comes to.
    pub async fn probed(&self) -> Result<()> {
        self.run(Step::Wait, "{}", true).await.map(|_| ())
    }

    async fn one(&self, step: Step, data: &str) -> Result<Value> {
        let kept = self.run(step, data, false).await?;
        assert_eq!(kept.len(), 1);
        Ok(serde_json::from_slice(&kept[0]).unwrap())
    }

    async fn run(&self, step: Step, data: &str, probe: bool) -> Result<Vec<Vec<u8>>> {
        let nothing = Map::new();
        let stored = Stored::new(&[], &nothing, false)?;
        let engine = Engine::new();
        let call = Call {
            model: "dify-name",
            upstream_model: "m".into(),
            caller: Caller::default(),
            started: std::time::Instant::now(),
            stored: &stored,
            connection: Connection::unused(),
            auth: Box::new(Unsigned),
            engine: &engine,
            probe,
        };
        let mut answers = Answers::kept();
        match step {
            Step::Wait => wait::<Painted>(self, &call, data, &[], &mut answers).await?,
            Step::Begin => begin::<Painted>(self, &call, data, &[], &mut answers).await?,
            Step::Check => check::<Painted>(self, &call, data, &mut answers).await?,
        }
        Ok(answers.into_kept())
    }
}

enum Step {
    Wait,
    Begin,
    Check,
}

impl Endpoint for Script {
    async fn ask(&self, draft: Draft, _: Retreat) -> Result<(Head, Bytes)> {
        let at = self.began.elapsed().as_secs();
        self.asked.lock().unwrap().push((at, format!("{} {}", draft.method, draft.path)));
        let next = self.replies.lock().unwrap().pop_front();
        let reply = next.unwrap_or_else(|| self.last.clone())?;
        Ok((Head { status: 200, ..Head::default() }, Bytes::copy_from_slice(reply.as_bytes())))
    }
}

struct Unsigned;

impl Authenticator for Unsigned {
    fn sign(&self, _: &mut Request, _: &Moment, _: Option<&str>) -> Result<()> {
        Err(Error::bad_request("not sent in tests"))
    }
}
