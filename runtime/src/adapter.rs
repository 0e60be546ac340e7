//! What generated code implements. Adapters are sans-IO: pure encode and decode.
//!
//! A model type file becomes an [`Action`] (Dify's side), a protocol file a [`Protocol`] of one shape (the endpoint's
//! side). The shapes in [`crate::shapes`] drive them.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::credentials::Credential;
use crate::error::Result;
use crate::frame::Frames;
use crate::input::{Message, Tool};
use crate::output;
use crate::parameters::Param;
use crate::reply::{self, Undecoded};
use crate::request::Draft;
use crate::rope::Rope;
use crate::schema::Pricing;

/// One Dify action of one model type.
pub trait Action: Send + Sync + 'static {
    /// Dify's name of the action, for example `invoke_rerank`.
    const NAME: &'static str;
    /// Credentials of the model type.
    type Credential: Credential;
    /// What the daemon sends, and the values derived from it.
    type Input<'a>: Deserialize<'a> + Send + Sync;

    /// Fills the derived values, once, before encoding.
    ///
    /// # Errors
    /// `BadRequest` if the input cannot be used.
    fn derive(input: &mut Self::Input<'_>, credential: &Self::Credential) -> Result<()> {
        let _ = (input, credential);
        Ok(())
    }
}

/// An action answered without any request.
pub trait Local: Action {
    /// Dify's answer, as JSON.
    ///
    /// # Errors
    /// `BadRequest` if the input cannot be answered.
    fn deliver(call: &Call<'_>, credential: &Self::Credential, input: &Self::Input<'_>) -> Result<Vec<u8>>;
}

/// An action answered by one document.
pub trait Answer: Action {
    /// What a protocol builds from the reply.
    type Output: Send + 'static;

    /// The output of an input that needs no request, such as reranking no documents.
    fn without_request(input: &Self::Input<'_>) -> Option<Self::Output> {
        let _ = input;
        None
    }

    /// Where the output says what it used, and what its tokens are counted from if the service does not say.
    fn counted<'a>(input: &'a Self::Input<'_>, output: &'a mut Self::Output) -> Option<Counted<'a>> {
        let _ = (input, output);
        None
    }

    /// Prices for the usage object.
    fn pricing(credential: &Self::Credential) -> Option<Pricing> {
        let _ = credential;
        None
    }

    /// Dify's answer, as JSON.
    ///
    /// # Errors
    /// `BadReply` if the output does not fit the input.
    fn deliver(
        call: &Call<'_>,
        credential: &Self::Credential,
        input: &Self::Input<'_>,
        output: Self::Output,
    ) -> Result<Rope>;
}

/// Token counts of an output that may not have come.
pub struct Counted<'a> {
    /// The counts.
    pub usage: &'a mut output::Usage,
    /// What was sent.
    pub texts: Vec<&'a str>,
}

/// An action answered by a conversation's next message, streamed or whole.
pub trait Conversation: Action {
    /// The messages, for counting tokens that the service does not report.
    fn messages<'i>(input: &'i Self::Input<'_>) -> &'i [Message<'i>];
    /// The tools, likewise.
    fn tools<'i>(input: &'i Self::Input<'_>) -> &'i [Tool<'i>];
    /// Whether Dify wants a stream. If not, one chunk carries everything.
    fn stream(input: &Self::Input<'_>) -> bool;
    /// What becomes of thinking text.
    const REASONING: Reasoning;
    /// What becomes of pictures.
    fn images(credential: &Self::Credential) -> Images {
        let _ = credential;
        Images::Markdown
    }
    /// Prices for the usage object.
    fn pricing(credential: &Self::Credential) -> Option<Pricing> {
        let _ = credential;
        None
    }
}

/// What becomes of thinking text (spec key `deliver.reasoning`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reasoning {
    /// `<think>\n...\n</think>` before the answer; Dify recognises that markup.
    ThinkTags,
    /// Left out.
    Drop,
}

/// What becomes of pictures that have a URL (spec key `deliver.images`). One that comes as base64 is a part of the
/// message always: as text it would be stored with the conversation and sent back with the next turn, megabytes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// `![image](URL)`, which Dify shows as a picture.
    Markdown,
    /// Parts of the message, which Dify may fetch and keep.
    Parts,
    /// The URLs, one a line.
    Links,
}

/// The endpoint's side of an action.
pub trait Protocol: Send + Sync + 'static {
    /// Id of the spec, for example `openai_rerank`.
    const ID: &'static str;
    /// What to leave out or rename when the endpoint refuses it.
    const RETREAT: Retreat = Retreat { drop: &[], rename: &[] };
    /// The action it serves.
    type Action: Action;
    /// The parameters it sends.
    type Param: Param;

