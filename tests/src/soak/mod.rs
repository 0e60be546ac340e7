//! A long life: many sessions of every kind at once through one process, a share of them broken at random, until so many
//! chunks have passed. Every session must end exactly once, the healthy ones exact to the byte, and the process must hold
//! as much at the end as in the beginning.
//!
//! Everything follows from one seed: [`plan`] says what a session asks and what must come of it, [`gateway`] plays the
//! other side of the same plan.

mod gateway;
mod plan;
mod process;
mod words;

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::consumers;
use crate::daemon::check::{self, Event, Message};
use crate::daemon::install::Installed;
use gateway::Gateway;
use plan::{Expected, Plan};
use process::{Process, Usage};

/// How often the process is looked at.
const SAMPLES: usize = 64;
/// Connections to one gateway that may wait for another session when all have ended.
const IDLE: u64 = 32;
/// What may come and go at any moment: handles, threads.
const ROOM: u64 = 16;

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub struct Soak {
    /// Chunks of streams that must pass.
    pub chunks: usize,
    /// Sessions at once.
    pub at_once: usize,
    /// What everything follows from.
    pub seed: u64,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Report {
    /// Sessions that ended, by kind.
    pub sessions: HashMap<&'static str, usize>,
    /// Chunks of streams that passed.
    pub chunks: usize,
    /// Lines of the process.
    pub lines: usize,
    /// Log lines, all of them of failed sessions and of requests that came twice.
    pub logs: usize,
    /// How long it took.
    pub took: Duration,
    samples: Vec<Usage>,
    /// Before the first session, and after the last one.
    idle: [Usage; 2],
    at_once: usize,
}

/// A session that has not ended.
struct Open {
    plan: Plan,
    pieces: Vec<Value>,
    text: String,
    failure: Option<check::Failure>,
}

impl Soak {
    /// Runs it.
    ///
    /// # Errors
    /// What a session or the process did that it must not.
    pub fn run(&self, installed: &Installed) -> Result<Report, String> {
        let began = Instant::now();
        let gateway = Gateway::start(self.seed);
        let mut process = Process::start(installed)?;
        let mut report = Report { at_once: self.at_once, ..Report::default() };
        let mut line = Vec::new();
        process.read(&mut line)?;
        if check::line(line.trim_ascii())? != Event::Heartbeat {
            return Err(format!("no heartbeat first: {}", String::from_utf8_lossy(&line)));
        }
        report.idle[0] = process.usage()?;
        // One place for each session at once. Its id is used again as soon as the session before has ended.
        let mut open: HashMap<String, Open> = HashMap::new();
        // What does not depend on the call must always be the same.
        let mut constant: HashMap<String, Vec<Value>> = HashMap::new();
        let (mut next, mut planned) = (0, 0);
        let mut begin = |process: &mut Process, id: String, open: &mut HashMap<String, Open>| {
            if planned >= self.chunks {
                return Ok(());
            }
            let plan = Plan::of(self.seed, next);
            next += 1;
            planned += plan.chunks();
            process.write(&plan.lines(&id, gateway.place()))?;
            open.insert(id, Open { plan, pieces: Vec::new(), text: String::new(), failure: None });
            Ok::<_, String>(())
        };
        for place in 0..self.at_once {
            begin(&mut process, format!("place-{place}"), &mut open)?;
        }
        while !open.is_empty() {
            process.read(&mut line)?;
            report.lines += 1;
            if let Some(secret) = secret_in(&line) {
                return Err(format!("{secret} is in a line: {}", String::from_utf8_lossy(&line)));
            }
            let (id, message) = match check::line(line.trim_ascii())? {
                Event::Heartbeat => continue,
                Event::Log(_, message) => {
                    let known = message.contains(" failed: ") || message.contains("was ignored");
                    if !known {
                        return Err(format!("an unexpected log line: {message}"));
                    }
                    report.logs += 1;
                    continue;
                }
                Event::Session(id, message) => (id, message),
            };
            let session = open.get_mut(&id).ok_or_else(|| format!("{id} is not open: {message:?}"))?;
            match message {
                Message::Stream(_) if session.failure.is_some() => {
                    return Err(format!("{id}: a piece after its error"));
                }
                Message::Stream(data) => {
                    check::answer(session.plan.action(), &data)?;
                    match data["delta"]["message"]["content"].as_str() {
                        Some(text) => session.text.push_str(text),
                        None => session.pieces.push(data),
                    }
                }
                Message::Error(failure) => {
                    if session.failure.replace(failure).is_some() {
                        return Err(format!("{id}: two errors"));
                    }
                }
                Message::End => {
                    let ended = open.remove(&id).ok_or("it was open")?;
                    let problem = |problem| format!("session {}: {problem}", ended.plan);
                    ended.judge(&mut constant).map_err(problem)?;
                    *report.sessions.entry(ended.plan.kind()).or_default() += 1;
                    report.chunks += ended.plan.chunks();
                    if report.samples.len() * self.chunks < report.chunks * SAMPLES {
                        report.samples.push(process.usage()?);
                    }
                    begin(&mut process, id, &mut open)?;
                }
            }
        }
        report.idle[1] = process.usage()?;
        process.end()?;
        report.took = began.elapsed();
        Ok(report)
    }
}

impl Open {
    /// Whether all came that must have come, and nothing else.
    fn judge(&self, constant: &mut HashMap<String, Vec<Value>>) -> Result<(), String> {
        let failed = self.failure.as_ref();
        if let Expected::Failure { error_types, text, cut } = self.plan.expected() {
            let failure = failed.ok_or("it did not fail")?;
            if !error_types.contains(&failure.error_type.as_str()) {
                return Err(format!("it failed as {failure:?}"));
            }
            let fits = if cut { text.starts_with(&self.text) } else { text == self.text };
            return if fits { Ok(()) } else { Err(format!("its text was {:?}", self.text)) };
        }
        if let Some(failure) = failed {
            return Err(format!("it failed: {failure:?}"));
        }
        let fits = match self.plan.expected() {
            Expected::Text(text) => text == self.text,
            Expected::Pieces(pieces) => self.plan.selected(&self.pieces) == pieces,
            Expected::Constant(name) => *constant.entry(name).or_insert_with(|| self.pieces.clone()) == self.pieces,
            Expected::Failure { .. } => false,
        };
        let answer = || format!("its answer was {:?}, {:?}", self.text, self.pieces);
        if fits && (self.pieces.len() == 1 || !self.text.is_empty()) { Ok(()) } else { Err(answer()) }
    }
}

impl Report {
    /// Whether the process held as much in the last quarter as in the second: memory within a tenth and 4 MiB, file
    /// handles and threads within an eighth and 16; and in the end as in the beginning, but for connections and threads
    /// that wait for other sessions. What counts is the least of a quarter: what is never given back is in all samples,
    /// and how many sessions happen to be sending in one of them is chance.
    ///
    /// # Errors
    /// What grew.
    pub fn flat(&self) -> Result<(), String> {
        let [_, second, _, last] = self.quarters(Usage::min);
        let [before, after] = self.idle;
        let grew = |name: &str, before: u64, after: u64, room: u64| {
            if after <= before + room { Ok(()) } else { Err(format!("{name} grew from {before} to {after}")) }
        };
        grew("resident memory (KiB)", second.memory, last.memory, second.memory / 10 + 4096)?;
        grew("file handles", second.handles, last.handles, second.handles / 8 + ROOM)?;
        grew("threads", second.threads, last.threads, second.threads / 8 + ROOM)?;
        grew("file handles without sessions", before.handles, after.handles, IDLE + ROOM)?;
        grew("threads without sessions", before.threads, after.threads, self.at_once as u64 + ROOM)
    }

    /// What the process held in each quarter, of all samples the least or the most.
    fn quarters(&self, of: fn(Usage, Usage) -> Usage) -> [Usage; 4] {
        [0, 1, 2, 3].map(|quarter| {
            let (start, end) = (self.samples.len() * quarter / 4, self.samples.len() * (quarter + 1) / 4);
            self.samples.get(start..end).unwrap_or_default().iter().copied().reduce(of).unwrap_or_default()
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sessions: usize = self.sessions.values().sum();
        writeln!(f, "{} chunks, {sessions} sessions, {} lines in {:.1?}", self.chunks, self.lines, self.took)?;
        let mut kinds: Vec<_> = self.sessions.iter().collect();
        kinds.sort();
        for (kind, count) in kinds {
            writeln!(f, "  {count:>7} {kind}")?;
        }
        let [before, after] = self.idle;
        writeln!(f, "  before the first session: {before}")?;
        let (least, most) = (self.quarters(Usage::min), self.quarters(Usage::max));
        for (quarter, (least, most)) in ["first", "second", "third", "last"].iter().zip(least.iter().zip(&most)) {
            writeln!(f, "  {quarter} quarter, at least: {least}; at most: {most}")?;
        }
        writeln!(f, "  after the last session: {after}")
    }
}

fn secret_in(line: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(line).ok()?;
    [consumers::API_KEY, consumers::SECRET_KEY].into_iter().find(|secret| text.contains(secret))
}
