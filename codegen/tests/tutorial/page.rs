//! The tutorial as a list of what to do. Two tests follow it: one types the commands of `cargo gen`, one compiles and calls
//! what comes of it.

use std::fs;
use std::path::Path;

/// A step of the page.
#[derive(Debug)]
pub enum Step {
    /// A file of specs, what stands in it before, and what stands there afterwards.
    Change { path: String, old: String, new: String },
    /// A command, and lines that it must say, in this order; a line that is cut at `|` may have anything between.
    Command { words: Vec<String>, shown: Vec<String> },
}

/// The steps of the page in `generated/`.
///
/// # Panics
/// If the page is not there, or has a block that does not end.
pub fn steps(workspace: &Path) -> Vec<Step> {
    let page = fs::read_to_string(workspace.join("generated/docs/specs/tutorial.md")).expect("the page is there");
    let mut steps = Vec::new();
    let mut rest = page.as_str();
    while let Some((_, begun)) = rest.split_once("\n```") {
        let (head, body) = begun.split_once('\n').expect("a block has a first line");
        let (text, after) = body.split_once("```").expect("a block has an end");
        rest = after;
        match head.split_once(' ').unwrap_or((head, "")) {
            ("diff", path) => {
                let lines = |signs: [char; 2]| -> String {
                    let lines = text.lines().filter(|line| line.starts_with(signs));
                    lines.map(|line| format!("{}\n", &line[1..])).collect()
                };
                steps.push(Step::Change { path: path.to_owned(), old: lines([' ', '-']), new: lines([' ', '+']) });
            }
            ("console", _) => steps.extend(text.split("$ ").filter(|step| !step.is_empty()).map(command)),
            _ => {}
        }
    }
    steps
}

fn command(step: &str) -> Step {
    let mut lines = step.lines();
    let words = lines.next().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    Step::Command { words, shown: lines.map(str::to_owned).collect() }
}

/// Makes a change in a tree.
///
/// # Panics
/// If what is there before is not there, or twice.
pub fn change(root: &Path, path: &str, old: &str, new: &str) {
    let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(text.matches(old).count(), 1, "{path} does not hold this once:\n{old}\nbut is\n{text}");
    fs::write(root.join(path), text.replace(old, new)).expect("the test directory is writable");
}
