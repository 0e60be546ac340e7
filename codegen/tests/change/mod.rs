//! `change.diff`: the small change that makes a mistake. Parts begin with `@ path`; `-` lines are replaced by `+` lines.

use codegen::Sources;

/// One part of a `change.diff`.
pub struct Part {
    /// `new`, `delete`, `bytes` or another word before the path; empty for a replacement.
    pub directive: String,
    pub path: String,
    /// The `-` lines, and the `+` lines.
    pub old: String,
    pub new: String,
    /// The lines as they are.
    pub body: String,
}

/// The parts, in order.
pub fn parts(diff: &str) -> Vec<Part> {
    diff.split("\n@ ")
        .map(|part| part.trim_start_matches("@ "))
        .map(|part| {
            let (head, body) = part.split_once('\n').unwrap_or((part, ""));
            let lines = |sign: char| -> String {
                let lines = body.lines().filter_map(|line| line.strip_prefix(sign));
                lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
            };
            let (directive, path) = head.trim_end().split_once(' ').unwrap_or(("", head.trim_end()));
            let (old, new) = (lines('-'), lines('+'));
            Part { directive: directive.to_owned(), path: path.to_owned(), old, new, body: body.to_owned() }
        })
        .collect()
}

/// Makes the change, if it is one of files: `@ path`, `@ new path`, `@ delete path`, `@ bytes path`.
pub fn apply(sources: &mut Sources, part: &Part) -> bool {
    let path = part.path.as_str();
    match part.directive.as_str() {
        "new" => sources.insert(path, part.new.as_str()),
        "delete" => {
            sources.remove(path).expect("a file that is deleted exists");
        }
        "bytes" => sources.insert(path, bytes(&part.body)),
        "" => {
            let text = sources.text(path).unwrap_or_else(|| panic!("there is no {path}")).to_owned();
            assert!(text.contains(&part.old), "{path} does not hold\n{}", part.old);
            sources.insert(path, text.replacen(&part.old, &part.new, 1));
        }
        _ => return false,
    }
    true
}

/// Hexadecimal bytes.
pub fn bytes(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal")).collect()
}
