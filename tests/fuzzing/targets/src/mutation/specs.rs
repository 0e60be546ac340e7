//! Changes that a person could make to a spec: other words, other lines, blocks that go, come back or move sideways.

use std::collections::BTreeSet;
use std::fs;

use codegen::Sources;

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

/// A few numbers from one.
struct Dice(u32);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % end.max(1)
    }

    fn of<'a>(&mut self, list: &'a [String]) -> &'a str {
        let index = self.below(list.len());
        list.get(index).map_or("", String::as_str)
    }
}

/// Applies one to three changes.
pub fn mutate(text: &str, material: &Material, seed: u32) -> String {
    let mut dice = Dice(seed | 1);
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
        return lines.push(dice.of(&material.lines).to_owned());
    }
    let end = block(lines, at);
    match dice.below(8) {
        0 | 1 => {
            let words: Vec<&str> = split(&lines[at]).collect();
            let Some(old) = words.get(dice.below(words.len())).map(|word| (*word).to_owned()) else { return };
            let new = dice.of(&material.words);
            lines[at] = lines[at].replacen(&old, new, 1);
        }
        2 | 3 => {
            let line = dice.of(&material.lines).trim_start();
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
