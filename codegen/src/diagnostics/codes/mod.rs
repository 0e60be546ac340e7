//! Every code: what it stands for, why the rule exists, and a mistake that gets it.
//!
//! The examples are directories of `tests/errors` and `tests/validate/cases`: the tests that hold their messages true hold the
//! explanations true.

mod coverage;
mod dify;
mod example;
mod names;
mod plugins;
mod references;
mod shape;
mod types;

pub use example::Example;

/// A code and what is to be known of it.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// For example `S2003`.
    pub id: &'static str,
    /// One sentence.
    pub means: &'static str,
    /// What would go wrong without the rule; one to three sentences.
    pub why: &'static str,
    /// A mistake, its message, and the way out.
    pub example: Example,
}

/// Every code, in order.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [shape::CODES, names::CODES, references::CODES, types::CODES, coverage::CODES, dify::CODES, plugins::CODES]
        .into_iter()
        .flatten()
}

/// Finds a code.
pub fn find(id: &str) -> Option<&'static Code> {
    all().find(|code| code.id == id)
}

/// A code, the rest of the name of its directory in `tests/errors`, what it means, why it exists.
macro_rules! code {
    ($id:literal, $example:literal, $means:literal, $why:literal) => {
        $crate::diagnostics::codes::code!(in "errors", $id, $example, $means, $why)
    };
    (in $directory:literal, $id:literal, $example:literal, $means:literal, $why:literal) => {
        $crate::diagnostics::codes::Code {
            id: $id,
            means: $means,
            why: $why,
            example: $crate::diagnostics::codes::Example {
                name: concat!($id, "-", $example),
                change: $crate::diagnostics::codes::example_file!($directory, $id, $example, "change.diff"),
                message: $crate::diagnostics::codes::example_file!($directory, $id, $example, "expected.txt"),
            },
        }
    };
}
use code;

/// A file of the directory of a mistake.
macro_rules! example_file {
    ($directory:literal, $id:literal, $example:literal, $name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/", $directory, "/", $id, "-", $example, "/", $name))
    };
}
use example_file;
