//! The command `gen` on a directory of its own: what it writes, what it calls stale, how it ends.

mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use codegen::cli::{Answer, Exit, run};
use tree::workspace;

/// A copy of the specs with nothing generated but the manifest.
fn root(name: &str) -> PathBuf {
    let root = tree::root(&format!("cli-{name}"));
    fs::create_dir_all(root.join("generated")).expect("the test directory is writable");
    fs::write(root.join("generated/Cargo.toml"), "[package]\n").expect("the test directory is writable");
    root
}

fn generate(root: &Path, arguments: &[&str]) -> Answer {
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    run(&arguments, root, false)
}

#[test]
fn what_is_written_is_fresh_and_written_once() {
    let root = root("fresh");
    assert_eq!(generate(&root, &["--check"]).exit, Exit::Stale);
    assert!(!root.join("generated/schema").exists(), "--check writes nothing");
    assert_eq!(generate(&root, &[]).exit, Exit::Done);
    let check = generate(&root, &["--check"]);
    assert_eq!(check.exit, Exit::Done, "{}", check.err);
    assert!(generate(&root, &[]).out.contains("all fresh"));
    assert!(root.join("generated/Cargo.toml").is_file(), "the manifest is not the compiler's");
}

#[test]
fn what_was_changed_by_hand_is_named_with_the_lines_and_the_repair() {
    let root = root("stale");
    generate(&root, &[]);
    let changed = root.join("generated/schema/auth.schema.json");
    let text = fs::read_to_string(&changed).expect("the schema was written");
    fs::write(&changed, text.replace("auth spec", "my spec")).expect("the test directory is writable");
    fs::create_dir_all(root.join("generated/old/deep")).expect("the test directory is writable");
    fs::write(root.join("generated/old/deep/file.rs"), "").expect("the test directory is writable");
    fs::remove_file(root.join("generated/schema/plugin.schema.json")).expect("the schema was written");

    let check = generate(&root, &["--check"]);
    assert_eq!(check.exit, Exit::Stale);
    for part in [
        "generated/schema/auth.schema.json is not what the specs say",
        "-  \"title\": \"my spec\"",
        "+  \"title\": \"auth spec\"",
        "generated/old/deep/file.rs is not made from any spec",
        "generated/schema/plugin.schema.json is missing",
        "run `cargo gen` and commit",
    ] {
        assert!(check.err.contains(part), "{part} is not in\n{}", check.err);
    }

    assert_eq!(generate(&root, &[]).exit, Exit::Done);
    assert!(!root.join("generated/old").exists(), "empty directories go too");
    assert_eq!(generate(&root, &["--check"]).exit, Exit::Done);
}

#[test]
fn an_error_in_a_spec_ends_the_run_and_writes_nothing() {
    let root = root("error");
    let spec = root.join("specs/protocols/openai/rerank.yaml");
    let text = fs::read_to_string(&spec).expect("the spec was copied");
    fs::write(&spec, text.replace("$input.query", "$input.quary")).expect("the test directory is writable");
    let answer = generate(&root, &[]);
    assert_eq!(answer.exit, Exit::Failed);
    assert!(answer.err.contains("S2003") && answer.err.contains("rerank.yaml:11:12"), "{}", answer.err);
    assert!(answer.err.contains("1 error in the specs; nothing is written"), "{}", answer.err);
    assert!(!root.join("generated/schema").exists());
}

#[test]
fn github_gets_errors_warnings_and_stale_files_as_annotations() {
    let root = root("github");
    let spec = root.join("specs/protocols/openai/rerank.yaml");
    let right = fs::read_to_string(&spec).expect("the spec was copied");
    fs::write(&spec, right.replace("$input.query", "$input.quary")).expect("the test directory is writable");
    let answer = generate(&root, &["--format", "github", "--check"]);
    assert_eq!(answer.exit, Exit::Failed);
    assert_eq!(
        answer.out,
        "::error file=specs/protocols/openai/rerank.yaml,line=11,endLine=11,col=12,endColumn=23,title=S2003::`$input.quary` \
         does not resolve: there is no `quary` (no input of `rerank`)%0Ahelp: did you mean `query`?%0A\
         help: legal here: `query`, `docs`, `score_threshold`, `top_n`\n"
    );
    assert_eq!(answer.err, "1 error in the specs; nothing is written\n");

    fs::write(&spec, right).expect("the test directory is writable");
    generate(&root, &[]);
    let guest = "id: guest\nlabel: Guest\nexamples:\n  - credentials: {}\n    request: { method: GET, url: https://a.example }\n    adds: {}\n";
    fs::write(root.join("specs/auth/guest.yaml"), guest).expect("the test directory is writable");
    let changed = root.join("generated/schema/auth.schema.json");
    let text = fs::read_to_string(&changed).expect("the schema was written");
    fs::write(&changed, text.replacen("\n", "\n\n", 1)).expect("the test directory is writable");
    let answer = generate(&root, &["--format", "github", "--check"]);
    assert_eq!(answer.exit, Exit::Stale);
    for part in [
        "::warning file=specs/auth/guest.yaml,line=1,endLine=1,col=5,endColumn=9,title=S4103::",
        "::error file=generated/schema/auth.schema.json,line=2,title=stale::generated/schema/auth.schema.json is not what \
         the specs say; run `cargo gen` and commit\n",
        "::error file=generated/src/auth/guest.rs,title=stale::generated/src/auth/guest.rs is missing;",
    ] {
        assert!(answer.out.contains(part), "{part} is not in\n{}", answer.out);
    }
}

