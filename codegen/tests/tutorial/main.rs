//! Follows the tutorial in a copy of the specs: types its commands, makes its changes, and looks for what it shows.
//!
//! Commands of cargo itself are not run here: `tests/tests/additions` compiles and calls what comes of the page.

mod page;
#[path = "../tree/mod.rs"]
mod tree;

use std::fs;
use std::path::Path;

use codegen::cli::run;
use page::Step;
use tree::workspace;

#[test]
fn the_page_is_right_in_every_step() {
    let root = tree::root("tutorial");
    let (mut commands, mut last) = (0, String::new());
    for step in page::steps(workspace()) {
        match step {
            Step::Change { path, old, new } => page::change(&root, &path, &old, &new),
            Step::Command { words, shown } => {
                commands += 1;
                let command = words.join(" ");
                match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                    ["cargo", "test", ..] | ["cargo", "gen", "package", ..] => promised(&root, &command, &shown),
                    ["cargo", "gen", ..] => {
                        let answer = run(&words[2..], &root, false);
                        last = answer.err + &answer.out;
                        says(&command, &last, &shown);
                    }
                    _ => panic!("the page asks for `{command}`, which this test does not know"),
                }
            }
        }
    }
    assert_eq!(commands, 9, "commands of the page");
    assert!(last.contains("written") && !last.contains("warning"), "at the end nothing is left to say:\n{last}");
}

/// Every line is there, in order. The number of a line is no promise, so that the page leaves it out.
fn says(command: &str, said: &str, shown: &[String]) {
    let mut rest = said;
    for part in shown.iter().flat_map(|line| line.split("   |")).map(str::trim).filter(|part| !part.is_empty()) {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("`{command}` does not say\n{part}\nbut\n{said}")).1;
    }
    assert!(!shown.is_empty() || said.contains(" files, "), "`{command}` says\n{said}");
}

/// What commands of cargo would find: the tests that the page names, and the package's name.
fn promised(root: &Path, command: &str, shown: &[String]) {
    for line in shown {
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
            assert_eq!(*line, package, "{command}");
        }
    }
}
