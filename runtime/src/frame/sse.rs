//! Server-sent events from bytes that arrive in pieces.
//!
//! Follows the standard: lines end with LF, CRLF or CR in any mixture, a byte order mark may come first, comments and
//! unknown fields are skipped, several data lines are joined with LF, a blank line ends an event. What real servers
//! get wrong is read as it is meant, without changing what correct streams say:
//!
//! - data that is one complete JSON document ends its event at once, so a missing blank line holds nothing back;
//! - a line that is a JSON document itself, without `data:`, is data;
//! - the end of the input ends the last event;
//! - a configured separator ends an event too.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;
use memchr::memmem::Finder;

use super::{Event, Oversized};

const LF: u8 = b'\n';
const CR: u8 = b'\r';
const LONGEST_SEPARATOR: usize = 64;

/// Cuts a stream into events.
pub struct Sse {
    buffer: Vec<u8>,
    /// Where the event being read begins; what stands before it is done with.
    start: usize,
    /// Where the line being read begins.
    line: usize,
    /// Up to here the line is known to go on.
    searched: usize,
    name: Range<usize>,
    data: Data,
    /// Data of several lines.
    joined: Vec<u8>,
    document: Document,
    after_cr: bool,
    first_line: bool,
    ended: bool,
    separator: Option<Finder<'static>>,
    limit: usize,
}

#[derive(Clone, PartialEq, Eq)]
enum Data {
    None,
    Line(Range<usize>),
    Joined,
}

impl Sse {
    /// Reads events of at most `limit` bytes. A separator made of line breaks only changes nothing, and one of more than
    /// 64 bytes is none: for each line so much is looked at twice.
    pub fn new(separator: Option<&str>, limit: usize) -> Self {
        let separates =
            |text: &&str| text.len() <= LONGEST_SEPARATOR && text.bytes().any(|byte| byte != LF && byte != CR);
        let separator = separator.filter(separates);
        Sse {
            buffer: Vec::new(),
            start: 0,
            line: 0,
            searched: 0,
            name: 0..0,
            data: Data::None,
            joined: Vec::new(),
            document: Document::default(),
            after_cr: false,
            first_line: true,
            ended: false,
            separator: separator.map(|text| Finder::new(text).into_owned()),
            limit,
        }
    }

    /// Takes the bytes of one read.
    pub fn push(&mut self, bytes: &[u8]) {
        let done = self.start;
        if done == self.buffer.len() {
            self.buffer.clear();
        } else {
            self.buffer.drain(..done);
        }
        self.start = 0;
        self.line -= done;
        self.searched = self.searched.saturating_sub(done);
        let shift = |range: &Range<usize>| range.start.saturating_sub(done)..range.end.saturating_sub(done);
        self.name = shift(&self.name);
        if let Data::Line(range) = &self.data {
            self.data = Data::Line(shift(range));
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that the input has ended: what is left is the last event.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next event that is complete, if any.
    ///
    /// # Errors
    /// `Oversized` if the event is, complete or not.
    #[allow(clippy::should_implement_trait)] // Events borrow from the buffer.
    pub fn next(&mut self) -> Result<Option<Event<'_>>, Oversized> {
        if self.start == self.buffer.len() && !self.ended {
            return Ok(None);
        }
        if let Some(data) = self.usual() {
            return Ok(Some(self.event((0..0, Data::Line(data)))));
        }
        while let Some(break_) = self.line_break() {
            let line = self.line..break_.at;
            self.line = break_.next;
            self.searched = break_.next;
            self.after_cr = break_.after_cr;
            let is_data = self.read_line(line.clone());
            if self.data == Data::None && self.name.is_empty() {
                self.start = self.line;
            }
            let ends_event = line.is_empty() || break_.ends_event || (is_data && self.is_complete());
            if ends_event && let Some(event) = self.take()? {
                return Ok(Some(self.event(event)));
            }
        }
        if self.ended {
            let event = self.take()?;
            return Ok(event.map(|event| self.event(event)));
        }
        if self.buffer.len() - self.start > self.limit { Err(Oversized) } else { Ok(None) }
    }

    /// The data of an event as nearly all are: one line `data: {...}`, LF, and a blank line, all of which has come.
    fn usual(&mut self) -> Option<Range<usize>> {
        let begins = self.start == self.line && self.line == self.searched && !self.after_cr && !self.first_line;
        if !begins || self.separator.is_some() {
            return None;
        }
        let rest = self.buffer.get(self.line..).filter(|rest| rest.starts_with(b"data: {"))?;
        let end = memchr2(LF, CR, rest)?;
        if rest.get(end..end + 2) != Some(b"\n\n") || end > self.limit {
            return None;
        }
        let data = self.line + b"data: ".len()..self.line + end;
        self.line = data.end + 2;
        (self.start, self.searched) = (self.line, self.line);
        Some(data)
    }

    /// Takes in one line; whether it was data.
    fn read_line(&mut self, mut line: Range<usize>) -> bool {
        if std::mem::take(&mut self.first_line) && self.buffer[line.clone()].starts_with(b"\xEF\xBB\xBF") {
            line.start += 3;
        }
        let text = &self.buffer[line.clone()];
        line.start += text.len() - text.trim_ascii_start().len();
        let text = &self.buffer[line.clone()];
        if matches!(text.first(), Some(b'{' | b'[')) {
            self.add_data(line);
            return true;
        }
        let colon = memchr::memchr(b':', text).unwrap_or(text.len());
        let blank = usize::from(text.get(colon + 1) == Some(&b' '));
        let value = (line.start + colon + 1 + blank).min(line.end)..line.end;
        match &text[..colon] {
            b"data" => {
                self.add_data(value);
                true
            }
            b"event" => {
                self.name = value;
                false
            }
            _ => false,
        }
    }

    fn add_data(&mut self, value: Range<usize>) {
        match std::mem::replace(&mut self.data, Data::Joined) {
            Data::None => {
                self.data = Data::Line(value);
                return;
            }
            Data::Line(first) => {
                self.joined.clear();
                self.joined.extend_from_slice(&self.buffer[first]);
            }
            Data::Joined => {}
        }
        self.joined.push(LF);
        self.joined.extend_from_slice(&self.buffer[value]);
    }

    /// Whether the data so far is a whole JSON document. Not looked at if a blank line follows anyway.
    fn is_complete(&mut self) -> bool {
        let lf_of_crlf = self.after_cr && self.buffer.get(self.line) == Some(&LF);
        if matches!(self.buffer.get(self.line + usize::from(lf_of_crlf)), Some(&LF | &CR)) {
            return false;
        }
        let data = match &self.data {
            Data::None => return false,
            Data::Line(range) => &self.buffer[range.clone()],
            Data::Joined => &self.joined,
        };
        self.document.is_complete(data)
    }

    /// Ends the event being read. One without data is none.
    fn take(&mut self) -> Result<Option<(Range<usize>, Data)>, Oversized> {
        self.start = self.line;
        self.document = Document::default();
        let name = std::mem::replace(&mut self.name, 0..0);
        let data = std::mem::replace(&mut self.data, Data::None);
        let size = match &data {
            Data::None => 0,
            Data::Line(range) => range.len(),
            Data::Joined => self.joined.len(),
        };
        match size {
            0 => Ok(None),
            _ if size > self.limit => Err(Oversized),
            _ => Ok(Some((name, data))),
        }
    }

    fn event(&self, (name, data): (Range<usize>, Data)) -> Event<'_> {
        let data = match data {
            Data::Line(range) => &self.buffer[range],
            Data::None | Data::Joined => &self.joined,
        };
        let name = std::str::from_utf8(&self.buffer[name]).unwrap_or_default();
        // Checking is faster than replacing, and nearly always enough.
        let data = match std::str::from_utf8(data) {
            Ok(data) => Cow::Borrowed(data),
            Err(_) => String::from_utf8_lossy(data),
        };
        Event { name, data }
    }

