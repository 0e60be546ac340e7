//! `cargo gen explain`: what a code of a diagnostic means.

use super::{Answer, Command, Context};
use crate::diagnostics::codes;

pub(super) const COMMAND: Command =
    Command { name: "explain", arguments: "<CODE>", summary: "say what an error code means", help: "", run };

fn run(_: &Context, arguments: &[String]) -> Answer {
    let [code] = arguments else { return Answer::usage("`explain` needs a code, for example S2003") };
    match codes::find(&code.to_ascii_uppercase()) {
        Some(code) => Answer::done(format!("{}: {}\n", code.id, code.means)),
        None => Answer::usage(format!("there is no code `{code}`")),
    }
}
