//! Nothing that a file holds makes the reader or the checks panic.

use std::path::Path;

use codegen::sources::Sources;

fn specs() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    Sources::read(root).expect("the specs are readable")
}

/// Compiles and renders; what comes of it does not matter.
fn survive(sources: &Sources) {
    if let Err(found) = codegen::parse(sources).and_then(|specs| codegen::check(&specs, sources)) {
        assert!(!found.is_empty());
        assert!(!found.render(sources, true).is_empty());
    }
}

/// A sequence of numbers that only looks like chance, the same in every run.
fn numbers(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap_or_default() % below.max(1)
    }
}

#[test]
fn cut_off_files_are_errors_or_specs() {
    let specs = specs();
    let mut next = numbers(1);
    for path in specs.paths().filter(|path| path.ends_with(".yaml")) {
        let text = specs.text(path).expect("specs are UTF-8");
        for _ in 0..4 {
            let mut end = next(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let mut cut = specs.clone();
            cut.insert(path, &text[..end]);
            survive(&cut);
        }
    }
}

#[test]
fn characters_in_the_wrong_place_are_errors_or_specs() {
    let specs = specs();
    let mut next = numbers(2);
    let odd = [
        "{", "}", "[", "]", ":", ": ", "\n", "$", "$item", "- ", "&a ", "*a", "!x ", "'", "\"", "|", "\t", "键", "~",
        "\u{1f}", "#", "?",
    ];
    for path in specs.paths().filter(|path| path.ends_with(".yaml")) {
        let text = specs.text(path).expect("specs are UTF-8");
        for _ in 0..6 {
            let mut at = next(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let mut changed = specs.clone();
            changed.insert(path, format!("{}{}{}", &text[..at], odd[next(odd.len())], &text[at..]));
            survive(&changed);
        }
    }
}

#[test]
fn lines_taken_out_are_errors_or_specs() {
    let specs = specs();
    let mut next = numbers(3);
    for path in specs.paths().filter(|path| path.ends_with(".yaml")) {
        let lines: Vec<&str> = specs.text(path).expect("specs are UTF-8").split_inclusive('\n').collect();
        for _ in 0..6 {
            let (from, length) = (next(lines.len()), 1 + next(3));
            let kept = lines.iter().enumerate().filter(|(line, _)| *line < from || *line >= from + length);
            let mut changed = specs.clone();
            changed.insert(path, kept.map(|(_, line)| *line).collect::<String>());
            survive(&changed);
        }
    }
}

#[test]
fn hostile_files_are_errors() {
    for text in [
        "",
        "\u{feff}",
        "\0",
        "- - - -",
        "a: *b",
        "{",
        &"[".repeat(100_000),
        &"{a: ".repeat(50_000),
        &"- ".repeat(50_000),
        "? a\n: b",
        "%YAML 9",
    ] {
        for path in ["specs/auth/none.yaml", "specs/parameters/output.yaml", "specs/connection.yaml"] {
            let mut changed = specs();
            changed.insert(path, text);
            survive(&changed);
        }
    }
}
