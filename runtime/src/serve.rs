//! Sessions: one task a request, none of which anybody waits for. All ways to attach a daemon share them.
//!
//! A [`Server`] is a plugin at work. [`Server::serve`] reads the requests of one byte stream and writes their answers
//! to another; [`Sessions`] alone is what an HTTP request needs. Work is bounded by [`Limits`], not by how fast the
//! daemon reads: what is beyond them is answered with an error.

mod lines;
#[cfg(test)]
pub(crate) mod obedient;
mod sessions;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use crate::log::{Level, Log};
use crate::operation::Engine;
use crate::outbox::Outbox;
use crate::plugin::Plugin;
use lines::{Line, Lines};
pub(crate) use sessions::{Sessions, checked};

/// How long sessions that are given up may take to say so.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long a peer that said no may take to close.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of its words that are kept.
const LONGEST_REFUSAL: usize = 4_000;

/// What a process takes on at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest request line in bytes.
    pub line: usize,
    /// Sessions that run at once.
    pub sessions: usize,
    /// Bytes of the request lines of all running sessions.
    pub in_flight: usize,
    /// How long running sessions may take after a signal to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { line: 64 << 20, sessions: 4_000, in_flight: 160 << 20, drain: Duration::from_secs(30) }
    }
}

/// What the two byte streams to a daemon are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Two pipes. The end of one is the end of requests; their answers still have a way.
    Pipes,
    /// One socket. Its end is the end of everything, and a line that is not JSON is the daemon's refusal.
    Socket,
}

impl Link {
    /// How long a write may take. A daemon kills a process whose pipe it does not read; nobody closes a dead socket.
    fn patience(self) -> Option<Duration> {
        match self {
            Link::Pipes => None,
            Link::Socket => Some(Duration::from_secs(120)),
        }
    }
}

/// Why serving ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// No more requests; of pipes: everything was finished.
    InputClosed,
    /// A signal to stop; what was running was finished, or given up after [`Limits::drain`].
    Stopped,
    /// The daemon no longer reads.
    DaemonGone,
    /// The daemon said no, in these words.
    Refused(String),
}

/// A plugin at work: what all connections and requests of a process share.
pub struct Server {
    plugin: &'static Plugin,
    engine: Engine,
    log: Log,
    limits: Limits,
    /// Requests that are being worked on, and the bytes of their lines.
    running: AtomicUsize,
    in_flight: AtomicUsize,
    /// Becomes true when running sessions must end.
    giving_up: watch::Sender<bool>,
}

impl Server {
    /// A plugin that has not begun to work: nothing is built before it is used.
    pub fn new(plugin: &'static Plugin, limits: Limits, log: Log) -> Arc<Self> {
        let engine = Engine::of_plugin(format!("{}/{}", plugin.name, plugin.version), log.clone());
        Server::with_engine(plugin, limits, log, engine)
    }

    /// The same with an engine of one's own.
    pub fn with_engine(plugin: &'static Plugin, limits: Limits, log: Log, engine: Engine) -> Arc<Self> {
        let (running, in_flight, giving_up) = Default::default();
        Arc::new(Server { plugin, engine, log, limits, running, in_flight, giving_up })
    }

