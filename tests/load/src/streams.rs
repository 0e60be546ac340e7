//! Streams through one process: every chunk checked, and what they cost.

use std::collections::HashMap;
use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::frames::{Frames, Stream};
use crate::gateway::Gateway;
use crate::lines::{Line, Next, content, shown};
use crate::process::{Process, processor};
use crate::report::{milliseconds, percentiles};
use crate::requests::{Auth, Caller};

/// How long the streams of one scenario may take; after that they are left as they are.
pub const LIMIT: Duration = Duration::from_secs(60);

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
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Processor time for 1,000 chunks, in ms.
    pub processor: f64,
    /// Chunks a second, from the first to the last.
    pub speed: f64,
    /// The rate of chunks as a share of the ideal one; none of streams without delay.
    pub share: f64,
    /// From the request to the first chunk, in ms: median and 99th percentile.
    pub first: [f64; 2],
    /// From the gateway's write to the line that is read, in ms: median and 99th percentile.
    pub latency: [f64; 2],
    /// Lines for 1,000 chunks.
    pub lines: f64,
    /// The most resident memory until then, in MB.
    pub peak: f64,
    /// Which part of the chunks came within [`LIMIT`].
    pub arrived: f64,
}

/// A stream on its way.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// What is sent.
    pub stream: Stream,
    /// When it was asked for.
    pub sent: Instant,
    /// The chunk that must come next.
    pub next: u64,
    /// When the first and the last chunk came.
    pub between: Option<(Instant, Instant)>,
}

/// Streams, and what has come of them.
#[derive(Debug, Default)]
pub struct Streams {
    open: HashMap<u64, Open>,
    /// Those that have ended.
    pub done: Vec<Open>,
    /// From write to line, in µs.
    pub latency: Vec<u64>,
    /// Lines with text.
    pub lines: u64,
}

impl Streams {
    /// Expects a stream.
    pub fn open(&mut self, stream: Stream, sent: Instant) {
        self.open.insert(stream.number, Open { stream, sent, next: 0, between: None });
    }

    /// Takes a line that came at `now`, which is `since` µs after the gateway began.
    ///
    /// # Errors
    /// If a chunk is dropped, doubled or altered, or a session fails, ends early, or is not one of these.
    pub fn take(&mut self, line: &[u8], now: Instant, since: u64) -> Result<(), String> {
        let (number, end) = match Line::of(line) {
            Line::Other => return Ok(()),
            Line::Error(_) => return Err(shown(line)),
            Line::Message(number) => (number, false),
            Line::End(number) => (number, true),
        };
        let known = self.open.get_mut(&number).ok_or_else(|| format!("session {number} is not open"))?;
        if end {
            if known.next != known.stream.chunks {
                return Err(format!("session {number} ends after {} chunks", known.next));
            }
            self.done.extend(self.open.remove(&number));
            return Ok(());
        }
        let text = content(line)?;
        if !text.is_empty() {
            let latency = &mut self.latency;
            known.next = known.stream.read(&text, known.next, |at| latency.push(since.saturating_sub(at)))?;
            known.between = Some((known.between.map_or(now, |(first, _)| first), now));
            self.lines += 1;
        }
        Ok(())
    }

    /// What it cost. Streams that have not ended count until `now`.
    pub fn outcome(&self, now: Instant, used: Duration) -> Outcome {
        let all = || self.done.iter().map(|open| (open, false)).chain(self.open.values().map(|open| (open, true)));
        let (mut expected, mut arrived, mut share, mut count) = (0, 0, 0.0, 0.0);
        let (mut first, mut last): (Option<Instant>, Option<Instant>) = (None, None);
        for (open, cut) in all() {
            expected += open.stream.chunks;
            arrived += open.next;
            count += 1.0;
            if let Some((from, to)) = open.between {
                first = Some(first.map_or(from, |first| first.min(from)));
                last = Some(last.map_or(to, |last| last.max(to)));
                let took = if cut { now } else { to }.saturating_duration_since(from).as_secs_f64();
                share += open.stream.delay.as_secs_f64() * open.next.saturating_sub(1) as f64 / took;
            }
        }
        let paced = all().any(|(open, _)| !open.stream.delay.is_zero() && open.stream.chunks > 1);
        let took = first.zip(last).map_or(f64::NAN, |(first, last)| (last - first).as_secs_f64());
        let firsts = all().map(|(open, _)| {
            let first = open.between.map_or(now, |(first, _)| first);
            milliseconds(first.saturating_duration_since(open.sent))
        });
        Outcome {
            processor: milliseconds(used) * 1000.0 / arrived as f64,
            speed: arrived as f64 / took,
            share: if paced { share / count } else { f64::NAN },
            first: percentiles(firsts.collect()),
            latency: percentiles(self.latency.iter().map(|at| *at as f64 / 1000.0).collect()),
            lines: self.lines as f64 * 1000.0 / arrived as f64,
            peak: f64::NAN,
            arrived: arrived as f64 / expected as f64,
        }
    }
}

