//! An endpoint without network, and a protocol like OpenAI's, for the tests of this folder.

use std::borrow::Cow;
use std::time::Instant;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{Asked, Source, answer};
use crate::adapter::{Action, Chat, Conversation, Images, Protocol, Reasoning};
use crate::call::Call;
use crate::credentials::{Credential, Stored};
use crate::error::{Error, Kind, Result};
use crate::http::Head;
use crate::input::{Content, Message, Role, Tool};
use crate::operation::Answers;
use crate::output;
use crate::reply::Undecoded;
use crate::request::Draft;

pub struct Nothing;

impl Credential for Nothing {
    fn read(_: &Stored<'_>) -> Result<Self> {
        Ok(Nothing)
    }
}

#[derive(Deserialize)]
pub struct NoInput {}

pub struct Talk;

impl Action for Talk {
    const NAME: &'static str = "talk";
    type Credential = Nothing;
    type Input<'a> = NoInput;
}

impl Conversation for Talk {
    const REASONING: Reasoning = Reasoning::ThinkTags;

    fn messages<'i>(_: &'i NoInput) -> &'i [Message<'i>] {
        &[]
    }

    fn tools<'i>(_: &'i NoInput) -> &'i [Tool<'i>] {
        &[]
    }

    fn stream(_: &NoInput) -> bool {
        true
    }
}

/// OpenAI's dialect, read without generated code.
pub struct OpenAi;

impl Protocol for OpenAi {
    const ID: &'static str = "test";
    type Action = Talk;
    type Param = ();

    fn encode(_: &Call<'_>, _: &Nothing, _: &NoInput, (): &()) -> Result<Draft> {
        Err(Error::bad_request("not sent in tests"))
    }
}

impl Chat for OpenAi {
    const ENDS_WITH: Option<&'static str> = Some("[DONE]");

    fn event(event: &str) -> Result<output::Chat<'_>, Undecoded> {
        read(event, "delta")
    }

    fn reply(reply: &str) -> Result<output::Chat<'_>, Undecoded> {
        read(reply, "message")
    }
}

fn read(document: &str, member: &str) -> Result<output::Chat<'static>, Undecoded> {
    let document: Value = serde_json::from_str(document)?;
    if !document["error"].is_null() || document["model"] == "from-security-guard" {
        return Err(Undecoded::Refused);
    }
    if document["where"] == true {
        return Ok(output::Chat { text: Some(here().into()), ..output::Chat::default() });
    }
    let choice = &document["choices"][0];
    let said = &choice[member];
    let text = |value: &Value| value.as_str().map(|text| Cow::Owned(text.to_owned()));
    let usage = &document["usage"];
    Ok(output::Chat {
        text: text(&said["content"]),
        reasoning: text(&said["reasoning_content"]).or_else(|| text(&said["reasoning"])),
        tool_calls: said["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|call| output::ToolCall {
                slot: call["index"].as_i64(),
                id: text(&call["id"]),
                name: text(&call["function"]["name"]),
                arguments: text(&call["function"]["arguments"]),
            })
            .collect(),
        images: Vec::new(),
        finish: text(&choice["finish_reason"]),
        usage: usage.is_object().then(|| output::Usage {
            input: usage["prompt_tokens"].as_u64(),
            output: usage["completion_tokens"].as_u64(),
            total: usage["total_tokens"].as_u64(),
        }),
        ends: false,
    })
}

/// The thread that reads: what an answer with `where` in it says.
pub fn here() -> String {
    format!("{:?}", std::thread::current().id())
}

/// What came of a call: the chunks, and the error if it failed.
pub struct Outcome {
    pub chunks: Vec<Value>,
    pub error: Option<Error>,
}

impl Outcome {
    /// The text of all chunks.
    pub fn text(&self) -> String {
        self.chunks.iter().map(|chunk| chunk["delta"]["message"]["content"].as_str().unwrap()).collect()
    }

    /// The last chunk's `delta`.
    pub fn last(&self) -> &Value {
        &self.chunks.last().unwrap()["delta"]
    }

