//! Any bytes as a spec file in the real tree: diagnostics or success, in bounded time.
//!
//! The first line of an input is the path of the file, the rest its content.

use std::path::Path;
use std::sync::OnceLock;

use codegen::{Sources, diagnostics};

use crate::split_line;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The specs of this repository.
///
/// # Panics
/// If they are not there.
pub fn tree() -> &'static Sources {
    static TREE: OnceLock<Sources> = OnceLock::new();
    TREE.get_or_init(|| Sources::read(root()).expect("the specs are readable"))
}

/// Checks one input.
pub fn check(input: &[u8]) {
    let (path, content) = split_line(input);
    let Ok(path) = std::str::from_utf8(path) else { return };

    // What does not parse says so without the tree: that is most of it, and quick.
    let mut alone = Sources::default();
    for path in ["specs/connection.yaml", path] {
        alone.insert(path, tree().bytes(path).unwrap_or_default());
    }
    alone.insert(path, content);
    if let Err(found) = codegen::parse(&alone) {
        found.render(&alone, false);
        return;
    }
    let mut all = tree().clone();
    all.insert(path, content);
    let passed = codegen::parse(&all).and_then(|specs| codegen::check(&specs, &all));
    let found = match passed {
        // Writing it all takes as long as a hundred checks.
        Ok(_) if !content.len().is_multiple_of(16) => return,
        Ok(_) => codegen::compile(&all).map(|outputs| outputs.warnings).unwrap_or_else(|found| found.into_vec()),
        Err(found) => found.into_vec(),
    };
    diagnostics::render(&found, &all, true);
}
