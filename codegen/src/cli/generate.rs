//! `cargo gen` itself: compiles the specs, then writes `generated/` or says what is stale there.

use std::path::Path;

use super::{Answer, Context, Exit, Format};
use crate::diagnostics::{Diagnostic, github, render};
use crate::sources::Sources;
use crate::write::Change;
use crate::{Files, compile, write};

pub(super) fn run(context: &Context, check: bool) -> Answer {
    let (root, sources) = match context.sources() {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let outputs = match compile(&sources) {
        Ok(outputs) => outputs,
        Err(found) => {
            let count = match found.errors() {
                1 => "1 error".to_owned(),
                count => format!("{count} errors"),
            };
            let mut answer = context.findings(&found.into_vec(), &sources);
            answer.exit = Exit::Failed;
            answer.err.push_str(&format!("{count} in the specs; nothing is written\n"));
            return answer;
        }
    };
    let mut answer = context.findings(&outputs.warnings, &sources);
    let compared = if check { write::compare(&root, &outputs.files) } else { write::write(&root, &outputs.files) };
    let changes = match compared {
        Ok(changes) => changes,
        Err(error) => {
            answer.exit = Exit::Failed;
            answer.err.push_str(&format!("error: {error}\n"));
            return answer;
        }
    };
    let (all, changed) = (outputs.files.len(), changes.len());
    if check && changed > 0 {
        answer.exit = Exit::Stale;
        match context.format {
            Format::Text => answer.err.push_str(&write::report(&root, &outputs.files, &changes)),
            Format::Github => answer.out.extend(changes.iter().map(|change| stale(&root, &outputs.files, change))),
        }
        answer.err.push_str(&format!("{changed} stale in generated/; run `cargo gen` and commit\n"));
        return answer;
    }
    answer.out.push_str(&match changed {
        0 => format!("{all} files, all fresh\n"),
        _ => format!("{all} files, {changed} written or removed\n"),
    });
    answer
}

impl Context<'_> {
    /// An answer that says what was found.
    pub(super) fn findings(&self, found: &[Diagnostic], sources: &Sources) -> Answer {
        match self.format {
            Format::Text => Answer { exit: Exit::Done, out: String::new(), err: render(found, sources, self.colour) },
            Format::Github => Answer::done(found.iter().map(|one| github::one(one, sources)).collect::<String>()),
        }
    }
}

/// A stale file as an annotation.
fn stale(root: &Path, files: &Files, change: &Change) -> String {
    let mut properties = vec![("file", change.path.clone())];
    if let Some(line) = write::first_difference(root, files, change) {
        properties.push(("line", line.to_string()));
    }
    properties.push(("title", "stale".to_owned()));
    let message = format!("{} {}; run `cargo gen` and commit", change.path, change.kind.says());
    github::command("error", &properties, &message)
}
