//! All errors of a pass are reported at once, in all files, in the order of the files.

use std::path::Path;

use codegen::Sources;

/// Reads the specs, changes them, and gives what is found: each as its code and place.
fn found(changes: &[(&str, &str, &str)]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Sources::read(&root).expect("the specs are readable");
    for (file, from, to) in changes {
        let text = sources.text(file).expect("a spec").to_owned();
        assert!(text.contains(from), "{file} does not hold {from}");
        sources.insert(*file, text.replacen(from, to, 1));
    }
    let found = codegen::compile(&sources).expect_err("the specs are wrong");
    let rendered = found.render(&sources, false);
    let places = rendered.lines().filter_map(|line| line.trim_start().strip_prefix("--> "));
    found
        .iter()
        .zip(places)
        .map(|(one, place)| format!("{} {}", one.code, place.rsplit_once(':').map_or(place, |(place, _)| place)))
        .collect()
}

const CHAT: &str = "specs/protocols/openai/chat.yaml";
const RERANK: &str = "specs/protocols/openai/rerank.yaml";
const PLUGIN: &str = "specs/plugins/ai-gateway.yaml";

#[test]
fn references_that_do_not_resolve_are_reported_together() {
    let found = found(&[
        (RERANK, "$input.query", "$input.quary"),
        (RERANK, "$input.docs", "$inputs.docs"),
        (PLUGIN, "protocol: openai_speech", "protocol: openai_speach"),
        (CHAT, "- vision", "- visoin"),
    ]);
    let expected = [
        "S2001 specs/plugins/ai-gateway.yaml:58",
        "S2005 specs/protocols/openai/chat.yaml:11",
        "S2003 specs/protocols/openai/rerank.yaml:11",
        "S2002 specs/protocols/openai/rerank.yaml:12",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_file_that_does_not_parse_hides_no_other() {
    let found = found(&[
        (RERANK, "shape: json", "shape: jsn"),
        (PLUGIN, "memory: 268435456", "memory: 256MB"),
        ("specs/auth/none.yaml", "label: {", "label: {{"),
    ]);
    let codes: Vec<&str> = found.iter().map(|one| &one[..5]).collect();
    assert_eq!(codes, ["S0001", "S0103", "S0104"], "{found:?}");
}

#[test]
fn a_later_pass_waits_for_the_earlier_one() {
    let found = found(&[(RERANK, "id: openai_rerank", "id: rerank"), (CHAT, "- vision", "- visoin")]);
    assert_eq!(found, ["S1002 specs/protocols/openai/rerank.yaml:3"]);
}
