//! Framing of events: however a stream is split into reads, the same events come of it, and none above the limit.
//!
//! An input is a line such as `sse 1000 2 7 1 30` (way of framing, limit, separator, sizes of reads) and the stream.

use runtime::frame::{Frames, Framing, Oversized};

use crate::split_line;

/// What users set as separator, and what looks like the syntax around it.
const SEPARATORS: [Option<&str>; 8] =
    [None, Some("|||"), Some("\n--\n"), Some("\r\n\r\n"), Some("\r\n|"), Some("\n"), Some("a"), Some("data: ")];

/// Enough for any input.
const NO_LIMIT: usize = 1 << 24;

/// An event's name and data.
type Told = (String, String);

/// Checks one input.
///
/// # Panics
/// If splits differ, or an event is above the limit.
pub fn check(input: &[u8]) {
    let (how, stream) = split_line(input);
    let how = String::from_utf8_lossy(how);
    let mut words = how.split_whitespace();
    let frames = if words.next().is_some_and(|word| word.starts_with('n')) { Frames::Ndjson } else { Frames::Sse };
    let mut numbers = words.map(|word| usize::from(word.parse::<u16>().unwrap_or(1)));
    let limit = numbers.next().unwrap_or(1000).max(1);
    let separator = SEPARATORS[numbers.next().unwrap_or_default() % SEPARATORS.len()];
    let sizes: Vec<usize> = numbers.take(32).collect();

    let read = |sizes: &[usize], limit| read(frames, separator, stream, sizes, limit);
    let (whole, end) = read(&[usize::MAX], NO_LIMIT);
    assert_eq!(end, Ok(()), "nothing is too large");
    assert_eq!(read(&sizes, NO_LIMIT).0, whole, "in reads of {sizes:?}");
    // Bytes one by one are tried by every split; for long streams they would be all that is tried.
    if stream.len() <= 4096 {
        assert_eq!(read(&[1], NO_LIMIT).0, whole, "byte by byte");
    }
    for sizes in [&[usize::MAX], sizes.as_slice()] {
        let (limited, end) = read(sizes, limit);
        assert!(whole.starts_with(&limited), "a limit takes events away from the end only");
        assert!(end.is_err() || limited.len() == whole.len(), "nothing is left out in silence");
        // A byte that is no UTF-8 is replaced by three.
        assert!(limited.iter().all(|(_, data)| data.len() <= 3 * limit), "an event is above the limit");
        let fits = stream.len() <= limit;
        assert!(!fits || end.is_ok(), "a stream within the limit has no event above it");
    }
}

/// The events of a stream that comes in reads of these sizes, over and over, and how it ended.
fn read(
    frames: Frames,
    separator: Option<&str>,
    stream: &[u8],
    sizes: &[usize],
    limit: usize,
) -> (Vec<Told>, Result<(), Oversized>) {
    let mut framing = Framing::new(frames, separator, limit);
    let mut events = Vec::new();
    let mut collect = |framing: &mut Framing| {
        while let Some(event) = framing.next()? {
            events.push((event.name.to_owned(), event.data.into_owned()));
        }
        Ok(())
    };
    let mut outcome = Ok(());
    for piece in pieces(stream, sizes) {
        framing.push(piece);
        outcome = collect(&mut framing);
        if outcome.is_err() {
            return (events, outcome);
        }
    }
    framing.end();
    outcome = outcome.and_then(|()| collect(&mut framing));
    (events, outcome)
}

/// A stream in pieces of these sizes, over and over; a size of 0 counts as 1.
pub fn pieces<'s>(stream: &'s [u8], sizes: &[usize]) -> Vec<&'s [u8]> {
    let mut rest = stream;
    let mut sizes = sizes.iter().cycle();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let size = sizes.next().map_or(usize::MAX, |size| (*size).max(1)).min(rest.len());
        let (piece, after) = rest.split_at(size);
        pieces.push(piece);
        rest = after;
    }
    pieces
}
