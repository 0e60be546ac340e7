//! The promise of this project, kept: a model type, a protocol, a parameter, an auth method and a whole plugin are added
//! to a copy of the tree by editing YAML. After each, everything is generated anew without an error or a warning; then
//! the copy is compiled, the examples run, and the plugins concerned are packed, installed and called.
//!
//! `tests/additions` holds what is added, a directory each; the parameter is the one that `README.md` explains. All go into
//! one copy, one after the other, and it is compiled once at the end: compiling is what takes minutes. The model type is
//! taken out first, since the tree has all that Dify knows, and what is generated without it is compiled too.
//!
//! The executables of the copy replace those of the tree in cargo's output directory until something is built there
//! again, as everything that uses them does first.

mod addition;
mod calls;
mod newcomer;
#[path = "../../../codegen/tests/tutorial/page.rs"]
mod page;
mod tree;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Command;

use addition::Addition;
use tree::{Files, Tree};

/// Added in this order, and what is added is there for the next.
fn additions() -> Vec<Addition> {
    let mut additions = vec![Addition::read("model-type"), Addition::of_readme("Change a spec")];
    let names =
        ["protocol-cohere-rerank", "protocol-tei-rerank", "protocol-dashscope-generation", "auth-method", "plugin"];
    additions.extend(names.map(Addition::read));
    additions
}

/// What an addition took and gave, for the table.
struct Row {
    addition: Addition,
    generated: usize,
}

#[test]
fn adding_is_editing_yaml() {
    let tree = Tree::copy();
    let committed = tree.generated();
    let additions = additions();
    additions[0].remove(&tree.root);
    tree.generate();
    assert!(!tree.generated().keys().any(|path| path.contains("moderation")), "the model type is gone");
    tree.compile(&["build", "--lib"]);

    let mut rows: Vec<Row> = Vec::new();
    for addition in additions {
        for path in addition.paths() {
            let spec = path.starts_with("specs/") && [".yaml", ".svg", ".png"].iter().any(|end| path.ends_with(end));
            assert!(spec, "{}: {path} is no spec", addition.name);
        }
        let before = rust_lines(&tree.generated());
        addition.apply(&tree.root);
        tree.generate();
        let after = tree.generated();
        if rows.is_empty() {
            assert!(after == committed, "what was taken out and added again is what it was");
        }
        rows.push(Row { addition, generated: rust_lines(&after) - before });
    }

    let drafted = newcomer::follow(&tree);
    let examples = run_examples(&tree);
    show(&rows, &examples);
    for Row { addition, .. } in &rows {
        let protocols = addition.modules().into_iter().filter(|module| module.starts_with("protocols"));
        protocols.for_each(|module| assert!(examples.contains_key(&module), "no example of {module} ran"));
    }

    drafted.iter().for_each(|module| assert!(examples.contains_key(module), "no example of {module} ran"));

    let executables = tree.compile(&["build", "--bin", "higress", "--bin", "litellm", "--bin", "voyage"]);
    calls::higress(&tree.pack("higress", &executables["higress"]));
    calls::litellm(&tree.pack("litellm", &executables["litellm"]));
    let package = tree.pack("voyage", &executables["voyage"]);
    newcomer::is_named_as_promised(&package);
    calls::voyage(&package);
}

/// Runs every example of the copy. Gives how many ran by module.
fn run_examples(tree: &Tree) -> BTreeMap<String, usize> {
    let executables = tree.compile(&["test", "--lib", "--no-run"]);
    let output = Command::new(&executables["generated"]).output().expect("the examples can be started");
    let said = tree::said(&output);
    assert!(output.status.success(), "{said}");
    let mut examples = BTreeMap::new();
    for name in said.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... ok")) {
        let module = name.split("::").take(2).collect::<Vec<_>>().join("::");
        *examples.entry(module).or_default() += 1;
    }
    examples
}

fn rust_lines(files: &Files) -> usize {
    let rust = files.iter().filter(|(path, _)| path.ends_with(".rs"));
    rust.map(|(_, content)| String::from_utf8_lossy(content).lines().count()).sum()
}

/// The table, on stderr even when the test succeeds.
fn show(rows: &[Row], examples: &BTreeMap<String, usize>) {
    let mut table = format!(
        "\n{:<32}{:>11}{:>18}{:>13}{:>16}{:>14}\n",
        "addition", "YAML lines", "without examples", "Rust lines", "Rust generated", "examples run"
    );
    for Row { addition, generated } in rows {
        let lines = addition.lines();
        // `Tree` has made sure that nothing but specs was written.
        let rust: usize = addition.paths().filter(|path| path.ends_with(".rs")).count();
        let ran: usize = addition.modules().iter().filter_map(|module| examples.get(module)).sum();
        let ran = if ran > 0 { ran.to_string() } else { "called".to_owned() };
        let (name, all, without) = (&addition.name, lines.all, lines.without_examples);
        table += &format!("{name:<32}{all:>11}{without:>18}{rust:>13}{generated:>16}{ran:>14}\n");
        assert_eq!(rust, 0, "{name}");
    }
    // Not through the macro, whose output is shown of failed tests only.
    std::io::stderr().write_all(table.as_bytes()).expect("stderr can be written");
}
