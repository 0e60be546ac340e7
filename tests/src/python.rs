//! The Python that starts packages and runs Dify's own entities: found and prepared by the scripts of `tests/python`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A Python of version 3.12 or newer.
///
/// # Panics
/// With the script's explanation if there is none.
pub fn interpreter() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| ask("interpreter"))
}

/// The Python of the environment that has Dify's entities, made on first use.
///
/// # Panics
/// With the script's explanation if it cannot be made.
pub fn with_entities() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| ask("environment"))
}

fn ask(script: &str) -> PathBuf {
    let path = workspace().join("tests/python").join(script);
    let output = Command::new(&path).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(output.status.success(), "tests/python/{script} failed; see above");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}
