//! Findings as workflow commands, which GitHub shows beside the lines of a change.
//!
//! Escaping is that of GitHub's own toolkit: `%`, CR and LF everywhere, in properties `:` and `,` too.

use super::{At, Diagnostic, Severity, render};
use crate::sources::Sources;

/// One finding, on one line. What the excerpt shows beside the place goes into the message.
pub fn one(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let Diagnostic { severity, code, what, at, label, related, help } = diagnostic;
    let mut message = what.clone();
    if !label.is_empty() {
        message.push_str(&format!(" ({label})"));
    }
    for (at, label) in related {
        message.push_str(&format!("\n{}: {label}", place(at, sources)));
    }
    for help in help {
        message.push_str(&format!("\nhelp: {help}"));
    }
    let command = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = vec![("file", at.file.clone())];
    if let Some(span) = Span::of(at, sources) {
        // Columns are taken only where one line is named.
        let numbers = [("line", span.line), ("endLine", span.line), ("col", span.column), ("endColumn", span.end)];
        properties.extend(numbers.map(|(name, number)| (name, number.to_string())));
    }
    properties.push(("title", (*code).to_owned()));
    self::command(command, &properties, &message)
}

/// A workflow command: `::name property=value,..::message`, with its line end.
pub fn command(name: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{name} {}::{}\n", properties.join(","), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn place(at: &At, sources: &Sources) -> String {
    match Span::of(at, sources) {
        Some(Span { line, column, .. }) => format!("{}:{line}:{column}", at.file),
        None => at.file.clone(),
    }
}

/// A piece of one line. Lines and columns count from 1, columns in characters; `end` is the last one marked.
struct Span {
    line: usize,
    column: usize,
    end: usize,
}

impl Span {
    /// Nothing for a file that is missing or no text.
    fn of(at: &At, sources: &Sources) -> Option<Span> {
        let text = sources.text(&at.file)?;
        let span = render::within(text, at);
        let start = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
        let line = text[..start].matches('\n').count() + 1;
        let column = text[start..span.start].chars().count() + 1;
        let end = (column + text[span].chars().count()).saturating_sub(1).max(column);
        Some(Span { line, column, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Report;

    #[test]
    fn properties_and_messages_are_escaped_as_the_toolkit_does() {
        let properties = [("file", "a,b:c%.yaml".to_owned())];
        let written = command("error", &properties, "100%, of: it\r\nnext %0A");
        assert_eq!(written, "::error file=a%2Cb%3Ac%25.yaml::100%25, of: it%0D%0Anext %250A\n");
    }

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::default();
        let text = "id: x\nlabel: { zh_Hans: 中文, en: A }\n";
        sources.insert("specs/auth/x.yaml", text);
        let start = text.find("en:").expect("it is written above");
        let mut report = Report::default();
        report
            .error("S0101", At::span("specs/auth/x.yaml", start..start + 2), "no key")
            .label("unknown")
            .related(At::span("specs/auth/x.yaml", 0..2), "the first")
            .help("write `en_US`");
        report.warning("S4101", At::file("specs/auth/y.yaml"), "gone");
        let found = report.finish(&sources).into_vec();
        assert_eq!(
            found.iter().map(|one| super::one(one, &sources)).collect::<String>(),
            "::error file=specs/auth/x.yaml,line=2,endLine=2,col=23,endColumn=24,title=S0101::no key (unknown)%0A\
             specs/auth/x.yaml:1:1: the first%0Ahelp: write `en_US`\n\
             ::warning file=specs/auth/y.yaml,title=S4101::gone\n"
        );
    }
}
