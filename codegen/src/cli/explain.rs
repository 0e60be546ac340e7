//! `cargo gen explain`: what a code of a diagnostic means, why the rule exists, and how a mistake is repaired.

use std::fmt::Write as _;

use super::{Answer, Command, Context, Exit};
use crate::diagnostics::codes::{self, Code};
use crate::diagnostics::nearest;

pub(super) const COMMAND: Command = Command {
    name: "explain",
    arguments: "[CODE]",
    summary: "say what a code means, why the rule exists and how to repair it",
    help: "`cargo gen explain S2003` explains one code, `cargo gen explain S30` lists those that begin so, without a \
           code all are listed.",
    run,
};

fn run(_: &Context, arguments: &[String]) -> Answer {
    let written = match arguments {
        [] => String::new(),
        [written] => written.to_ascii_uppercase(),
        _ => return Answer::usage("`explain` takes one code"),
    };
    if let Some(code) = codes::find(&written) {
        return Answer::done(page(code));
    }
    let listed: String = codes::all()
        .filter(|code| code.id.starts_with(&written))
        .map(|code| format!("{}  {}\n", code.id, code.means))
        .collect();
    if !listed.is_empty() {
        return Answer::done(listed);
    }
    let mut text = format!("error: there is no code `{written}`\n");
    // The first digit says which pass it is of: that one is rarely the wrong one.
    let of_pass = codes::all().map(|code| code.id).filter(|id| written.get(..2) == id.get(..2));
    if let Some(near) = nearest(&written, of_pass) {
        let _ = writeln!(text, "did you mean `{near}`?");
    }
    text.push_str("`cargo gen explain` lists all codes\n");
    Answer::wrong(Exit::Usage, text)
}

/// What is known of a code.
fn page(code: &Code) -> String {
    let Code { id, means, why, example } = code;
    let why = wrapped(why);
    let repair = indented(&example.repair());
    let message = indented(example.message);
    format!(
        "{id}: {means}\n\n{why}\nFor example, `-` is wrong and `+` is right:\n\n{repair}\nOf the wrong one is said:\n\n{message}"
    )
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

/// A paragraph in lines of at most 100 characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = match lines.pop() {
            Some(line) if line.is_empty() => word.to_owned(),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= 100 => line + " " + word,
            line => {
                lines.extend(line);
                word.to_owned()
            }
        };
        lines.push(line);
    }
    lines.join("\n") + "\n"
}