    /// The end of the line being read, if it has come.
    fn line_break(&mut self) -> Option<LineBreak> {
        if self.after_cr && self.buffer.get(self.line) == Some(&LF) {
            let nothing_pending = self.start == self.line;
            self.after_cr = false;
            self.line += 1;
            self.searched = self.searched.max(self.line);
            if nothing_pending {
                self.start = self.line;
            }
        }
        self.after_cr &= self.line >= self.buffer.len();
        let end = self.buffer.len();
        let at = memchr2(LF, CR, &self.buffer[self.searched..]).map(|offset| self.searched + offset);
        if let Some(finder) = &self.separator {
            let separator = finder.needle();
            let known = separator.len() - 1;
            let from = self.searched.saturating_sub(known).max(self.line);
            let until = at.map_or(end, |at| end.min(at + separator.len()));
            if let Some(offset) = finder.find(&self.buffer[from..until]) {
                let at = from + offset;
                return Some(LineBreak { at, next: at + separator.len(), after_cr: false, ends_event: true });
            }
            let tail = from.max(end.saturating_sub(known))..at.map_or(end, |at| at + 1);
            if !self.ended && tail.into_iter().any(|start| separator.starts_with(&self.buffer[start..])) {
                return None;
            }
        }
        match at {
            Some(at) => Some(LineBreak { at, next: at + 1, after_cr: self.buffer[at] == CR, ends_event: false }),
            None => {
                self.searched = end;
                let last = self.ended && self.line < end;
                last.then_some(LineBreak { at: end, next: end, after_cr: false, ends_event: true })
            }
        }
    }
}

struct LineBreak {
    /// Where the line ends.
    at: usize,
    /// Where the next one begins.
    next: usize,
    /// It ended with CR, so an LF at `next` belongs to it.
    after_cr: bool,
    ends_event: bool,
}

/// Follows the brackets of a JSON document as it grows. Each byte is read once, whatever it is.
#[derive(Default)]
struct Document {
    read: usize,
    kind: Kind,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

#[derive(Default, PartialEq, Eq)]
enum Kind {
    /// Nothing but white space so far.
    #[default]
    Blank,
    Json,
    Other,
}

impl Document {
    fn is_complete(&mut self, data: &[u8]) -> bool {
        let mut rest = data.get(self.read..).unwrap_or_default();
        self.read = data.len();
        if self.kind == Kind::Blank {
            rest = rest.trim_ascii_start();
            self.kind = match rest.first() {
                None => Kind::Blank,
                Some(b'{' | b'[') => Kind::Json,
                Some(_) => Kind::Other,
            };
        }
        if self.kind != Kind::Json {
            return false;
        }
        for byte in rest {
            if self.escaped {
                self.escaped = false;
                continue;
            }
            match byte {
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.depth == 0 && !self.in_string
    }
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