impl Scenario {
    /// Runs it. A process that does not get to the end in time is killed.
    ///
    /// # Errors
    /// As [`Streams::take`], and if the process ends.
    pub fn run(&self, process: &mut Process, gateway: &Gateway) -> Result<Outcome, String> {
        let (id, kind, began) = (process.id(), process.kind, process.sessions(self.streams));
        let before = processor(id);
        let (opened, sessions) = mpsc::channel();
        let (scenario, deadline) = (*self, Instant::now() + LIMIT);
        let mut requests = process.requests.take().ok_or("the process takes no requests")?;
        let mut streams = Streams::default();
        let (requests, ended) = thread::scope(|scope| {
            let Scenario { chunks, delay, frames, .. } = scenario;
            let writer = scope.spawn(move || {
                for number in began..began + scenario.streams {
                    let stream = Stream { frames, chunks, delay, number };
                    let caller = Caller { gateway, kind, auth: Auth::ApiKey, session: number };
                    let line = caller.chat(&stream.model());
                    // Known before it can be answered. A process that does not read is found out by who waits.
                    if opened.send((stream, Instant::now())).is_err() || requests.write_all(line.as_bytes()).is_err() {
                        break;
                    }
                }
                requests
            });
            let mut read = || -> Result<Duration, String> {
                while (streams.done.len() as u64) < scenario.streams {
                    match process.lines.next(deadline).map_err(|error| error.to_string())? {
                        Next::Ended => return Err("the process ended".to_owned()),
                        Next::Late => break,
                        Next::Line(line) => {
                            let now = Instant::now();
                            sessions.try_iter().for_each(|(stream, sent)| streams.open(stream, sent));
                            let since = now.saturating_duration_since(gateway.epoch).as_micros() as u64;
                            streams.take(line, now, since)?;
                            if now > deadline {
                                break;
                            }
                        }
                    }
                }
                Ok(processor(id).saturating_sub(before))
            };
            let ended = read();
            if ended.is_err() || (streams.done.len() as u64) < scenario.streams {
                // Lest the writer wait for ever.
                process.kill();
            }
            (writer.join().ok(), ended)
        });
        process.requests = requests;
        sessions.try_iter().for_each(|(stream, sent)| streams.open(stream, sent));
        let outcome = streams.outcome(Instant::now(), ended?);
        Ok(Outcome { peak: process.peak(), ..outcome })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Stream = Stream { frames: Frames::Same, chunks: 3, delay: Duration::from_millis(20), number: 7 };

    /// The lines of an untouched stream, its end included.
    fn lines() -> Vec<String> {
        let line = |kind: &str, data: String| {
            format!(r#"{{"event":"session","session_id":"s-7","data":{{"type":"{kind}","data":{data}}}}}"#)
        };
        let text = |index: u64| {
            let mut frame = String::new();
            STREAM.write(&mut frame, index, 1000 * index);
            let event = frame.lines().nth(1).and_then(|line| line.strip_prefix("data: ")).unwrap_or_default();
            let event: serde_json::Value = serde_json::from_str(event).unwrap();
            line("stream", format!(r#"{{"message":{{"content":{}}}}}"#, event["choices"][0]["delta"]["content"]))
        };
        vec![text(0), text(1), text(2), line("end", "{}".to_owned())]
    }

    fn take(lines: &[String]) -> Result<Streams, String> {
        let mut streams = Streams::default();
        let now = Instant::now();
        streams.open(STREAM, now);
        for (index, line) in lines.iter().enumerate() {
            streams.take(line.as_bytes(), now + 20 * Duration::from_millis(index as u64), 5000)?;
        }
        Ok(streams)
    }

    #[test]
    fn a_stream_that_comes_as_it_was_sent_has_an_outcome() {
        let streams = take(&lines()).unwrap();
        assert_eq!((streams.done.len(), streams.lines, &*streams.latency), (1, 3, &[5000, 4000, 3000][..]));
        let outcome = streams.outcome(Instant::now(), Duration::from_millis(6));
        assert_eq!((outcome.processor, outcome.arrived, outcome.lines), (2000.0, 1.0, 1000.0));
        assert!((outcome.share - 1.0).abs() < 1e-9 && (outcome.speed - 75.0).abs() < 1e-9, "{outcome:?}");
    }

    #[test]
    fn what_is_dropped_doubled_altered_or_late_is_found() {
        let good = lines();
        let with = |change: &dyn Fn(&mut Vec<String>)| {
            let mut lines = good.clone();
            change(&mut lines);
            take(&lines).map(|streams| streams.done.len())
        };
        assert_eq!(with(&|_| ()), Ok(1));
        for (what, changed) in [
            ("dropped", with(&|lines| drop(lines.remove(1)))),
            ("the last one dropped", with(&|lines| drop(lines.remove(2)))),
            ("doubled", with(&|lines| lines.insert(1, lines[1].clone()))),
            ("the last one doubled", with(&|lines| lines.insert(2, lines[2].clone()))),
            ("in another order", with(&|lines| lines.swap(0, 1))),
            ("altered", with(&|lines| lines[1] = lines[1].replace("the", "teh"))),
            ("of another session", with(&|lines| lines[1] = lines[1].replace("s-7", "s-8"))),
            ("ended twice", with(&|lines| lines.push(lines[3].clone()))),
            ("after its end", with(&|lines| lines.push(lines[2].clone()))),
            ("failed", with(&|lines| lines[3] = lines[3].replace("end", "error"))),
        ] {
            assert!(changed.is_err(), "{what}");
        }
    }

    #[test]
    fn a_stream_that_is_cut_off_by_the_limit_counts_as_far_as_it_came() {
        let streams = take(&lines()[..2]).unwrap();
        let now = streams.open[&7].between.unwrap().0 + Duration::from_millis(200);
        let outcome = streams.outcome(now, Duration::from_millis(1));
        assert!((outcome.arrived - 2.0 / 3.0).abs() < 1e-9 && (outcome.share - 0.1).abs() < 1e-9, "{outcome:?}");
    }
}
