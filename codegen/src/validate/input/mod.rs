//! The files of a plugin, in memory and bounded, from a folder or a package.

mod folder;
mod ignore;
mod package;

use std::collections::BTreeMap;
use std::path::Path;

use crate::diagnostics::{At, Report};
use crate::sources::Sources;

/// Most files that are read.
const FILES: usize = 20_000;
/// Most bytes of one file that are kept; of larger ones only the beginning is.
const KEPT: usize = 2 * 1024 * 1024;
/// Most bytes that are kept of all files.
const ALL_KEPT: usize = 96 * 1024 * 1024;
/// Most bytes of a package that are looked at.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A file: how large it is, and its content or the beginning of it.
#[derive(Debug)]
pub struct File {
    pub size: u64,
    pub content: Vec<u8>,
}

impl File {
    /// Whether the content is all of it.
    pub fn is_whole(&self) -> bool {
        self.content.len() as u64 == self.size
    }
}

/// A plugin as it was found.
#[derive(Debug, Default)]
pub struct Plugin {
    /// How messages name the folder or package.
    base: String,
    files: BTreeMap<String, File>,
    /// Bytes kept so far.
    kept: usize,
    /// What is wrong with the folder or package itself.
    pub report: Report,
    /// Whether there is anything to look at.
    pub readable: bool,
}

impl Plugin {
    /// Reads a folder or a package. `name` is how messages name it.
    pub fn read(path: &Path, name: &str) -> Plugin {
        let mut plugin = Plugin::named(name);
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => folder::read(&mut plugin, path),
            Ok(found) if found.is_file() && found.len() <= LARGEST => match std::fs::read(path) {
                Ok(bytes) => package::read(&mut plugin, &bytes),
                Err(error) => plugin.unreadable(format!("it cannot be read: {error}")),
            },
            Ok(found) if found.is_file() => {
                plugin.unreadable(format!("a file of {} bytes is no package that Dify takes", found.len()));
            }
            Ok(_) => plugin.unreadable("neither a folder nor a file".to_owned()),
            Err(error) => plugin.unreadable(format!("it cannot be read: {error}")),
        }
        plugin
    }

    /// A package that is in memory already.
    pub fn package(name: &str, bytes: &[u8]) -> Plugin {
        let mut plugin = Plugin::named(name);
        package::read(&mut plugin, bytes);
        plugin
    }

    /// A folder whose files are in memory already.
    pub fn files(name: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Plugin {
        let mut plugin = Plugin { readable: true, ..Plugin::named(name) };
        for (path, content) in files {
            plugin.put(path, content.len() as u64, content);
        }
        plugin
    }

    fn named(name: &str) -> Plugin {
        Plugin { base: name.trim_end_matches('/').to_owned(), ..Plugin::default() }
    }

    fn unreadable(&mut self, why: String) {
        let at = self.here();
        self.report.error("V0001", at, why).help("name the folder that holds `manifest.yaml`, or a `.difypkg` file");
    }

    /// Keeps a file, or the beginning of it if it is large.
    fn put(&mut self, path: String, size: u64, mut content: Vec<u8>) {
        content.truncate(KEPT.min(ALL_KEPT.saturating_sub(self.kept)));
        self.kept += content.len();
        self.files.insert(path, File { size, content });
    }

    /// The folder or package as a whole.
    pub fn here(&self) -> At {
        At::file(&self.base)
    }

    /// How messages name a file.
    pub fn name(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// A file.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// All paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The text of a file that was kept whole and is UTF-8, without the mark that some editors put first.
    pub fn text(&self, path: &str) -> Option<&str> {
        let file = self.files.get(path).filter(|file| file.is_whole())?;
        let text = std::str::from_utf8(&file.content).ok()?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// The sum of the sizes of all files.
    pub fn size(&self) -> u64 {
        self.files.values().map(|file| file.size).sum()
    }

    /// The files as messages name them.
    pub fn into_sources(self) -> (Sources, Report) {
        let mut sources = Sources::default();
        for (path, file) in self.files {
            if file.is_whole() {
                sources.insert(format!("{}/{path}", self.base), file.content);
            }
        }
        (sources, self.report)
    }
}