    /// The request.
    ///
    /// # Errors
    /// `BadRequest` if the input cannot be sent with this protocol.
    fn encode(
        call: &Call<'_>,
        credential: &<Self::Action as Action>::Credential,
        input: &<Self::Action as Action>::Input<'_>,
        param: &Self::Param,
    ) -> Result<Draft>;

    /// The request that checks credentials, where the usual one would be too dear (spec key `probe.body`).
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    fn encode_probe(
        call: &Call<'_>,
        credential: &<Self::Action as Action>::Credential,
        input: &<Self::Action as Action>::Input<'_>,
        param: &Self::Param,
    ) -> Result<Draft> {
        Self::encode(call, credential, input, param)
    }
}

/// A protocol that sends its input in slices, one request each (spec key `batch`). Their outputs are joined.
///
/// [`Protocol::encode`] sends all elements at once.
pub trait Batched: Protocol {
    /// Elements of the input.
    fn elements(input: &<Self::Action as Action>::Input<'_>) -> usize;

    /// The most elements of one request.
    fn size(credential: &<Self::Action as Action>::Credential) -> usize;

    /// Requests that may run at once.
    fn parallel(credential: &<Self::Action as Action>::Credential) -> usize {
        let _ = credential;
        1
    }

    /// The request of one slice.
    ///
    /// # Errors
    /// `BadRequest` if the input cannot be sent with this protocol.
    fn encode_slice(
        call: &Call<'_>,
        credential: &<Self::Action as Action>::Credential,
        input: &<Self::Action as Action>::Input<'_>,
        param: &Self::Param,
        slice: Range<usize>,
    ) -> Result<Draft>;
}

/// Top-level body members that some endpoints refuse: on a 400 that names one, the request is sent once more without
/// it, or with it under the other name.
#[derive(Debug, Clone, Copy)]
pub struct Retreat {
    /// Members that can be left out.
    pub drop: &'static [&'static str],
    /// Members that have another name elsewhere.
    pub rename: &'static [(&'static str, &'static str)],
}

/// Shape `json`: one document for one document.
pub trait Json: Protocol<Action: Answer> {
    /// The output in the reply.
    ///
    /// # Errors
    /// If the reply is an error, lacks something required or is not JSON.
    fn decode(reply: &reply::Bytes) -> Result<<Self::Action as Answer>::Output, Undecoded>;
}

/// Shape `upload`: a multipart request for one document, or for plain text.
pub trait Upload: Protocol<Action: Answer> {
    /// The output in the reply.
    ///
    /// # Errors
    /// If the reply is an error, lacks something required or is not JSON.
    fn decode(reply: &reply::Bytes) -> Result<<Self::Action as Answer>::Output, Undecoded>;

    /// The output of an answer that is plain text; `None` if it takes more than a text.
    fn plain(text: &str) -> Option<<Self::Action as Answer>::Output> {
        let _ = text;
        None
    }
}

/// An action answered by audio.
pub trait Speech: Action {
    /// The format that is asked for, for example `mp3`.
    fn format(credential: &Self::Credential) -> &str;
}

/// Shape `bytes`: audio as it is; or in base64, in events or in one document.
pub trait Bytes: Protocol<Action: Speech> {
    /// Data of the event that ends a stream.
    const ENDS_WITH: Option<&'static str> = None;

