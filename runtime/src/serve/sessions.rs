//! From a request's line to the end of its session.

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::lines::Line;
use super::{Held, Server};
use crate::bell::Bell;
use crate::error::{Error, Kind, cut};
use crate::log::{Level, Log};
use crate::outbox::Outbox;
use crate::session::{Failure, Session};
use crate::wire::{self, Envelope};

/// The work for a longer request (reading, writing and hashing it, counting its tokens) takes long enough to hold up
/// other sessions: it gets a thread of its own. [`super::Limits::in_flight`] keeps those fewer than tokio has.
pub(super) const HEAVY: usize = 512 << 10;
/// The same for actions that are answered here, without a request: they do nothing but compute. A hostile text of this
/// length takes some fifteen milliseconds to count. Of these there may be more than tokio has threads, where the daemon
/// reads no answers; the others wait for one.
pub(super) const LOCAL: usize = 16 << 10;
const STOPPING: &str = "the plugin is being stopped";
/// Longer session ids are none: the daemon's are UUIDs, and an id must leave room in a line.
const LONGEST_ID: usize = 256;

/// The sessions whose answers take one way out. Dropped, they end without a word, and their upstream requests with
/// them.
pub(crate) struct Sessions {
    server: Arc<Server>,
    outbox: Arc<Outbox>,
    open: Arc<Open>,
    tasks: JoinSet<()>,
    /// Whoever runs in a thread of its own cannot be dropped; it hears of it here.
    gone: watch::Sender<()>,
}

impl Sessions {
    pub(crate) fn new(server: Arc<Server>, outbox: Arc<Outbox>) -> Self {
        Sessions { server, outbox, open: Arc::default(), tasks: JoinSet::new(), gone: watch::Sender::default() }
    }

    /// How many have not ended, with those that are refused.
    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Waits until one of them ends; for ever if there is none.
    pub(crate) async fn next_end(&mut self) {
        if self.tasks.join_next().await.is_none() {
            std::future::pending().await
        }
    }

