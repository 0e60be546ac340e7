//! Incremental framing of answers: bytes in, events out. No IO, and no knowledge of what the events mean.

pub mod ndjson;
pub mod sse;

use std::borrow::Cow;

use ndjson::Ndjson;
use sse::Sse;

/// How a stream is cut into events (spec key `stream.frames`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// Server-sent events.
    Sse,
    /// One JSON document a line.
    Ndjson,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// What `event:` said, or empty.
    pub name: &'a str,
    /// The data lines, joined with LF. Bytes that are not UTF-8 are replaced.
    pub data: Cow<'a, str>,
}

/// An event is larger than allowed. Nothing more comes of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oversized;

/// A stream, cut into events in either way.
#[allow(clippy::large_enum_variant)] // One a stream, on its stack.
pub enum Framing {
    /// Server-sent events.
    Sse(Sse),
    /// One JSON document a line.
    Ndjson(Ndjson),
}

impl Framing {
    /// Events of at most `limit` bytes; a further `separator` ends events of [`Frames::Sse`].
    pub fn new(frames: Frames, separator: Option<&str>, limit: usize) -> Self {
        match frames {
            Frames::Sse => Framing::Sse(Sse::new(separator, limit)),
            Frames::Ndjson => Framing::Ndjson(Ndjson::new(limit)),
        }
    }

    /// Takes the bytes of one read.
    pub fn push(&mut self, bytes: &[u8]) {
        match self {
            Framing::Sse(sse) => sse.push(bytes),
            Framing::Ndjson(ndjson) => ndjson.push(bytes),
        }
    }

    /// Says that the input has ended: what is left is the last event.
    pub fn end(&mut self) {
        match self {
            Framing::Sse(sse) => sse.end(),
            Framing::Ndjson(ndjson) => ndjson.end(),
        }
    }

    /// The next event that is complete, if any.
    ///
    /// # Errors
    /// `Oversized` if the event is, complete or not.
    #[allow(clippy::should_implement_trait)] // Events borrow from the buffer.
    pub fn next(&mut self) -> Result<Option<Event<'_>>, Oversized> {
        match self {
            Framing::Sse(sse) => sse.next(),
            Framing::Ndjson(ndjson) => ndjson.next(),
        }
    }
}