#[test]
fn the_specs_are_found_from_a_directory_below() {
    let root = root("below");
    assert_eq!(generate(&root.join("specs/auth"), &[]).exit, Exit::Done);
    assert!(root.join("generated/schema/auth.schema.json").is_file());
}

#[test]
fn inspect_knows_its_plugins_and_shows_what_is_wrong_with_the_specs() {
    let root = root("inspect");
    let unknown = generate(&root, &["inspect", "higres"]);
    assert_eq!(unknown.exit, Exit::Usage);
    for part in ["no plugin `higres`", "did you mean `higress`?", "`ai-gateway`, `higress`"] {
        assert!(unknown.err.contains(part), "{}", unknown.err);
    }
    let language = generate(&root, &["inspect", "higress", "--language", "de"]);
    assert!(language.exit == Exit::Usage && language.err.contains("`en_US`, `zh_Hans`"), "{}", language.err);
    for arguments in [&["inspect"][..], &["inspect", "higress", "--html"], &["inspect", "a", "b"]] {
        assert_eq!(generate(&root, arguments).exit, Exit::Usage);
    }

    let page = generate(&root, &["inspect", "higress", "--html", "page.html"]);
    assert_eq!((page.exit, page.out.as_str()), (Exit::Done, "page.html\n"), "{}", page.err);
    let html = fs::read_to_string(root.join("page.html")).expect("the page was written");
    assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
    let nowhere = generate(&root, &["inspect", "higress", "--html", "nowhere/page.html"]);
    assert!(nowhere.exit == Exit::Failed && nowhere.err.contains("nowhere/page.html"), "{}", nowhere.err);

    let spec = root.join("specs/protocols/openai/rerank.yaml");
    let text = fs::read_to_string(&spec).expect("the spec was copied");
    fs::write(&spec, text.replace("$input.query", "$input.quary")).expect("the test directory is writable");
    let answer = generate(&root, &["inspect", "higress"]);
    assert!(answer.exit == Exit::Failed && answer.err.contains("S2003"), "{}", answer.err);
    assert!(answer.out.is_empty());
}

#[test]
fn bad_arguments_are_answered_with_the_help() {
    let here = workspace();
    for arguments in [&["--chek"][..], &["--root"], &["--format", "xml"], &["explain", "S2003", "S2004"]] {
        let answer = generate(here, arguments);
        assert_eq!(answer.exit, Exit::Usage);
        assert!(answer.err.contains("cargo gen --check"));
    }
    for arguments in [&["package", "--out"][..], &["package", "--force"], &["package", "--plugin", "nobody"]] {
        assert_eq!(generate(here, arguments).exit, Exit::Usage);
    }
    assert_eq!(generate(here, &["--help"]).exit, Exit::Done);
}

#[test]
fn a_code_is_explained_with_its_reason_a_repair_and_its_message() {
    let here = workspace();
    let answer = generate(here, &["explain", "s2003"]);
    assert_eq!(answer.exit, Exit::Done);
    for part in [
        "S2003: A reference that does not resolve.",
        "    -     query: $input.querry\n    +     query: $input.query\n",
        "    error[S2003]: `$input.querry` does not resolve",
    ] {
        assert!(answer.out.contains(part), "{part} is not in\n{}", answer.out);
    }
    let listed = generate(here, &["explain", "S41"]).out;
    assert!(listed.lines().count() > 1 && listed.lines().all(|line| line.starts_with("S41")), "{listed}");
    assert!(generate(here, &["explain"]).out.starts_with("S0001"));
    let unknown = generate(here, &["explain", "S2103"]);
    assert_eq!(unknown.exit, Exit::Usage);
    assert!(unknown.err.contains("did you mean `S2003`?"), "{}", unknown.err);
}
