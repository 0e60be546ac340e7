//! One call's way out. A session ends exactly once by construction: only [`Session::finish`] writes an end, and it
//! takes the session with it.

use std::sync::Arc;

use crate::error::{Error, Kind, Result, cut};
use crate::outbox::Outbox;
use crate::rope::Rope;
use crate::wire;

/// A buffer that grew beyond this is given back after its line.
const KEPT_BUFFER: usize = 256 << 10;
/// The longest error text: enough for any message, and far from the limit of a line.
const LONGEST_MESSAGE: usize = 4_000;

/// A failed call with the name under which Dify hears of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, masked.
    pub error: Error,
    /// Dify's `error_type`.
    pub error_type: &'static str,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { error_type: error.error_type(), error }
    }
}

/// A call that has not ended.
pub struct Session {
    id: String,
    outbox: Arc<Outbox>,
}

impl Session {
    /// The session of a request.
    pub fn new(id: impl Into<String>, outbox: Arc<Outbox>) -> Self {
        Session { id: id.into(), outbox }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where its answers go.
    pub fn answers(&self) -> Answers {
        let mut line = Rope::default();
        line.text().reserve(1024);
        wire::write_session_start(line.text(), &self.id, "stream");
        let start = line.len();
        Answers { to: To::Daemon { line, start, outbox: self.outbox.clone() } }
    }

    /// Ends it, with an error if there was one. Error and end are queued together.
    pub async fn finish(self, outcome: std::result::Result<(), Failure>) {
        let mut rope = Rope::default();
        let lines = rope.text();
        lines.reserve(256);
        if let Err(failure) = outcome {
            let message = failure.error.to_string();
            wire::write_error(lines, &self.id, failure.error_type, cut(&message, LONGEST_MESSAGE));
        }
        wire::write_end(lines, &self.id);
        // If the daemon is gone there is nobody left to tell.
        let _ = self.outbox.push(&rope).await;
    }
}

/// Where answers go: the session's buffer, or nowhere for a probe.
pub struct Answers {
    to: To,
}

enum To {
    Daemon { line: Rope, start: usize, outbox: Arc<Outbox> },
    Nowhere,
    Memory(Vec<Vec<u8>>),
}

impl Answers {
    /// Answers that nobody reads, for probes.
    pub fn nowhere() -> Self {
        Answers { to: To::Nowhere }
    }

    /// Answers that are kept, for tests.
    pub fn kept() -> Self {
        Answers { to: To::Memory(Vec::new()) }
    }

    /// What was kept: the JSON of each message's `data`.
    pub fn into_kept(self) -> Vec<Vec<u8>> {
        match self.to {
            To::Memory(kept) => kept,
            To::Daemon { .. } | To::Nowhere => Vec::new(),
        }
    }

    /// Sends one `stream` message; `write` appends the JSON of its `data`. Waits while the queue to the daemon is
    /// full, which stops the upstream read.
    ///
    /// # Errors
    /// `BadReply` if the line would reach the daemon's limit of 5 MiB; `Connection` if the daemon is gone.
    pub async fn send(&mut self, write: impl FnOnce(&mut Vec<u8>) + Send) -> Result<()> {
        self.send_rope(|line| write(line.text())).await
    }

    /// The same of an answer with long pieces, which are not copied.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_rope(&mut self, write: impl FnOnce(&mut Rope) + Send) -> Result<()> {
        match &mut self.to {
            To::Nowhere => Ok(()),
            To::Memory(kept) => {
                let mut data = Rope::default();
                write(&mut data);
                kept.push(data.into_bytes());
                Ok(())
            }
            To::Daemon { line, start, outbox } => {
                // Who gave up the last line may have left it here.
                if line.len() > *start {
                    line.reset(*start, KEPT_BUFFER);
                }
                write(line);
                line.text().extend_from_slice(wire::SESSION_END);
                let length = line.len() - 1;
                let sent = if length > wire::LONGEST_LINE {
                    Err(Error::new(
                        Kind::BadReply,
                        format!(
                            "the answer takes {length} bytes in one message; Dify takes less than 5 MiB: ask for less \
                             at once (fewer inputs, smaller vectors)"
                        ),
                    ))
                } else {
                    outbox.push(line).await.map_err(|_| Error::new(Kind::Connection, "the daemon is gone"))
                };
                line.reset(*start, KEPT_BUFFER);
                sent
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn lines_of(outbox: Arc<Outbox>) -> Vec<String> {
        let (mut theirs, ours) = tokio::io::duplex(1 << 24);
        outbox.finish();
        outbox.write_to(ours, None).await.unwrap();
        let mut all = String::new();
        theirs.read_to_string(&mut all).await.unwrap();
        all.lines().map(str::to_owned).filter(|line| !line.contains("heartbeat")).collect()
    }

    #[tokio::test]
    async fn messages_then_the_error_then_the_end() {
        let outbox = Arc::new(Outbox::default());
        let session = Session::new("s", outbox.clone());
        let mut answers = session.answers();
        answers.send(|out| out.extend_from_slice(b"{\"a\":1}")).await.unwrap();
        answers.send(|out| out.extend_from_slice(b"{}")).await.unwrap();
        session.finish(Err(Error::bad_request("no").into())).await;
        assert_eq!(
            lines_of(outbox).await,
            [
                r#"{"event":"session","session_id":"s","data":{"type":"stream","data":{"a":1}}}"#,
                r#"{"event":"session","session_id":"s","data":{"type":"stream","data":{}}}"#,
                r#"{"event":"session","session_id":"s","data":{"type":"error","data":{"error_type":"InvokeBadRequestError","message":"no","args":{"description":"no"}}}}"#,
                r#"{"event":"session","session_id":"s","data":{"type":"end","data":{}}}"#,
            ]
        );
    }

    #[tokio::test]
    async fn a_line_of_five_mebibytes_is_never_written() {
        let outbox = Arc::new(Outbox::default());
        let mut answers = Session::new("s", outbox.clone()).answers();
        let around = r#"{"event":"session","session_id":"s","data":{"type":"stream","data":}}"#.len();
        let most = wire::LONGEST_LINE - around;
        let error = answers.send(|out| out.resize(out.len() + most + 1, b'1')).await.unwrap_err();
        assert_eq!(error.kind(), Kind::BadReply);
        answers.send(|out| out.resize(out.len() + most, b'1')).await.unwrap();
        let lines = lines_of(outbox).await;
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [wire::LONGEST_LINE]);
    }

    #[tokio::test]
    async fn an_endless_error_text_is_cut() {
        let outbox = Arc::new(Outbox::default());
        let session = Session::new("s", outbox.clone());
        session.finish(Err(Error::bad_request("é".repeat(1 << 20)).into())).await;
        assert!(lines_of(outbox).await[0].len() < 3 * LONGEST_MESSAGE);
    }
}
