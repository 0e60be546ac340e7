//! The page of faults, written from the same tables that the tests run: `UPDATE=1 cargo test -p tests --test suite page`.

use std::fmt::Write;
use std::fs;

use tests::python::workspace;

use super::{clock, daemon, gateway, machine, ways};

/// One fault.
pub struct Row {
    /// What breaks.
    pub happens: String,
    /// What becomes of the sessions that it hits.
    pub sees: String,
    /// How long it takes, how much of something.
    pub figure: String,
}

/// A row in words.
pub fn row(happens: &str, sees: &str, figure: impl Into<String>) -> Row {
    Row { happens: happens.to_owned(), sees: sees.to_owned(), figure: figure.into() }
}

const HEAD: &str = "<!-- Written by the tests beside it: UPDATE=1 cargo test -p tests --test suite page -->
# Faults

What breaks around a plugin, what becomes of it, and a figure. Each row is a test through `python -m main` in an installed package,
or the one that it names. While the faults of a table happen, twenty sessions are under way in the same process; each of them must be
exact to the byte, and the process must live on, where it is not the process that is meant to end. *At once* means without waiting for
any timeout; timeouts that are named were set by the test. `Hel` and `Hello` are the text of the answer.
";

/// All chapters: title and rows.
fn chapters() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("The way to the gateway", ways::rows()),
        ("The gateway, before it answers", gateway::rows_before_the_answer()),
        ("The gateway, with a whole answer", gateway::rows_of_whole_answers()),
        ("The gateway, in a stream", gateway::rows_of_streams()),
        ("The daemon", daemon::rows()),
        ("The machine", machine::rows()),
        ("The clock", clock::rows()),
    ]
}

#[test]
fn the_page_of_faults_says_what_is_tested() {
    let mut page = HEAD.to_owned();
    for (title, rows) in chapters() {
        let _ = write!(page, "\n## {title}\n\n| what happens | what the user sees | figure |\n|---|---|---|\n");
        for row in rows {
            let _ = writeln!(page, "| {} | {} | {} |", row.happens, row.sees, row.figure);
        }
    }
    let path = workspace().join("tests/tests/suite/faults/README.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).expect("the page can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "the page of faults is stale: UPDATE=1 cargo test -p tests --test suite page");
}
