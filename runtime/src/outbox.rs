//! The way out: lines of all sessions, joined by the one writer that owns the daemon's pipe.
//!
//! A line is copied into a shared buffer, so nothing is allocated per line and whatever is ready leaves in one write.
//! Bytes that wait are bounded; who finds no room waits, which in the end stops the upstream read of that session.
//! The heartbeat is the writer's own: no work can be queued before it. An HTTP reply has no heartbeat and takes its
//! lines with [`Outbox::next`].

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::wire;

/// Bytes that may wait for the daemon to read. More than one line of the greatest length.
const ROOM: usize = 8 << 20;
/// Bytes that are written before the heartbeat is looked at again.
const PIECE: usize = 64 << 10;
/// Time between heartbeats. The daemon kills a plugin that is silent for 120 s.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The daemon no longer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// Lines on their way to the daemon.
pub struct Outbox {
    ready: Mutex<Ready>,
    whole: usize,
    room: Semaphore,
    changed: Notify,
}

#[derive(Default)]
struct Ready {
    bytes: Vec<u8>,
    /// Room that these bytes take.
    taken: usize,
    finished: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox::with_room(ROOM)
    }
}

impl Outbox {
    /// An outbox in which about so many bytes may wait. A longer line waits alone.
    pub fn with_room(bytes: usize) -> Self {
        Outbox { ready: Mutex::default(), whole: bytes, room: Semaphore::new(bytes), changed: Notify::new() }
    }

    /// Queues whole lines; waits while there is no room.
    ///
    /// # Errors
    /// If the daemon no longer reads.
    pub async fn push(&self, lines: &[u8]) -> Result<(), Gone> {
        if !self.push_if_room(lines) {
            let taken = lines.len().min(self.whole);
            self.room.acquire_many(permits(taken)).await.map_err(|_| Gone)?.forget();
            self.append(lines, taken);
        }
        Ok(())
    }

    /// Queues whole lines if there is room at once.
    pub fn push_if_room(&self, lines: &[u8]) -> bool {
        let taken = lines.len().min(self.whole);
        match self.room.try_acquire_many(permits(taken)) {
            Ok(permit) => {
                permit.forget();
                self.append(lines, taken);
                true
            }
            Err(_) => false,
        }
    }

    /// Nothing more comes: the writer writes what is queued, flushes and returns.
    pub fn finish(&self) {
        self.lock().finished = true;
        self.changed.notify_one();
    }

