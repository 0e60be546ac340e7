//! A copy of the specs that a test may change, in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of this repository.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace")
}

/// A directory with the specs and nothing else.
pub fn root(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    copy(&workspace().join("specs"), &root.join("specs"));
    root
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the test directory is writable");
    for entry in fs::read_dir(from).expect("the specs are readable") {
        let entry = entry.expect("the specs are readable");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the test directory is writable");
        }
    }
}
