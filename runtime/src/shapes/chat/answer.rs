//! Reads an endpoint's answer, whatever form it has, and delivers it to Dify as it comes.

use std::time::Instant;

use bytes::Bytes;

use super::chunk::{Chunks, Ending, MOST_TEXT, Said};
use super::images::{self, Picture};
use super::pattern::Pattern;
use super::tool_calls::ToolCall;
use super::turn::{Turn, has_content};
use super::usage::usage;
use crate::adapter::{Chat, Conversation, Images, Protocol};
use crate::call::Call;
use crate::convert::refusals;
use crate::error::{Error, Result, cut};
use crate::frame::{Event, Frames, Framing};
use crate::heavy;
use crate::http::{Head, LARGEST_REPLY};
use crate::input::{Message, Tool};
use crate::operation::Answers;
use crate::output;
use crate::reply::Undecoded;
use crate::schema::Pricing;
use crate::shapes::Prepared;
use crate::shapes::source::Source;

/// The largest event of a stream.
const LARGEST_EVENT: usize = 8 << 20;
/// Text beyond which no more is waited for, though it may have arrived.
const MOST_JOINED: usize = 16 << 10;
/// How much of a stream is kept to be shown if nothing comes of it.
const KEPT_BEGINNING: usize = 2_000;

/// Bytes that tell events from a document: a byte order mark and the longest name of a field.
const TELLING: usize = 9;

/// What was asked, as far as the answer needs it.
pub struct Asked<'a> {
    /// Dify's model name.
    pub model: &'a str,
    /// Whether Dify wants a stream. If not, one chunk carries everything.
    pub stream: bool,
    /// A further separator between events.
    pub separator: Option<&'a str>,
    /// For estimating what the service does not count.
    pub messages: &'a [Message<'a>],
    /// Likewise.
    pub tools: &'a [Tool<'a>],
    /// What becomes of pictures.
    pub images: Images,
    /// Prices.
    pub pricing: Option<Pricing>,
    /// When the call began.
    pub started: Instant,
    /// Nobody reads the answer: nothing is estimated.
    pub probe: bool,
}

impl<'a> Asked<'a> {
    /// What a call asks.
    pub fn of<P: Protocol<Action: Conversation>>(
        call: &Call<'a>,
        prepared: &'a Prepared<'_, P>,
        started: Instant,
    ) -> Self {
        Asked {
            model: call.model,
            stream: P::Action::stream(&prepared.input),
            separator: None,
            messages: P::Action::messages(&prepared.input),
            tools: P::Action::tools(&prepared.input),
            images: P::Action::images(&prepared.credential),
            pricing: P::Action::pricing(&prepared.credential),
            started,
            probe: call.probe,
        }
    }
}

/// Reads one answer and delivers it.
///
/// # Errors
/// What the source says; the error reader's for refusals, in whatever place they come; `BadReply` for what is no
/// answer. Text that came before is delivered first.
pub async fn answer<P: Chat>(source: &mut impl Source, asked: Asked<'_>, answers: &mut Answers) -> Result<()> {
    let mut turn = Turn::new(<P::Action as Conversation>::REASONING);
    let mut delivery = Delivery { chunks: Chunks::of(asked.model), answers };
    let first = first_bytes(source).await?;
    match framed(P::FRAMES, asked.stream, &source.head().media_type(), &first) {
        Some(frames) => stream::<P>(source, frames, first, &asked, &mut turn, &mut delivery).await?,
        None => document::<P>(source, &first, &mut turn).await?,
    }
    finish(source.head(), asked, turn, delivery).await
}

/// Delivers an answer that one document holds. A reason to end without anything said is none here.
///
/// # Errors
/// The error reader's for refusals, `BadReply` for what is no answer.
pub async fn answer_whole<A: Conversation>(
    head: &Head,
    body: Bytes,
    read: ReadWhole,
    asked: Asked<'_>,
    answers: &mut Answers,
) -> Result<()> {
    let turn = said_at_once::<A>(head, body, read).await?;
    let delivery = Delivery { chunks: Chunks::of(asked.model), answers };
    finish(head, asked, turn, delivery).await
}

