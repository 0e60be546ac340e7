//! Lines of a byte stream, up to a length: of longer ones only the beginning is kept.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes that are asked for at once.
const READ: usize = 64 << 10;
/// What is kept of a line that is too long: enough for its session id.
const BEGINNING: usize = 1 << 10;

/// One line without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// All of it.
    Whole(Vec<u8>),
    /// The beginning of one that was longer than allowed.
    TooLong(Vec<u8>),
}

/// Reads lines. [`next`](Self::next) may be cancelled: everything read is kept here.
pub(crate) struct Lines<R> {
    reader: R,
    longest: usize,
    buffer: Vec<u8>,
    /// Where the next line begins. What stands before it has left.
    start: usize,
    /// Up to here it is known to go on.
    scanned: usize,
    /// The beginning of a line that is being skipped.
    skipping: Option<Vec<u8>>,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(reader: R, longest: usize) -> Self {
        Lines { reader, longest, buffer: Vec::new(), start: 0, scanned: 0, skipping: None, ended: false }
    }

    /// The next line; `None` at the end of input. A last line needs no line feed.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(line) = self.split() {
                return Ok(Some(line));
            }
            if self.ended {
                return Ok(self.rest());
            }
            if self.buffer.len() > self.longest {
                if self.skipping.is_none() {
                    self.skipping = Some(self.buffer.get(..BEGINNING).unwrap_or(&self.buffer).to_vec());
                }
                self.buffer = Vec::new();
                self.scanned = 0;
            }
            if self.buffer.capacity() - self.buffer.len() < READ / 2 {
                self.buffer.reserve(READ.max(self.buffer.len()));
            }
            if self.reader.read_buf(&mut self.buffer).await? == 0 {
                self.ended = true;
            }
        }
    }

    /// The next line, if it is complete. A long one leaves with the buffer instead of being copied.
    fn split(&mut self) -> Option<Line> {
        let Some(end) = memchr::memchr(b'\n', self.buffer.get(self.scanned..)?).map(|at| self.scanned + at) else {
            // Once for many lines: moving the rest up after each of them costs more than reading them.
            self.buffer.drain(..self.start);
            self.start = 0;
            self.scanned = self.buffer.len();
            return None;
        };
        let line = if end - self.start > READ {
            let rest = self.buffer.split_off(end + 1);
            let mut line = std::mem::replace(&mut self.buffer, rest);
            line.truncate(end);
            line.drain(..self.start);
            self.start = 0;
            line
        } else {
            let line = self.buffer.get(self.start..end).unwrap_or_default().to_vec();
            self.start = end + 1;
            line
        };
        self.scanned = self.start;
        Some(self.kept(line))
    }

    /// What is left when nothing more comes.
    fn rest(&mut self) -> Option<Line> {
        self.scanned = 0;
        if self.buffer.is_empty() && self.skipping.is_none() {
            return None;
        }
        let line = std::mem::take(&mut self.buffer);
        Some(self.kept(line))
    }

    fn kept(&mut self, mut line: Vec<u8>) -> Line {
        if let Some(beginning) = self.skipping.take() {
            return Line::TooLong(beginning);
        }
        if line.len() > self.longest {
            line.truncate(BEGINNING);
            return Line::TooLong(line);
        }
        Line::Whole(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    async fn all(bytes: &[u8], longest: usize) -> Vec<Line> {
        let mut lines = Lines::new(bytes, longest);
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            all.push(line);
        }
        all
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn the_last_line_needs_no_line_feed() {
        assert_eq!(all(b"a\n\nb", 10).await, [whole("a"), whole(""), whole("b")]);
        assert_eq!(all(b"", 10).await, []);
    }

    #[tokio::test]
    async fn a_line_beyond_the_cap_is_skipped_to_its_end() {
        let long = format!("{}\nnext\n", "x".repeat(1 << 20));
        let lines = all(long.as_bytes(), 100_000).await;
        assert_eq!(lines[1], whole("next"));
        assert!(matches!(&lines[0], Line::TooLong(beginning) if beginning.len() == BEGINNING));
        assert_eq!(all(b"12345", 4).await, [Line::TooLong(b"12345".to_vec())]);
        assert_eq!(all(b"1234", 4).await, [whole("1234")]);
    }

    #[tokio::test]
    async fn a_long_line_leaves_the_following_ones_whole() {
        let text = format!("a\n{}\nb\nc", "y".repeat(3 * READ));
        assert_eq!(
            all(text.as_bytes(), 1 << 20).await,
            [whole("a"), whole(&"y".repeat(3 * READ)), whole("b"), whole("c")]
        );
    }

    proptest! {
        #[test]
        fn lines_are_what_split_says(text in "[a-c\n]{0,300}") {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let lines = runtime.block_on(all(text.as_bytes(), 1000));
            let expected: Vec<Line> = text.split_terminator('\n').map(whole).collect();
            prop_assert_eq!(lines, expected);
        }
    }
}
