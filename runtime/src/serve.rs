//! The read loop: one task a request, none of which it ever waits for.
//!
//! Work is bounded by [`Limits`], not by how fast the daemon reads: what is beyond them is answered with an error.

mod lines;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::{Error, Kind};
use crate::log::{Level, Log};
use crate::operation::Engine;
use crate::outbox::Outbox;
use crate::plugin::Plugin;
use crate::session::{Failure, Session};
use crate::wire::{self, Envelope};
use lines::{Line, Lines};

/// The work for a longer request (reading, writing and hashing it, counting its tokens) takes long enough to hold up
/// other sessions: it gets a thread of its own. [`Limits::in_flight`] keeps those fewer than tokio has.
const HEAVY: usize = 512 << 10;
/// Longer session ids are none: the daemon's are UUIDs, and an id must leave room in a line.
const LONGEST_ID: usize = 256;
/// How long sessions that are given up may take to say so.
const LAST_WORDS: Duration = Duration::from_secs(5);

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

/// Why serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No more requests; everything was finished.
    InputClosed,
    /// A signal to stop; what was running was finished, or given up after [`Limits::drain`].
    Stopped,
    /// The daemon no longer reads.
    DaemonGone,
}

/// Serves requests from `reader` until it ends or `stop` does. `level` is the lowest level that is logged.
pub async fn serve(
    plugin: &'static Plugin,
    reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Send + Unpin + 'static,
    limits: Limits,
    level: Level,
    stop: impl Future<Output = ()>,
) -> Ended {
    let outbox = Arc::new(Outbox::default());
    let log = Log::new(level, outbox.clone());
    let engine = Engine::of_plugin(format!("{}/{}", plugin.name, plugin.version), log.clone());
    let server = Server {
        plugin,
        engine: Arc::new(engine),
        outbox: outbox.clone(),
        log,
        limits,
        in_flight: Arc::default(),
        giving_up: watch::Sender::new(false),
    };

    let mut writing = tokio::spawn({
        let outbox = outbox.clone();
        async move { outbox.write_to(writer).await }
    });
    let mut sessions = JoinSet::new();
    let mut lines = Lines::new(reader, limits.line);
    let mut stop = pin!(stop);

    let mut ended = loop {
        tokio::select! {
            _ = &mut writing => return Ended::DaemonGone,
            () = &mut stop => break Ended::Stopped,
            // Refusals wait for the daemon to read, too: at some point only reading less bounds them.
            line = lines.next(), if sessions.len() < 2 * limits.sessions => match line {
                Ok(Some(line)) => server.take_on(line, &mut sessions),
                Ok(None) => break Ended::InputClosed,
                Err(problem) => {
                    server.log.write(Level::Error, &format!("reading requests failed: {problem}"));
                    break Ended::InputClosed;
                }
            },
            Some(_) = sessions.join_next() => {}
        }
    };

    let bound = async {
        // A signal counts after the end of input as well.
        if ended != Ended::Stopped {
            stop.await;
        }
        tokio::time::sleep(limits.drain).await;
    };
    tokio::select! {
        _ = &mut writing => return Ended::DaemonGone,
        () = finished(&mut sessions) => {}
        () = bound => {
            ended = Ended::Stopped;
            server.log.warn("some sessions did not finish in time");
            server.giving_up.send_replace(true);
            let _ = tokio::time::timeout(LAST_WORDS, finished(&mut sessions)).await;
        }
    }
    outbox.finish();
    match tokio::time::timeout(limits.drain, writing).await {
        Ok(Ok(Ok(()))) => ended,
        _ => Ended::DaemonGone,
    }
}

async fn finished(sessions: &mut JoinSet<()>) {
    while sessions.join_next().await.is_some() {}
}

struct Server {
    plugin: &'static Plugin,
    engine: Arc<Engine>,
    outbox: Arc<Outbox>,
    log: Log,
    limits: Limits,
    in_flight: Arc<AtomicUsize>,
    /// Becomes true when running sessions must end.
    giving_up: watch::Sender<bool>,
}

