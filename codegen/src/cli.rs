//! The command `gen`: arguments in, text and an exit code out. A thin caller of [`crate::compile`].

use std::path::{Path, PathBuf};

use crate::diagnostics::{self, codes};
use crate::package::{Refused, USAGE};
use crate::sources::Sources;
use crate::{compile, write};

const HELP: &str = "\
Compiles specs/ into generated/: Rust adapters, Dify packages, JSON Schemas.

    cargo gen                   compile the specs and write generated/
    cargo gen --check           write nothing; say what is stale and how to repair it
    cargo gen package [..]      write <author>-<name>-<version>.difypkg; see `cargo gen package --help`
    cargo gen explain <CODE>    say what an error code means

    --root <DIR>                the directory that holds specs/; by default the one above this that does

Exit codes: 0 fresh or written, 1 an error in the specs, 2 bad arguments, 4 stale under --check.
";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Fresh, or written.
    Done = 0,
    /// An error in the specs, or a file that cannot be read or written.
    Failed = 1,
    /// Bad arguments.
    Usage = 2,
    /// Something in `generated/` is not what the specs say.
    Stale = 4,
}

/// What a run says.
#[derive(Debug)]
pub struct Answer {
    pub exit: Exit,
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
}

impl Answer {
    fn done(out: impl Into<String>) -> Answer {
        Answer { exit: Exit::Done, out: out.into(), err: String::new() }
    }

    fn wrong(exit: Exit, err: impl Into<String>) -> Answer {
        Answer { exit, out: String::new(), err: err.into() }
    }
}

/// Runs the command. `colour` is for errors.
pub fn run(arguments: &[String], here: &Path, colour: bool) -> Answer {
    let mut words = arguments.iter().map(String::as_str);
    let (mut check, mut root) = (false, None);
    while let Some(word) = words.next() {
        match word {
            "--help" | "-h" | "help" => return Answer::done(HELP),
            "--check" => check = true,
            "--root" => match words.next() {
                Some(directory) => root = Some(PathBuf::from(directory)),
                None => return usage("`--root` needs a directory"),
            },
            "explain" => return explain(words.next()),
            "package" => {
                let rest: Vec<String> = words.map(str::to_owned).collect();
                return with_root(root, here, |root| package(root, &rest));
            }
            other => return usage(&format!("`{other}` is not an argument")),
        }
    }
    with_root(root, here, |root| generate(root, check, colour))
}

fn with_root(root: Option<PathBuf>, here: &Path, run: impl FnOnce(&Path) -> Answer) -> Answer {
    let found = root.or_else(|| here.ancestors().find(|above| above.join("specs").is_dir()).map(Path::to_owned));
    match found {
        Some(root) => run(&root),
        None => Answer::wrong(Exit::Failed, "error: there is no `specs` directory here or above\n"),
    }
}

fn usage(what: &str) -> Answer {
    Answer::wrong(Exit::Usage, format!("error: {what}\n\n{HELP}"))
}

fn explain(code: Option<&str>) -> Answer {
    let Some(code) = code else { return usage("`explain` needs a code, for example S2003") };
    match codes::find(&code.to_ascii_uppercase()) {
        Some(code) => Answer::done(format!("{}: {}\n", code.id, code.means)),
        None => usage(&format!("there is no code `{code}`")),
    }
}

/// Writes the package of a plugin.
fn package(root: &Path, arguments: &[String]) -> Answer {
    if arguments.iter().any(|word| word == "--help" || word == "-h") {
        return Answer::done(format!("{USAGE}\n"));
    }
    match crate::package::run(root, arguments) {
        Ok(text) => Answer::done(text),
        Err(Refused::Usage(text)) => Answer::wrong(Exit::Usage, format!("error: {}\n", text.trim_end())),
        Err(Refused::Failed(text)) if text.starts_with("error") => Answer::wrong(Exit::Failed, text),
        Err(Refused::Failed(text)) => Answer::wrong(Exit::Failed, format!("error: {}\n", text.trim_end())),
    }
}

fn generate(root: &Path, check: bool, colour: bool) -> Answer {
    let sources = match Sources::read(root) {
        Ok(sources) => sources,
        Err(error) => return Answer::wrong(Exit::Failed, format!("error: {error}\n")),
    };
    let outputs = match compile(&sources) {
        Ok(outputs) => outputs,
        Err(found) => {
            let count = match found.errors() {
                1 => "1 error".to_owned(),
                count => format!("{count} errors"),
            };
            let text = found.render(&sources, colour);
            return Answer::wrong(Exit::Failed, format!("{text}{count} in the specs; nothing is written\n"));
        }
    };
    let warnings = diagnostics::render(&outputs.warnings, &sources, colour);
    let compared = if check { write::compare(root, &outputs.files) } else { write::write(root, &outputs.files) };
    let changes = match compared {
        Ok(changes) => changes,
        Err(error) => return Answer::wrong(Exit::Failed, format!("{warnings}error: {error}\n")),
    };
    if check && !changes.is_empty() {
        let text = write::report(root, &outputs.files, &changes);
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
