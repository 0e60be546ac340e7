//! Newline-delimited JSON from bytes that arrive in pieces: one document a line.
//!
//! Lines end with LF or CRLF; blank ones are skipped, a byte order mark may come first, and the last line needs no end.

use std::borrow::Cow;
use std::ops::Range;

use super::{Event, Oversized};

const LF: u8 = b'\n';
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Cuts a stream into lines.
pub struct Ndjson {
    buffer: Vec<u8>,
    /// Where the line being read begins; what stands before it is done with.
    start: usize,
    /// Up to here the line is known to go on.
    searched: usize,
    first_line: bool,
    ended: bool,
    limit: usize,
}

impl Ndjson {
    /// Reads lines of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Ndjson { buffer: Vec::new(), start: 0, searched: 0, first_line: true, ended: false, limit }
    }

    /// Takes the bytes of one read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that the input has ended: what is left is the last line.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next line that is complete and not blank, if any.
    ///
    /// # Errors
    /// `Oversized` if the line is, complete or not.
    #[allow(clippy::should_implement_trait)] // Lines borrow from the buffer.
    pub fn next(&mut self) -> Result<Option<Event<'_>>, Oversized> {
        while let Some(line) = self.line() {
            let line = self.trimmed(line);
            if line.len() > self.limit {
                return Err(Oversized);
            }
            if !line.is_empty() {
                let line = &self.buffer[line];
                // Checking is faster than replacing, and nearly always enough.
                let data = match std::str::from_utf8(line) {
                    Ok(data) => Cow::Borrowed(data),
                    Err(_) => String::from_utf8_lossy(line),
                };
                return Ok(Some(Event { name: "", data }));
            }
        }
        if self.buffer.len() - self.start > self.limit { Err(Oversized) } else { Ok(None) }
    }

    /// Takes the next line.
    fn line(&mut self) -> Option<Range<usize>> {
        let end = self.buffer.len();
        let found = memchr::memchr(LF, &self.buffer[self.searched..]).map(|offset| self.searched + offset);
        let (line, next) = match found {
            Some(at) => (self.start..at, at + 1),
            None if self.ended && self.start < end => (self.start..end, end),
            None => {
                self.searched = end;
                return None;
            }
        };
        self.start = next;
        self.searched = next;
        Some(line)
    }

    /// The line without blanks around it, and without the mark before the first.
    fn trimmed(&mut self, mut line: Range<usize>) -> Range<usize> {
        if std::mem::take(&mut self.first_line) && self.buffer[line.clone()].starts_with(MARK) {
            line.start += MARK.len();
        }
        let text = &self.buffer[line.clone()];
        let start = line.start + (text.len() - text.trim_ascii_start().len());
        start..start + text.trim_ascii().len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a stream that arrives in pieces of the given sizes, over and over.
    fn read(stream: &[u8], sizes: &[usize], limit: usize) -> Result<Vec<String>, Oversized> {
        let mut ndjson = Ndjson::new(limit);
        let mut lines = Vec::new();
        let mut rest = stream;
        for size in sizes.iter().cycle() {
            let (piece, after) = rest.split_at((*size).clamp(1, rest.len().max(1)).min(rest.len()));
            ndjson.push(piece);
            while let Some(line) = ndjson.next()? {
                lines.push(line.data.into_owned());
            }
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        ndjson.end();
        while let Some(line) = ndjson.next()? {
            lines.push(line.data.into_owned());
        }
        assert_eq!(ndjson.next(), Ok(None));
        Ok(lines)
    }

    fn lines(stream: &[u8]) -> Vec<String> {
        let whole = read(stream, &[usize::MAX], 1 << 20).unwrap();
        assert_eq!(whole, read(stream, &[1], 1 << 20).unwrap(), "{stream:?}");
        whole
    }

    #[test]
    fn lines_end_with_lf_or_crlf_and_the_last_with_neither() {
        assert_eq!(lines(b"{\"a\":1}\n{\"b\":2}\r\n{\"c\":3}"), [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#]);
        assert_eq!(lines(b"1\n"), ["1"]);
        assert_eq!(lines(b""), Vec::<String>::new());
    }

    #[test]
    fn blank_lines_and_the_byte_order_mark_are_skipped() {
        assert_eq!(lines("\u{FEFF}\n\r\n {}\t\n\n\n".as_bytes()), ["{}"]);
        assert_eq!(lines("\u{FEFF}{}\n\u{FEFF}".as_bytes()), ["{}", "\u{FEFF}"]);
        assert_eq!(lines(b"\r\n\n  "), Vec::<String>::new());
    }

    #[test]
    fn a_line_comes_as_soon_as_it_is_complete() {
        let mut ndjson = Ndjson::new(100);
        ndjson.push(b"{}\n{");
        assert_eq!(ndjson.next().unwrap().unwrap().data, "{}");
        assert_eq!(ndjson.next(), Ok(None));
        ndjson.push(b"}\r\n");
        assert_eq!(ndjson.next().unwrap().unwrap().data, "{}");
    }

    #[test]
    fn characters_may_be_cut_between_reads_and_bad_ones_are_replaced() {
        assert_eq!(lines("你好\n世".as_bytes()), ["你好", "世"]);
        assert_eq!(lines(b"a\xFFb\n"), ["a\u{FFFD}b"]);
    }

    #[test]
    fn a_line_that_is_too_long_is_an_error_complete_or_not() {
        for stream in [b"12345\n".as_slice(), b"12345", b"1\n12345\n2", b"1\n12345"] {
            assert_eq!(read(stream, &[1], 4), Err(Oversized), "{stream:?}");
            assert_eq!(read(stream, &[usize::MAX], 4), Err(Oversized), "{stream:?}");
        }
        assert_eq!(read(b"1234\n1234\n1234", &[3], 4).unwrap().len(), 3);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(
            text in "([a-c{}\"\\\\\u{FEFF}世 ]|\r|\n){0,60}",
            sizes in proptest::collection::vec(1usize..9, 1..6),
        ) {
            let whole = read(text.as_bytes(), &[usize::MAX], 1 << 20).unwrap();
            prop_assert_eq!(&whole, &read(text.as_bytes(), &sizes, 1 << 20).unwrap());
            let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
            let plain = |line: &str| line.trim_matches(|c: char| c.is_ascii_whitespace()).to_owned();
            let expected: Vec<String> = text.split('\n').map(plain).filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(whole, expected);
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            sizes in proptest::collection::vec(1usize..20, 1..4),
            limit in 1usize..60,
        ) {
            if let Ok(lines) = read(&bytes, &sizes, limit) {
                // A byte that is replaced takes three.
                prop_assert!(lines.iter().all(|line| line.len() <= limit * 3));
            }
        }
    }
}