    /// All lines that wait, or the first that comes; `None` after [`finish`](Self::finish) when none is left.
    pub async fn next(&self) -> Option<Vec<u8>> {
        loop {
            // Whatever can run now runs first, so that its lines leave together.
            tokio::task::yield_now().await;
            {
                let mut ready = self.lock();
                if !ready.bytes.is_empty() {
                    self.room.add_permits(std::mem::take(&mut ready.taken));
                    return Some(std::mem::take(&mut ready.bytes));
                }
                if ready.finished {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    fn append(&self, lines: &[u8], taken: usize) {
        let mut ready = self.lock();
        ready.bytes.extend_from_slice(lines);
        ready.taken += taken;
        drop(ready);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until [`finish`](Self::finish): a heartbeat at once and every 10 s, and all lines in order. One write
    /// may take as long as `patience`; without, for ever.
    ///
    /// # Errors
    /// What the pipe says, or that it took too long. After that every `push` fails.
    pub async fn write_to(&self, out: impl AsyncWrite + Unpin, patience: Option<Duration>) -> io::Result<()> {
        let written = self.write_until_finished(out, patience).await;
        self.room.close();
        written
    }

    async fn write_until_finished(
        &self,
        mut out: impl AsyncWrite + Unpin,
        patience: Option<Duration>,
    ) -> io::Result<()> {
        let mut batch = Vec::new();
        let mut heartbeat = pin!(sleep_until(Instant::now()));
        loop {
            // Tasks run in turn. Whoever could run when this one was woken has done so: its lines leave in one write.
            let (mut taken, finished) = {
                let mut ready = self.lock();
                std::mem::swap(&mut ready.bytes, &mut batch);
                (std::mem::take(&mut ready.taken), ready.finished)
            };
            if batch.is_empty() && finished {
                return within(patience, out.flush()).await;
            }
            let mut rest = batch.as_slice();
            loop {
                if Instant::now() >= heartbeat.deadline() {
                    within(patience, out.write_all(wire::HEARTBEAT)).await?;
                    heartbeat.as_mut().reset(Instant::now() + HEARTBEAT);
                }
                if rest.is_empty() {
                    break;
                }
                let (piece, later) = rest.split_at(end_of_piece(rest));
                within(patience, out.write_all(piece)).await?;
                let written = piece.len().min(taken);
                self.room.add_permits(written);
                taken -= written;
                rest = later;
            }
            within(patience, out.flush()).await?;
            batch.clear();
            batch.shrink_to(PIECE);
            if self.lock().bytes.is_empty() {
                tokio::select! {
                    () = self.changed.notified() => {}
                    () = &mut heartbeat => {}
                }
            }
        }
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

async fn within(patience: Option<Duration>, write: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    match patience {
        None => write.await,
        Some(patience) => match timeout(patience, write).await {
            Ok(written) => written,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        },
    }
}

/// Where the line ends that reaches [`PIECE`], so that a heartbeat never stands inside a line.
fn end_of_piece(bytes: &[u8]) -> usize {
    match bytes.get(PIECE..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        Some(at) => PIECE + at + 1,
        None => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::AsyncReadExt;
    use tokio::time::advance;

    use super::*;

    fn start(capacity: usize) -> (Arc<Outbox>, tokio::io::DuplexStream, tokio::task::JoinHandle<io::Result<()>>) {
        let (theirs, ours) = tokio::io::duplex(capacity);
        let outbox = Arc::new(Outbox::default());
        let writer = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.write_to(ours, None).await }
        });
        (outbox, theirs, writer)
    }

    async fn read_line(from: &mut tokio::io::DuplexStream) -> String {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            line.push(from.read_u8().await.unwrap());
        }
        String::from_utf8(line).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_line_is_a_heartbeat_and_ten_seconds_later_comes_the_next() {
        let (outbox, mut theirs, _writer) = start(1 << 16);
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        let before = Instant::now();
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        assert_eq!(before.elapsed().as_secs(), 10);
        outbox.push(b"x\n").await.unwrap();
        assert_eq!(read_line(&mut theirs).await, "x\n");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_reader_that_stopped_the_heartbeat_comes_before_the_next_piece() {
        let (outbox, mut theirs, _writer) = start(1024);
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        let line = format!("{}\n", "x".repeat(PIECE));
        for _ in 0..3 {
            outbox.push(line.as_bytes()).await.unwrap();
        }
        // The first line is on its way when the reader stops for longer than a heartbeat takes.
        assert_eq!(theirs.read_u8().await.unwrap(), b'x');
        advance(HEARTBEAT * 3).await;
        read_line(&mut theirs).await;
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        assert_eq!(read_line(&mut theirs).await, line);
    }

    #[tokio::test]
    async fn a_reader_that_stops_bounds_what_waits() {
        let (outbox, mut theirs, writer) = start(1024);
        let line = format!("{}\n", "x".repeat(1 << 20));
        let mut queued = 0;
        while outbox.push_if_room(line.as_bytes()) {
            queued += 1;
            tokio::task::yield_now().await;
        }
        assert!(queued <= ROOM / line.len(), "{queued} lines of a megabyte");
        outbox.finish();
        let mut all = Vec::new();
        theirs.read_to_end(&mut all).await.unwrap();
        writer.await.unwrap().unwrap();
        assert_eq!(all.iter().filter(|byte| **byte == b'\n').count(), queued + 1);
    }

    #[tokio::test]
    async fn when_the_daemon_is_gone_nobody_waits_for_room() {
        let (outbox, theirs, writer) = start(16);
        drop(theirs);
        assert!(writer.await.unwrap().is_err());
        assert_eq!(outbox.push(b"x\n").await, Err(Gone));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_without_a_word_for_too_long_is_gone() {
        let (_theirs, ours) = tokio::io::duplex(16);
        let outbox = Outbox::default();
        let before = Instant::now();
        let patience = Duration::from_secs(120);
        let error = outbox.write_to(ours, Some(patience)).await.unwrap_err();
        assert_eq!((error.kind(), before.elapsed()), (io::ErrorKind::TimedOut, patience));
        assert_eq!(outbox.push(b"x\n").await, Err(Gone));
    }

    #[tokio::test]
    async fn lines_that_are_taken_make_room_whatever_their_length() {
        let outbox = Outbox::with_room(10);
        for line in [&b"0123456789abcdef\n"[..], b"short\n", b"0123456789abcdef\n"] {
            outbox.push(line).await.unwrap();
            assert!(!outbox.push_if_room(b"more\n"));
            assert_eq!(outbox.next().await.as_deref(), Some(line));
        }
        outbox.finish();
        assert_eq!(outbox.next().await, None);
    }
}
