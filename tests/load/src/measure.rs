//! All scenarios, one after the other; in each the candidates take turns, each time in a process of its own.

use std::thread;
use std::time::Duration;

use crate::calls::{self, Call};
use crate::candidate::{Candidate, Kind};
use crate::frames::Frames;
use crate::gateway::Gateway;
use crate::process::Process;
use crate::report::{Goal, Point, Report, Row, median, milliseconds};
use crate::requests::Auth;
use crate::streams::{self, Scenario};
use crate::table::{count, line};

/// Starts of each candidate.
const STARTS: usize = 11;
/// Between two chunks of a paced stream.
const DELAY: Duration = Duration::from_millis(20);
/// Chunks of a stream without delay.
const AT_ONCE: u64 = 50_000;
/// Paced streams at once, and chunks of each: 3 to 6 s, if all is well.
const PACED: [(u64, u64); 5] = [(1, 200), (50, 200), (200, 200), (500, 300), (2_000, 150)];
/// How long streams may take whose rate is measured, and those that only use memory.
const LIMIT: Duration = Duration::from_secs(20);
const MEMORY_LIMIT: Duration = Duration::from_secs(60);
/// Calls at once, and how many there are in all. A Python plugin gets a part of them, and of the chunks without delay:
/// it is slower by so much and more.
const IN_FLIGHT: u64 = 16;
const CALLS: u64 = 8_000;
const EMBEDDINGS: u64 = 100;
const PYTHON_PART: u64 = 10;
/// Until memory that is not needed has been given back.
const REST: Duration = Duration::from_secs(3);

/// Who is measured, and how.
pub struct Measure {
    /// What they all call.
    pub gateway: Gateway,
    /// The plugin of this project.
    pub plugin: Candidate,
    /// The floor of streams.
    pub relay: Candidate,
    /// The floor of starts.
    pub bare: Candidate,
    /// A Python plugin, if there is one.
    pub python: Option<Candidate>,
    /// How often each scenario is run.
    pub rounds: usize,
    /// Part of the names of scenarios to run.
    pub only: String,
    /// What has been found out.
    pub report: Report,
}

/// How a row is made of outcomes: its name, its unit, its value, its goal.
type Figure<T> = (&'static str, &'static str, fn(&T) -> f64, Option<Goal>);

impl Measure {
    /// Runs them all.
    pub fn run(&mut self) {
        self.starts();
        self.memory();
        for (frames, name) in [(Frames::Same, "same frames"), (Frames::Varied, "varied frames")] {
            self.at_once(frames, &format!("1 stream without delay, {name}"));
        }
        for (streams, chunks) in PACED {
            self.paced(streams, chunks);
        }
        self.embeddings();
        let many = Some(Goal::PythonTimes(25.0));
        self.calls("rerank of 16 documents, 16 in flight", Call::Rerank, many);
        self.calls("model schema, 16 in flight", Call::Schema, many);
        self.calls("token count, 16 in flight", Call::Tokens, None);
        for auth in Auth::ALL {
            self.calls(&format!("chat of 8 chunks with {}, 16 in flight", auth.name()), Call::Chat(auth, 8), None);
        }
    }

    fn all(&self, floor: Option<&Candidate>) -> Vec<Candidate> {
        [Some(&self.plugin), floor, self.python.as_ref()].into_iter().flatten().cloned().collect()
    }

    /// Runs something in processes of all candidates, in turns. One that fails is left out from then on.
    fn turns<T>(
        &mut self,
        name: &str,
        rounds: usize,
        candidates: &[Candidate],
        once: impl Fn(Process) -> Result<T, String>,
    ) -> Option<[Vec<T>; 3]> {
        if !name.contains(&self.only) {
            return None;
        }
        let mut results = [Vec::new(), Vec::new(), Vec::new()];
        let mut failed = [false; 3];
        for round in 0..rounds {
            for candidate in candidates {
                let kind = candidate.kind;
                if failed[kind as usize] {
                    continue;
                }
                eprintln!("{name}: {} {}/{rounds}", kind.name(), round + 1);
                match Process::start(candidate).and_then(&once) {
                    Ok(result) => results[kind as usize].push(result),
                    Err(problem) => {
                        // What has a wrong answer has no figure.
                        results[kind as usize].clear();
                        failed[kind as usize] = true;
                        self.report.failed |= kind != Kind::Python;
                        self.note(format!("{name}, {}: {problem}", kind.name()));
                    }
                }
            }
        }
        Some(results)
    }

