//! Lines that a candidate writes: read as they come, and taken apart without a parser where it matters how fast.

use std::io::{self, ErrorKind, Read};
use std::process::ChildStdout;
use std::time::Instant;

use memchr::{memchr, memmem};
use mio::unix::pipe::Receiver;
use mio::{Events, Interest, Poll, Token};

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A message of a session.
    Message(u64),
    /// The end of a session.
    End(u64),
    /// A session fails.
    Error(u64),
    /// No session: a heartbeat, a line for the log.
    Other,
}

impl Line {
    /// Tells what a line is.
    pub fn of(line: &[u8]) -> Self {
        let Some(session) = session(line) else { return Line::Other };
        if memmem::find(line, b"\"type\":\"stream\"").is_some() {
            Line::Message(session)
        } else if memmem::find(line, b"\"type\":\"end\"").is_some() {
            Line::End(session)
        } else {
            Line::Error(session)
        }
    }
}

/// The number of the session that a line is about.
fn session(line: &[u8]) -> Option<u64> {
    // Python plugins may write a blank after the colon.
    let start = memmem::find(line, b"\"session_id\":")?;
    let start = start + memmem::find(&line[start..], b"\"s-")? + 3;
    let end = start + memchr(b'"', &line[start..])?;
    std::str::from_utf8(&line[start..end]).ok()?.parse().ok()
}

/// The text of a chunk of a chat; none of a chunk without.
///
/// # Errors
/// If what stands there is no text.
pub fn content(line: &[u8]) -> Result<String, String> {
    let broken = || format!("a line without a text: {}", shown(line));
    let Some(key) = memmem::find(line, b"\"content\":") else { return Ok(String::new()) };
    let rest = line[key + 10..].trim_ascii_start();
    if rest.first() != Some(&b'"') {
        return Ok(String::new());
    }
    let mut end = 1;
    loop {
        match rest.get(end).ok_or_else(broken)? {
            b'"' => break,
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    serde_json::from_slice(&rest[..=end]).map_err(|_| broken())
}

/// The beginning of a line, for a message.
pub fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(300)]).into_owned()
}

/// What a line says that ends a session with an error.
pub fn failure(line: &[u8]) -> String {
    let read: Option<serde_json::Value> = serde_json::from_slice(line).ok();
    let message = read.and_then(|read| read["data"]["data"]["message"].as_str().map(str::to_owned));
    message.map_or_else(|| shown(line), |message| shown(message.as_bytes()))
}

/// What comes next from a candidate.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// A line, without its line feed.
    Line(&'a [u8]),
    /// Nothing until the deadline.
    Late,
    /// Nothing any more.
    Ended,
}

/// The output of a candidate.
pub struct Lines {
    pipe: Receiver,
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    start: usize,
    filled: usize,
}

impl Lines {
    /// Takes over the output of a child.
    ///
    /// # Errors
    /// If the system has no more handles.
    pub fn of(output: ChildStdout) -> io::Result<Self> {
        let (poll, mut pipe) = (Poll::new()?, Receiver::from(output));
        pipe.set_nonblocking(true)?;
        poll.registry().register(&mut pipe, Token(0), Interest::READABLE)?;
        Ok(Lines { pipe, poll, events: Events::with_capacity(4), buffer: vec![0; 1 << 18], start: 0, filled: 0 })
    }

    /// The next line.
    ///
    /// # Errors
    /// If the pipe fails.
    pub fn next(&mut self, deadline: Instant) -> io::Result<Next<'_>> {
        let mut searched = self.start;
        loop {
            if let Some(end) = memchr(b'\n', &self.buffer[searched..self.filled]).map(|end| searched + end) {
                let line = self.start..end;
                self.start = end + 1;
                return Ok(Next::Line(&self.buffer[line]));
            }
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.filled, 0);
                self.filled -= self.start;
                self.start = 0;
            } else if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            searched = self.filled;
            match self.pipe.read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Ok(Next::Ended),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Ok(Next::Late);
                    }
                    match self.poll.poll(&mut self.events, Some(left)) {
                        Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                        _ => {}
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::thread;
    use std::time::Duration;

    #[test]
    fn lines_are_told_apart_as_both_sdks_write_them() {
        for (line, expected) in [
            (r#"{"event":"session","session_id":"s-7","data":{"type":"stream","data":{}}}"#, Line::Message(7)),
            (r#"{"event": "session", "session_id": "s-12", "data":{"type":"end","data":{}}}"#, Line::End(12)),
            (r#"{"event":"session","session_id":"s-3","data":{"type":"error","data":{}}}"#, Line::Error(3)),
            (r#"{"event":"heartbeat","session_id":null,"data":{}}"#, Line::Other),
            (r#"{"event":"log","session_id":"","data":{}}"#, Line::Other),
        ] {
            assert_eq!(Line::of(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn lines_come_whole_however_they_are_written_and_however_long_they_are() {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut input, mut lines) = (cat.stdin.take().unwrap(), Lines::of(cat.stdout.take().unwrap()).unwrap());
        let far = Instant::now() + Duration::from_secs(600);
        input.write_all(b"one\ntw").unwrap();
        assert_eq!(lines.next(far).unwrap(), Next::Line(b"one"));
        assert_eq!(lines.next(Instant::now()).unwrap(), Next::Late);
        let long = vec![b'x'; 600_000];
        let writer = thread::spawn(move || {
            input.write_all(b"o\n").unwrap();
            input.write_all(&[&*long, b"\n\nrest"].concat()).unwrap();
        });
        assert_eq!(lines.next(far).unwrap(), Next::Line(b"two"));
        assert!(matches!(lines.next(far).unwrap(), Next::Line(line) if line.len() == 600_000));
        assert_eq!(lines.next(far).unwrap(), Next::Line(b""));
        assert_eq!(lines.next(far).unwrap(), Next::Ended);
        writer.join().unwrap();
        cat.wait().unwrap();
    }

    #[test]
    fn of_an_error_its_message_is_shown() {
        let error = br#"{"event":"session","session_id":"s-3","data":{"type":"error","data":{"message":"no"}}}"#;
        assert_eq!([failure(error), failure(b"{}")], ["no", "{}"]);
    }

    #[test]
    fn texts_are_read_with_their_escapes() {
        assert_eq!(content(br#"{"content": "a\"\u4f60\\"}"#), Ok("a\"\u{4f60}\\".to_owned()));
        assert_eq!(content(br#"{"content":null}"#), Ok(String::new()));
        assert!(content(br#"{"content":"a"#).is_err());
    }
}