/// Reads a whole reply.
pub type ReadWhole = fn(&str) -> Result<output::Chat<'_>, Undecoded>;

/// The turn of a whole reply in which something is said.
///
/// # Errors
/// As [`answer_whole`].
pub async fn said_at_once<A: Conversation>(head: &Head, body: Bytes, read: ReadWhole) -> Result<Turn> {
    let said = move |head: &Head, body: &bytes::Bytes| {
        let turn = whole::<A>(head, body, read)?;
        if !turn.is_silent() {
            return Ok(turn);
        }
        let blocked = turn.finish.as_deref().and_then(|reason| refusals::silence(head, reason));
        Err(blocked.unwrap_or_else(|| no_answer(head, body)))
    };
    heavy::read(head, body, said).await
}

/// The turn of a whole reply.
fn whole<A: Conversation>(head: &Head, body: &[u8], read: ReadWhole) -> Result<Turn> {
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body));
    let mut turn = Turn::new(A::REASONING);
    turn.take_whole(read(&text).map_err(|problem| refusals::undecoded(head, problem, text.as_bytes()))?);
    if turn.has_answer() { Ok(turn) } else { Err(no_answer(head, body)) }
}

fn no_answer(head: &Head, body: &[u8]) -> Error {
    refusals::undecoded(head, Undecoded::Malformed("no answer in it".into()), body)
}

/// Enough to see what it is, or all there is.
async fn first_bytes(source: &mut impl Source) -> Result<Bytes> {
    let mut first = Bytes::new();
    while first.trim_ascii_start().len() < TELLING
        && first.len() < KEPT_BEGINNING
        && let Some(bytes) = source.chunk().await?
    {
        first = if first.is_empty() { bytes } else { [first, bytes].concat().into() };
    }
    Ok(first)
}

/// How a stream is to be cut; `None` for a document. By content type; events under another type are recognised by how
/// they begin, and lines of JSON, of a protocol that streams such, by not being called a document.
fn framed(frames: Frames, streamed: bool, media_type: &str, beginning: &[u8]) -> Option<Frames> {
    let beginning = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning).trim_ascii_start();
    let fields: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
    if media_type == "text/event-stream" || fields.iter().any(|field| beginning.starts_with(field)) {
        return Some(Frames::Sse);
    }
    let unnamed = frames == Frames::Ndjson && streamed && media_type != "application/json";
    let lines = matches!(media_type, "application/x-ndjson" | "application/jsonl");
    (lines || (unnamed && beginning.starts_with(b"{"))).then_some(frames)
}

async fn document<P: Chat>(source: &mut impl Source, first: &[u8], turn: &mut Turn) -> Result<()> {
    let mut body = first.to_vec();
    while let Some(bytes) = source.chunk().await? {
        if body.len() + bytes.len() > LARGEST_REPLY {
            return Err(refusals::too_large(source.head(), LARGEST_REPLY));
        }
        body.extend_from_slice(&bytes);
    }
    *turn = heavy::read(source.head(), body, |head, body| whole::<P::Action>(head, body, P::reply)).await?;
    Ok(())
}

/// What an event means for the stream.
enum Flow {
    Continues,
    Ends,
}

