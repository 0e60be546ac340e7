//! The compiler: specs in, Rust adapters and Dify packages out.
//!
//! parse -> check (p1 to p5) -> lower -> emit -> write or compare -> package. Each stage is one module; nothing after
//! `parse` touches YAML, nothing after `check` can fail on what the user wrote, nothing after `lower` sees the `ast`.

#![allow(missing_docs)]

use std::collections::BTreeMap;

pub mod ast;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod diagnostics;
pub mod dify;
pub mod draft;
pub mod emit;
pub mod inspect;
pub mod ir;
pub mod lower;
pub mod manual;
pub mod package;
pub mod parse;
pub mod schema;
pub mod sources;
mod templates;
pub mod validate;
pub mod write;

pub use check::check;
pub use diagnostics::{Diagnostic, Diagnostics};
pub use parse::parse;
pub use sources::Sources;

/// Files by their path from the root, with forward slashes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What compiling gives.
#[derive(Debug, Default)]
pub struct Outputs {
    /// Every file of `generated/` but its `Cargo.toml`.
    pub files: Files,
    /// Findings that are no errors.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles the specs. Pure: no disk, clock, environment or network.
///
/// # Errors
/// Everything that the first failing stage or pass found.
pub fn compile(sources: &Sources) -> Result<Outputs, Diagnostics> {
    let specs = parse(sources)?;
    let warnings = check(&specs, sources)?;
    let mut files = schema::schemas(&specs);
    let ir = lower::lower(&specs);
    files.extend(manual::pages(&specs));
    files.extend(emit::rust::emit(&ir));
    files.extend(emit::rust::assets(&ir, sources));
    files.extend(emit::dify::emit(&ir.packages, sources));
    Ok(Outputs { files, warnings })
}
