//! `cargo gen package`: writes packages; see [`crate::package`].

use super::{Answer, Command, Context, Exit};
use crate::package::{self, Refused};

pub(super) const COMMAND: Command = Command {
    name: "package",
    arguments: package::ARGUMENTS,
    summary: "write <author>-<name>-<version>.difypkg",
    help: "--binary takes an executable that is there, --build builds the release for an architecture; without\n\
           either it is built for this machine. --small takes minutes more.",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Answer {
    let root = match context.root() {
        Ok(root) => root,
        Err(answer) => return answer,
    };
    match package::run(&root, arguments) {
        Ok(text) => Answer::done(text),
        Err(Refused::Usage(text)) => Answer::wrong(Exit::Usage, format!("error: {}\n", text.trim_end())),
        Err(Refused::Failed(text)) if text.starts_with("error") => Answer::wrong(Exit::Failed, text),
        Err(Refused::Failed(text)) => Answer::failed(text),
    }
}
