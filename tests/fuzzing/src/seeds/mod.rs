//! Inputs to begin with, made of the specs and their examples: every protocol of both plugins is among them.

mod calls;
mod texts;

pub use calls::streaming;

use std::path::PathBuf;
use std::{env, fs};

use crate::specs;

/// Writes the first inputs of a target into the directory that `SEEDS` names; without it, does nothing.
///
/// # Panics
/// If they cannot be written.
pub fn write(target: &str) {
    let Some(directory) = env::var_os("SEEDS").map(PathBuf::from) else { return };
    fs::create_dir_all(&directory).expect("a directory for seeds");
    let inputs = if target == "specs" { spec_files() } else { of(target) };
    for (number, input) in inputs.iter().enumerate() {
        fs::write(directory.join(format!("seed-{number:03}")), input).expect("room for a seed");
    }
}

/// The inputs that fuzzing a target begins with. Specs are themselves, and compiled by other tests.
///
/// # Panics
/// If the specs of this repository cannot be read, or there is no such target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "answers" => calls::answers(&calls::all()),
        "credentials" => texts::credentials(),
        "endpoints" => texts::endpoints(),
        "events" => calls::events(&calls::all()),
        "frames" => calls::frames(&calls::all()),
        "keys" => texts::keys(),
        "lines" => calls::lines(&calls::all()),
        "multipart" => texts::multipart(),
        "specs" => Vec::new(),
        _ => panic!("no target {target}"),
    }
}

fn spec_files() -> Vec<Vec<u8>> {
    let tree = specs::tree();
    let specs = tree.paths().filter(|path| path.ends_with(".yaml"));
    specs.map(|path| [path.as_bytes(), b"\n", tree.bytes(path).unwrap_or_default()].concat()).collect()
}

/// The ids of all protocols that are specified, sorted.
pub fn protocols() -> Vec<&'static str> {
    let mut ids: Vec<&str> = calls::protocols().iter().filter_map(|spec| spec["id"].as_str()).collect();
    ids.sort_unstable();
    ids
}