    /// Name and arguments of the calls; they must come in one chunk.
    pub fn calls(&self) -> Vec<(String, String)> {
        let with_calls: Vec<_> = self
            .chunks
            .iter()
            .filter_map(|chunk| chunk["delta"]["message"]["tool_calls"].as_array())
            .filter(|calls| !calls.is_empty())
            .collect();
        assert!(with_calls.len() <= 1, "{with_calls:?}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let calls = with_calls.into_iter().flatten();
        calls.map(|call| (text(&call["function"]["name"]), text(&call["function"]["arguments"]))).collect()
    }

    pub fn succeeded(self) -> Self {
        assert_eq!(self.error, None);
        self
    }

    pub fn failed(&self, kind: Kind, words: &str) {
        let error = self.error.as_ref().expect("an error");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(words), "{error}");
    }
}

/// An endpoint that answers these reads, then ends, or breaks.
pub struct Endpoint {
    head: Head,
    reads: std::vec::IntoIter<Bytes>,
    breaks: bool,
    stream: bool,
}

impl Endpoint {
    fn of(content_type: &str, reads: Vec<Bytes>) -> Self {
        let mut head = Head { status: 200, ..Head::default() };
        head.headers.insert("content-type", content_type.parse().unwrap());
        Endpoint { head, reads: reads.into_iter(), breaks: false, stream: true }
    }

    /// Streams these reads.
    pub fn streams(reads: &[&str]) -> Self {
        let reads = reads.iter().map(|read| Bytes::copy_from_slice(read.as_bytes())).collect();
        Endpoint::of("text/event-stream; charset=utf-8", reads)
    }

    /// Streams these documents as events, one read each, and `[DONE]`.
    pub fn events(documents: &[&str]) -> Self {
        let ends = documents.iter().copied().chain(["[DONE]"]);
        Endpoint::of("text/event-stream", ends.map(|document| format!("data: {document}\n\n").into()).collect())
    }

    /// Replies with a document, in two reads.
    pub fn replies(content_type: &str, body: &str) -> Self {
        let (first, second) = body.split_at(body.len() / 2);
        let reads = [first, second].map(|half| Bytes::copy_from_slice(half.as_bytes()));
        Endpoint::of(content_type, reads.to_vec())
    }

    /// Under another content type; an empty one is none.
    pub fn typed(mut self, content_type: &str) -> Self {
        self.head.headers.clear();
        if !content_type.is_empty() {
            self.head.headers.insert("content-type", content_type.parse().unwrap());
        }
        self
    }

    /// The connection breaks after the last read.
    pub fn and_breaks(mut self) -> Self {
        self.breaks = true;
        self
    }

    /// Dify asked for a whole answer.
    pub fn asked_for_one_chunk(mut self) -> Self {
        self.stream = false;
        self
    }

    /// Reads the answer to "You are." and "Hi".
    pub fn answer(self) -> Outcome {
        let said = |role, text: &'static str| Message {
            role,
            content: Content::Text(text.into()),
            name: None,
            tool_calls: Vec::new(),
            tool_call_id: None,
        };
        self.answer_to(&[said(Role::System, "You are."), said(Role::User, "Hi")])
    }

    fn answer_to(mut self, messages: &[Message<'_>]) -> Outcome {
        let asked = Asked {
            model: "dify-name",
            stream: self.stream,
            separator: None,
            messages,
            tools: &[],
            images: Images::Markdown,
            pricing: None,
            started: Instant::now(),
            probe: false,
        };
        let mut answers = Answers::kept();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(answer::<OpenAi>(&mut self, asked, &mut answers)).err();
        let chunks: Vec<Value> =
            answers.into_kept().iter().map(|chunk| serde_json::from_slice(chunk).unwrap()).collect();
        for (index, chunk) in chunks.iter().enumerate() {
            assert_eq!(chunk["model"], "dify-name");
            assert_eq!(chunk["prompt_messages"], serde_json::json!([]));
            assert_eq!(chunk["delta"]["index"], index);
            assert_eq!(chunk["delta"]["message"]["role"], "assistant");
            assert!(chunk["delta"]["message"]["content"].is_string());
            assert!(chunk["delta"]["message"]["tool_calls"].is_array());
        }
        let ends = chunks.iter().filter(|chunk| chunk["delta"]["usage"].is_object()).count();
        assert_eq!(ends, usize::from(error.is_none()), "one last chunk, and none before an error");
        Outcome { chunks, error }
    }
}

impl Source for Endpoint {
    fn head(&self) -> &Head {
        &self.head
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        match self.reads.next() {
            None if self.breaks => Err(Error::new(Kind::Connection, "the connection broke")),
            read => Ok(read),
        }
    }
}
