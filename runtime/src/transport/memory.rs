//! In memory, for tests: the other end plays the daemon.

use tokio::io::{DuplexStream, duplex};

/// The daemon's end.
pub struct Daemon {
    /// Requests are written here; dropping it is the end of input.
    pub requests: DuplexStream,
    /// Answers are read here; dropping it is a daemon that died.
    pub answers: DuplexStream,
}

/// The daemon's end, and reader and writer for [`super::stdio`]. Each direction holds `capacity` bytes.
pub fn pair(capacity: usize) -> (Daemon, DuplexStream, DuplexStream) {
    let (requests, reader) = duplex(capacity);
    let (answers, writer) = duplex(capacity);
    (Daemon { requests, answers }, reader, writer)
}
