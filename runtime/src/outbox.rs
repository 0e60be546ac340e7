//! The way out: lines of all sessions, joined by the one writer that owns the daemon's pipe.
//!
//! A line is copied into a shared buffer, so nothing is allocated per line and whatever is ready leaves in one write. Long
//! pieces of a line, such as vectors, are written from where they are ([`Rope`]).
//! Bytes that wait are bounded; who finds no room waits, which in the end stops the upstream read of that session.
//! The heartbeat is the writer's own: no work can be queued before it. An HTTP reply has no heartbeat and takes its
//! lines with [`Outbox::next`].

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Buf;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};

use crate::rope::Rope;
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
    lines: Rope,
    /// Room that these lines take.
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
    pub async fn push(&self, lines: &Rope) -> Result<(), Gone> {
        let taken = lines.len().min(self.whole);
        let permit = match self.room.try_acquire_many(permits(taken)) {
            Ok(permit) => permit,
            Err(_) => self.room.acquire_many(permits(taken)).await.map_err(|_| Gone)?,
        };
        permit.forget();
        self.append(taken, |ready| ready.append(lines));
        Ok(())
    }

    /// Queues whole lines if there is room at once.
    pub fn push_if_room(&self, lines: &[u8]) -> bool {
        let taken = lines.len().min(self.whole);
        match self.room.try_acquire_many(permits(taken)) {
            Ok(permit) => {
                permit.forget();
                self.append(taken, |ready| ready.text().extend_from_slice(lines));
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
                if !ready.lines.is_empty() {
                    self.room.add_permits(std::mem::take(&mut ready.taken));
                    return Some(std::mem::take(&mut ready.lines).into_bytes());
                }
                if ready.finished {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    fn append(&self, taken: usize, append: impl FnOnce(&mut Rope)) {
        let mut ready = self.lock();
        append(&mut ready.lines);
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
        let mut batch = Rope::default();
        let mut heartbeat = pin!(sleep_until(Instant::now()));
        loop {
            // Tasks run in turn. Whoever could run when this one was woken has done so: its lines leave in one write.
            let (mut taken, finished) = {
                let mut ready = self.lock();
                std::mem::swap(&mut ready.lines, &mut batch);
                (std::mem::take(&mut ready.taken), ready.finished)
            };
            if batch.is_empty() && finished {
                return within(patience, out.flush()).await;
            }
            let (mut start, length) = (0, batch.text().len());
            loop {
                if Instant::now() >= heartbeat.deadline() {
                    within(patience, out.write_all(wire::HEARTBEAT)).await?;
                    heartbeat.as_mut().reset(Instant::now() + HEARTBEAT);
                }
                if start == length {
                    break;
                }
                // A heartbeat never stands inside a line.
                let end = batch.end_of_line(start, PIECE);
                let mut piece = batch.slices(start..end);
                let written = piece.remaining().min(taken);
                within(patience, out.write_all_buf(&mut piece)).await?;
                self.room.add_permits(written);
                taken -= written;
                start = end;
            }
            within(patience, out.flush()).await?;
            batch.reset(0, PIECE);
            if self.lock().lines.is_empty() {
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

    fn rope(lines: &[u8]) -> Rope {
        let mut rope = Rope::default();
        rope.text().extend_from_slice(lines);
        rope
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
        outbox.push(&rope(b"x\n")).await.unwrap();
        assert_eq!(read_line(&mut theirs).await, "x\n");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_reader_that_stopped_the_heartbeat_comes_before_the_next_piece() {
        let (outbox, mut theirs, _writer) = start(1024);
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        let line = format!("{}\n", "x".repeat(PIECE));
        for _ in 0..3 {
            outbox.push(&rope(line.as_bytes())).await.unwrap();
        }
        // The first line is on its way when the reader stops for longer than a heartbeat takes.
        assert_eq!(theirs.read_u8().await.unwrap(), b'x');
        advance(HEARTBEAT * 3).await;
        read_line(&mut theirs).await;
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        assert_eq!(read_line(&mut theirs).await, line);
    }

    #[tokio::test]
    async fn long_pieces_arrive_in_their_lines_between_the_lines_of_others() {
        let (outbox, mut theirs, _writer) = start(1000);
        let mut line = rope(b"[");
        let piece = bytes::Bytes::from("1".repeat(3 * PIECE));
        line.insert(&piece);
        line.text().extend_from_slice(b"]\n");
        assert!(outbox.push_if_room(b"before\n"));
        outbox.push(&line).await.unwrap();
        assert!(outbox.push_if_room(b"after\n"));
        assert_eq!(outbox.room.available_permits(), ROOM - line.len() - "before\nafter\n".len());
        let mut lines = Vec::new();
        while lines.last().is_none_or(|line| line != "after\n") {
            lines.push(read_line(&mut theirs).await);
        }
        let whole = format!("[{}]\n", "1".repeat(3 * PIECE));
        assert!(lines == [std::str::from_utf8(wire::HEARTBEAT).unwrap(), "before\n", &whole, "after\n"]);
        // What the piece is a part of is let go.
        drop(line);
        while !piece.is_unique() {
            tokio::task::yield_now().await;
        }
        assert_eq!(outbox.room.available_permits(), ROOM);
    }

    #[tokio::test(start_paused = true)]
    async fn a_heartbeat_stands_before_or_after_a_line_with_long_pieces() {
        let (outbox, mut theirs, _writer) = start(1024);
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        let mut line = rope(b"");
        line.insert(&"x".repeat(PIECE).into());
        line.text().push(b'\n');
        for _ in 0..2 {
            outbox.push(&line).await.unwrap();
        }
        assert_eq!(theirs.read_u8().await.unwrap(), b'x');
        advance(HEARTBEAT * 3).await;
        assert_eq!(read_line(&mut theirs).await.len(), PIECE);
        assert_eq!(read_line(&mut theirs).await.as_bytes(), wire::HEARTBEAT);
        assert_eq!(read_line(&mut theirs).await.len(), PIECE + 1);
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
        assert_eq!(outbox.push(&rope(b"x\n")).await, Err(Gone));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_without_a_word_for_too_long_is_gone() {
        let (_theirs, ours) = tokio::io::duplex(16);
        let outbox = Outbox::default();
        let before = Instant::now();
        let patience = Duration::from_secs(120);
        let error = outbox.write_to(ours, Some(patience)).await.unwrap_err();
        assert_eq!((error.kind(), before.elapsed()), (io::ErrorKind::TimedOut, patience));
        assert_eq!(outbox.push(&rope(b"x\n")).await, Err(Gone));
    }

    #[tokio::test]
    async fn lines_that_are_taken_make_room_whatever_their_length() {
        let outbox = Outbox::with_room(10);
        for line in [&b"0123456789abcdef\n"[..], b"short\n", b"0123456789abcdef\n"] {
            outbox.push(&rope(line)).await.unwrap();
            assert!(!outbox.push_if_room(b"more\n"));
            assert_eq!(outbox.next().await.as_deref(), Some(line));
        }
        outbox.finish();
        assert_eq!(outbox.next().await, None);
    }
}
