//! The command `gen`: arguments in, text and an exit code out. A thin caller of [`crate::compile`].
//!
//! One table of commands feeds the dispatch and the help; each command is a module beside this one.

mod explain;
mod generate;
mod inspect;
mod new;
mod package;
mod validate;

use std::path::{Path, PathBuf};

use crate::sources::Sources;

/// One word after `cargo gen`.
struct Command {
    name: &'static str,
    /// What stands behind the name, for the help.
    arguments: &'static str,
    /// One line for the help.
    summary: &'static str,
    /// `--help` of the command; by default the two above.
    help: &'static str,
    run: fn(&Context, &[String]) -> Answer,
}

const COMMANDS: &[Command] = &[new::COMMAND, inspect::COMMAND, package::COMMAND, validate::COMMAND, explain::COMMAND];

/// Where and how a command runs.
struct Context<'a> {
    root: Option<PathBuf>,
    here: &'a Path,
    /// Whether errors may be coloured.
    colour: bool,
    format: Format,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// With excerpts, on standard error.
    Text,
    /// Workflow commands of GitHub, on standard output.
    Github,
}

impl Context<'_> {
    /// The directory that holds `specs/`: the one that was given, or the nearest above.
    fn root(&self) -> Result<PathBuf, Answer> {
        let above = || self.here.ancestors().find(|above| above.join("specs").is_dir()).map(Path::to_owned);
        self.root
            .clone()
            .or_else(above)
            .ok_or_else(|| Answer::failed("there is no `specs` directory here or above; name one with `--root`"))
    }

    /// That directory and the specs in it.
    fn sources(&self) -> Result<(PathBuf, Sources), Answer> {
        let root = self.root()?;
        let sources = Sources::read(&root).map_err(|error| Answer::failed(error.to_string()))?;
        Ok((root, sources))
    }
}

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

    fn failed(what: impl AsRef<str>) -> Answer {
        Answer::wrong(Exit::Failed, format!("error: {}\n", what.as_ref().trim_end()))
    }

    fn usage(what: impl AsRef<str>) -> Answer {
        Answer::wrong(Exit::Usage, format!("error: {}\n\n{}", what.as_ref().trim_end(), help()))
    }
}

/// Runs the command. `colour` is for errors.
pub fn run(arguments: &[String], here: &Path, colour: bool) -> Answer {
    let mut context = Context { root: None, here, colour, format: Format::Text };
    let mut check = false;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--help" | "-h" | "help" => return Answer::done(help()),
            "--check" => check = true,
            "--root" => match words.next() {
                Some(directory) => context.root = Some(PathBuf::from(directory)),
                None => return Answer::usage("`--root` needs a directory"),
            },
            "--format" => match words.next().map(String::as_str) {
                Some("text") => context.format = Format::Text,
                Some("github") => context.format = Format::Github,
                _ => return Answer::usage("`--format` needs `text` or `github`"),
            },
            name => {
                let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
                    return Answer::usage(format!("`{name}` is not an argument"));
                };
                return command.run(&context, words.as_slice());
            }
        }
    }
    generate::run(&context, check)
}

impl Command {
    fn run(&self, context: &Context, arguments: &[String]) -> Answer {
        if arguments.iter().any(|word| word == "--help" || word == "-h") {
            return Answer::done(format!("{}\n", self.help()));
        }
        (self.run)(context, arguments)
    }

    fn help(&self) -> String {
        let first = format!("cargo gen {} {}\n    {}", self.name, self.arguments, self.summary);
        [first.as_str(), self.help].join("\n\n").trim_end().to_owned()
    }
}

fn help() -> String {
    let mut text = "Compiles specs/ into generated/: Rust adapters, Dify packages, JSON Schemas.\n\n".to_owned();
    let mut row = |words: &str, summary: &str| text.push_str(&format!("    cargo gen {words:<22}{summary}\n"));
    row("", "compile the specs and write generated/");
    row("--check", "write nothing; say what is stale and how to repair it");
    for command in COMMANDS {
        row(&format!("{} ..", command.name), command.summary);
    }
    text.push_str(
        "\n    --root <DIR>            before a command: the directory that holds specs/; by default the nearest above that does\
         \n    --format text|github    how errors, warnings and stale files are written: with excerpts, or as annotations\n\
         \n`cargo gen <COMMAND> --help` shows the arguments of a command.\n\
         \nExit codes: 0 fresh or written, 1 an error in the specs, 2 bad arguments, 4 stale under --check.\n",
    );
    text
}
