//! Streams through one process: every chunk checked, and what they cost.

use std::collections::HashMap;
use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::frames::{Frames, Stream};
use crate::gateway::Gateway;
use crate::lines::{Line, Next, content, failure};
use crate::process::{Process, processor};
use crate::report::{milliseconds, percentiles};
use crate::requests::{Auth, Caller};

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
    /// How long all may take; after that they are left as they are.
    pub limit: Duration,
}

/// What a scenario did to a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Processor time for 1,000 chunks, in ms.
    pub processor: f64,
    /// Chunks a second, from the first to the last.
    pub speed: f64,
    /// The rate of all chunks, from the first request on, as a share of the ideal one; none of streams without delay.
    pub share: f64,
    /// From the request to the first chunk, in ms: median and 99th percentile.
    pub first: [f64; 2],
    /// From the gateway's write to the line that is read, in ms: median and 99th percentile.
    pub latency: [f64; 2],
    /// Lines for 1,000 chunks.
    pub lines: f64,
    /// The most resident memory until then, in MB.
    pub peak: f64,
    /// Which part of the chunks came within the limit.
    pub arrived: f64,
    /// Whether not all streams ended within it, so that the process had to.
    pub cut: bool,
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
            Line::Error(_) => return Err(failure(line)),
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

    /// What it cost, of `streams` in all. Those that have not ended count until `now`.
    pub fn outcome(&self, streams: u64, now: Instant, used: Duration) -> Outcome {
        let all = || self.done.iter().chain(self.open.values());
        let sum = |value: fn(&Open) -> u64| all().map(value).sum::<u64>();
        let arrived = sum(|open| open.next) as f64;
        // Some may not even have been asked for: the process did not read its requests.
        let expected = streams as f64 * all().map(|open| open.stream.chunks).max().unwrap_or(1) as f64;
        let cut = (self.done.len() as u64) < streams;
        let began = all().map(|open| open.sent).min().unwrap_or(now);
        let first = all().filter_map(|open| open.between).map(|(first, _)| first).min().unwrap_or(now);
        let last = all().filter_map(|open| open.between).map(|(_, last)| last).max().unwrap_or(now);
        let last = if cut { now } else { last };
        // Of each stream the first chunk is due at once.
        let due: f64 = all().map(|open| open.stream.delay.as_secs_f64() * open.next.saturating_sub(1) as f64).sum();
        let paced = all().any(|open| !open.stream.delay.is_zero() && open.stream.chunks > 1);
        let firsts = all().map(|open| {
            let first = open.between.map_or(now, |(first, _)| first);
            milliseconds(first.saturating_duration_since(open.sent))
        });
        Outcome {
            processor: milliseconds(used) * 1000.0 / arrived,
            speed: arrived / last.saturating_duration_since(first).as_secs_f64(),
            share: if paced { due / streams as f64 / (last - began).as_secs_f64() } else { f64::NAN },
            first: percentiles(firsts.collect()),
            latency: percentiles(self.latency.iter().map(|at| *at as f64 / 1000.0).collect()),
            lines: self.lines as f64 * 1000.0 / arrived,
            peak: f64::NAN,
            arrived: arrived / expected,
            cut,
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
        let Scenario { chunks, delay, frames, .. } = *self;
        let asked: Vec<(Stream, String)> = (began..began + self.streams)
            .map(|number| Stream { frames, chunks, delay, number })
            .map(|stream| {
                let caller = Caller { gateway, kind, auth: Auth::ApiKey, session: stream.number };
                (stream, caller.chat(&stream.model()))
            })
            .collect();
        let deadline = Instant::now() + self.limit;
        let mut requests = process.requests.take().ok_or("the process takes no requests")?;
        let mut streams = Streams::default();
        let (requests, outcome) = thread::scope(|scope| {
            let writer = scope.spawn(move || {
                for (stream, line) in asked {
                    // Known before it can be answered. A process that does not read is found out by who waits.
                    if opened.send((stream, Instant::now())).is_err() || requests.write_all(line.as_bytes()).is_err() {
                        break;
                    }
                }
                requests
            });
            let mut read = || -> Result<(), String> {
                while (streams.done.len() as u64) < self.streams {
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
                Ok(())
            };
            let ended = read();
            sessions.try_iter().for_each(|(stream, sent)| streams.open(stream, sent));
            let mut outcome = streams.outcome(self.streams, Instant::now(), processor(id).saturating_sub(before));
            outcome.peak = process.peak();
            if ended.is_err() || outcome.cut {
                // Lest the writer wait for ever.
                process.kill();
            }
            (writer.join().ok(), ended.map(|()| outcome))
        });
        process.requests = requests;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Stream = Stream { frames: Frames::Same, chunks: 3, delay: Duration::from_millis(20), number: 7 };

    /// The lines of an untouched stream, its end included.
    fn lines() -> Vec<String> {
        lines_of(STREAM)
    }

    fn lines_of(stream: Stream) -> Vec<String> {
        let session = stream.number;
        let line = |kind: &str, data: String| {
            format!(r#"{{"event":"session","session_id":"s-{session}","data":{{"type":"{kind}","data":{data}}}}}"#)
        };
        let text = |index: u64| {
            let mut frame = String::new();
            stream.write(&mut frame, index, 1000 * index);
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
        let outcome = streams.outcome(1, Instant::now(), Duration::from_millis(6));
        assert_eq!((outcome.processor, outcome.arrived, outcome.lines, outcome.cut), (2000.0, 1.0, 1000.0, false));
        assert!((outcome.share - 1.0).abs() < 1e-9 && (outcome.speed - 75.0).abs() < 1e-9, "{outcome:?}");
    }

    #[test]
    fn streams_that_are_served_one_after_the_other_have_a_share_of_the_rate() {
        let (mut streams, now) = (Streams::default(), Instant::now());
        let tick = |ticks: u32| now + 20 * Duration::from_millis(1) * ticks;
        streams.open(STREAM, now);
        streams.open(Stream { number: 8, ..STREAM }, now);
        for (index, line) in lines().iter().enumerate() {
            streams.take(line.as_bytes(), tick(index as u32), 5000).unwrap();
        }
        // The second stream was kept waiting, and what had piled up came at once.
        for line in lines_of(Stream { number: 8, ..STREAM }) {
            streams.take(line.as_bytes(), tick(8), 5000).unwrap();
        }
        let outcome = streams.outcome(2, tick(9), Duration::from_millis(6));
        assert!((outcome.share - 0.25).abs() < 1e-9, "{outcome:?}");
    }

    #[test]
    fn streams_without_delay_have_no_ideal_rate() {
        let (mut streams, now) = (Streams::default(), Instant::now());
        streams.open(Stream { delay: Duration::ZERO, ..STREAM }, now);
        for line in lines() {
            streams.take(line.as_bytes(), now, 5000).unwrap();
        }
        assert!(streams.outcome(1, now, Duration::ZERO).share.is_nan());
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
        let outcome = streams.outcome(1, now, Duration::from_millis(1));
        assert!((outcome.arrived - 2.0 / 3.0).abs() < 1e-9 && (outcome.share - 0.1).abs() < 1e-9, "{outcome:?}");
        let half = streams.outcome(2, now, Duration::ZERO);
        assert!((half.arrived - 1.0 / 3.0).abs() < 1e-9 && (half.share - 0.05).abs() < 1e-9, "{half:?}");
        assert!(outcome.cut && take(&lines()[..3]).unwrap().outcome(1, now, Duration::ZERO).cut);
    }
}
