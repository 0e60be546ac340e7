//! Reads one answer and delivers its audio while it comes.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use super::delivery::{Delivery, PIECE};
use crate::adapter;
use crate::convert::refusals;
use crate::error::Result;
use crate::frame::sse::Sse;
use crate::heavy;
use crate::http::{Head, LARGEST_REPLY};
use crate::reply::Undecoded;
use crate::shapes::source::Source;

/// The largest event of a stream.
const LARGEST_EVENT: usize = 8 << 20;

/// Base64 as services write it: some leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads one answer and delivers its audio.
///
/// # Errors
/// What the source says; the error reader's for a document or a text in place of audio; `BadReply` for no audio at all.
/// Audio that came before is delivered first.
pub async fn answer<P: adapter::Bytes>(source: &mut impl Source, delivery: &mut Delivery<'_>) -> Result<()> {
    delivery.next().map_err(|problem| refusals::unusable(source.head(), problem))?;
    let media_type = source.head().media_type();
    let is_document = media_type.starts_with("text/") || media_type.ends_with("json") || media_type.ends_with("xml");
    let heard = if media_type == "text/event-stream" {
        events::<P>(source, delivery).await?
    } else if is_document {
        document::<P>(source, Bytes::new(), delivery).await?
    } else {
        match source.chunk().await? {
            None => false,
            // Neither is the beginning of audio; raw samples may begin with anything, and are told by their type.
            Some(first) if media_type.is_empty() && matches!(first.trim_ascii_start(), [b'{' | b'<', ..]) => {
                document::<P>(source, first, delivery).await?
            }
            Some(first) => raw(source, first, delivery).await?,
        }
    };
    if heard { Ok(()) } else { Err(refusals::bad_audio(source.head(), "the answer is empty", b"")) }
}

/// Raw audio: what one read of the connection brought is one message.
async fn raw(source: &mut impl Source, first: Bytes, delivery: &mut Delivery<'_>) -> Result<bool> {
    let mut read = Some(first);
    let mut heard = false;
    while let Some(bytes) = read {
        heard |= !bytes.is_empty();
        take(source.head(), delivery, &bytes)?;
        let mut ready = None;
        while delivery.waiting() < PIECE {
            ready = at_once(source.chunk()).await;
            let Some(Ok(Some(more))) = &ready else { break };
            heard |= !more.is_empty();
            take(source.head(), delivery, more)?;
        }
        // What came before an error is delivered before it.
        delivery.send().await?;
        read = match ready {
            Some(Err(error)) => return Err(error),
            Some(Ok(None)) => None,
            _ => source.chunk().await?,
        };
    }
    Ok(heard)
}

/// What a future gives without waiting.
pub async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Events, each with a piece of audio or none.
async fn events<P: adapter::Bytes>(source: &mut impl Source, delivery: &mut Delivery<'_>) -> Result<bool> {
    let mut sse = Sse::new(None, LARGEST_EVENT);
    let mut heard = false;
    loop {
        let read = source.chunk().await?;
        match &read {
            Some(bytes) => sse.push(bytes),
            None => sse.end(),
        }
        let taken = take_events::<P>(&mut sse, source.head(), delivery, &mut heard).await;
        delivery.send().await?;
        if taken? || read.is_none() {
            return Ok(heard);
        }
    }
}

/// Takes the events that are complete; whether the last of all was among them.
async fn take_events<P: adapter::Bytes>(
    sse: &mut Sse,
    head: &Head,
    delivery: &mut Delivery<'_>,
    heard: &mut bool,
) -> Result<bool> {
    loop {
        let event = match sse.next() {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(false),
            Err(_) => return Err(refusals::event_too_large(head, LARGEST_EVENT)),
        };
        let data = event.data.trim();
        if data.is_empty() {
            continue;
        }
        if P::ENDS_WITH == Some(data) {
            return Ok(true);
        }
        if event.name == "error" {
            return Err(refusals::refusal(head, data.as_bytes()));
        }
        let audio = heavy::read(head, data.as_bytes().to_vec(), |head, data| {
            audio_in(head, P::event(&String::from_utf8_lossy(data)), data)
        });
        let audio = audio.await?;
        *heard |= !audio.is_empty();
        take(head, delivery, &audio)?;
    }
}

/// A document: audio in base64 for a protocol that reads one, else an error.
async fn document<P: adapter::Bytes>(
    source: &mut impl Source,
    first: Bytes,
    delivery: &mut Delivery<'_>,
) -> Result<bool> {
    let mut body = first.to_vec();
    while let Some(bytes) = source.chunk().await? {
        if body.len() + bytes.len() > LARGEST_REPLY {
            return Err(refusals::too_large(source.head(), LARGEST_REPLY));
        }
        body.extend_from_slice(&bytes);
    }
    let audio = heavy::read(source.head(), body, |head, body| {
        let text = String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body));
        audio_in(head, P::reply(&text), body)
    });
    let audio = audio.await?;
    take(source.head(), delivery, &audio)?;
    delivery.send().await?;
    Ok(!audio.is_empty())
}

/// The audio of a document or an event, which may be none.
fn audio_in(head: &Head, read: Result<Option<Cow<'_, str>>, Undecoded>, document: &[u8]) -> Result<Vec<u8>> {
    match read.map_err(|problem| refusals::undecoded_audio(head, problem, document))? {
        Some(audio) => BASE64.decode(&*audio).map_err(|_| refusals::unusable(head, "its audio is no base64")),
        // What says nothing is fine, unless it is a refusal.
        None if refusals::is_refusal(document) => Err(refusals::refusal(head, document)),
        None => Ok(Vec::new()),
    }
}

fn take(head: &Head, delivery: &mut Delivery<'_>, bytes: &[u8]) -> Result<()> {
    delivery.take(bytes).map_err(|problem| refusals::unusable(head, problem))
}
