//! What the plugin costs: start, memory, size, processor time. And the same for a Python plugin, in the same run.
//!
//! `bench [--package FILE] [--python-plugin DIR [--python PATH]]`; without a package the release build is packed first.
//! The Python plugin is a directory in which `PATH -m main` starts it; `PATH` defaults to `DIR/.venv/bin/python`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use serde_json::json;
use tests::consumers::Auth;
use tests::daemon::install::Installed;
use tests::daemon::{Plugin, Start};
use tests::gateway::Gateway;
use tests::package;
use tests::plugins::AI_GATEWAY;
use tests::request::Request;

const USAGE: &str = "usage: bench [--package FILE] [--python-plugin DIR [--python PATH]]";
const STARTS: usize = 15;
const SESSIONS: usize = 1000;
const AT_ONCE: usize = 50;
const STREAMS: u32 = 50;
const CHUNKS: usize = 1000;

/// How a plugin is started, and how large it is on disk.
struct Candidate {
    name: String,
    python: PathBuf,
    directory: PathBuf,
    foreign: bool,
    /// The package, and the directory it fills.
    sizes: (Option<u64>, u64),
}

/// Name, unit and value of everything measured.
type Figures = Vec<(&'static str, &'static str, Option<f64>)>;

fn main() -> ExitCode {
    match run() {
        Ok(table) => {
            print(&table);
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<String, String> {
    let (mut archive, mut directory, mut python) = (None, None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().map(PathBuf::from).ok_or(format!("{argument} needs a value\n{USAGE}"))?;
        match argument.as_str() {
            "--package" => archive = Some(value),
            "--python-plugin" => directory = Some(value),
            "--python" => python = Some(value),
            _ => return Err(format!("unknown argument {argument}\n{USAGE}")),
        }
    }
    let scratch = package::scratch().join("bench");
    let archive = match archive {
        Some(archive) => archive,
        None => {
            let mut pack = package::cargo();
            pack.args(["run", "--quiet", "--package", "codegen", "--bin", "gen", "--"]);
            pack.args(["package", "--plugin", AI_GATEWAY, "--out"]).arg(&scratch);
            eprintln!("packing the release build ...");
            package::show(pack, "cargo gen package")?;
            package::package_in(&scratch)
        }
    };
    let installed = Installed::new(&archive, &scratch.join("installed"));
    let packed = fs::metadata(&archive).map(|data| data.len()).ok();
    let mut candidates = vec![Candidate {
        name: "this plugin".to_owned(),
        python: installed.python(),
        sizes: (packed, size(&installed.directory)),
        directory: installed.directory,
        foreign: false,
    }];
    if let Some(directory) = directory {
        let directory = directory.canonicalize().map_err(|error| format!("{}: {error}", directory.display()))?;
        let python = python.unwrap_or_else(|| directory.join(".venv/bin/python"));
        // An environment elsewhere is part of what gets installed.
        let environment = python.parent().and_then(Path::parent).filter(|path| !path.starts_with(&directory));
        let unpacked = size(&directory) + environment.map_or(0, size);
        let name = "Python plugin".to_owned();
        candidates.push(Candidate { name, python, sizes: (None, unpacked), directory, foreign: true });
    }
    let gateway = Gateway::start();
    let figures: Vec<Figures> = candidates.iter().map(|candidate| measure(candidate, &gateway)).collect();
    Ok(table(&candidates, &figures))
}

fn measure(candidate: &Candidate, gateway: &Gateway) -> Figures {
    eprintln!("measuring {} ...", candidate.name);
    let start = || {
        let mut command = Command::new(&candidate.python);
        command.args(["-m", "main"]).current_dir(&candidate.directory);
        Plugin::run(command, &Start { foreign: candidate.foreign, ..Start::default() })
    };
    let mut starts: Vec<Duration> = (0..STARTS).map(|_| start().ready).collect();
    starts.sort_unstable();

    let plugin = start();
    let idle = resident(&plugin);
    let credentials = || {
        let mut credentials = Auth::ApiKey.credentials(&gateway.url("key"));
        // As the Python plugin's form stores them; it fails without.
        credentials.insert("mode".to_owned(), "chat".into());
        credentials.insert("context_size".to_owned(), "4096".into());
        credentials.insert("stream_mode_delimiter".to_owned(), r"\n\n".into());
        credentials
    };
    // As Dify sends them; Python plugins refuse null.
    let chat = |model| Request::chat(model, credentials()).with("model_parameters", json!({}));
    let hello = chat("m");
    for _ in 0..SESSIONS / AT_ONCE {
        let sessions: Vec<_> = (0..AT_ONCE).map(|_| plugin.send(&hello)).collect();
        sessions.into_iter().for_each(|session| drop(session.wait().ok()));
    }
    let busy = resident(&plugin);

    let long = chat("chunks-1000");
    let expected = plugin.call(&long).ok().text();
    assert!(expected.len() > CHUNKS, "{}: a stream of 1,000 chunks is answered with {expected:?}", candidate.name);
    let (before, began) = (processor(&plugin), Instant::now());
    // A plugin that loses something is not fast.
    (0..STREAMS).for_each(|_| assert_eq!(plugin.call(&long).ok().text(), expected));
    let (used, took) = (processor(&plugin), began.elapsed());
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / f64::from(STREAMS);
    let used = used.zip(before).map(|(after, before)| each(after.saturating_sub(before)));
    vec![
        ("start to first heartbeat (median)", "ms", starts.get(STARTS / 2).map(|time| time.as_secs_f64() * 1000.0)),
        ("resident memory, idle", "MiB", idle),
        ("resident memory after 1,000 sessions", "MiB", busy),
        ("package", "MiB", candidate.sizes.0.map(mebibytes)),
        ("installed", "MiB", Some(mebibytes(candidate.sizes.1))),
        ("processor time per 1,000 stream chunks", "ms", used),
        ("wall time per 1,000 stream chunks", "ms", Some(each(took))),
    ]
}

/// Resident memory of the process, in MiB.
fn resident(plugin: &Plugin) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", plugin.process())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u32 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(f64::from(kibibytes) / 1024.0)
}

/// Processor time of the process, threads that have ended included. Counted in hundredths of a second.
fn processor(plugin: &Plugin) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", plugin.process())).ok()?;
    // The name of the program, in parentheses, may hold blanks; user and system time are the 12th and 13th field after.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// Size of all files below a directory, in bytes. What links point to is not counted.
fn size(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => size(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

fn mebibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}

fn table(candidates: &[Candidate], figures: &[Figures]) -> String {
    let mut table = format!("| {:<40} | unit |", "");
    candidates.iter().for_each(|candidate| table.push_str(&format!(" {:>13} |", candidate.name)));
    if candidates.len() == 2 {
        table.push_str("   ratio |");
    }
    table.push_str("\n|---|---|");
    table.push_str(&"---:|".repeat(candidates.len() + usize::from(candidates.len() == 2)));
    table.push('\n');
    for (row, (name, unit, _)) in figures.first().into_iter().flatten().enumerate() {
        table.push_str(&format!("| {name:<40} | {unit:<4} |"));
        let values: Vec<Option<f64>> = figures.iter().map(|column| column[row].2).collect();
        for value in &values {
            table.push_str(&format!(" {:>13} |", value.map_or("-".to_owned(), |value| format!("{value:.2}"))));
        }
        if let [Some(ours), Some(theirs)] = values[..] {
            table.push_str(&format!(" {:>7} |", format!("{:.1}x", theirs / ours)));
        } else if candidates.len() == 2 {
            table.push_str(&format!(" {:>7} |", "-"));
        }
        table.push('\n');
    }
    table
}

#[allow(clippy::print_stdout)]
fn print(table: &str) {
    print!("{table}");
}
