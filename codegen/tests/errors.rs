//! One directory for each code: a small change of the real specs and the text that people then read.
//!
//! `change.diff` names files with `@ path` and replaces its `-` lines by its `+` lines; `@ new path` is a whole file,
//! `@ delete path` takes one away, `@ bytes path` writes hexadecimal bytes. `UPDATE=1 cargo test -p codegen --test errors`
//! writes `expected.txt` anew; `CASE=S2003` looks at those directories only.

use std::path::{Path, PathBuf};
use std::{env, fs};

use codegen::diagnostics::{codes, render};
use codegen::sources::Sources;

mod change;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors")
}

fn specs() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    Sources::read(root).expect("the specs are readable")
}

fn cases() -> Vec<(String, PathBuf)> {
    let mut cases: Vec<(String, PathBuf)> = fs::read_dir(here())
        .expect("tests/errors is readable")
        .map(|entry| entry.expect("tests/errors is readable"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .collect();
    if let Some(begin) = env::var_os("CASE") {
        cases.retain(|(name, _)| name.starts_with(&*begin.to_string_lossy()));
    }
    cases.sort();
    cases
}

fn findings(sources: &Sources) -> String {
    let parsed = codegen::parse(sources);
    match parsed.and_then(|specs| codegen::check(&specs, sources)) {
        Ok(warnings) => render(&warnings, sources, false),
        Err(found) => found.render(sources, false),
    }
}

#[test]
fn every_mistake_gets_its_message() {
    let mut wrong = Vec::new();
    for (name, directory) in cases() {
        let mut sources = specs();
        let diff = fs::read_to_string(directory.join("change.diff")).expect("a case has a change.diff");
        for part in change::parts(&diff) {
            assert!(change::apply(&mut sources, &part), "{name}: `{}` is no change of specs", part.directive);
        }
        let found = findings(&sources);
        let code = name.split('-').next().unwrap_or_default();
        if !found.contains(&format!("[{code}]")) {
            wrong.push(format!("{name} does not give its code:\n{found}"));
            continue;
        }
        let expected = directory.join("expected.txt");
        if env::var_os("UPDATE").is_some() {
            fs::write(&expected, &found).expect("expected.txt is writable");
        }
        if fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{name}:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_directory() {
    let cases = cases();
    let missing: Vec<&str> = codes::all()
        .map(|code| code.id)
        .filter(|id| id.starts_with('S'))
        .filter(|id| !cases.iter().any(|(name, _)| name.starts_with(&format!("{id}-"))))
        .collect();
    assert!(missing.is_empty() || env::var_os("CASE").is_some(), "no directory in tests/errors for {missing:?}");
    for (name, _) in &cases {
        let code = name.split('-').next().unwrap_or_default();
        assert!(codes::find(code).is_some(), "{name} is named after no code");
    }
    assert!(codes::all().is_sorted_by(|a, b| a.id < b.id), "codes stand in order, each once");
}

/// The directories are what `cargo gen explain` shows, so that an explanation is as true as the test above.
#[test]
fn an_example_shows_its_code_and_no_other() {
    for code in codes::all().filter(|code| code.id.starts_with('S')) {
        let said: Vec<&str> = code
            .example
            .message
            .match_indices("[S")
            .filter_map(|(at, _)| code.example.message.get(at + 1..at + 6))
            .collect();
        assert!(said.iter().all(|id| *id == code.id) && !said.is_empty(), "{} says {said:?}", code.example.name);
        let repair = code.example.repair();
        assert!(repair.lines().any(|line| !line.starts_with("specs/")), "{} repairs nothing", code.example.name);
        assert!(code.why.len() > 40 && code.why.ends_with('.'), "{} has no reason", code.id);
    }
}
