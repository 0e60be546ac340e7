//! Follows the tutorial in a copy of the specs: types its commands, makes its changes, and looks for what it shows.
//!
//! Commands of cargo itself are not run here: what the examples of the page do when they are compiled is tested where a
//! copy of the tree is compiled.

use std::fs;
use std::path::{Path, PathBuf};

use codegen::cli::run;

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the test directory is writable");
    for entry in fs::read_dir(from).expect("the specs are readable") {
        let entry = entry.expect("the specs are readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the test directory is writable");
        }
    }
}

/// A block of the page.
struct Block<'p> {
    language: &'p str,
    /// What stands behind the language: a path.
    path: &'p str,
    text: &'p str,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((_, begun)) = rest.split_once("\n```") {
        let (head, body) = begun.split_once('\n').expect("a block has a first line");
        let (text, after) = body.split_once("```").expect("a block has an end");
        let (language, path) = head.split_once(' ').unwrap_or((head, ""));
        blocks.push(Block { language, path, text });
        rest = after;
    }
    blocks
}

/// Replaces what stands before a change by what stands after it.
fn change(root: &Path, block: &Block<'_>) {
    let lines = |signs: [char; 2]| -> String {
        let lines = block.text.lines().filter(|line| line.starts_with(signs));
        lines.map(|line| format!("{}\n", &line[1..])).collect()
    };
    let (old, new) = (lines([' ', '-']), lines([' ', '+']));
    let path = root.join(block.path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", block.path));
    assert_eq!(text.matches(&old).count(), 1, "{} does not hold this once:\n{old}\nbut is\n{text}", block.path);
    fs::write(&path, text.replace(&old, &new)).expect("the test directory is writable");
}

/// What a command says, or of a command of cargo the code that it would compile.
fn said(root: &Path, command: &str) -> String {
    match command.strip_prefix("cargo gen") {
        Some(arguments) => {
            let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
            let answer = run(&arguments, root, false);
            answer.err + &answer.out
        }
        None => panic!("the page asks for `{command}`, which this test does not know"),
    }
}

#[test]
fn the_page_is_right_in_every_step() {
    let page = fs::read_to_string(workspace().join("generated/docs/specs/tutorial.md")).expect("the page is there");
    let root: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial");
    let _ = fs::remove_dir_all(&root);
    copy(&workspace().join("specs"), &root.join("specs"));
    let (mut commands, mut last) = (0, String::new());
    for block in blocks(&page) {
        match block.language {
            "diff" => change(&root, &block),
            "console" => {
                let mut expected = Vec::new();
                for step in block.text.split("$ ").filter(|step| !step.is_empty()) {
                    let (command, shown) = step.split_once('\n').expect("a command ends its line");
                    commands += 1;
                    if command.starts_with("cargo test") || command.starts_with("cargo gen package") {
                        expected.push((command, shown));
                        continue;
                    }
                    last = said(&root, command);
                    let mut rest = last.as_str();
                    for line in shown.lines() {
                        // A line of the page may leave out the number of a line, which is no promise.
                        let parts: Vec<&str> =
                            line.split("   |").map(str::trim).filter(|part| !part.is_empty()).collect();
                        for part in parts {
                            let found = rest.split_once(part);
                            rest = found.unwrap_or_else(|| panic!("`{command}` does not say\n{part}\nbut\n{last}")).1;
                        }
                    }
                    if shown.is_empty() {
                        assert!(last.contains(" files, "), "`{command}` says\n{last}");
                    }
                }
                expected.iter().for_each(|(command, shown)| promised(&root, command, shown));
            }
            _ => {}
        }
    }
    assert_eq!(commands, 9, "commands of the page");
    assert!(last.contains("written") && !last.contains("warning"), "at the end nothing is left to say:\n{last}");
}

/// What commands of cargo would find: the tests that the page names, and the package's name.
fn promised(root: &Path, command: &str, shown: &str) {
    for line in shown.lines() {
        if let Some(test) = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... ok")) {
            let (module, name) = test.split_once("::tests::").expect("a test of an example");
            let file = root.join(format!("generated/src/{}.rs", module.replace("::", "/")));
            let code = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{module}: {error}"));
            assert!(code.contains(&format!("fn {name}()")), "{command}: there is no {test}");
        } else {
            let plugin = command.split_whitespace().skip_while(|word| *word != "--plugin").nth(1).expect("a plugin");
            let manifest = fs::read_to_string(root.join(format!("generated/packages/{plugin}/manifest.yaml")));
            let manifest = manifest.expect("the plugin was generated");
            let value = |key: &str| {
                let line = manifest.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
                line.unwrap_or_default().trim_matches('"').to_owned()
            };
            let package = format!("dist/{}-{plugin}-{}.difypkg", value("author"), value("version"));
            assert_eq!(line, package, "{command}");
        }
    }
}
