//! The files that people edit, read once into memory. Everything after this is pure.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Every file below `specs/`, by its path from the root with forward slashes (`specs/auth/jwt.yaml`).
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: BTreeMap<String, Vec<u8>>,
}

impl Sources {
    /// Reads `<root>/specs`. Hidden files and editors' backups (`~`) are not sources.
    ///
    /// # Errors
    /// When a directory or a file cannot be read.
    pub fn read(root: &Path) -> io::Result<Sources> {
        let mut sources = Sources::default();
        sources.read_directory(&root.join("specs"), "specs")?;
        Ok(sources)
    }

    fn read_directory(&mut self, directory: &Path, name: &str) -> io::Result<()> {
        let entries = fs::read_dir(directory)
            .map_err(|error| io::Error::new(error.kind(), format!("{name}: cannot be read: {error}")))?;
        for entry in entries {
            let entry = entry?;
            let file = entry.file_name();
            let file = file.to_string_lossy();
            if file.starts_with('.') || file.ends_with('~') {
                continue;
            }
            let name = format!("{name}/{file}");
            if entry.path().is_dir() {
                self.read_directory(&entry.path(), &name)?;
            } else {
                self.files.insert(name, fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// Puts a file in, or replaces it.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.remove(path)
    }

    /// All paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The content of a file.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The content of a file, if it is UTF-8; without the mark that some editors put first.
    pub fn text(&self, path: &str) -> Option<&str> {
        let text = self.bytes(path).and_then(|bytes| std::str::from_utf8(bytes).ok())?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }
}
