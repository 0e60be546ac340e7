//! The JSON Schemas against the reader: what is legal is never red in an editor, and what the reader refuses mostly is.

mod change;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use codegen::Sources;
use codegen::parse::{Place, place};
use jsonschema::Validator;
use serde_json::Value as Json;

fn specs() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    Sources::read(root).expect("the specs are readable")
}

/// The directories of `tests/errors` that are about the shape of a file, with their names.
fn cases() -> BTreeMap<String, PathBuf> {
    let directory = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors")).expect("tests/errors");
    let cases = directory.flatten().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    cases.filter(|(name, _)| name.starts_with("S0")).collect()
}

fn validators() -> BTreeMap<String, Validator> {
    let specs = codegen::parse(&specs()).expect("the specs parse");
    let schemas = codegen::schema::schemas(&specs);
    let read = |(path, text): (String, Vec<u8>)| {
        let kind = path.strip_prefix("generated/schema/").and_then(|path| path.strip_suffix(".schema.json"));
        let schema: Json = serde_json::from_slice(&text).expect("a schema is JSON");
        let validator = jsonschema::draft7::new(&schema).expect("a schema is one of draft 7");
        (kind.expect("a schema has its place").to_owned(), validator)
    };
    schemas.into_iter().map(read).collect()
}

fn kind(path: &str) -> Option<&'static str> {
    Some(match place(path) {
        Place::Plugin(_) => "plugin",
        Place::ModelType(_) => "model_type",
        Place::Protocol(_) => "protocol",
        Place::Auth(_) => "auth",
        Place::Connection => "connection",
        Place::Parameters => "parameters",
        Place::Asset | Place::Unknown => return None,
    })
}

/// What a schema says against a file; nothing if it is no YAML of one document.
fn refused(validators: &BTreeMap<String, Validator>, path: &str, text: &str) -> Option<Vec<String>> {
    let document: Json = serde_yaml::from_str(text).ok()?;
    let errors = validators[kind(path)?].iter_errors(&document);
    Some(errors.map(|error| format!("{path}: {}: {error:.200}", error.instance_path())).collect())
}

#[test]
fn every_spec_is_legal_and_names_its_schema() {
    let (sources, validators) = (specs(), validators());
    for path in sources.paths().filter(|path| kind(path).is_some()) {
        let text = sources.text(path).expect("a spec is text");
        assert_eq!(refused(&validators, path, text), Some(Vec::new()));
        let up = "../".repeat(path.matches('/').count());
        let schema = format!("{up}generated/schema/{}.schema.json", kind(path).unwrap_or_default());
        let modelines = format!("# yaml-language-server: $schema={schema}\n# $schema: {schema}\n");
        assert!(text.starts_with(&modelines), "{path} does not begin with\n{modelines}");
    }
}

/// Mistakes that a schema cannot see: YAML itself, where files live, and words inside texts.
const UNSEEN: [(&str, &str); 15] = [
    ("S0001-tab-after-a-key", "editors mark it themselves; some readers of YAML take it"),
    ("S0003-duplicate-key", "editors refuse it before they look at the schema"),
    ("S0004-anchor", "resolved before the schema is looked at"),
    ("S0006-boolean-word-as-option", "a matter of spelling, which the value does not show"),
    ("S0009-no-kind-of-spec", "no schema belongs to the file"),
    ("S0010-no-connection", "there is no file"),
    ("S0011-enumeration-comma", "a matter of spelling, which the value does not show"),
    ("S0011-full-width-dollar", "a text like any other"),
    ("S0011-typographic-quotes", "a matter of spelling, which the value does not show"),
    ("S0103-number-in-another-base", "the value is a number like any other"),
    ("S0111-forgotten-dollar", "a text like any other"),
    ("S0111-index-too-large", "a number inside a text"),
    ("S0111-template", "a text like any other"),
    ("S0116-deliver-of-chat", "depends on the output beside it"),
    ("S0116-half-an-offer", "leaf and branch share one list of keys, so that both are proposed"),
];

#[test]
fn what_the_reader_refuses_is_red() {
    let validators = validators();
    let mut seen = Vec::new();
    for (name, directory) in cases() {
        let mut sources = specs();
        let before = sources.clone();
        for part in change::parts(&fs::read_to_string(directory.join("change.diff")).expect("a change.diff")) {
            assert!(change::apply(&mut sources, &part), "{name}");
        }
        let changed = |path: &&str| before.bytes(path) != sources.bytes(path);
        let red = |path: &str| {
            let found = sources.text(path).map(|text| refused(&validators, path, text));
            // What is no YAML is red without a schema.
            found.is_none_or(|found| found.is_none_or(|found| !found.is_empty()) && kind(path).is_some())
        };
        if sources.paths().filter(changed).any(red) {
            seen.push(name);
        }
    }
    let unseen: Vec<String> = cases().into_keys().filter(|name| !seen.contains(name)).collect();
    assert_eq!(unseen, UNSEEN.map(|(name, _)| name));
}

#[test]
fn a_wrong_reference_is_red_for_its_model_type_only() {
    let validators = validators();
    let path = "specs/protocols/openai/rerank.yaml";
    let text = specs().text(path).expect("the protocol").to_owned();
    let wrong = |old: &str, new: &str| {
        assert!(text.contains(old));
        refused(&validators, path, &text.replace(old, new)).expect("YAML")
    };
    assert_ne!(wrong("$input.query", "$input.quary"), Vec::<String>::new());
    assert_ne!(wrong("$input.query", "$input.texts"), Vec::<String>::new());
    assert_ne!(wrong("$input.query", "$param.quary"), Vec::<String>::new());
    assert_ne!(wrong("$input.query", "$credential.own"), Vec::<String>::new());
    assert_ne!(wrong("index: $item", "indx: $item"), Vec::<String>::new());
    assert_eq!(wrong("$input.query", "$credential.score_scale"), Vec::<String>::new());
    let own = "credentials:\n  own: { label: Own }\nrequest:";
    let own = text.replace("request:", own).replace("$input.query", "$credential.own");
    assert_eq!(refused(&validators, path, &own), Some(Vec::new()));
}
