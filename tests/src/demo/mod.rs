//! The main job, shown: every model type, protocol and auth method of every plugin once, as rows of a table.

mod calls;
mod embedded;
mod real;

use std::fmt::Write;
use std::time::Duration;

use crate::consumers::Auth;
use crate::daemon::Plugin;
pub use calls::said;
pub use embedded::{AUDIO, Call, calls, embedded, stored};
pub use real::real;

/// A running plugin and its name.
pub type Running<'a> = (&'a str, &'a Plugin);

/// The auth methods that are shown. One algorithm of each family stands for its relatives; the tests call all.
pub const AUTHS: [Auth; 8] = [
    Auth::ApiKey,
    Auth::Jwt("HS256"),
    Auth::Jwt("RS256"),
    Auth::Jwt("PS256"),
    Auth::Jwt("ES256"),
    Auth::Jwt("EdDSA"),
    Auth::Hmac,
    Auth::None,
];

/// One call and how it ended.
#[derive(Debug)]
pub struct Row {
    /// The plugin that was asked.
    pub plugin: String,
    /// Dify's model type.
    pub model_type: String,
    /// What was called.
    pub protocol: String,
    /// How the caller proved who it is.
    pub auth: String,
    /// What came back, or what went wrong.
    pub result: Result<String, String>,
    /// Until the first chunk.
    pub first: Duration,
    /// Until the end.
    pub total: Duration,
}

const COLUMNS: usize = 7;

/// The table, ready to print.
pub fn table(rows: &[Row]) -> String {
    const HEAD: [&str; COLUMNS] = ["plugin", "model type", "protocol", "auth", "result", "first chunk ms", "total ms"];
    let cells = rows.iter().map(|row| {
        let result = match &row.result {
            Ok(text) => format!("ok: {}", shortened(text)),
            Err(problem) => format!("FAILED: {}", problem.replace('\n', " ")),
        };
        let texts = [&row.plugin, &row.model_type, &row.protocol, &row.auth].map(Clone::clone);
        let [plugin, model_type, protocol, auth] = texts;
        [plugin, model_type, protocol, auth, result, ms(row.first), ms(row.total)]
    });
    let lines: Vec<[String; COLUMNS]> = std::iter::once(HEAD.map(str::to_owned)).chain(cells).collect();
    let mut widths = [0; COLUMNS];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            let number = column >= COLUMNS - 2;
            let _ = if number { write!(table, "{cell:>width$}  ") } else { write!(table, "{cell:<width$}  ") };
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
        if number == 0 {
            table.push_str(&"-".repeat(widths.iter().sum::<usize>() + 2 * (COLUMNS - 1)));
            table.push('\n');
        }
    }
    table
}

fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 40 { line } else { line.chars().take(39).chain(['…']).collect() }
}

fn ms(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_stands_in_the_table_in_full() {
        let row = |result| Row {
            plugin: "ai-gateway".to_owned(),
            model_type: "llm".to_owned(),
            protocol: "chat".to_owned(),
            auth: "hmac".to_owned(),
            result,
            first: Duration::from_micros(1500),
            total: Duration::from_millis(20),
        };
        let problem = "InvokeAuthorizationError: ".to_owned() + &"x".repeat(100);
        let table = table(&[row(Ok("Hello,\n world".to_owned())), row(Err(problem.clone()))]);
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines[2].contains("ok: Hello, world ") && lines[2].ends_with("1.5      20.0"), "{table}");
        assert!(lines[3].contains(&format!("FAILED: {problem}")), "{table}");
    }
}
