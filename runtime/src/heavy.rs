//! Work that holds a processor long, done where it holds up no other session: on tokio's blocking pool.

use std::future::pending;
use std::panic::resume_unwind;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use crate::error::Result;
use crate::http::Head;

/// Reading a document of this size takes about a millisecond; the largest, 32 MiB, a third of a second.
pub(crate) const LARGE: usize = 256 << 10;

/// The outcome of long work. A panic in it is the caller's.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(problem) => match problem.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The process ends: nobody waits any more.
            Err(_) => pending().await,
        },
    }
}

/// The outcome of work on so many bytes; if they are many, it is done elsewhere.
pub(crate) async fn done<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if bytes < LARGE { work() } else { off_thread(work).await }
}

/// What `read` makes of a reply, its refusal included. A large one is read elsewhere.
///
/// # Errors
/// Those of `read`.
pub(crate) async fn read<T: Send + 'static>(
    head: &Head,
    reply: impl Into<Bytes>,
    read: impl FnOnce(&Head, &Bytes) -> Result<T> + Send + 'static,
) -> Result<T> {
    let reply = reply.into();
    if reply.len() < LARGE {
        return read(head, &reply);
    }
    let head = head.clone();
    off_thread(move || read(&head, &reply)).await
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn only_large_replies_are_read_elsewhere() {
        for (length, elsewhere) in [(LARGE - 1, false), (LARGE, true)] {
            let reader = |_: &Head, reply: &Bytes| Ok((thread::current().id(), reply.len()));
            let read = read(&Head::default(), vec![b'1'; length], reader).await;
            let (reader, read) = read.unwrap();
            assert_eq!((reader != thread::current().id(), read), (elsewhere, length));
            let worker = done(length, || thread::current().id()).await;
            assert_eq!(worker != thread::current().id(), elsewhere);
        }
    }

    #[tokio::test]
    async fn a_panic_is_the_callers() {
        let outcome = tokio::spawn(off_thread(|| -> u8 { panic!("broken") })).await;
        assert!(outcome.unwrap_err().is_panic());
    }
}
