//! Streams through one process: every chunk checked, and what they cost.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use memchr::{memchr, memmem};

use crate::candidate::chat;
use crate::frames::{Frames, Stream};
use crate::gateway::Gateway;
use crate::process::Process;

/// So many streams at once.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Streams at once.
    pub streams: u64,
    /// Chunks of each.
    pub chunks: u64,
    /// Between two chunks of one stream.
    pub delay: Duration,
    /// How much their frames differ.
    pub frames: Frames,
}

/// What a scenario did to a process.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Processor time for 1,000 chunks, in ms.
    pub processor: f64,
    /// The rate of chunks as a share of the ideal one.
    pub rate: f64,
    /// From the request to the first chunk, in ms: median and 99th percentile.
    pub first: [f64; 2],
    /// From the gateway's write to the line that is read, in ms: median and 99th percentile.
    pub latency: [f64; 2],
    /// Lines for 1,000 chunks.
    pub lines: f64,
    /// The most resident memory until then, in MiB.
    pub peak: f64,
}

struct Open {
    stream: Stream,
    sent: Instant,
    next: u64,
    first: Option<Instant>,
    last: Instant,
}

impl Scenario {
    /// Runs it.
    ///
    /// # Errors
    /// If a chunk is dropped, doubled or altered, or a session fails.
    pub fn run(&self, process: &mut Process, gateway: &Gateway) -> Result<Outcome, String> {
        let before = process.processor();
        let (opened, sessions) = mpsc::channel();
        let scenario = *self;
        let mut requests = process.requests.as_ref().ok_or("the process takes no requests")?;
        let lines = &mut process.lines;
        let (mut latency, mut written) = (Vec::new(), 0_u64);
        let done = thread::scope(|scope| {
            scope.spawn(move || {
                for number in 0..scenario.streams {
                    let Scenario { chunks, delay, frames, .. } = scenario;
                    let stream = Stream { frames, chunks, delay, number };
                    let line = chat(&format!("s-{number}"), gateway, &stream.model());
                    let sent = Instant::now();
                    let open = Open { stream, sent, next: 0, first: None, last: sent };
                    // Known before it can be answered. A process that does not read is found out by who waits.
                    if opened.send(open).is_err() || requests.write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            });
            let mut open: HashMap<u64, Open> = HashMap::new();
            let mut done = Vec::new();
            let mut line = Vec::new();
            while (done.len() as u64) < scenario.streams {
                line.clear();
                if lines.read_until(b'\n', &mut line).map_err(|error| error.to_string())? == 0 {
                    return Err("the process ended".to_owned());
                }
                let now = Instant::now();
                let Some(number) = session(&line) else { continue };
                open.extend(sessions.try_iter().map(|session| (session.stream.number, session)));
                let known = open.get_mut(&number).ok_or_else(|| format!("session {number} is not open"))?;
                if memmem::find(&line, b"\"type\":\"stream\"").is_none() {
                    if memmem::find(&line, b"\"type\":\"end\"").is_none() || known.next != scenario.chunks {
                        let line = String::from_utf8_lossy(&line).into_owned();
                        return Err(format!("session {number} ends after {} chunks: {line}", known.next));
                    }
                    done.extend(open.remove(&number));
                    continue;
                }
                let text = content(&line)?;
                if text.is_empty() {
                    continue;
                }
                written += 1;
                let since = now.duration_since(gateway.epoch).as_micros() as u64;
                known.next = known.stream.read(&text, known.next, |at| latency.push(since.saturating_sub(at)))?;
                known.first.get_or_insert(now);
                known.last = now;
            }
            Ok(done)
        })?;
        let used = process.processor().saturating_sub(before);
        let chunks = (self.streams * self.chunks) as f64;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let first = done.iter().filter_map(|open| Some(milliseconds(open.first? - open.sent)));
        let ideal = self.delay.as_secs_f64() * (self.chunks - 1) as f64;
        let rates = done.iter().filter_map(|open| Some(ideal / (open.last - open.first?).as_secs_f64()));
        Ok(Outcome {
            processor: milliseconds(used) * 1000.0 / chunks,
            rate: rates.sum::<f64>() / self.streams as f64,
            first: percentiles(first.collect()),
            latency: percentiles(latency.iter().map(|at| *at as f64 / 1000.0).collect()),
            lines: written as f64 * 1000.0 / chunks,
            peak: process.peak(),
        })
    }
}

/// Median and 99th percentile.
pub fn percentiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [50, 99]
        .map(|part| values.get((values.len() * part / 100).min(values.len().max(1) - 1)).copied().unwrap_or(f64::NAN))
}

/// The number of the session that a line is about.
fn session(line: &[u8]) -> Option<u64> {
    // Python plugins write a blank after the colon.
    let start = memmem::find(line, b"\"session_id\":")?;
    let start = start + memmem::find(&line[start..], b"\"s-")? + 3;
    let end = start + memchr(b'"', &line[start..])?;
    std::str::from_utf8(&line[start..end]).ok()?.parse().ok()
}

/// The text of a line; none of a line without.
fn content(line: &[u8]) -> Result<String, String> {
    let broken = || format!("a line without a text: {}", String::from_utf8_lossy(line));
    let Some(key) = memmem::find(line, b"\"content\":") else { return Ok(String::new()) };
    let rest = line[key + 10..].trim_ascii_start();
    if rest.first() != Some(&b'"') {
        return Ok(String::new());
    }
    let mut end = 1;
    loop {
        match rest.get(end).ok_or_else(broken)? {
            b'"' => break,
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
    serde_json::from_slice(&rest[..=end]).map_err(|_| broken())
}
