//! Measures a plugin, the floor and, if there is one, a Python plugin in one run, in turns, and prints one table.
//!
//! Every answer is checked; a candidate that loses, doubles or alters something has no figure but a note, and if it is
//! this plugin or the floor the run fails. No figure makes it fail. Rows appear on standard error as they are finished.

use std::path::PathBuf;
use std::process::ExitCode;

use load::candidate::{Candidate, Kind};
use load::gateway::Gateway;
use load::measure::Measure;
use load::report::{Goal, Report, Row};
use load::{machine, plot, table};

const USAGE: &str = "\
usage: load --plugin DIR --interpreter PATH [--python-plugin DIR --python PATH]
            [--only TEXT] [--rounds N] [--package BYTES --architectures N] [--out DIR] [--readme FILE]
  --only      runs scenarios with TEXT in their names
  --rounds    how often each is run (3); medians are shown
  --package   the size of the package, for its row
  --out       writes performance.md and performance.svg there, too
  --readme    writes the rows that have goals between its marks, too";
/// Where the README has figures.
const MARKS: [&str; 2] = ["<!-- figures: begin -->", "<!-- figures: end -->"];

#[derive(Default)]
struct Options {
    plugin: Option<PathBuf>,
    interpreter: Option<String>,
    python_plugin: Option<PathBuf>,
    python: Option<String>,
    only: String,
    rounds: Option<usize>,
    package: Option<u32>,
    architectures: u32,
    out: Option<PathBuf>,
    readme: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(false) => ExitCode::SUCCESS,
        Ok(true) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

/// Whether something was lost, doubled or altered.
fn run() -> Result<bool, String> {
    let options = Options::read(std::env::args().skip(1))?;
    let (Some(directory), Some(interpreter)) = (options.plugin, options.interpreter) else {
        return Err(USAGE.to_owned());
    };
    let gateway = Gateway::start().map_err(|error| error.to_string())?;
    let mut report = Report { facts: machine::facts(), ..Report::default() };
    report.facts.extend(machine::python(&interpreter).map(|python| format!("{python} that starts it")));
    if let Some(bytes) = options.package {
        report.rows.push(package(bytes, options.architectures));
    }
    let python = options.python_plugin.zip(options.python).map(|(directory, python)| {
        report.facts.extend(machine::python(&python).map(|python| format!("{python} of the Python plugin")));
        Candidate::python(Kind::Python, directory, &python)
    });
    let mut measure = Measure {
        gateway,
        plugin: Candidate::python(Kind::Plugin, directory, &interpreter),
        relay: Candidate::relay(&gateway).map_err(|error| error.to_string())?,
        bare: Candidate::bare_python(&interpreter),
        python,
        rounds: options.rounds.unwrap_or(3),
        only: options.only,
        report,
    };
    measure.run();
    let report = measure.report;
    show(&table::whole(&report));
    let write =
        |path: PathBuf, text: &str| std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()));
    if let Some(directory) = options.out {
        std::fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        write(directory.join("performance.md"), &page(&report))?;
        write(directory.join("performance.svg"), &plot::draw(&report.points))?;
    }
    if let Some(readme) = options.readme {
        let text = std::fs::read_to_string(&readme).map_err(|error| format!("{}: {error}", readme.display()))?;
        write(readme, &table::replace_between(&text, MARKS, &table::goals(&report))?)?;
    }
    Ok(report.failed)
}

fn page(report: &Report) -> String {
    format!(
        "# Performance\n\n\
         Medians of one run. Every answer was checked: what is lost, doubled or altered has no figure. The floor of starts is\n\
         Python that starts, writes a heartbeat and does nothing; the floor of streams is a relay that copies each event into\n\
         a fixed envelope and parses nothing. Added latency is from the gateway's write to the line. The README says how to\n\
         repeat this.\n\n\
         ![Streams at a chunk every 20 ms: rate, processor time, first chunk, latency](performance.svg)\n\n{}",
        table::whole(report)
    )
}

fn package(bytes: u32, architectures: u32) -> Row {
    let (name, goal) = match architectures {
        2 => ("package for both architectures", Some(Goal::AtMost(8.0))),
        _ => ("package for one architecture", None),
    };
    Row { name: name.to_owned(), unit: "MB", values: [Some(f64::from(bytes) / 1e6), None, None], goal }
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options::default();
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"))?;
            let number = || value.parse().map_err(|_| format!("{argument}: {value} is no number\n{USAGE}"));
            match argument.as_str() {
                "--plugin" => options.plugin = Some(value.into()),
                "--interpreter" => options.interpreter = Some(value),
                "--python-plugin" => options.python_plugin = Some(value.into()),
                "--python" => options.python = Some(value),
                "--only" => options.only = value,
                "--rounds" => options.rounds = Some(number()? as usize),
                "--package" => options.package = Some(number()?),
                "--architectures" => options.architectures = number()?,
                "--out" => options.out = Some(value.into()),
                "--readme" => options.readme = Some(value.into()),
                _ => return Err(format!("unknown argument {argument}\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

#[allow(clippy::print_stdout)]
fn show(table: &str) {
    print!("{table}");
}