    fn note(&mut self, note: String) {
        eprintln!("{note}");
        self.report.notes.push(note);
    }

    fn row(&mut self, row: Row) {
        eprintln!("{}", line(&row));
        self.report.rows.push(row);
    }

    fn rows<T>(&mut self, name: &str, results: &[Vec<T>; 3], figures: &[Figure<T>]) {
        for (figure, unit, value, goal) in figures {
            let values = Kind::ALL.map(|kind| Some(median(results[kind as usize].iter().map(value))));
            self.row(Row { name: format!("{name}: {figure}"), unit, values, goal: *goal });
        }
    }

    fn starts(&mut self) {
        let bare = self.bare.clone();
        let ready = |process: Process| {
            let ready = milliseconds(process.ready);
            process.finish().map(|()| ready)
        };
        if let Some(results) = self.turns("start", STARTS, &self.all(Some(&bare)), ready) {
            let goal = Some(Goal::FloorPlus(15.0));
            self.rows("start", &results, &[("first heartbeat", "ms", |ready| *ready, goal)]);
        }
        let gateway = self.gateway;
        let first = |call: Call| {
            move |mut process: Process| {
                let outcome = calls::Scenario { call, count: 1, in_flight: 1 }.run(&mut process, &gateway)?;
                let since_start = milliseconds(process.began.elapsed());
                process.finish().map(|()| (since_start, outcome.took[0]))
            }
        };
        let chat = first(Call::Chat(Auth::ApiKey, 1));
        if let Some(results) = self.turns("start to an answer", STARTS, &self.all(None), chat) {
            self.rows("start", &results, &[("first answer of a chat", "ms", |(since_start, _)| *since_start, None)]);
        }
        if let Some(results) = self.turns("first token count", STARTS, &self.all(None), first(Call::Tokens)) {
            let goal = Some(Goal::AtMost(20.0));
            self.rows("first token count", &results, &[("from its line", "ms", |(_, took)| *took, goal)]);
        }
    }

    /// Memory before, with so many streams, and after them.
    fn memory(&mut self) {
        let (gateway, relay) = (self.gateway, self.relay.clone());
        let used = |mut process: Process| {
            thread::sleep(REST / 10);
            let mut values = [process.resident(), f64::NAN, f64::NAN, f64::NAN];
            for (place, streams, chunks) in [(1, 500, 100), (2, 2_000, 50)] {
                let (delay, frames) = (2 * DELAY, Frames::Varied);
                let scenario = Scenario { streams, chunks, delay, frames, limit: MEMORY_LIMIT };
                let outcome = scenario.run(&mut process, &gateway)?;
                values[place] = outcome.peak;
                if outcome.cut {
                    return Ok(values);
                }
            }
            thread::sleep(REST);
            values[3] = process.resident();
            process.finish().map(|()| values)
        };
        let Some(results) = self.turns("memory", 1, &self.all(Some(&relay)), used) else { return };
        let figures: [Figure<[f64; 4]>; 4] = [
            ("idle", "MB", |values| values[0], Some(Goal::AtMost(5.0))),
            ("at 500 streams", "MB", |values| values[1], Some(Goal::AtMost(25.0))),
            ("at 2,000 streams", "MB", |values| values[2], None),
            ("3 s after them", "MB", |values| values[3], Some(Goal::AtMost(10.0))),
        ];
        self.rows("memory", &results, &figures);
        // Only a candidate that was cut has none.
        for kind in Kind::ALL.into_iter().filter(|kind| results[*kind as usize].iter().any(|values| values[3].is_nan()))
        {
            let limit = MEMORY_LIMIT.as_secs();
            self.note(format!("memory, {}: the last streams did not end within {limit} s", kind.name()));
        }
    }

    fn streams(&mut self, name: &str, scenario: Scenario) -> Option<[Vec<streams::Outcome>; 3]> {
        let (gateway, relay) = (self.gateway, self.relay.clone());
        let run = |mut process: Process| {
            // Connections, code and tables that the first calls bring in are not part of it.
            Scenario { streams: 8, chunks: 10, delay: Duration::ZERO, ..scenario }.run(&mut process, &gateway)?;
            let scenario = match process.kind {
                Kind::Python if scenario.delay.is_zero() => {
                    Scenario { chunks: scenario.chunks / PYTHON_PART, ..scenario }
                }
                _ => scenario,
            };
            let outcome = scenario.run(&mut process, &gateway)?;
            // One that did not get to the end in time has been killed.
            if outcome.cut { Ok(outcome) } else { process.finish().map(|()| outcome) }
        };
        let results = self.turns(name, self.rounds, &self.all(Some(&relay)), run)?;
        for kind in Kind::ALL {
            let outcomes = &results[kind as usize];
            if outcomes.iter().any(|outcome| outcome.cut) {
                let arrived = outcomes.iter().map(|outcome| outcome.arrived).fold(1.0, f64::min);
                let (limit, percent) = (LIMIT.as_secs(), arrived * 100.0);
                let who = kind.name();
                self.note(format!(
                    "{name}, {who}: {percent:.0} % of the chunks came within {limit} s; figures are of those"
                ));
            }
        }
        Some(results)
    }

