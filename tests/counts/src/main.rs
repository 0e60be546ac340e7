//! Instructions of what runs for every event, line and request, counted by callgrind: times swing on machines that are
//! shared, counts do not.
//!
//! `counts` measures all and compares with `baseline.txt`; a rise of more than 5 % is an error. `UPDATE=1` writes the
//! file. `counts NAME TIMES` runs one of them, which is what callgrind looks at: twice, so that start and setup cancel
//! out.

mod calls;
mod work;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// In percent.
const ALLOWED: u64 = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.as_slice() {
        [] => compare(),
        [name, times] => run(name, times),
        _ => Err("usage: counts [NAME TIMES]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, times: &str) -> Result<(), String> {
    let times = times.parse().map_err(|_| format!("{times} is no number"))?;
    let (_, _, work) = work::ALL.iter().find(|(known, ..)| *known == name).ok_or(format!("{name} is not known"))?;
    work(times);
    Ok(())
}

fn compare() -> Result<(), String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("baseline.txt");
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let known: BTreeMap<&str, u64> = known
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(name, count)| Some((name, count.parse().ok()?)))
        .collect();
    let (mut lines, mut problems) = (String::new(), Vec::new());
    for (name, times, _) in work::ALL {
        let count = (instructions(name, 2 * times)? - instructions(name, *times)?) / u64::from(*times);
        let before = known.get(name).copied();
        show(&format!("{name:<12} {count:>10} {:>10}", before.map_or("-".to_owned(), |before| before.to_string())));
        if before.is_none_or(|before| count * 100 > before * (100 + ALLOWED)) {
            problems.push(*name);
        }
        let _ = writeln!(lines, "{name} {count}");
    }
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&file, lines).map_err(|error| error.to_string());
    }
    match problems.as_slice() {
        [] => Ok(()),
        names => Err(format!(
            "more than {ALLOWED} % above tests/counts/baseline.txt: {}. If it must be so: UPDATE=1, and say why in the \
             commit",
            names.join(", ")
        )),
    }
}

/// Instructions of this executable while it runs one of the works.
fn instructions(name: &str, times: u32) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).arg(name).arg(times.to_string());
    let output = valgrind.output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said
        .lines()
        .filter_map(|line| line.split_once("Collected : "))
        .find_map(|(_, count)| count.trim().parse().ok());
    count.filter(|_| output.status.success()).ok_or_else(|| format!("{name}: {said}"))
}

#[allow(clippy::print_stdout)]
fn show(line: &str) {
    println!("{line}");
}