    /// The plugin.
    pub(crate) fn plugin(&self) -> &'static Plugin {
        self.plugin
    }

    /// Where the process logs.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// What is taken on at once.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Ends running sessions with an error.
    pub(crate) fn give_up(&self) {
        self.log.warn("some sessions did not finish in time");
        self.giving_up.send_replace(true);
    }

    /// Room for one more request of `bytes`; `None` when there is too much to do. A request that is alone has room.
    pub(crate) fn room(self: &Arc<Self>, bytes: usize) -> Option<Held> {
        let mut held = Held { server: self.clone(), bytes: 0 };
        let fits = self.running.fetch_add(1, Ordering::Relaxed) < self.limits.sessions;
        (fits && held.grow(bytes)).then_some(held)
    }

    /// Serves requests from `reader` until it ends or `stop` does; answers leave through `outbox` to `writer`.
    pub async fn serve(
        self: &Arc<Self>,
        link: Link,
        reader: impl AsyncRead + Unpin,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        outbox: Arc<Outbox>,
        stop: impl Future<Output = ()>,
    ) -> Ended {
        let mut writing = tokio::spawn({
            let outbox = outbox.clone();
            async move { outbox.write_to(writer, link.patience()).await }
        });
        let mut sessions = Sessions::new(self.clone(), outbox.clone());
        let mut lines = Lines::new(reader, self.limits.line);
        let mut stop = pin!(stop);
        let mut first_words = None;

        let mut ended = loop {
            tokio::select! {
                _ = &mut writing => break Ended::DaemonGone,
                () = &mut stop => break Ended::Stopped,
                // Refusals wait for the daemon to read, too: at some point only reading less bounds them.
                line = lines.next(), if sessions.len() < 2 * self.limits.sessions => match line {
                    Ok(Some(line)) if link == Link::Socket && is_text(&line) => {
                        first_words = Some(line);
                        break Ended::DaemonGone;
                    }
                    Ok(Some(line)) => sessions.take_on(line),
                    Ok(None) => break Ended::InputClosed,
                    Err(problem) => {
                        self.log.write(Level::Error, &format!("reading requests failed: {problem}"));
                        break Ended::InputClosed;
                    }
                },
                () = sessions.next_end() => {}
            }
        };
        if link == Link::Socket && ended != Ended::Stopped {
            writing.abort();
            return refused(first_words, &mut lines).await.map_or(ended, Ended::Refused);
        }
        if ended == Ended::DaemonGone {
            return ended;
        }

        let stopped = ended == Ended::Stopped;
        let mut bound = pin!(async {
            // A signal counts after the end of input as well.
            if !stopped {
                stop.await;
            }
            tokio::time::sleep(self.limits.drain).await;
        });
        let mut listens = stopped;
        loop {
            tokio::select! {
                _ = &mut writing => return Ended::DaemonGone,
                () = sessions.finished() => break,
                line = lines.next(), if listens && sessions.len() < 2 * self.limits.sessions => match line {
                    Ok(Some(line)) => sessions.turn_away(&line),
                    Ok(None) | Err(_) => listens = false,
                },
                () = &mut bound => {
                    ended = Ended::Stopped;
                    self.give_up();
                    let _ = tokio::time::timeout(LAST_WORDS, sessions.finished()).await;
                    break;
                }
            }
        }
        outbox.finish();
        let stopped = ended == Ended::Stopped;
        tokio::select! {
            written = &mut writing => if let Ok(Ok(())) = written { ended } else { Ended::DaemonGone },
            () = tokio::time::sleep(self.limits.drain), if stopped => Ended::DaemonGone,
            // Without a signal the reader may take its time.
            () = &mut bound, if !stopped => Ended::DaemonGone,
        }
    }
}

/// Counts a request while it is worked on.
pub(crate) struct Held {
    server: Arc<Server>,
    bytes: usize,
}

impl Held {
    /// Counts more bytes; `false` when they are too many. Those of a request that is alone never are.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        let before = self.server.in_flight.fetch_add(bytes, Ordering::Relaxed);
        let alone = before + bytes == self.bytes;
        alone || before + bytes <= self.server.limits.in_flight
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.server.in_flight.fetch_sub(self.bytes, Ordering::Relaxed);
        self.server.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a line is meant for people.
fn is_text(line: &Line) -> bool {
    let (Line::Whole(line) | Line::TooLong(line)) = line;
    line.trim_ascii_start().first().is_some_and(|first| *first != b'{')
}

/// What a peer says before it closes, without what a terminal would obey; `None` if that is nothing.
pub(crate) async fn refusal_in(reader: impl AsyncRead + Unpin) -> Option<String> {
    refused(None, &mut Lines::new(reader, LONGEST_REFUSAL)).await
}

/// The same after its first line.
async fn refused(first: Option<Line>, lines: &mut Lines<impl AsyncRead + Unpin>) -> Option<String> {
    let mut said = Vec::new();
    let mut add = |line: &Line| {
        let (Line::Whole(text) | Line::TooLong(text)) = line;
        if is_text(line) && said.len() < LONGEST_REFUSAL {
            said.extend_from_slice(text);
            said.push(b'\n');
        }
    };
    first.iter().for_each(&mut add);
    let rest = async {
        while let Ok(Some(line)) = lines.next().await {
            add(&line);
        }
    };
    let _ = tokio::time::timeout(REFUSAL_PATIENCE, rest).await;
    let said = String::from_utf8_lossy(&said);
    let said: String = said.chars().filter(|letter| *letter == '\n' || !letter.is_control()).collect();
    let said = crate::error::cut(said.trim(), LONGEST_REFUSAL);
    (!said.is_empty()).then(|| said.to_owned())
}

#[cfg(test)]
mod tests;
