//! Work that holds a processor long, done where it holds up no other session: on tokio's blocking pool.

use std::future::pending;
use std::panic::resume_unwind;

use tokio::task::spawn_blocking;

/// Reading a document of this size takes about a millisecond; the largest, 32 MiB, a third of a second.
const LARGE: usize = 256 << 10;

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

/// What `read` makes of a document, and the document again for errors. A large one is read elsewhere.
pub(crate) async fn read<T: Send + 'static>(
    document: Vec<u8>,
    read: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> (T, Vec<u8>) {
    if document.len() < LARGE {
        return (read(&document), document);
    }
    off_thread(move || (read(&document), document)).await
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn only_large_documents_are_read_elsewhere() {
        for (length, elsewhere) in [(LARGE - 1, false), (LARGE, true)] {
            let (thread, document) = read(vec![b'1'; length], |_| thread::current().id()).await;
            assert_eq!((thread != thread::current().id(), document.len()), (elsewhere, length));
        }
    }

    #[tokio::test]
    async fn a_panic_is_the_callers() {
        let outcome = tokio::spawn(off_thread(|| -> u8 { panic!("broken") })).await;
        assert!(outcome.unwrap_err().is_panic());
    }
}