async fn stream<P: Chat>(
    source: &mut impl Source,
    frames: Frames,
    first: Bytes,
    asked: &Asked<'_>,
    turn: &mut Turn,
    delivery: &mut Delivery<'_>,
) -> Result<()> {
    let mut framing = Framing::new(frames, asked.separator, LARGEST_EVENT);
    let mut pattern = Pattern::new(P::PATHS);
    let mut beginning = Vec::new();
    let mut read = Some(first);
    loop {
        let at_end = read.is_none();
        if let Some(bytes) = read {
            if !turn.has_answer() {
                let room = KEPT_BEGINNING.saturating_sub(beginning.len());
                beginning.extend_from_slice(bytes.get(..room).unwrap_or(&bytes));
            }
            framing.push(&bytes);
        } else {
            framing.end();
        }
        let flow = events::<P>(&mut framing, &mut pattern, turn, source.head()).await;
        // What has arrived together leaves together.
        let has_room = turn.text.len() < MOST_JOINED && !turn.calls.are_too_many();
        if matches!(flow, Ok(Flow::Continues))
            && !at_end
            && has_room
            && let Some(more) = source.arrived().await
        {
            read = Some(more);
            continue;
        }
        if asked.stream {
            // What came before an error is delivered before it.
            delivery.text(&turn.text).await?;
            turn.text.clear();
        }
        match flow? {
            Flow::Ends => break,
            Flow::Continues if at_end => {
                check_end::<P>(turn).map_err(|problem| refusals::bad_reply(source.head(), problem, &beginning))?;
                break;
            }
            Flow::Continues => {}
        }
        if turn.text.len() > LARGEST_REPLY {
            return Err(refusals::too_large(source.head(), LARGEST_REPLY));
        }
        if turn.calls.are_too_many() {
            return Err(refusals::unusable(source.head(), "it calls more tools than Dify can be told of"));
        }
        read = source.chunk().await?;
    }
    if !turn.has_answer() {
        return Err(refusals::bad_reply(source.head(), "the stream ended without an answer", &beginning));
    }
    Ok(())
}

/// An end of input is an end of the answer if a reason was given. Without one and without the protocol's last event, what
/// came is half an answer at most.
fn check_end<P: Chat>(turn: &Turn) -> Result<(), &'static str> {
    let marked = P::ENDS_MARKED && turn.has_answer();
    if turn.finish.is_none() && (marked || turn.calls.break_off()) { Err("the stream was cut off") } else { Ok(()) }
}

async fn events<P: Chat>(framing: &mut Framing, pattern: &mut Pattern, turn: &mut Turn, head: &Head) -> Result<Flow> {
    loop {
        match framing.next() {
            Ok(Some(event)) => {
                let flow = if event.data.len() < heavy::LARGE {
                    take_event::<P>(&event, pattern, turn, head)?
                } else {
                    Box::pin(take_large_event::<P>(&event, turn, head)).await?
                };
                if let Flow::Ends = flow {
                    return Ok(Flow::Ends);
                }
            }
            Ok(None) => return Ok(Flow::Continues),
            Err(_) => return Err(refusals::event_too_large(head, LARGEST_EVENT)),
        }
    }
}

fn take_event<P: Chat>(event: &Event<'_>, pattern: &mut Pattern, turn: &mut Turn, head: &Head) -> Result<Flow> {
    let data = event.data.trim();
    if data.is_empty() {
        return Ok(Flow::Continues);
    }
    if P::ENDS_WITH == Some(data) {
        return Ok(Flow::Ends);
    }
    if event.name == "error" {
        return Err(refusals::refusal(head, data.as_bytes()));
    }
    if let Some(chat) = pattern.read(data) {
        turn.take(chat);
        return Ok(Flow::Continues);
    }
    let (chat, data) = match P::event(data) {
        Ok(chat) => (chat, data),
        Err(Undecoded::Malformed(problem)) => match later_document(data).map(|later| (P::event(later), later)) {
            Some((Ok(chat), later)) => (chat, later),
            Some((Err(problem @ (Undecoded::Refused | Undecoded::Missing(_))), later)) => {
                return Err(refusals::undecoded(head, problem, later.as_bytes()));
            }
            _ => return Err(refusals::undecoded(head, Undecoded::Malformed(problem), data.as_bytes())),
        },
        Err(problem) => return Err(refusals::undecoded(head, problem, data.as_bytes())),
    };
    pattern.keep(data, &chat);
    let ends = chat.ends;
    // Some services send a whole reply as the only event.
    let looks_empty = !turn.has_answer() && !has_content(&chat);
    if looks_empty && let Some(whole) = P::reply(data).ok().filter(has_content) {
        turn.take_whole(whole);
        return Ok(Flow::Continues);
    }
    // An event that says nothing is fine, unless it is a refusal.
    if !turn.take(chat) && !ends && refusals::is_refusal(data.as_bytes()) {
        return Err(refusals::refusal(head, data.as_bytes()));
    }
    Ok(if ends { Flow::Ends } else { Flow::Continues })
}

