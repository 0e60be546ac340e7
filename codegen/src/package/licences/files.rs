//! The files of a crate that state a licence.

use std::fs;
use std::path::Path;

/// How such files are called, whatever the case.
const NAMES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];
/// Crates with sources of others keep their licences beside them, at most this deep.
pub(super) const DEPTH: usize = 4;
/// Bytes of a file. No licence is longer.
const LONGEST: u64 = 256 << 10;

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LicenceFile {
    /// Path in the crate.
    pub path: String,
    pub content: String,
}

/// All in a folder, and in those below it down to a depth, by path.
///
/// # Errors
/// If it cannot be read: a crate without sources.
pub(super) fn of(folder: &Path, depth: usize) -> Result<Vec<LicenceFile>, String> {
    let mut files = Vec::new();
    walk(folder, "", depth, &mut files)?;
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<LicenceFile>) -> Result<(), String> {
    // The folder's name is of this machine, and stands in no package: only in this message.
    let failed = |error| format!("{} cannot be read: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let kind = entry.file_type().map_err(failed)?;
        let path = format!("{prefix}{name}");
        if kind.is_dir() {
            if depth > 0 && name != "target" && !name.starts_with('.') {
                walk(&entry.path(), &format!("{path}/"), depth - 1, files)?;
            }
        } else if kind.is_file() && states_a_licence(&name) && entry.metadata().map_err(failed)?.len() <= LONGEST {
            let content = fs::read(entry.path()).map_err(failed)?;
            files.push(LicenceFile { path, content: String::from_utf8_lossy(&content).into_owned() });
        }
    }
    Ok(())
}

/// `LICENSE`, `LICENSE-MIT`, `license.md`, but no `license.rs`.
fn states_a_licence(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let text =
        matches!(Path::new(&name).extension().and_then(|extension| extension.to_str()), None | Some("txt" | "md"));
    text && NAMES.iter().any(|known| name.starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::states_a_licence;

    #[test]
    fn texts_are_told_from_code_by_their_names() {
        for name in ["LICENSE", "LICENSE-MIT", "License-Apache", "licence.txt", "LICENSE.md", "COPYING", "UNLICENSE"] {
            assert!(states_a_licence(name), "{name}");
        }
        for name in ["license.rs", "README.md", "LICENSE.html", "my-license", "copyright.py"] {
            assert!(!states_a_licence(name), "{name}");
        }
    }
}
