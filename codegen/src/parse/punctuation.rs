//! Signs that look like YAML's and are others: what a Chinese keyboard, a word processor or a web page leaves behind.

use std::ops::Range;

use super::tree::{Kind, Node};
use crate::diagnostics::{At, Report};

/// Each with what was meant, and its name.
const SIGNS: [(char, &str, &str); 16] = [
    ('：', ": ", "a full-width colon"),
    ('，', ", ", "a full-width comma"),
    ('、', ", ", "an enumeration comma"),
    ('；', ", ", "a full-width semicolon"),
    ('“', "\"", "a typographic quotation mark"),
    ('”', "\"", "a typographic quotation mark"),
    ('‘', "'", "a typographic quotation mark"),
    ('’', "'", "a typographic quotation mark"),
    ('｛', "{", "a full-width brace"),
    ('｝', "}", "a full-width brace"),
    ('［', "[", "a full-width bracket"),
    ('］', "]", "a full-width bracket"),
    ('＄', "$", "a full-width dollar sign"),
    ('－', "- ", "a full-width hyphen"),
    ('＃', "#", "a full-width number sign"),
    ('｜', "|", "a full-width bar"),
];

/// Blanks and nothings that YAML takes for letters.
const BLANKS: [(char, &str); 5] = [
    ('\u{a0}', "a no-break space"),
    ('\u{3000}', "an ideographic space"),
    ('\u{200b}', "a zero-width space"),
    ('\u{2060}', "a word joiner"),
    ('\u{feff}', "a byte order mark"),
];

/// Reports the sign that broke a text, if one stands where YAML expects its own, on the line where reading ended or the
/// last one before it.
pub fn breaks(report: &mut Report, file: &str, text: &str, stopped: usize) -> bool {
    let until = text[stopped..].find('\n').map_or(text.len(), |end| stopped + end);
    let mut rest = &text[..until];
    let mut looked = 0;
    while looked < 2 && !rest.is_empty() {
        let start = rest.rfind('\n').map_or(0, |end| end + 1);
        let line = &rest[start..];
        if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            if let Some(at) = structural(line) {
                found(report, file, text, start + at);
                return true;
            }
            // What was stopped at may be the line itself or the key after it.
            looked += 1;
        }
        rest = &rest[..start.saturating_sub(1)];
    }
    false
}

/// The first sign of a line that stands where a colon, a comma, a bracket or an indentation would.
fn structural(line: &str) -> Option<usize> {
    let mut word = true;
    let mut flow = 0_usize;
    let mut quoted = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quoted, c) {
            (Some(mark), _) => {
                if c == mark {
                    quoted = None;
                }
                continue;
            }
            (None, '"' | '\'') if !before.is_alphanumeric() => quoted = Some(c),
            _ => {}
        }
        let begins = matches!(before, ' ' | '\t' | '{' | '[' | ',' | ':' | '\u{a0}' | '\u{3000}');
        match c {
            '：' if word && !begins => return Some(at),
            '，' | '、' | '；' if flow > 0 => return Some(at),
            '｛' | '［' | '＄' | '－' | '“' | '‘' if begins => return Some(at),
            _ if is_blank(c) && (begins || before == '-') => return Some(at),
            '{' | '[' => flow += 1,
            '}' | ']' => flow = flow.saturating_sub(1),
            _ => {}
        }
        // Whether all of the word so far could be a key.
        word = match c {
            ' ' | '{' | '[' | ',' => true,
            c => word && (c.is_ascii_alphanumeric() || "_$.-".contains(c)),
        };
        before = c;
    }
    None
}

fn is_blank(c: char) -> bool {
    BLANKS.iter().any(|(blank, _)| *blank == c)
}

/// Reports every key and value of a document that such a sign has got into.
pub fn walk(report: &mut Report, file: &str, text: &str, node: &Node) {
    match &node.kind {
        Kind::Scalar(..) => {}
        Kind::List(items) => {
            for item in items {
                inside(report, file, text, item, Role::Item);
                walk(report, file, text, item);
            }
        }
        Kind::Map(entries) => {
            for (key, value) in entries {
                inside(report, file, text, key, Role::Key);
                inside(report, file, text, value, Role::Value);
                walk(report, file, text, value);
            }
        }
    }
}

/// Reports a key or a plain scalar that such a sign has got into. Prose may hold them; what is evidently no prose may not.
fn inside(report: &mut Report, file: &str, text: &str, node: &Node, role: Role) {
    let Kind::Scalar(written, true) = &node.kind else { return };
    let ascii = |text: &str| !text.is_empty() && text.is_ascii();
    let wrong = match role {
        Role::Key => written.find(|c| c == '：' || is_blank(c)),
        Role::Value | Role::Item => {
            let begins = written.find(['＄', '｛', '［']).filter(|at| *at == 0);
            let quoted = written.starts_with(['“', '‘', '”', '’']) && written.ends_with(['”', '’', '“', '‘']);
            let joins = || {
                let at = written.find(['，', '、', '；'])?;
                let after = written[at..].chars().skip(1).collect::<String>();
                (role == Role::Item && ascii(&written[..at]) && after.starts_with(|c: char| c.is_ascii_graphic()))
                    .then_some(at)
            };
            let blank = || {
                let at = written.find(is_blank)?;
                written.chars().filter(|c| !is_blank(*c)).all(|c| c.is_ascii()).then_some(at)
            };
            begins.or(quoted.then_some(0)).or_else(joins).or_else(blank)
        }
    };
    let Some(wrong) = wrong else { return };
    // A plain scalar of one line stands in the file as it was read.
    let inside = text.get(node.span.clone()).and_then(|raw| raw.find(written.get(wrong..).unwrap_or_default()));
    found(report, file, text, node.span.start + inside.unwrap_or(0));
}

/// What a scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
    Item,
}

fn found(report: &mut Report, file: &str, text: &str, at: usize) {
    let Some(c) = text[at..].chars().next() else { return };
    let span: Range<usize> = at..at + c.len_utf8();
    if let Some((_, name)) = BLANKS.iter().find(|(blank, _)| *blank == c) {
        report
            .error(
                "S0011",
                At::span(file, span),
                format!("{name} (U+{:04X}) stands where YAML knows blanks only", u32::from(c)),
            )
            .label("no blank")
            .help("delete it and type a blank; in a text that needs it, quote the text");
    } else if let Some((_, meant, name)) = SIGNS.iter().find(|(sign, ..)| *sign == c) {
        report
            .error("S0011", At::span(file, span), format!("`{c}` is {name}, a letter like any other to YAML"))
            .label(format!("meant as `{meant}`"))
            .help(format!("write `{meant}`; where the sign itself is meant, quote the whole text"));
    }
}