    /// Waits until all have ended.
    pub(crate) async fn finished(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Starts a session for a line, or one that says why not. Never waits.
    pub(crate) fn take_on(&mut self, line: Line) {
        let line = match line {
            Line::Whole(line) => line,
            Line::TooLong(beginning) => {
                let problem = format!("this request is longer than {} MiB", self.server.limits.line >> 20);
                return self.refuse(&beginning, Error::bad_request(problem));
            }
        };
        match self.server.room(line.len()) {
            Some(held) => self.start(line, held),
            None => {
                let problem = "the plugin has too much to do; try again later";
                self.refuse(&line, Error::new(Kind::ServerUnavailable, problem));
            }
        }
    }

    /// Answers a line that comes when nothing is taken on any more: the daemon would wait for minutes.
    pub(crate) fn turn_away(&mut self, line: &Line) {
        let (Line::Whole(line) | Line::TooLong(line)) = line;
        self.refuse(line, Error::new(Kind::ServerUnavailable, STOPPING));
    }

    /// Starts the session of a line that has room.
    pub(crate) fn start(&mut self, line: Vec<u8>, held: Held) {
        let (server, outbox, open) = (self.server.clone(), self.outbox.clone(), self.open.clone());
        let is_heavy = line.len() > HEAVY || (line.len() > LOCAL && server.plugin.answers_here(&line));
        let work = async move {
            handle(&server, &line, outbox, &open).await;
            drop(held);
        };
        if is_heavy {
            let (here, mut gone) = (tokio::runtime::Handle::current(), self.gone.subscribe());
            self.tasks.spawn_blocking(move || {
                here.block_on(async {
                    tokio::select! {
                        biased;
                        () = work => {}
                        _ = gone.changed() => {}
                    }
                });
            });
        } else {
            self.tasks.spawn(work);
        }
    }

    fn refuse(&mut self, beginning: &[u8], error: Error) {
        let log = self.server.log.clone();
        match wire::session_id_at_start(beginning) {
            Some(id) => {
                let Some(turn) = self.open.take(&id) else { return log.warn(&doubled(&id)) };
                let session = Session::new(id, self.outbox.clone());
                self.tasks.spawn(async move {
                    finish(session, Err(error.into()), "request", &log).await;
                    drop(turn);
                });
            }
            None => log.warn(&format!("a request without a readable session was dropped: {}", error.message())),
        }
    }
}

/// The ids of the sessions that have not ended. A request that comes twice is answered once: two answers under one id
/// would be one answer that nobody can read, and the end of one the end of both.
#[derive(Default)]
struct Open(Mutex<HashSet<String>>);

impl Open {
    /// The id, until what is returned is dropped; `None` if its session is under way.
    fn take(self: &Arc<Self>, id: &str) -> Option<Turn> {
        self.ids().insert(id.to_owned()).then(|| Turn { open: self.clone(), id: id.to_owned() })
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Turn {
    open: Arc<Open>,
    id: String,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.open.ids().remove(&self.id);
    }
}

fn doubled(id: &str) -> String {
    format!("a request was ignored: session {} is under way already", cut(id, LONGEST_ID))
}

/// A line that is a request, with its session id.
///
/// # Errors
/// What is wrong with it, without its content.
pub(crate) async fn checked(line: Vec<u8>) -> Result<(String, Vec<u8>), String> {
    if line.len() <= HEAVY {
        return session_of(&line).map(|id| (id, line));
    }
    let work = tokio::task::spawn_blocking(move || session_of(&line).map(|id| (id, line)));
    work.await.unwrap_or_else(|_| Err("this request cannot be read".to_owned()))
}

fn session_of(line: &[u8]) -> Result<String, String> {
    let envelope = Envelope::parse(line).map_err(|problem| format!("this request cannot be read: {problem}"))?;
    known_event(&envelope)?;
    let id = envelope.session_id.filter(|id| id.len() <= LONGEST_ID);
    id.map(std::borrow::Cow::into_owned).ok_or_else(|| "this request names no session, or one too long".to_owned())
}

fn known_event(envelope: &Envelope<'_>) -> Result<(), String> {
    match envelope.event.as_deref() {
        Some("request") => Ok(()),
        other => Err(format!("unknown event `{}`", cut(other.unwrap_or_default(), 60))),
    }
}

/// One line from reading it to its end.
async fn handle(server: &Server, line: &[u8], outbox: Arc<Outbox>, open: &Arc<Open>) {
    if line.trim_ascii().is_empty() {
        return;
    }
    let log = &server.log;
    let (id, envelope) = match Envelope::parse(line) {
        Ok(mut envelope) => (envelope.session_id.take().map(std::borrow::Cow::into_owned), Ok(envelope)),
        Err(problem) => (wire::session_id_at_start(line), Err(problem)),
    };
    let Some(id) = id.filter(|id| id.len() <= LONGEST_ID) else {
        let problem = envelope.err().unwrap_or_else(|| "it names no session, or one too long".to_owned());
        return log.warn(&format!("a line from the daemon was ignored: {problem}"));
    };
    let Some(_turn) = open.take(&id) else { return log.warn(&doubled(&id)) };
    let session = Session::new(id, outbox);
    let outcome = match envelope {
        Err(problem) => Err(Error::bad_request(format!("this request cannot be read: {problem}")).into()),
        Ok(envelope) => match known_event(&envelope) {
            Err(problem) => Err(Error::bad_request(problem).into()),
            Ok(()) => {
                let mut answers = session.answers();
                let data = envelope.data.map_or("{}", serde_json::value::RawValue::get);
                let work = pin!(server.plugin.serve(&server.engine, envelope.caller(), data, &mut answers));
                guarded(server, work).await
            }
        },
    };
    finish(session, outcome, "session", log).await;
}

/// Runs a session's work until it is given up; a panic in it is that session's error and nobody else's. It is handed
/// over in its place: a task has room both for what it is given and for what it pins.
async fn guarded(
    server: &Server,
    mut work: Pin<&mut impl Future<Output = Result<(), Failure>>>,
) -> Result<(), Failure> {
    let failed = |problem| Poll::Ready(Err(Error::new(Kind::ServerUnavailable, problem).into()));
    let mut subscribed = server.giving_up.subscribe();
    let giving_up = pin!(subscribed.wait_for(|now| *now));
    let mut giving_up = Bell::new(giving_up);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Ready(outcome)) => Poll::Ready(outcome),
        Ok(Poll::Pending) => {
            let now = *server.giving_up.borrow();
            match giving_up.poll(context, now) {
                Poll::Ready(_) => failed(STOPPING),
                Poll::Pending => Poll::Pending,
            }
        }
        Err(_) => failed("the plugin failed on this call (internal error); other calls are not affected"),
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
