//! `cargo gen` itself: compiles the specs, then writes `generated/` or says what is stale there.

use super::{Answer, Context, Exit};
use crate::sources::Sources;
use crate::{compile, diagnostics, write};

pub(super) fn run(context: &Context, check: bool) -> Answer {
    let root = match context.root() {
        Ok(root) => root,
        Err(answer) => return answer,
    };
    let sources = match Sources::read(&root) {
        Ok(sources) => sources,
        Err(error) => return Answer::failed(error.to_string()),
    };
    let outputs = match compile(&sources) {
        Ok(outputs) => outputs,
        Err(found) => {
            let count = match found.errors() {
                1 => "1 error".to_owned(),
                count => format!("{count} errors"),
            };
            let text = found.render(&sources, context.colour);
            return Answer::wrong(Exit::Failed, format!("{text}{count} in the specs; nothing is written\n"));
        }
    };
    let warnings = diagnostics::render(&outputs.warnings, &sources, context.colour);
    let compared = if check { write::compare(&root, &outputs.files) } else { write::write(&root, &outputs.files) };
    let changes = match compared {
        Ok(changes) => changes,
        Err(error) => return Answer::wrong(Exit::Failed, format!("{warnings}error: {error}\n")),
    };
    if check && !changes.is_empty() {
        let text = write::report(&root, &outputs.files, &changes);
        let count = changes.len();
        return Answer::wrong(
            Exit::Stale,
            format!("{warnings}{text}{count} stale in generated/; run `cargo gen` and commit\n"),
        );
    }
    let out = match (check, changes.len()) {
        (_, 0) => format!("{} files, all fresh\n", outputs.files.len()),
        (_, count) => format!("{} files, {count} written or removed\n", outputs.files.len()),
    };
    Answer { exit: Exit::Done, out, err: warnings }
}
