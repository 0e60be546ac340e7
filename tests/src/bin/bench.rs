//! What the plugin costs: start, memory, size, processor time; in the same run the same for a relay that parses nothing
//! and, if there is one, for a Python plugin. This packs and installs; the package `load` measures.
//!
//! `bench [--package FILE] [--python-plugin DIR [--python PATH]]`; without a package the release build is packed first.
//! The Python plugin is a directory in which `PATH -m main` starts it; `PATH` defaults to `DIR/.venv/bin/python`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use tests::daemon::install::Installed;
use tests::package;
use tests::plugins::AI_GATEWAY;

const USAGE: &str = "usage: bench [--package FILE] [--python-plugin DIR [--python PATH]]";
/// Python without a plugin.
const HEARTBEAT_ONLY: &str = r#"import os
os.write(1, b'{"event":"heartbeat","session_id":null,"data":{}}\n')
os.read(0, 1)
"#;

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
    let packed = fs::metadata(&archive).map_err(|error| format!("{}: {error}", archive.display()))?.len();
    eprintln!("package: {:.2} MiB, installed: {:.2} MiB", mebibytes(packed), mebibytes(size(&installed.directory)));
    let mut build = package::cargo();
    build.args(["build", "--quiet", "--release", "--package", "load", "--bins"]);
    package::show(build, "cargo build")?;
    let mut load = package::cargo();
    load.args(["run", "--quiet", "--release", "--package", "load", "--bin", "load", "--"]);
    add(&mut load, "this plugin", &installed.directory, &installed.python());
    if let Some(directory) = directory {
        let directory = directory.canonicalize().map_err(|error| format!("{}: {error}", directory.display()))?;
        let python = python.unwrap_or_else(|| directory.join(".venv/bin/python"));
        load.arg("--");
        add(&mut load, "Python plugin", &directory, &python);
    }
    // What a plugin that is started in this way cannot go below.
    let empty = scratch.join("python");
    fs::create_dir_all(&empty).map_err(|error| format!("{}: {error}", empty.display()))?;
    fs::write(empty.join("main.py"), HEARTBEAT_ONLY).map_err(|error| format!("{}: {error}", empty.display()))?;
    load.env("LOAD_INTERPRETER", installed.python()).env("LOAD_EMPTY", empty);
    match load.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the load failed; see above".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A candidate on the command line of `load`.
fn add(load: &mut Command, name: &str, directory: &Path, python: &Path) {
    load.arg(name).arg(directory).arg(python).args(["-m", "main"]);
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