/// The same for an event that would hold up others: pictures, mostly.
async fn take_large_event<P: Chat>(event: &Event<'_>, turn: &mut Turn, head: &Head) -> Result<Flow> {
    let mut said = std::mem::replace(turn, Turn::new(<P::Action as Conversation>::REASONING));
    let name = event.name.to_owned();
    let taken = heavy::read(head, event.data.as_bytes().to_vec(), move |head, data| {
        let event = Event { name: &name, data: String::from_utf8_lossy(data) };
        let flow = take_event::<P>(&event, &mut Pattern::new(P::PATHS), &mut said, head);
        Ok((flow, said))
    });
    let (flow, said) = taken.await?;
    *turn = said;
    flow
}

/// A guard that cuts in writes its own event right behind half of the model's.
fn later_document(data: &str) -> Option<&str> {
    let behind_label = data.rfind("data:").map_or(0, |at| at + "data:".len());
    let behind_break = data.rfind('\n').map_or(0, |at| at + 1);
    let later = data.get(behind_label.max(behind_break)..)?.trim();
    (later.len() < data.len() && later.starts_with('{')).then_some(later)
}

async fn finish(head: &Head, asked: Asked<'_>, mut turn: Turn, mut delivery: Delivery<'_>) -> Result<()> {
    if turn.is_silent()
        && let Some(error) = turn.finish.as_deref().and_then(|reason| refusals::silence(head, reason))
    {
        return Err(error);
    }
    turn.close();
    let calls = std::mem::take(&mut turn.calls).finish();
    if asked.stream {
        delivery.text(&turn.text).await?;
        turn.text.clear();
    }
    let mut calls = calls.map_err(|problem| refusals::unusable(head, problem))?;
    let usage = usage(&asked, &turn, &calls).await;
    let pictures = turn.place_images(asked.images).await;
    let pictures = pictures.map_err(|problem| refusals::unusable(head, problem))?;
    let ending = Ending { finish: turn.finish.as_deref(), usage };
    if asked.stream && !calls.is_empty() {
        delivery.send("", &[], &calls, None).await?;
        calls = Vec::new();
    }
    // What does not fit one line goes ahead of the last chunk.
    let surplus = turn.text.len().checked_sub(MOST_TEXT).map_or("", |surplus| {
        let at = (surplus..turn.text.len()).find(|&at| turn.text.is_char_boundary(at));
        at.and_then(|at| turn.text.get(..at)).unwrap_or_default()
    });
    delivery.text(surplus).await?;
    let ahead = images::ahead(&pictures, asked.stream)?;
    for picture in &pictures[..ahead] {
        delivery.send("", std::slice::from_ref(picture), &[], None).await?;
    }
    let text = turn.text.get(surplus.len()..).unwrap_or_default();
    delivery.send(text, &pictures[ahead..], &calls, Some(&ending)).await
}

/// The chunks on their way to Dify.
struct Delivery<'a> {
    chunks: Chunks,
    answers: &'a mut Answers,
}

impl Delivery<'_> {
    /// Sends text, in as many chunks as it needs.
    async fn text(&mut self, text: &str) -> Result<(), Error> {
        let mut rest = text;
        while !rest.is_empty() {
            let piece = cut(rest, MOST_TEXT);
            self.send(piece, &[], &[], None).await?;
            rest = rest.get(piece.len()..).unwrap_or_default();
        }
        Ok(())
    }

    async fn send(
        &mut self,
        text: &str,
        pictures: &[Picture],
        calls: &[ToolCall],
        ending: Option<&Ending<'_>>,
    ) -> Result<(), Error> {
        let chunks = &mut self.chunks;
        self.answers.send(|out| chunks.write(out, &Said { text, pictures, calls }, ending)).await
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
