//! What a newcomer types, in the same copy: the tutorial from its first line to its last, and a draft of every kind.

use std::path::Path;

use tests::package;

use crate::page::{self, Step};
use crate::tree::{self, Tree};

/// Makes drafts of protocols for every action of every model type, of an auth method, and the plugin of the tutorial.
/// Gives the modules whose examples must then run.
pub fn follow(tree: &Tree) -> Vec<String> {
    for step in page::steps(tree::workspace()) {
        match step {
            Step::Change { path, old, new } => page::change(&tree.root, &path, &old, &new),
            Step::Command { words, .. } if words[1] == "gen" && words.get(2).is_none_or(|word| word != "package") => {
                // One of them is wrong on purpose.
                type_(tree, &words[2..]);
            }
            // The examples run with all others, and the package is made with their build.
            Step::Command { .. } => {}
        }
    }
    let mut modules = vec!["protocols::voyage_rerank".to_owned(), "auth::house_key".to_owned()];
    type_(tree, &["new", "auth", "house_key"]);
    let sources = codegen::Sources::read(&tree.root).expect("the specs are readable");
    let specs = codegen::parse(&sources).expect("the specs parse");
    for (id, file) in &specs.model_types {
        let also = file.spec.also.iter().filter(|(_, action)| action.output.is_some());
        let also = also.map(|(action, _)| (format!("draft_{action}"), format!("{id}.{action}")));
        for (name, action) in [(format!("draft_{id}"), id.clone())].into_iter().chain(also) {
            let said = type_(tree, &["new", "protocol", &name, "--implements", &action]);
            assert!(said.contains("wrote specs/protocols/draft/"), "{said}");
            modules.push(format!("protocols::{name}"));
        }
    }
    let said = type_(tree, &[] as &[&str]);
    assert!(!said.contains("error") && said.contains("written"), "{said}");
    modules
}

fn type_(tree: &Tree, arguments: &[impl AsRef<str>]) -> String {
    let mut command = package::generator();
    command.current_dir(&tree.root).args(arguments.iter().map(AsRef::as_ref));
    tree::said(&command.output().expect("cargo gen can be started"))
}

/// The name that the page promises.
pub fn is_named_as_promised(package: &Path) {
    let promised = page::steps(tree::workspace()).into_iter().rev().find_map(|step| match step {
        Step::Command { words, shown } if words.iter().any(|word| word == "package") => shown.first().cloned(),
        _ => None,
    });
    let name = package.file_name().expect("a package has a name").to_string_lossy();
    assert_eq!(promised.as_deref(), Some(format!("dist/{name}").as_str()));
}
