//! What YAML allows and this language refuses, because another reader, or a reader in a hurry, would take it for
//! something else.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostics::{At, Report};

use super::punctuation;
use super::tree::{Broken, Kind, Node};

/// Words that are booleans to YAML 1.1 tools.
const WORDS: [&str; 4] = ["on", "off", "yes", "no"];

/// What YAML takes for numbers, and nothing else does.
const NO_NUMBERS: [&str; 2] = [".inf", ".nan"];

/// What is looked at of a reference that may be written wrong, in characters.
const LONGEST_WORD: usize = 200;

/// Reports a text that is not YAML. The usual reason is an index in brackets inside `{ }`.
pub fn syntax(report: &mut Report, file: &str, text: &str, broken: &Broken) {
    let around = neighbourhood(text, broken.at);
    let bracket = text[around.clone()].match_indices('$').find_map(|(start, _)| {
        let start = around.start + start;
        let end =
            text[start..].char_indices().map(|(end, _)| end).nth(LONGEST_WORD).map_or(text.len(), |end| start + end);
        let word = text[start..end].split([' ', '\n', '}', ',']).next().unwrap_or_default();
        let open = word.find('[')?;
        let reference = word[1..open].chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        (reference && open > 1).then_some((start, open, word))
    });
    if let Some((start, open, word)) = bracket {
        let index: String = word.replace('[', ".").replace(']', "");
        report
            .error("S0002", At::span(file, start + open..start + open + 1), "an index is written in brackets")
            .label("ends the reference inside `{ }`")
            .help(format!("an index is a segment of its own: write `{index}`"));
        return;
    }
    let tab = text
        .split_inclusive('\n')
        .scan(0, |next, line| {
            let start = *next;
            *next += line.len();
            Some((start, line))
        })
        .find_map(|(start, line)| {
            let blank = line.len() - line.trim_start().len();
            line[..blank].find('\t').filter(|_| blank < line.len()).map(|tab| start + tab)
        });
    // Between a key and its value a tab is as wrong, and as invisible.
    let last = text[..broken.at].rfind('\n').map_or(0, |end| end + 1);
    let inner = text[last..].split('\n').next().and_then(|line| line.find('\t')).map(|tab| last + tab);
    let indents = tab.map(|tab| (tab, "a tab indents this line"));
    if let Some((tab, what)) = indents.or(inner.map(|tab| (tab, "a tab stands in this line"))) {
        report
            .error("S0001", At::span(file, tab..tab + 1), format!("this is not YAML: {what}"))
            .label("a tab")
            .help("write blanks instead: two for each level");
        return;
    }
    if punctuation::breaks(report, file, text, broken.at) {
        return;
    }
    let found =
        report.error("S0001", At::span(file, broken.at..broken.at + 1), format!("this is not YAML: {}", broken.what));
    found.label("the reader stopped here");
    let says = |words: &[&str]| words.iter().any(|word| broken.what.contains(word));
    if says(&["flow", "',' or"]) {
        if let Some(open) = unclosed(&text[..broken.at]) {
            found.related(At::span(file, open..open + 1), "opened here");
        }
        found.help("a `{` or `[` that was opened is not closed, or a comma is missing");
    } else if says(&["second document"]) {
        found.help("one file is one spec: take `---` out, or write a second file");
    } else if says(&["levels below"]) {
        found.help("no spec is that deep: a bracket is repeated by accident");
    } else if says(&["'-' indicator"]) {
        found.help("a list has `- ` before every item and nothing else; a map has no `- `");
    } else if says(&["simple key"]) {
        found.help("a key is followed by `:` and a blank: `key: value`");
    } else if says(&["mapping values", "indent", "block"]) {
        found
            .help("keys of one map stand in one column, two blanks further than the key above them")
            .help("quote a text that holds `: `");
    }
}

/// The last bracket that is open at the end of a text. Quoted texts and comments hold none.
fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut quoted = None;
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            match (quoted, c) {
                (Some(mark), _) if c == mark => quoted = None,
                (Some(_), _) => {}
                (None, '"' | '\'') if !before.is_alphanumeric() => quoted = Some(c),
                (None, '#') if before == ' ' => break,
                (None, '{' | '[') => open.push(start + at),
                (None, '}' | ']') => {
                    open.pop();
                }
                _ => {}
            }
            before = c;
        }
        start += line.len();
    }
    open.pop()
}

