//! `load NAME DIRECTORY PROGRAM ARGUMENT ... [-- NAME ...]`: measures candidates and the relay in one run, alternating,
//! and prints one table. Every chunk is checked; a candidate that loses one has no figures but an error.
//!
//! `LOAD_ONLY` is a part of the names of the scenarios to run, or `STREAMS,CHUNKS,MILLISECONDS` for one that has no name;
//! `LOAD_ROUNDS` says how often each is run (3): medians are shown.

use std::process::ExitCode;
use std::time::Duration;

use load::candidate::Candidate;
use load::frames::Frames;
use load::gateway::Gateway;
use load::process::Process;
use load::scenarios::{Outcome, Scenario, percentiles};
use load::table::{Row, render};

const STARTS: usize = 15;
const DELAY: Duration = Duration::from_millis(20);

/// Name, streams, chunks, delay, frames.
const SCENARIOS: [(&str, u64, u64, Duration, Frames); 5] = [
    ("1 stream at once, same frames", 1, 20_000, Duration::ZERO, Frames::Same),
    ("1 stream at once, varied frames", 1, 20_000, Duration::ZERO, Frames::Varied),
    ("1 stream", 1, 100, DELAY, Frames::Varied),
    ("50 streams", 50, 200, DELAY, Frames::Varied),
    ("500 streams", 500, 200, DELAY, Frames::Varied),
];

type Figure = (&'static str, &'static str, fn(&Outcome) -> f64);
const FIGURES: [Figure; 7] = [
    ("processor time for 1,000 chunks", "ms", |outcome| outcome.processor),
    ("lines for 1,000 chunks", "", |outcome| outcome.lines),
    ("share of the ideal rate", "", |outcome| outcome.rate),
    ("first chunk, median", "ms", |outcome| outcome.first[0]),
    ("first chunk, p99", "ms", |outcome| outcome.first[1]),
    ("latency, median", "ms", |outcome| outcome.latency[0]),
    ("latency, p99", "ms", |outcome| outcome.latency[1]),
];

fn main() -> ExitCode {
    match run() {
        Ok(table) => {
            show(&table);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<String, String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut candidates =
        Candidate::of(&arguments).ok_or("usage: load NAME DIRECTORY PROGRAM ARGUMENT ... [-- NAME ...]")?;
    let only = std::env::var("LOAD_ONLY").unwrap_or_default();
    let rounds: usize = std::env::var("LOAD_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let gateway = Gateway::start().map_err(|error| error.to_string())?;
    candidates.push(Candidate::relay(&gateway).map_err(|error| error.to_string())?);
    let mut rows = Vec::new();
    if "start".contains(&only) {
        rows.push(starts(&candidates)?);
        if let Some(python) = Candidate::python_alone() {
            eprintln!("start of Python alone: {:.2} ms", starts(&[python])?.values[0].unwrap_or(f64::NAN));
        }
    }
    let named = SCENARIOS.into_iter().filter(|(name, ..)| name.contains(&only));
    for (name, streams, chunks, delay, frames) in named.chain(own(&only)) {
        let scenario = Scenario { streams, chunks, delay, frames };
        let mut outcomes: Vec<Vec<Outcome>> = vec![Vec::new(); candidates.len()];
        for round in 0..rounds {
            for (candidate, outcomes) in candidates.iter().zip(&mut outcomes) {
                eprintln!("{name}: {} {}/{rounds}", candidate.name, round + 1);
                let mut process = Process::start(candidate)?;
                // Connections, code and tables that the first call brings in are not part of it.
                Scenario { streams: 1, chunks: 10, ..scenario }.run(&mut process, &gateway)?;
                outcomes.push(scenario.run(&mut process, &gateway)?);
            }
        }
        for (figure, unit, value) in FIGURES {
            let median = |outcomes: &Vec<Outcome>| Some(percentiles(outcomes.iter().map(value).collect())[0]);
            rows.push(Row { name: format!("{name}: {figure}"), unit, values: outcomes.iter().map(median).collect() });
        }
    }
    if "memory".contains(&only) {
        rows.extend(memory(&candidates, &gateway)?);
    }
    let names: Vec<String> = candidates.iter().map(|candidate| candidate.name.clone()).collect();
    Ok(render(&names, &rows))
}

/// A scenario as a user writes it.
fn own(text: &str) -> Option<(&str, u64, u64, Duration, Frames)> {
    let numbers: Option<Vec<u64>> = text.split(',').map(|number| number.parse().ok()).collect();
    match numbers?[..] {
        [streams, chunks, delay] => Some((text, streams, chunks, Duration::from_millis(delay), Frames::Varied)),
        _ => None,
    }
}

fn starts(candidates: &[Candidate]) -> Result<Row, String> {
    let mut values = vec![Vec::new(); candidates.len()];
    for _ in 0..STARTS {
        for (candidate, values) in candidates.iter().zip(&mut values) {
            values.push(Process::start(candidate)?.ready.as_secs_f64() * 1000.0);
        }
    }
    let values = values.into_iter().map(|values| Some(percentiles(values)[0])).collect();
    Ok(Row { name: "start to first heartbeat, median".to_owned(), unit: "ms", values })
}

/// Memory before, with so many streams, and after them.
fn memory(candidates: &[Candidate], gateway: &Gateway) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = ["idle", "at 500 streams", "at 2,000 streams", "after 2,000 streams"]
        .map(|when| Row { name: format!("resident memory, {when}"), unit: "MiB", values: Vec::new() })
        .into();
    for candidate in candidates {
        let mut process = Process::start(candidate)?;
        let mut values = vec![process.resident()];
        for streams in [500, 2_000] {
            let chunks = if streams == 500 { 100 } else { 50 };
            let scenario = Scenario { streams, chunks, delay: 2 * DELAY, frames: Frames::Varied };
            scenario.run(&mut process, gateway)?;
            values.push(process.peak());
        }
        values.push(process.resident());
        rows.iter_mut().zip(values).for_each(|(row, value)| row.values.push(Some(value)));
    }
    Ok(rows)
}

#[allow(clippy::print_stdout)]
fn show(table: &str) {
    print!("{table}");
}