impl Server {
    /// Starts a session for a line, or one that says why not. Never waits.
    fn take_on(&self, line: Line, sessions: &mut JoinSet<()>) {
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(beginning) => {
                let problem = format!("this request is longer than {} MiB", self.limits.line >> 20);
                return self.refuse(&beginning, Error::bad_request(problem), sessions);
            }
        };
        let busy = self.in_flight.load(Ordering::Relaxed) + line.len() > self.limits.in_flight
            && self.in_flight.load(Ordering::Relaxed) > 0;
        if busy || sessions.len() >= self.limits.sessions {
            let problem = "the plugin has too much to do; try again later";
            return self.refuse(&line, Error::new(Kind::ServerUnavailable, problem), sessions);
        }
        let held = Held::new(&self.in_flight, line.len());
        let (plugin, engine) = (self.plugin, self.engine.clone());
        let (outbox, log, giving_up) = (self.outbox.clone(), self.log.clone(), self.giving_up.subscribe());
        let is_heavy = line.len() > HEAVY;
        let work = async move {
            handle(plugin, &engine, &line, outbox, &log, giving_up).await;
            drop(held);
        };
        if is_heavy {
            let here = tokio::runtime::Handle::current();
            sessions.spawn_blocking(move || here.block_on(work));
        } else {
            sessions.spawn(work);
        }
    }

    fn refuse(&self, beginning: &[u8], error: Error, sessions: &mut JoinSet<()>) {
        match wire::session_id_at_start(beginning) {
            Some(id) => {
                let session = Session::new(id, self.outbox.clone());
                let log = self.log.clone();
                sessions.spawn(async move { finish(session, Err(error.into()), "request", &log).await });
            }
            None => self.log.warn(&format!("a request without a readable session was dropped: {}", error.message())),
        }
    }
}

/// Counts the bytes of a running request.
struct Held {
    in_flight: Arc<AtomicUsize>,
    bytes: usize,
}

impl Held {
    fn new(in_flight: &Arc<AtomicUsize>, bytes: usize) -> Self {
        in_flight.fetch_add(bytes, Ordering::Relaxed);
        Held { in_flight: in_flight.clone(), bytes }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// One line from reading it to its end.
async fn handle(
    plugin: &'static Plugin,
    engine: &Engine,
    line: &[u8],
    outbox: Arc<Outbox>,
    log: &Log,
    mut giving_up: watch::Receiver<bool>,
) {
    if line.trim_ascii().is_empty() {
        return;
    }
    let (id, envelope) = match Envelope::parse(line) {
        Ok(mut envelope) => (envelope.session_id.take().map(std::borrow::Cow::into_owned), Ok(envelope)),
        Err(problem) => (wire::session_id_at_start(line), Err(problem)),
    };
    let Some(id) = id.filter(|id| id.len() <= LONGEST_ID) else {
        let problem = envelope.err().unwrap_or_else(|| "it names no session, or one too long".to_owned());
        return log.warn(&format!("a line from the daemon was ignored: {problem}"));
    };
    let session = Session::new(id, outbox);
    let outcome = match envelope {
        Err(problem) => Err(Error::bad_request(format!("this request cannot be read: {problem}")).into()),
        Ok(envelope) => match envelope.event.as_deref() {
            Some("request") => {
                let mut answers = session.answers();
                let data = envelope.data.map_or("{}", serde_json::value::RawValue::get);
                tokio::select! {
                    biased;
                    outcome = guarded(plugin.serve(engine, envelope.caller(), data, &mut answers)) => outcome,
                    _ = giving_up.wait_for(|now| *now) => {
                        Err(Error::new(Kind::ServerUnavailable, "the plugin is being stopped").into())
                    }
                }
            }
            other => {
                Err(Error::bad_request(format!("unknown event `{}`", crate::error::cut(other.unwrap_or_default(), 60)))
                    .into())
            }
        },
    };
    finish(session, outcome, "session", log).await;
}

/// Runs a session's work; a panic in it is that session's error and nobody else's.
async fn guarded(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let mut work = pin!(work);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(_) => {
            let problem = "the plugin failed on this call (internal error); other calls are not affected";
            Poll::Ready(Err(Error::new(Kind::ServerUnavailable, problem).into()))
        }
    })
    .await
}

/// Ends a session. Its failure is logged with what support needs to find it, without the message: that may quote
/// what a user wrote.
async fn finish(session: Session, outcome: Result<(), Failure>, what: &str, log: &Log) {
    if let Err(failure) = &outcome {
        let request = failure.error.request_id().map(|id| format!(", request id {id}")).unwrap_or_default();
        log.write(Level::Error, &format!("{what} {} failed: {}{request}", session.id(), failure.error_type));
        if log.hears(Level::Debug) {
            log.write(Level::Debug, &format!("{what} {}: {}", session.id(), failure.error.message()));
        }
    }
    session.finish(outcome).await;
}

#[cfg(test)]
mod tests;
