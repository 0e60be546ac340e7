//! `cargo gen validate`: checks plugins that anybody made; see [`crate::validate`].

use super::{Answer, Command, Context, Exit};
use crate::validate::input::Plugin;
use crate::validate::validate;

pub(super) const COMMAND: Command = Command {
    name: "validate",
    arguments: "PATH [PATH ..]",
    summary: "check any Dify model plugin, a folder or a .difypkg",
    help: "An error is what the plugin daemon, the Python SDK or Dify refuses, or what breaks the list of models.\n\
           A warning is what nobody refuses and is probably a mistake.",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Answer {
    if let Some(word) = arguments.iter().find(|word| word.starts_with('-')) {
        return Answer::usage(format!("`{word}` is not an argument of `validate`"));
    }
    if arguments.is_empty() {
        return Answer::usage("`validate` needs the path of a folder or a `.difypkg`");
    }
    let (mut out, mut err, mut failed) = (String::new(), String::new(), false);
    for path in arguments {
        let checked = validate(Plugin::read(&context.here.join(path), path));
        let (errors, all) = (checked.found.errors(), checked.found.len());
        let answer = context.findings(&checked.found.into_vec(), &checked.sources);
        err += &answer.err;
        out += &answer.out;
        failed |= errors > 0;
        out += &format!("{path}: {}\n", count(errors, all - errors));
        for note in &checked.notes {
            out += &format!("  {note}\n");
        }
    }
    Answer { exit: if failed { Exit::Failed } else { Exit::Done }, out, err }
}

fn count(errors: usize, warnings: usize) -> String {
    let of = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    match (errors, warnings) {
        (0, 0) => "nothing to report".to_owned(),
        (errors, warnings) => format!("{}, {}", of(errors, "error"), of(warnings, "warning")),
    }
}
