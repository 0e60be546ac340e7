//! Addresses of names: the system is asked once at a time for each name, and for so many names at once.
//!
//! It blocks a thread until it knows, for many seconds where a name server is silent. Threads are shared with all that
//! computes: hundreds of calls to one name that stalls must not take them all.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{Semaphore, watch};

/// Names that the system is asked for at once: half of tokio's threads.
const AT_ONCE: usize = 256;

type Lookup = fn(&str) -> io::Result<Vec<SocketAddr>>;
type Answer = Result<Vec<SocketAddr>, String>;
/// Those that wait for a name; no answer yet.
type Waiting = watch::Receiver<Option<Answer>>;

/// The names that are being looked up.
#[derive(Clone)]
pub(super) struct Names {
    asked: Arc<Mutex<HashMap<String, Waiting>>>,
    room: Arc<Semaphore>,
    lookup: Lookup,
}

impl Default for Names {
    fn default() -> Self {
        Names::with(|name| Ok((name, 0).to_socket_addrs()?.collect()), AT_ONCE)
    }
}

impl Names {
    fn with(lookup: Lookup, at_once: usize) -> Self {
        Names { asked: Arc::default(), room: Arc::new(Semaphore::new(at_once)), lookup }
    }

    /// Asks for a name, or joins those that have asked.
    fn ask(&self, name: &str) -> Waiting {
        let mut asked = self.asked();
        if let Some(waiting) = asked.get(name) {
            return waiting.clone();
        }
        let (answer, waiting) = watch::channel(None);
        asked.insert(name.to_owned(), waiting.clone());
        // A task of its own: whoever asked first may be the first to give up.
        tokio::spawn(self.clone().answer(name.to_owned(), answer));
        waiting
    }

    async fn answer(self, name: String, answer: watch::Sender<Option<Answer>>) {
        let Ok(_room) = self.room.acquire().await else { return };
        {
            let mut asked = self.asked();
            // Only the list itself is left to wait.
            if answer.receiver_count() <= 1 {
                asked.remove(&name);
                return;
            }
        }
        let (lookup, asked) = (self.lookup, name.clone());
        let found = match tokio::task::spawn_blocking(move || lookup(&asked)).await {
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(problem)) => Err(problem.to_string()),
            Err(_) => Err("the name cannot be looked up".to_owned()),
        };
        self.asked().remove(&name);
        answer.send_replace(Some(found));
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let mut waiting = self.ask(name.as_str());
        Box::pin(async move {
            let answer = waiting.wait_for(Option::is_some).await?.clone();
            let addresses = answer.unwrap_or_else(|| Err("no answer".to_owned()))?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::timeout;

    use super::*;

    static ASKED: AtomicUsize = AtomicUsize::new(0);
    static SPEAKS: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

    /// A name server that is silent about some names until the test lets go.
    fn lookup(name: &str) -> io::Result<Vec<SocketAddr>> {
        if name.starts_with("silent") {
            ASKED.fetch_add(1, Ordering::Relaxed);
            let speaks = SPEAKS.0.lock().unwrap();
            drop(SPEAKS.1.wait_while(speaks, |speaks| !*speaks).unwrap());
        }
        if name.ends_with("unknown") {
            Err(io::Error::other("nobody knows it"))
        } else {
            Ok(vec![([127, 0, 0, 1], 0).into()])
        }
    }

    async fn addresses(names: &Names, name: &str) -> Result<usize, String> {
        let found = names.resolve(name.parse().unwrap()).await;
        found.map(Iterator::count).map_err(|problem| problem.to_string())
    }

    #[tokio::test]
    async fn a_name_that_stalls_takes_one_thread_and_nobody_elses_time() {
        let names = Names::with(lookup, 2);
        let stalled: Vec<_> = (0..700)
            .map(|_| {
                let names = names.clone();
                tokio::spawn(async move { addresses(&names, "silent.example").await })
            })
            .collect();
        assert_eq!(addresses(&names, "other.example").await, Ok(1));
        assert_eq!(addresses(&names, "unknown").await.unwrap_err(), "nobody knows it");
        // A second one takes all that is left; a third waits, and is never asked for if nobody does any more.
        let second = tokio::spawn({
            let names = names.clone();
            async move { addresses(&names, "silent.unknown").await }
        });
        tokio::task::yield_now().await;
        let gone = timeout(Duration::from_millis(1), addresses(&names, "silent.third")).await;
        assert!(gone.is_err());
        *SPEAKS.0.lock().unwrap() = true;
        SPEAKS.1.notify_all();
        assert!(join_all(stalled).await.into_iter().all(|found| found.unwrap() == Ok(1)));
        assert!(second.await.unwrap().is_err());
        assert_eq!(addresses(&names, "other.example").await, Ok(1));
        assert_eq!(ASKED.load(Ordering::Relaxed), 2);
        assert!(names.asked().is_empty());
    }
}