/// The line of a byte, the one before it and the one after it.
fn neighbourhood(text: &str, byte: usize) -> Range<usize> {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    let start = text[..byte].rmatch_indices('\n').nth(1).map_or(0, |(at, _)| at + 1);
    let end = text[byte..].match_indices('\n').nth(1).map_or(text.len(), |(at, _)| byte + at);
    start..end
}

/// Reports every trap of a document.
pub fn walk(report: &mut Report, file: &str, source: &str, node: &Node, nulls: bool, options: bool) {
    let at = |node: &Node| At::span(file, node.span.clone());
    if node.anchored {
        report
            .error("S0004", at(node), "anchors and aliases are not part of this language")
            .label("anchor or alias")
            .help("write the value out where it is meant");
    }
    if node.tagged {
        report
            .error("S0005", at(node), "tags are not part of this language")
            .label("this value carries a tag")
            .help("write the value without `!`; quote it if it is a text");
    }
    match &node.kind {
        Kind::Scalar(text, plain) => {
            if options && *plain {
                boolean_word(report, file, node, text);
            }
            if *plain && is_of_another_base(text) {
                report
                    .error("S0103", at(node), format!("`{text}` is a number in another base, and not to every reader"))
                    .label("read as a decimal number")
                    .help("write the decimal number, or quote it if it is a text");
            }
            if *plain && NO_NUMBERS.contains(&text.trim_start_matches(['+', '-']).to_ascii_lowercase().as_str()) {
                report
                    .error("S0103", at(node), format!("`{text}` is no number that can be sent"))
                    .label("infinite, or no number at all")
                    .help("take a limit out that does not exist; quote it if it is a text");
            }
        }
        Kind::List(items) => items.iter().for_each(|item| walk(report, file, source, item, false, options)),
        Kind::Map(entries) => {
            let mut written: BTreeMap<&str, &Node> = BTreeMap::new();
            for (key, value) in entries {
                let Some(name) = key.text() else {
                    report
                        .error("S0101", at(key), "a key is a list or a map")
                        .label("a key must be a word")
                        .help("a reference is written bare: `$input.name`, no braces around it");
                    continue;
                };
                if let Kind::Scalar(_, true) = key.kind {
                    boolean_word(report, file, key, name);
                }
                if name == "<<" {
                    report
                        .error("S0004", at(key), "merge keys are not part of this language")
                        .label("merge key")
                        .help("write the keys out; members of a request are merged with `$merge`");
                    continue;
                }
                let first = *written.entry(name).or_insert(key);
                if !std::ptr::eq(first, key) {
                    report
                        .error("S0003", at(key), format!("the key `{name}` is written twice"))
                        .label("written again")
                        .related(at(first), "first written here")
                        .help("keep one of them");
                }
                let empty = matches!(&value.kind, Kind::Scalar(text, true) if text.is_empty());
                if empty && !nulls && !value.anchored && !value.tagged {
                    let found = report.error("S0007", at(key), format!("the key `{name}` has no value"));
                    found.label("nothing follows").help("write a value, or take the key out");
                    let rest = source.get(key.span.end..).unwrap_or_default();
                    match rest.lines().next().and_then(|rest| rest.trim_start().strip_prefix(':')).map(str::trim) {
                        Some("") => {
                            found.help("what belongs to it stands on the lines below, two blanks further to the right");
                        }
                        Some(rest) if rest.starts_with('#') => {
                            found.help("` #` begins a comment: quote a text that begins with it");
                        }
                        _ => {
                            found
                                .help("a comma inside `{ }` begins a new key: quote a text that holds a comma")
                                .help("in a type the alternatives are separated by `|`: `a | b`");
                        }
                    }
                }
                walk(report, file, source, value, name == "parameters" || name == "options", name == "options");
            }
        }
    }
}

/// Whether YAML reads a number where somebody may have meant a text.
fn is_of_another_base(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let bases = [("0x", 16), ("0o", 8), ("0b", 2)];
    let mut digits = bases.into_iter().filter_map(|(sign, base)| Some((digits.strip_prefix(sign)?, base)));
    digits.any(|(digits, base)| !digits.is_empty() && digits.chars().all(|c| c.is_digit(base)))
}

fn boolean_word(report: &mut Report, file: &str, node: &Node, text: &str) {
    if WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        report
            .error("S0006", At::span(file, node.span.clone()), format!("`{text}` is a boolean to many YAML tools"))
            .label("read as true or false elsewhere")
            .help(format!("choose another word, or quote it: \"{text}\""));
    }
}
