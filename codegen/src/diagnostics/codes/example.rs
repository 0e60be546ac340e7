//! A mistake that gets a code, as a directory of `tests/errors` holds it, and the way back.

use std::fmt::Write as _;

/// The change that makes a mistake in the real specs, and what is then reported.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The directory.
    pub name: &'static str,
    /// From right to wrong: parts that begin with `@ path`, lines that begin with `-` and `+`.
    pub(super) change: &'static str,
    /// What `cargo gen` says of the mistake.
    pub message: &'static str,
}

/// The most lines of one file that are worth reading.
const MOST: usize = 12;

impl Example {
    /// From wrong to right, as a diff: for each file its path in a line of its own, then `-` what is wrong and `+` what
    /// is right.
    pub fn repair(&self) -> String {
        let mut text = String::new();
        for part in self.change.split("\n@ ") {
            let part = part.trim_start_matches("@ ");
            let (head, body) = part.split_once('\n').unwrap_or((part, ""));
            let path = head.rsplit(' ').next().unwrap_or(head);
            let _ = writeln!(text, "{path}");
            match head.split_once(' ') {
                Some(("delete", _)) => text.push_str("  (write the file)\n"),
                Some(("bytes", _)) => {
                    let _ = writeln!(text, "- (the bytes {})", body.trim_end());
                }
                Some(("entry" | "link" | "broken" | "zeros", _)) => text.push_str("- (an entry of the package)\n"),
                _ => lines(&mut text, body),
            }
        }
        text
    }
}

/// Turns the signs round; lines that stay what they are get none.
fn lines(text: &mut String, body: &str) {
    let of = |sign: char| -> Vec<&str> { body.lines().filter_map(|line| line.strip_prefix(sign)).collect() };
    let (right, wrong) = (of('-'), of('+'));
    let before = right.iter().zip(&wrong).take_while(|(a, b)| a == b).count();
    let rest = right.len().min(wrong.len()) - before;
    let after = right.iter().rev().zip(wrong.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let marked = [
        (' ', &right[..before]),
        ('-', &wrong[before..wrong.len() - after]),
        ('+', &right[before..right.len() - after]),
        (' ', &right[right.len() - after..]),
    ];
    for (sign, lines) in marked {
        for line in lines.iter().take(MOST) {
            let _ = writeln!(text, "{}", format!("{sign}{line}").trim_end());
        }
        if lines.len() > MOST {
            let _ = writeln!(text, "{sign} ... {} more lines", lines.len() - MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Example;

    fn repair(change: &'static str) -> String {
        Example { name: "", change, message: "" }.repair()
    }

    #[test]
    fn a_repair_is_the_change_turned_round() {
        let change = "@ specs/a.yaml\n- shape: json\n- b: 1\n+ shape: json\n+ b: 2\n@ new specs/c.yaml\n+ c: 3\n";
        assert_eq!(repair(change), "specs/a.yaml\n  shape: json\n- b: 2\n+ b: 1\nspecs/c.yaml\n- c: 3\n");
    }

    #[test]
    fn what_has_no_lines_is_said_in_words() {
        assert_eq!(repair("@ delete specs/a.yaml\n"), "specs/a.yaml\n  (write the file)\n");
        assert_eq!(repair("@ bytes specs/a.yaml\nff fe\n"), "specs/a.yaml\n- (the bytes ff fe)\n");
    }
}
