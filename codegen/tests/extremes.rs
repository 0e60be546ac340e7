//! Specs that nobody writes: extremes of length and depth, and what the fuzz target found. Each gets a short answer.

use std::path::Path;

use codegen::Sources;

const RERANK: &str = "specs/protocols/openai/rerank.yaml";

fn specs() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    Sources::read(root).expect("the specs are readable")
}

/// What is said of a file in the place of the one in the tree.
fn answer(path: &str, text: impl Into<Vec<u8>>) -> String {
    let mut sources = specs();
    sources.insert(path, text);
    match codegen::parse(&sources).and_then(|specs| codegen::check(&specs, &sources)) {
        Ok(warnings) => codegen::diagnostics::render(&warnings, &sources, false),
        Err(found) => found.render(&sources, false),
    }
}

fn rerank(old: &str, new: &str) -> String {
    let text = specs().text(RERANK).expect("the protocol").to_owned();
    assert!(text.contains(old));
    answer(RERANK, text.replacen(old, new, 1))
}

#[test]
fn a_file_has_an_end() {
    let said = answer(RERANK, "k: 1\n".repeat(30_000));
    assert!(said.starts_with("error[S0008]: this file has more than 128 KiB"), "{said:.300}");
}

#[test]
fn what_is_quoted_of_a_long_line_is_short() {
    for (old, new) in [
        ("shape: json", format!("shape: {}", "j".repeat(100_000))),
        ("shape: json", format!("{}: json", "s".repeat(100_000))),
        ("$input.query", format!("$input.{}", "q".repeat(100_000))),
        ("$input.query", format!("$input{}", ".q".repeat(50_000))),
        ("$input.query", format!("a{}", "$".repeat(100_000))),
        ("about: ", format!("about: {}", "很".repeat(30_000))),
        ("query: $input.query", format!("query: {{ {}[ ", "$x".repeat(50_000))),
    ] {
        let said = rerank(old, &new);
        assert!(said.len() < 20_000, "{} bytes: {said:.300}", said.len());
    }
}

#[test]
fn many_findings_are_counted() {
    let many: String = (0..3_000).map(|index| format!("    k{index}: $input.quary\n")).collect();
    let said = rerank("    query: $input.query\n", &many);
    assert!(said.ends_with("... and 2800 more\n"), "{}", &said[said.len() - 300..]);
    let keys: String = (0..10_000).map(|index| format!("k{index}: 1\n")).collect();
    assert!(answer(RERANK, keys).contains("[S0101]"));
}

#[test]
fn types_are_not_deep() {
    let path = "specs/model_types/rerank.yaml";
    let text = specs().text(path).expect("the model type").to_owned();
    for deep in [
        format!("{}string{}", "list<".repeat(9_000), ">".repeat(9_000)),
        format!("{}string", "optional ".repeat(9_000)),
    ] {
        let said = answer(path, text.replacen("query: string", &format!("query: {deep}"), 1));
        assert!(said.contains("[S0112]"), "{said:.300}");
    }
}

#[test]
fn nothing_is_deep() {
    for deep in ["[".repeat(50_000), "{a: ".repeat(30_000), "- ".repeat(50_000), "? ".repeat(50_000)] {
        let said = answer(RERANK, format!("a: {deep}"));
        assert!(said.contains("[S0001]"), "{said:.300}");
    }
}
