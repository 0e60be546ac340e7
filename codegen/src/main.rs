//! `cargo gen`: see [`codegen::cli`].

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let here = std::env::current_dir().unwrap_or_else(|_| ".".into());
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let answer = codegen::cli::run(&arguments, &here, colour);
    // A reader that has gone away is no failure of the run.
    let _ = std::io::stderr().write_all(answer.err.as_bytes());
    let _ = std::io::stdout().write_all(answer.out.as_bytes());
    ExitCode::from(answer.exit as u8)
}
