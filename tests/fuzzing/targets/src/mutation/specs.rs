//! Changes that a person could make to a spec: other words, other lines, blocks that go, come back or move sideways.

#[path = "dice.rs"]
mod dice;

use std::collections::BTreeSet;
use std::fs;

use codegen::Sources;

use dice::Dice;

/// What is put in.
pub struct Material {
    /// Keys, closed lists, directives and references.
    words: Vec<String>,
    /// Of all specs, and of all mistakes in `codegen/tests/errors`.
    lines: Vec<String>,
}

impl Material {
    pub fn of(tree: &Sources) -> Material {
        let mut lines: BTreeSet<String> = BTreeSet::new();
        for path in tree.paths() {
            lines.extend(tree.text(path).into_iter().flat_map(str::lines).map(str::to_owned));
        }
        let errors = fuzzing::specs::root().join("codegen/tests/errors");
        for case in fs::read_dir(errors).expect("the cases are readable").flatten() {
            let change = fs::read_to_string(case.path().join("change.diff")).unwrap_or_default();
            let added = change.lines().filter_map(|line| line.strip_prefix("+ "));
            lines.extend(added.map(str::to_owned));
        }
        let mut words: BTreeSet<String> = lines.iter().flat_map(|line| split(line)).map(str::to_owned).collect();
        let extremes = ["", "{}", "[]", "null", "~", "-1", "0", "1e400", "99999999999999999999", "'", "\"", "&a", "*a"];
        words.extend(extremes.map(str::to_owned));
        Material { words: words.into_iter().collect(), lines: lines.into_iter().collect() }
    }
}

/// The words of a line.
fn split(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || ",:{}[]\"'".contains(c)).filter(|word| !word.is_empty())
}

/// One of a list; nothing of an empty one.
fn one_of<'a>(list: &'a [String], dice: &mut Dice) -> &'a str {
    list.get(dice.below(list.len())).map_or("", String::as_str)
}

/// Applies one to three changes.
pub fn mutate(text: &str, material: &Material, seed: u32) -> String {
    let mut dice = Dice::new(seed);
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for _ in 0..=dice.below(3) {
        change(&mut lines, material, &mut dice);
    }
    lines.join("\n")
}

fn change(lines: &mut Vec<String>, material: &Material, dice: &mut Dice) {
    // The first line is the path.
    let at = 1 + dice.below(lines.len().saturating_sub(1));
    if at >= lines.len() {
        return lines.push(one_of(&material.lines, dice).to_owned());
    }
    let end = block(lines, at);
    match dice.below(8) {
        0 | 1 => {
            let words: Vec<&str> = split(&lines[at]).collect();
            let Some(old) = words.get(dice.below(words.len())).map(|word| (*word).to_owned()) else { return };
            let new = one_of(&material.words, dice);
            lines[at] = lines[at].replacen(&old, new, 1);
        }
        2 | 3 => {
            let line = one_of(&material.lines, dice).trim_start();
            let blanks = indentation(&lines[at]) + [0, 0, 0, 2][dice.below(4)];
            lines.insert(at + dice.below(2), format!("{}{line}", " ".repeat(blanks)));
        }
        4 => {
            lines.drain(at..end);
        }
        5 => {
            let copy = lines[at..end].to_vec();
            let to = 1 + dice.below(lines.len());
            lines.splice(to..to, copy);
        }
        6 => {
            for line in &mut lines[at..end] {
                line.insert_str(0, "  ");
            }
        }
        _ => {
            for line in &mut lines[at..end] {
                *line = line.strip_prefix("  ").unwrap_or(line).to_owned();
            }
        }
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The end of the block that a line begins: the lines below it that stand further right.
fn block(lines: &[String], at: usize) -> usize {
    let deeper = |line: &&String| indentation(line) > indentation(&lines[at]);
    at + 1 + lines[at + 1..].iter().take_while(deeper).count()
}
