//! What the plugin costs: start, memory, size, processor time; in the same run the same for a relay that parses nothing
//! and, if there is one, for a Python plugin. This packs and installs; the package `load` measures.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use tests::daemon::install::Installed;
use tests::package;
use tests::plugins::AI_GATEWAY;
use tests::python::workspace;

const USAGE: &str = "\
usage: bench [--package FILE] [--python-plugin DIR [--python PATH]] [--only TEXT] [--rounds N] [--out DIR | --record]
  --package        a package; without one the release build is packed first
  --python-plugin  a directory in which `PATH -m main` starts a Python plugin
  --python         its interpreter (DIR/.venv/bin/python)
  --only           runs scenarios with TEXT in their names
  --rounds         how often each is run (3); medians are shown
  --out            writes performance.md and performance.svg there
  --record         writes them into the repository, and the rows that have goals into its README";

#[derive(Default)]
struct Options {
    package: Option<PathBuf>,
    directory: Option<PathBuf>,
    python: Option<PathBuf>,
    /// What `load` is told as it is.
    passed: Vec<String>,
    out: Option<PathBuf>,
    record: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let options = Options::read(std::env::args().skip(1))?;
    let scratch = package::scratch().join("bench");
    let archive = match options.package {
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
    let packed = fs::metadata(&archive).map_err(|error| format!("{}: {error}", archive.display()))?.len();
    let architectures = fs::read_dir(installed.directory.join("bin")).into_iter().flatten().count();
    let mut build = package::cargo();
    build.args(["build", "--quiet", "--release", "--package", "load", "--bins"]);
    package::show(build, "cargo build")?;
    let mut cargo = package::cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "load", "--bin", "load", "--"]);
    cargo.arg("--plugin").arg(&installed.directory).arg("--interpreter").arg(installed.python());
    cargo.args(["--package", &packed.to_string(), "--architectures", &architectures.to_string()]);
    cargo.args(options.passed);
    if let Some(directory) = options.directory {
        let directory = directory.canonicalize().map_err(|error| format!("{}: {error}", directory.display()))?;
        let python = options.python.unwrap_or_else(|| directory.join(".venv/bin/python"));
        cargo.arg("--python-plugin").arg(&directory).arg("--python").arg(python);
    }
    if options.record {
        cargo.arg("--out").arg(workspace().join("tests/load")).arg("--readme").arg(workspace().join("README.md"));
    } else if let Some(out) = options.out {
        cargo.arg("--out").arg(out);
    }
    match with_all_handles(&cargo).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the load failed; see above".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The same command with as many file handles as the system allows: 2,000 streams need more than most shells give.
fn with_all_handles(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$@\"", "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        shell.current_dir::<&Path>(directory);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Options::default();
        while let Some(argument) = arguments.next() {
            if argument == "--record" {
                options.record = true;
                continue;
            }
            let value = arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"))?;
            let path = || std::path::absolute(&value).map_err(|error| format!("{value}: {error}"));
            match argument.as_str() {
                "--package" => options.package = Some(path()?),
                "--python-plugin" => options.directory = Some(path()?),
                "--python" => options.python = Some(path()?),
                "--out" => options.out = Some(path()?),
                "--only" | "--rounds" => options.passed.extend([argument, value]),
                _ => return Err(format!("unknown argument {argument}\n{USAGE}")),
            }
        }
        Ok(options)
    }
}
