//! Hostile plugins: whatever the bytes, `validate` ends soon, in bounded memory, with findings and without a panic.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use codegen::Files;
use codegen::validate::input::Plugin;
use codegen::validate::validate;
use proptest::prelude::*;

mod zips;

use zips::{Entry, zip};

const MANIFEST: &str = "plugins: { models: [p.yaml] }\n";

/// The findings of a plugin with this provider, without those of its manifest.
fn provider(text: &str) -> Vec<String> {
    let files = [("manifest.yaml", MANIFEST), ("p.yaml", text)];
    let files: Files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into();
    let checked = validate(Plugin::files("x", files));
    let rendered = checked.found.render(&checked.sources, false);
    rendered.split("\nerror").filter(|found| found.contains("x/p.yaml")).map(str::to_owned).collect()
}

fn refused(text: &str, part: &str) {
    let found = provider(text);
    assert!(found.iter().any(|found| found.contains(part)), "{part} is not in {found:?}");
}

#[test]
fn nesting_is_bounded() {
    refused(&"[".repeat(100_000), "V1001");
    refused(&"a: {".repeat(100_000), "V1001");
    refused(&(0..2000).map(|depth| " ".repeat(depth) + "a:\n").collect::<String>(), "V1001");
    refused(&"- ".repeat(100_000), "V1001");
}

#[test]
fn aliases_do_not_multiply() {
    let mut laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        let _ = writeln!(laughs, "a{level}: &a{level} [{}]", vec![format!("*a{before}"); 10].join(", "));
    }
    refused(&laughs, "aliases repeat");
    let mut deep = "a0: &a0 []\n".to_owned();
    for level in 1..100 {
        let _ = writeln!(deep, "a{level}: &a{level} [*a{}]", level - 1);
    }
    refused(&deep, "V1001");
    refused("a: &a [*a]\n", "alias");
}

#[test]
fn long_documents_are_read_in_one_go() {
    let mut keys = "provider: x\n".to_owned();
    let mut merged = "base: &base {".to_owned();
    for index in 0..10_000 {
        let _ = writeln!(keys, "key{index}: {index}");
        let _ = write!(merged, "k{index}: 1, ");
    }
    assert!(!provider(&keys).is_empty());
    let _ = writeln!(merged, "}}\nlabel: {{ <<: *base, en_US: x }}");
    assert!(!provider(&merged).is_empty());
    let entries = "  - { variable: a, label: { en_US: A }, type: text-input, required: true }\n".repeat(2000);
    let form = format!(
        "provider: x\nmodel_credential_schema:\n model: {{ label: {{ en_US: M }} }}\n credential_form_schemas:\n{entries}"
    );
    refused(&form, "has 2000 entries");
    assert!(provider(&"x".repeat(3_000_000)).iter().any(|found| found.contains("is not checked")));
}

#[test]
fn a_bomb_is_not_unpacked() {
    // Each entry is within what a package may hold, and all of them are not.
    let entries: Vec<Entry> = (0..12).map(|index| Entry::of("zeros", &format!("bin/{index} 5000000"), "")).collect();
    let bytes = zip(&entries);
    assert!(bytes.len() < 1_000_000);
    let checked = validate(Plugin::package("x.difypkg", &bytes));
    let found = checked.found.render(&checked.sources, false);
    assert!(found.contains("V0005") && checked.found.len() == 1, "{found}");
}

#[test]
fn an_entry_that_is_longer_than_it_says_is_cut() {
    let bytes = zip(&[Entry::of("zeros", "bin/x 5000000", "")]);
    // The size stands in the local header and in the directory; both say 10.
    let size = 5_000_000_u32.to_le_bytes();
    let mut lying = bytes.clone();
    for at in (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == size) {
        lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    let checked = validate(Plugin::package("x.difypkg", &lying));
    assert!(checked.found.render(&checked.sources, false).contains("V0006"));
}

#[test]
fn every_beginning_of_a_package_is_answered() {
    let bytes = zip(&[Entry::of("entry", "manifest.yaml", MANIFEST), Entry::of("entry", "p.yaml", "provider: x")]);
    for end in 0..bytes.len() {
        assert!(validate(Plugin::package("x.difypkg", &bytes[..end])).found.errors() > 0, "{end}");
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_a_folder_are_not_followed() {
    let folder = std::env::temp_dir().join(format!("validate-links-{}", std::process::id()));
    let inside = folder.join("plugin");
    fs::create_dir_all(&inside).expect("a folder");
    fs::write(folder.join("secret"), "token: hidden-from-all\n").expect("written");
    for (name, target) in [("manifest.yaml", "../secret"), ("loop", "."), ("gone", "nowhere"), (".difyignore", "loop")]
    {
        std::os::unix::fs::symlink(target, inside.join(name)).expect("a link");
    }
    let checked = validate(Plugin::read(Path::new(&inside), "plugin"));
    let found = checked.found.render(&checked.sources, false);
    fs::remove_dir_all(&folder).expect("removed");
    assert!(!found.contains("hidden-from-all") && found.contains("V0007"), "{found}");
    assert_eq!(found.matches("[V0003]").count(), 4, "{found}");
}

/// Words that a provider is made of, and the signs that break it.
fn yaml() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("models:"),
        Just("llm:"),
        Just("predefined:"),
        Just("position:"),
        Just("- "),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(": "),
        Just("\n"),
        Just("  "),
        Just("&a "),
        Just("*a "),
        Just("<<: "),
        Just("!t "),
        Just("---\n"),
        Just("p.yaml"),
        Just("**/*.yaml"),
        Just("[a-"),
        Just("model_credential_schema:"),
        Just("null"),
        Just("credential_form_schemas:"),
        Just("show_on:"),
        Just("variable:"),
        Just("options:"),
        Just("default: 1"),
        Just("parameter_rules:"),
        Just("use_template: top_k"),
        Just("min: 9e999"),
        Just("\u{feff}"),
        Just("ä"),
        Just("'"),
    ];
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        validate(Plugin::package("x.difypkg", &bytes));
        let files: Files = [("manifest.yaml".to_owned(), bytes)].into();
        validate(Plugin::files("x", files));
    }

    #[test]
    fn any_document_is_answered(provider in yaml(), manifest in yaml()) {
        let files = [("manifest.yaml", MANIFEST.to_owned() + &manifest), ("p.yaml", provider)];
        let files: Files = files.map(|(name, text)| (name.to_owned(), text.into_bytes())).into();
        let checked = validate(Plugin::files("x", files));
        checked.found.render(&checked.sources, false);
    }

    #[test]
    fn a_package_with_any_byte_changed_is_answered(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = zip(&[Entry::of("entry", "manifest.yaml", MANIFEST), Entry::of("zeros", "p.yaml 1000", "")]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let checked = validate(Plugin::package("x.difypkg", &bytes));
        checked.found.render(&checked.sources, false);
    }
}
