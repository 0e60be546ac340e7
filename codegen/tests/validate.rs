//! `cargo gen validate`: one directory for each finding, a small change of a good plugin and the text that people read;
//! our own packages, which have none; and hostile input.
//!
//! `change.diff` is that of `tests/errors`; `@ entry name`, `@ link name`, `@ broken name` and `@ zeros name size` put an entry
//! more into a package of the plugin, `@ archive` is a package that is these bytes. `UPDATE=1 cargo test -p codegen --test
//! validate` writes `expected.txt` anew.

use std::path::{Path, PathBuf};
use std::{env, fs};

use codegen::diagnostics::codes;
use codegen::validate::input::Plugin;
use codegen::validate::validate;
use codegen::{Files, Sources, compile};

mod change;
mod zips;

use zips::{Entry, zip};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate")
}

fn read(root: &Path, folder: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(root, &path, sources);
        } else {
            let name = path.strip_prefix(root).expect("below").to_str().expect("UTF-8").to_owned();
            sources.insert(name, fs::read(&path).expect("readable"));
        }
    }
}

/// The good plugin.
fn good() -> Sources {
    let (root, mut sources) = (here().join("good"), Sources::default());
    read(&root, &root, &mut sources);
    sources
}

fn files(sources: &Sources) -> Files {
    sources.paths().map(|path| (path.to_owned(), sources.bytes(path).expect("there").to_vec())).collect()
}

fn entries(sources: &Sources) -> Vec<Entry> {
    files(sources).into_iter().map(|(name, content)| Entry::new(name, content)).collect()
}

fn said(plugin: Plugin) -> String {
    let checked = validate(plugin);
    checked.found.render(&checked.sources, false)
}

/// What a case is: the folder with its change, or a package of it.
fn case(diff: &str) -> Plugin {
    let mut sources = good();
    let mut more = Vec::new();
    for part in change::parts(diff) {
        if part.path == "archive" {
            return Plugin::package("acme.difypkg", &change::bytes(&part.body));
        }
        if !change::apply(&mut sources, &part) {
            more.push(Entry::of(&part.directive, &part.path, &part.new));
        }
    }
    if more.is_empty() {
        return Plugin::files("acme", files(&sources));
    }
    Plugin::package("acme.difypkg", &zip(&[entries(&sources), more].concat()))
}

#[test]
fn every_mistake_gets_its_message() {
    let mut wrong = Vec::new();
    let mut cases: Vec<PathBuf> =
        fs::read_dir(here().join("cases")).expect("readable").map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    for directory in &cases {
        let name = directory.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        let found = said(case(&fs::read_to_string(directory.join("change.diff")).expect("a case has a change.diff")));
        let code = name.split('-').next().unwrap_or_default();
        assert!(codes::find(code).is_some(), "{name} is named after no code");
        if !found.contains(&format!("[{code}]")) {
            wrong.push(format!("{name} does not give its code:\n{found}"));
            continue;
        }
        let expected = directory.join("expected.txt");
        if env::var_os("UPDATE").is_some() {
            fs::write(&expected, &found).expect("writable");
        }
        let written = fs::read_to_string(&expected).unwrap_or_default();
        if written != found {
            wrong.push(format!("{name} says otherwise than {}:\n{found}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for code in codes::all().filter(|code| code.id.starts_with('V')) {
        let shown = cases.iter().any(|case| case.ends_with(code.example.name));
        assert!(shown && code.example.message.contains(&format!("[{}]", code.id)), "{} has no case", code.id);
        assert!(code.why.len() > 40 && code.why.ends_with('.'), "{} has no reason", code.id);
    }
}

#[test]
fn what_is_good_has_no_findings() {
    let good = good();
    assert_eq!(said(Plugin::files("acme", files(&good))), "");
    assert_eq!(said(Plugin::package("acme.difypkg", &zip(&entries(&good)))), "");
    assert_eq!(said(Plugin::read(&here().join("good"), "acme")), "");
}

#[test]
fn what_is_generated_has_no_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let outputs = compile(&Sources::read(&root).expect("specs")).expect("the specs compile");
    let mut plugins = std::collections::BTreeMap::<String, Files>::new();
    for (path, content) in outputs.files {
        if let Some((plugin, file)) = path.strip_prefix("generated/packages/").and_then(|path| path.split_once('/')) {
            plugins.entry(plugin.to_owned()).or_default().insert(file.to_owned(), content);
        }
    }
    assert!(plugins.len() > 1);
    for (plugin, files) in plugins {
        assert_eq!(said(Plugin::files(&plugin, files)), "", "{plugin}");
    }
}
