//! The text: what is in the executables, then each licence once.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Crate;
use super::files::LicenceFile;

/// What no crate is.
const BESIDE: &str = "\
Beside these crates, an executable holds parts of
  the standard library of Rust (MIT OR Apache-2.0): https://github.com/rust-lang/rust
  the C library it was linked with, as a rule the GNU C Library (LGPL-2.1-or-later): https://www.gnu.org/software/libc/
";

/// Crates in the order given, with the numbers of their texts; texts in the order in which they are first needed.
pub(super) fn write(crates: &[(Crate, Vec<LicenceFile>)]) -> String {
    let mut numbers = BTreeMap::new();
    let mut texts = Vec::new();
    let mut all =
        "The executables of this package are made from these crates. Behind each stands what its author says, and\n\
                   which of the texts below came with it.\n\n"
            .to_owned();
    for (found, files) in crates {
        let expression = if found.expression.is_empty() { "see its text" } else { &found.expression };
        let mut own: Vec<usize> = files
            .iter()
            .map(|file| {
                *numbers.entry(words(&file.content)).or_insert_with(|| {
                    texts.push(lines(&file.content));
                    texts.len()
                })
            })
            .collect();
        own.sort_unstable();
        own.dedup();
        let own: Vec<String> = own.iter().map(usize::to_string).collect();
        let own = if own.is_empty() { "no text".to_owned() } else { own.join(", ") };
        let _ = writeln!(all, "  {} {} ({expression}): {own}", found.name, found.version);
    }
    let _ = write!(all, "\n{BESIDE}");
    for (index, text) in texts.iter().enumerate() {
        let _ = write!(all, "\n{:-<100}\n{}\n\n{text}", "", index + 1);
    }
    all
}

/// Two texts with the same words are one, however their lines are broken.
fn words(content: &str) -> String {
    content.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without what no reader sees.
fn lines(content: &str) -> String {
    let mut text = String::new();
    for line in content.trim_start_matches('\u{feff}').trim_matches(['\n', '\r']).trim_end().lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn found(name: &str, expression: &str, contents: &[&str]) -> (Crate, Vec<LicenceFile>) {
        let folder = PathBuf::from("/home/somebody").join(name);
        let found = Crate {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            expression: expression.to_owned(),
            folder,
            own: false,
        };
        let file = |content: &&str| LicenceFile { path: "LICENSE".to_owned(), content: (*content).to_owned() };
        (found, contents.iter().map(file).collect())
    }

    #[test]
    fn each_text_stands_once_and_no_path_at_all() {
        let text = write(&[
            found("a", "MIT OR Apache-2.0", &["  Apache\n  of all\n", "MIT\nby a\n"]),
            found("b", "MIT", &["\nMIT  by\r\na  \r\n\r\n"]),
            found("c", "0BSD", &[]),
            found("d", "", &["own\n\nterms"]),
        ]);
        let (list, texts) = text.split_once(BESIDE).expect("what is no crate stands in between");
        let rows: Vec<&str> = list.lines().filter(|line| line.starts_with(' ')).collect();
        assert_eq!(
            rows,
            [
                "  a 1.0.0 (MIT OR Apache-2.0): 1, 2",
                "  b 1.0.0 (MIT): 2",
                "  c 1.0.0 (0BSD): no text",
                "  d 1.0.0 (see its text): 3"
            ]
        );
        let line = "-".repeat(100);
        let expected =
            format!("\n{line}\n1\n\n  Apache\n  of all\n\n{line}\n2\n\nMIT\nby a\n\n{line}\n3\n\nown\n\nterms\n");
        assert_eq!(texts, expected);
        assert!(!text.contains("somebody"));
    }
}
