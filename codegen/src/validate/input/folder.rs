//! A folder, as `dify plugin package` would pack it. Links that lead out of it are not followed.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::ignore::Ignore;
use super::{FILES, KEPT, Plugin};
use crate::validate::readers::Readers;
use crate::validate::shape::found;

/// Folders that are not meant for a package and are often large.
const JUNK: [&str; 7] = [".git", ".venv", "venv", "node_modules", "target", "__pycache__", ".idea"];

pub(super) fn read(plugin: &mut Plugin, root: &Path) {
    plugin.readable = true;
    let lines = [".difyignore", ".gitignore"].into_iter().find_map(|name| patterns(&root.join(name)));
    let ignore = Ignore::new(&lines.unwrap_or_default());
    let real = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    // Folders that wait, each with its path from the root.
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) => {
                plugin.unreadable(format!("the folder `{folder}` cannot be read: {error}"));
                continue;
            }
        };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else {
                let at = plugin.here();
                plugin
                    .report
                    .error("V0002", at, format!("the name {:?} is not UTF-8", entry.file_name()))
                    .help("rename it: the daemon cannot open it in a package");
                continue;
            };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let Ok(kind) = entry.file_type() else { continue };
            if ignore.matches(&path, kind.is_dir()) {
                continue;
            }
            if kind.is_dir() {
                if JUNK.contains(&name.as_str()) {
                    let at = plugin.here();
                    plugin
                        .report
                        .warning("V0008", at, format!("`{path}/` would be packed"))
                        .help("nothing is left out by itself: name it in `.difyignore`");
                } else {
                    waiting.push(path);
                }
                continue;
            }
            if plugin.files.len() >= FILES {
                plugin.unreadable(format!("it holds more than {FILES} files"));
                return;
            }
            take(plugin, root, &real, path, kind.is_symlink());
        }
    }
}

/// The text of a file of patterns, if it is there and small enough for one.
fn patterns(path: &Path) -> Option<String> {
    let small = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= KEPT as u64);
    small.then(|| fs::read(path).ok()).flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn take(plugin: &mut Plugin, root: &Path, real: &Path, path: String, link: bool) {
    let there = root.join(&path);
    let inside = fs::canonicalize(&there).is_ok_and(|target| target.starts_with(real));
    let regular = fs::metadata(&there).is_ok_and(|found| found.is_file());
    let at = plugin.here();
    if !regular {
        let what = if link { "a link to a folder or to nothing" } else { "no regular file" };
        found(&mut plugin.report, "V0003", at, format!("`{path}` is {what}"), Readers::PACKAGER).help("take it away");
        return;
    }
    if !inside {
        plugin
            .report
            .warning("V0003", at, format!("`{path}` is a link out of the plugin, and was not read"))
            .help("what it leads to would be packed: put the file itself there");
        return;
    }
    let size = fs::metadata(&there).map_or(0, |found| found.len());
    let mut content = Vec::new();
    let read = fs::File::open(&there).and_then(|file| file.take(KEPT as u64).read_to_end(&mut content));
    match read {
        Ok(_) => {
            if path == ".env" {
                let at = plugin.here();
                plugin
                    .report
                    .warning("V0008", at, "`.env` would be packed, with what is secret in it")
                    .help("nothing is left out by itself: name it in `.difyignore`");
            }
            plugin.put(path, size, content);
        }
        Err(error) => plugin.unreadable(format!("`{path}` cannot be read: {error}")),
    }
}
