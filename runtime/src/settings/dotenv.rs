//! The file `.env`. A line is
//!
//! * empty, or a comment that begins with `#`;
//! * `NAME=value`, `NAME = value` or `export NAME=value`. The value ends at the end of the line or before ` #`;
//! * `NAME='value'`: everything up to the next `'`;
//! * `NAME="value"`: everything up to the next `"`, with `\n`, `\r`, `\t`, `\"`, `\\` and `\$` for what they stand for.
//!
//! A name is letters, digits and `_`, with no digit first. Of a name that stands twice the last line counts. Nothing is
//! put in for `$NAME`, and no value goes over several lines. What reads as none of these is ignored with a warning.

use std::path::Path;

/// Longer files are none of ours.
const LONGEST: u64 = 1 << 20;

/// Names and values of a file, in its order; none if there is no such file. `warn` is told what is ignored, never
/// with a value.
pub(super) fn read(path: &Path, warn: impl Fn(&str)) -> Vec<(String, String)> {
    // What is no file (a pipe, a folder) is not opened.
    let Ok(about) = std::fs::metadata(path) else { return Vec::new() };
    if !about.is_file() || about.len() > LONGEST {
        warn(&format!("{} is no file that can be read; it is ignored", path.display()));
        return Vec::new();
    }
    match std::fs::read(path) {
        Ok(bytes) => parse(&String::from_utf8_lossy(&bytes), |line, problem| {
            warn(&format!("{} line {line}: {problem}; it is ignored", path.display()));
        }),
        Err(error) => {
            warn(&format!("{} cannot be read: {error}", path.display()));
            Vec::new()
        }
    }
}

fn parse(text: &str, warn: impl Fn(usize, &str)) -> Vec<(String, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = Vec::new();
    for (line, text) in text.lines().enumerate() {
        match variable(text.trim()) {
            Ok(Some(variable)) => variables.push(variable),
            Ok(None) => {}
            Err(problem) => warn(line + 1, problem),
        }
    }
    variables
}

fn variable(line: &str) -> Result<Option<(String, String)>, &'static str> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (name, value) = line.split_once('=').ok_or("it is not NAME=value")?;
    let name = name.trim();
    let name = name.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(name, str::trim);
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !is_name {
        return Err("what stands before = is no name");
    }
    let value = value.trim_start();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(value.get(1..).unwrap_or_default(), quote)?,
        _ => bare(value),
    };
    Ok(Some((name.to_owned(), value)))
}

fn bare(value: &str) -> String {
    let comment = value.char_indices().find(|&(at, letter)| {
        letter == '#' && value.get(..at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']))
    });
    value.get(..comment.map_or(value.len(), |(at, _)| at)).unwrap_or_default().trim_end().to_owned()
}

/// The text up to `quote`, behind which only a comment may stand.
fn quoted(text: &str, quote: char) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut letters = text.chars();
    loop {
        match letters.next().ok_or("its quote is not closed in the same line")? {
            letter if letter == quote => break,
            '\\' if quote == '"' => match letters.next().ok_or("its quote is not closed in the same line")? {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                letter @ ('"' | '\\' | '$') => value.push(letter),
                other => value.extend(['\\', other]),
            },
            letter => value.push(letter),
        }
    }
    let rest = letters.as_str().trim_start();
    if rest.is_empty() || rest.starts_with('#') { Ok(value) } else { Err("something stands behind its quotes") }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;

    fn values(text: &str) -> (Vec<(String, String)>, Vec<String>) {
        let warned = RefCell::new(Vec::new());
        let variables = parse(text, |line, problem| warned.borrow_mut().push(format!("{line}: {problem}")));
        (variables, warned.into_inner())
    }

    #[test]
    fn every_form_of_a_line_is_read() {
        for (line, name, value) in [
            ("A=b", "A", "b"),
            ("  A = b c \r", "A", "b c"),
            ("export A_1=b", "A_1", "b"),
            ("export\tA=b", "A", "b"),
            ("exportA=b", "exportA", "b"),
            ("A=", "A", ""),
            ("A=# nothing", "A", ""),
            ("A=b # comment", "A", "b"),
            ("A=b#c", "A", "b#c"),
            ("A=b=c", "A", "b=c"),
            ("A=$B ${C}", "A", "$B ${C}"),
            ("A='b # \\n $c' # comment", "A", "b # \\n $c"),
            (r#"A="b \"c\" \n\t\\ \$d \x" "#, "A", "b \"c\" \n\t\\ $d \\x"),
            ("A=\"\"", "A", ""),
            ("A='é'", "A", "é"),
        ] {
            let expected = vec![(name.to_owned(), value.to_owned())];
            assert_eq!(values(line), (expected, vec![]), "{line}");
        }
    }

    #[test]
    fn what_is_no_variable_is_ignored_and_named_by_its_line() {
        let text = "\u{feff}# comment\n\nA=1\ns3cret\n1A=s3cret\nB='s3cret\nC=\"s3cret\\\nD='x' s3cret\n=s3cret\nA=2\n";
        let (variables, warned) = values(text);
        assert_eq!(variables, [("A".to_owned(), "1".to_owned()), ("A".to_owned(), "2".to_owned())]);
        let lines: Vec<_> = warned.iter().map(|warning| &warning[..2]).collect();
        assert_eq!(lines, ["4:", "5:", "6:", "7:", "8:", "9:"]);
        assert!(!warned.concat().contains("s3cret"));
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let folder = std::env::temp_dir().join(format!("dotenv-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a/.env")).unwrap();
        let warned = RefCell::new(0);
        let read = |path: &str| read(&folder.join(path), |_| *warned.borrow_mut() += 1);
        assert_eq!(read("b/.env"), []);
        assert_eq!(*warned.borrow(), 0);
        assert_eq!(read("a/.env"), []);
        assert_eq!(*warned.borrow(), 1);
        std::fs::write(folder.join(".env"), b"A=\xff1\n").unwrap();
        assert_eq!(read(".env"), [("A".to_owned(), "\u{fffd}1".to_owned())]);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[A=\\\\\"' #\n$é-]{0,60}") {
            values(&text);
        }

        #[test]
        fn a_quoted_value_comes_back(value in "[ -~]{0,40}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            prop_assert_eq!(&values(&format!("A=\"{escaped}\"")).0[0].1, &value);
        }
    }
}
