//! The way out: lines of all sessions, joined by the one writer that owns the daemon's pipe.
//!
//! A line is copied into a shared buffer, so nothing is allocated per line and whatever is ready leaves in one write.
//! Bytes that wait are bounded; who finds no room waits, which in the end stops the upstream read of that session.
//! The heartbeat is the writer's own: no work can be queued before it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until};

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
    room: Semaphore,
    changed: Notify,
}

#[derive(Default)]
struct Ready {
    bytes: Vec<u8>,
    finished: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        Outbox { ready: Mutex::default(), room: Semaphore::new(ROOM), changed: Notify::new() }
    }
}

impl Outbox {
    /// Queues whole lines; waits while there is no room.
    ///
    /// # Errors
    /// If the daemon no longer reads.
    pub async fn push(&self, lines: &[u8]) -> Result<(), Gone> {
        let permits = u32::try_from(lines.len().min(ROOM)).unwrap_or(u32::MAX);
        self.room.acquire_many(permits).await.map_err(|_| Gone)?.forget();
        self.append(lines);
        Ok(())
    }

    /// Queues whole lines if there is room at once.
    pub fn push_if_room(&self, lines: &[u8]) -> bool {
        let permits = u32::try_from(lines.len().min(ROOM)).unwrap_or(u32::MAX);
        match self.room.try_acquire_many(permits) {
            Ok(permit) => {
                permit.forget();
                self.append(lines);
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

    fn append(&self, lines: &[u8]) {
        self.lock().bytes.extend_from_slice(lines);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until [`finish`](Self::finish): a heartbeat at once and every 10 s, and all lines in order.
    ///
    /// # Errors
    /// What the pipe says. After that every `push` fails.
    pub async fn write_to(&self, out: impl AsyncWrite + Unpin) -> io::Result<()> {
        let written = self.write_until_finished(out).await;
        self.room.close();
        written
    }

    async fn write_until_finished(&self, mut out: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut batch = Vec::new();
        let mut next_heartbeat = Instant::now();
        loop {
            // Whatever can run now runs first, so that its lines leave in one write.
            tokio::task::yield_now().await;
            let finished = {
                let mut ready = self.lock();
                std::mem::swap(&mut ready.bytes, &mut batch);
                ready.finished
            };
            if batch.is_empty() && finished {
                return out.flush().await;
            }
            let mut rest = batch.as_slice();
            loop {
                if Instant::now() >= next_heartbeat {
                    out.write_all(wire::HEARTBEAT).await?;
                    next_heartbeat = Instant::now() + HEARTBEAT;
                }
                if rest.is_empty() {
                    break;
                }
                let (piece, later) = rest.split_at(end_of_piece(rest));
                out.write_all(piece).await?;
                self.room.add_permits(piece.len());
                rest = later;
            }
            out.flush().await?;
            batch.clear();
            batch.shrink_to(PIECE);
            if self.lock().bytes.is_empty() {
                tokio::select! {
                    () = self.changed.notified() => {}
                    () = sleep_until(next_heartbeat) => {}
                }
            }
        }
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
            async move { outbox.write_to(ours).await }
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
}
