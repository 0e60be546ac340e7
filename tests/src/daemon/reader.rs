//! Reads what the plugin writes, hands it to the sessions, and keeps what a neighbour would complain about.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::check::{self, Event, Message};
use super::{PATIENCE, Session};
use crate::python::workspace;

/// What the readers and the test share.
pub(super) struct Shared {
    state: Mutex<State>,
    logged: Condvar,
}

#[derive(Default)]
struct State {
    sessions: HashMap<String, Open>,
    written: Vec<String>,
    stderr: Vec<String>,
    logs: Vec<(String, String)>,
    complaints: Vec<String>,
    secrets: BTreeSet<String>,
    record: Option<BufWriter<File>>,
    foreign: bool,
    silent: bool,
}

struct Open {
    action: String,
    credentials: Map<String, Value>,
    sender: Sender<(Instant, Message)>,
    failed: bool,
    ended: bool,
}

/// A test that failed while it held the lock must not hide its own message behind a poisoned lock.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(foreign: bool) -> Self {
        let record = if foreign { None } else { record() };
        let state = State { record, foreign, ..State::default() };
        Shared { state: Mutex::new(state), logged: Condvar::new() }
    }

    pub(super) fn open(&self, id: &str, action: &str, credentials: Map<String, Value>) -> Session {
        let (sender, messages) = mpsc::channel();
        let mut state = lock(&self.state);
        // After the plugin's end nobody would ever answer.
        if !state.silent {
            let open = Open { action: action.to_owned(), credentials, sender, failed: false, ended: false };
            state.sessions.insert(id.to_owned(), open);
        }
        Session { id: id.to_owned(), messages, began: Instant::now() }
    }

    pub(super) fn keep_secrets(&self, secrets: impl IntoIterator<Item = String>) {
        lock(&self.state).secrets.extend(secrets);
    }

    pub(super) fn logs(&self) -> Vec<(String, String)> {
        lock(&self.state).logs.clone()
    }

    pub(super) fn stderr(&self) -> Vec<String> {
        lock(&self.state).stderr.clone()
    }

    pub(super) fn wait_for_log(&self, part: &str) -> Option<(String, String)> {
        let missing =
            |state: &mut State| !state.silent && !state.logs.iter().any(|(_, message)| message.contains(part));
        let waited = self.logged.wait_timeout_while(lock(&self.state), PATIENCE, missing);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.logs.iter().rev().find(|(_, message)| message.contains(part)).cloned()
    }

    /// What was wrong with single lines, and every secret found in any of them.
    pub(super) fn complaints(&self) -> Vec<String> {
        let state = lock(&self.state);
        let mut complaints = state.complaints.clone();
        complaints.extend(state.stderr.iter().filter(|line| line.starts_with(check::PANICKED)).cloned());
        for line in state.written.iter().chain(&state.stderr) {
            for secret in &state.secrets {
                if line.contains(secret.as_str()) || line.contains(&escaped(secret)) {
                    complaints.push(format!("secret {:?}... in {}", secret.get(..6), &line[..line.len().min(2000)]));
                }
            }
        }
        complaints
    }
}

/// The text as it stands inside a JSON string.
fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.trim_matches('"').to_owned()
}

impl State {
    fn line(&mut self, line: &[u8], at: Instant) -> Result<bool, String> {
        let event = if self.foreign { check::foreign_line(line)? } else { check::line(line)? };
        let mut kept = String::from_utf8_lossy(line).into_owned();
        let mut action = Value::Null;
        let mut heartbeat = false;
        match event {
            Event::Heartbeat => heartbeat = true,
            Event::Log(level, message) => self.logs.push((level, message)),
            Event::Session(id, message) => {
                let open = self.sessions.get_mut(&id).ok_or(format!("session {id} is not known"))?;
                action = open.action.clone().into();
                if let Some(line) = open.take(at, message, self.foreign)? {
                    kept = line;
                }
            }
        }
        if let Some(record) = &mut self.record {
            let line = String::from_utf8_lossy(line);
            let line = json!({"action": action, "line": line}).to_string();
            writeln!(record, "{line}").map_err(|error| error.to_string())?;
        }
        self.written.push(kept);
        Ok(heartbeat)
    }
}

impl Open {
    /// Takes a message of this session. Gives the line to look for secrets in, if it is not the line itself.
    fn take(&mut self, at: Instant, message: Message, foreign: bool) -> Result<Option<String>, String> {
        if self.ended || (self.failed && message != Message::End) {
            return Err(format!("{message:?} after the session's end"));
        }
        let mut kept = None;
        match &message {
            Message::Stream(_) if foreign => {}
            Message::Stream(data) => {
                check::answer(&self.action, data)?;
                // Dify merges these into what it stores, so they go back as they came, secrets and all.
                if let Some(credentials) = data["credentials"].as_object() {
                    if credentials.iter().any(|(name, value)| self.credentials.get(name) != Some(value)) {
                        return Err(format!("changed credentials: {:?}", credentials.keys()));
                    }
                    kept = Some(data["result"].to_string());
                }
            }
            Message::Error(_) => self.failed = true,
            Message::End => self.ended = true,
        }
        // The test may have lost interest.
        let _ = self.sender.send((at, message));
        Ok(kept)
    }
}

/// Reads stdout to its end, or so many lines.
pub(super) fn stdout(shared: &Shared, stdout: impl Read, ready: &Sender<Instant>, most: usize) {
    let mut stdout = BufReader::with_capacity(1 << 16, stdout);
    let mut line = Vec::new();
    let mut read = 0;
    while read < most && stdout.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        let at = Instant::now();
        let whole = line.last() == Some(&b'\n');
        let body = line.trim_ascii();
        let mut state = lock(&shared.state);
        if !body.is_empty() {
            let result = if whole { state.line(body, at) } else { Err("no line feed after the last line".to_owned()) };
            match result {
                Ok(true) => drop(ready.send(at)),
                Ok(false) => {}
                Err(complaint) => {
                    let start = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
                    state.written.push(String::from_utf8_lossy(body).into_owned());
                    state.complaints.push(format!("{complaint}: {start}"));
                }
            }
        }
        drop(state);
        shared.logged.notify_all();
        line.clear();
        read += 1;
    }
    let mut state = lock(&shared.state);
    state.silent = true;
    state.sessions.clear();
    if let Some(mut record) = state.record.take() {
        let _ = record.flush();
    }
    drop(state);
    shared.logged.notify_all();
}

/// Reads stderr to its end.
pub(super) fn stderr(shared: &Shared, stderr: impl Read) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    while stderr.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        let mut state = lock(&shared.state);
        if line.len() > check::LONGEST_LINE {
            state.complaints.push(format!("a line of {} bytes on stderr", line.len()));
        }
        state.stderr.push(String::from_utf8_lossy(line.trim_ascii_end()).into_owned());
        line.clear();
    }
}

/// The file for the lines of one plugin, in the directory that `RECORD_LINES` names; `tests/run` sets it.
fn record() -> Option<BufWriter<File>> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let directory = std::env::var_os("RECORD_LINES").map(PathBuf::from)?;
    let directory = if directory.is_absolute() { directory } else { workspace().join(directory) };
    fs::create_dir_all(&directory).ok()?;
    let name = format!("{}-{}.jsonl", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    File::create(directory.join(name)).ok().map(BufWriter::new)
}