    fn at_once(&mut self, frames: Frames, name: &str) {
        let scenario = Scenario { streams: 1, chunks: AT_ONCE, delay: Duration::ZERO, frames, limit: LIMIT };
        let Some(results) = self.streams(name, scenario) else { return };
        let figures: [Figure<streams::Outcome>; 3] = [
            ("CPU for 1,000 chunks", "ms", |outcome| outcome.processor, Some(Goal::FloorTimes(1.0))),
            ("chunks a second", "/s", |outcome| outcome.speed, None),
            ("lines for 1,000 chunks", "", |outcome| outcome.lines, None),
        ];
        self.rows(name, &results, &figures);
    }

    fn paced(&mut self, streams: u64, chunks: u64) {
        let name = match streams {
            1 => "1 stream".to_owned(),
            streams => format!("{} streams", count(streams)),
        };
        let scenario = Scenario { streams, chunks, delay: DELAY, frames: Frames::Varied, limit: LIMIT };
        let Some(results) = self.streams(&name, scenario) else { return };
        let goal = |goal: Goal| (streams == 500).then_some(goal);
        let figures: [Figure<streams::Outcome>; 6] = [
            ("share of the ideal rate", "", |outcome| outcome.share, goal(Goal::FloorShare(0.99))),
            ("first chunk, median", "ms", |outcome| outcome.first[0], None),
            ("first chunk, p99", "ms", |outcome| outcome.first[1], goal(Goal::FloorTimes(1.5))),
            ("added latency, median", "ms", |outcome| outcome.latency[0], None),
            ("added latency, p99", "ms", |outcome| outcome.latency[1], None),
            ("CPU for 1,000 chunks", "ms", |outcome| outcome.processor, goal(Goal::FloorTimes(1.0))),
        ];
        self.rows(&name, &results, &figures);
        for kind in Kind::ALL {
            let of = |value: fn(&streams::Outcome) -> f64| median(results[kind as usize].iter().map(value));
            let outcome = streams::Outcome {
                processor: of(|outcome| outcome.processor),
                share: of(|outcome| outcome.share),
                first: [of(|outcome| outcome.first[0]), of(|outcome| outcome.first[1])],
                latency: [of(|outcome| outcome.latency[0]), of(|outcome| outcome.latency[1])],
                ..streams::Outcome::default()
            };
            self.report.points.push(Point { streams, kind, outcome });
        }
    }

    fn called(&mut self, name: &str, call: Call, count: u64, in_flight: u64) -> Option<[Vec<calls::Outcome>; 3]> {
        let gateway = self.gateway;
        let run = |mut process: Process| {
            let count = if process.kind == Kind::Python { count.div_ceil(PYTHON_PART) } else { count };
            calls::Scenario { call, count: 2 * in_flight, in_flight }.run(&mut process, &gateway)?;
            let outcome = calls::Scenario { call, count, in_flight }.run(&mut process, &gateway)?;
            process.finish().map(|()| outcome)
        };
        self.turns(name, self.rounds, &self.all(None), run)
    }

    fn embeddings(&mut self) {
        let name = "embedding of 64 texts, 1,536 numbers each";
        let Some(results) = self.called(name, Call::Embeddings, EMBEDDINGS, 1) else { return };
        let figures: [Figure<calls::Outcome>; 2] = [
            ("CPU", "ms", |outcome| outcome.processor, Some(Goal::AtMost(2.0))),
            ("time, median", "ms", |outcome| outcome.took[0], None),
        ];
        self.rows(name, &results, &figures);
    }

    fn calls(&mut self, name: &str, call: Call, goal: Option<Goal>) {
        let Some(results) = self.called(name, call, CALLS, IN_FLIGHT) else { return };
        let figures: [Figure<calls::Outcome>; 2] =
            [("calls a second", "/s", |outcome| outcome.speed, goal), ("CPU", "ms", |outcome| outcome.processor, None)];
        self.rows(name, &results, &figures);
    }
}