    /// The audio in an event of a stream, in base64.
    ///
    /// # Errors
    /// If the event is an error or not JSON, or the protocol reads no events.
    fn event(event: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
        let _ = event;
        Err(Undecoded::Malformed("this protocol reads no events".to_owned()))
    }

    /// The audio in a whole reply, in base64.
    ///
    /// # Errors
    /// If the reply is an error or not JSON, or the protocol reads no documents.
    fn reply(reply: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
        let _ = reply;
        Err(Undecoded::Malformed("it is no audio".to_owned()))
    }
}

/// Paths of a document's members, as in `choices.delta.content`: what stands in a list has the path of the list.
#[derive(Debug, Clone, Copy)]
pub struct Paths {
    /// Everything that is looked at.
    pub read: &'static [&'static str],
    /// Of these, what becomes text or thinking as it is and is looked at for nothing else.
    pub texts: &'static [&'static str],
}

/// Shape `chat`: a stream of events, or one document; the answer's content type decides.
pub trait Chat: Protocol<Action: Conversation> {
    /// How a stream is cut into events.
    const FRAMES: Frames = Frames::Sse;
    /// Data of the event that ends a stream.
    const ENDS_WITH: Option<&'static str>;
    /// Whether the end of a stream is marked, by [`ENDS_WITH`](Self::ENDS_WITH) or by what an event says.
    const ENDS_MARKED: bool = Self::ENDS_WITH.is_some();
    /// What [`event`](Self::event) reads. Without texts every event is decoded.
    const PATHS: Paths = Paths { read: &[], texts: &[] };

    /// A further separator between events, where the user configured one.
    fn separator(credential: &<Self::Action as Action>::Credential) -> Option<&str> {
        let _ = credential;
        None
    }

    /// What an event says.
    ///
    /// # Errors
    /// If the event is an error or not JSON.
    fn event(event: &str) -> Result<output::Chat<'_>, Undecoded>;

    /// What a whole reply says.
    ///
    /// # Errors
    /// If the reply is an error or not JSON.
    fn reply(reply: &str) -> Result<output::Chat<'_>, Undecoded>;
}

/// Shape `json` of a conversation: one document, which becomes one chunk.
pub trait Whole: Protocol<Action: Conversation> {
    /// What the reply says.
    ///
    /// # Errors
    /// If the reply is an error or not JSON.
    fn reply(reply: &str) -> Result<output::Chat<'_>, Undecoded>;
}

/// Shape `task`: a request starts a task, polls ask for its state, the last of them holds the answer.
pub trait Task: Protocol<Action: Conversation> {
    /// What is kept of the first reply (`$task`). Dify carries it from poll to poll as a JSON object.
    type Kept: Serialize + DeserializeOwned + Send + Sync;
    /// Until the first poll; doubles up to [`MOST`](Self::MOST).
    const EVERY: Duration;
    /// The longest pause between two polls.
    const MOST: Duration;

    /// What is kept of the reply to the first request.
    ///
    /// # Errors
    /// If the reply is an error, lacks something that is kept or is not JSON.
    fn keep(reply: &str) -> Result<Self::Kept, Undecoded>;

    /// The request that asks how far the task is.
    ///
    /// # Errors
    /// If a header cannot be sent.
    fn poll(call: &Call<'_>, credential: &<Self::Action as Action>::Credential, task: &Self::Kept) -> Result<Draft>;

    /// How far the task is.
    ///
    /// # Errors
    /// If the reply is an error or not JSON.
    fn progress(reply: &str) -> Result<Progress, Undecoded>;

    /// What the last poll says.
    ///
    /// # Errors
    /// If the reply is an error or not JSON.
    fn reply(reply: &str) -> Result<output::Chat<'_>, Undecoded>;
}

/// How far a task is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What the service's word means; `None` for a word that the protocol does not list.
    pub state: Option<State>,
    /// The service's own word for it.
    pub word: Option<String>,
    /// The code under which it failed.
    pub code: Option<String>,
    /// Why it failed, in the service's words.
    pub message: Option<String>,
}

/// The states of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Ask again later.
    Running,
    /// The poll holds the answer.
    Succeeded,
    /// There will be no answer.
    Failed,
}
