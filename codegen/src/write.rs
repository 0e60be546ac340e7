//! Compiled files and the disk: writes them, or says what differs. One comparison serves both.
//!
//! Everything in `generated/` but its `Cargo.toml` is the compiler's: what it did not make is stale and goes.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::Files;

/// The directory that the compiler owns.
const OWNED: &str = "generated";

/// Files in it that people write.
const KEPT: [&str; 1] = ["generated/Cargo.toml"];

/// A file on disk that is not what the specs say.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// From the root, with forward slashes.
    pub path: String,
    pub kind: Kind,
}

/// What is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    Missing,
    Different,
    /// The compiler does not make it.
    Foreign,
}

/// Compares the disk with what was compiled.
///
/// # Errors
/// When the disk cannot be read.
pub fn compare(root: &Path, files: &Files) -> io::Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (path, content) in files {
        let kind = match fs::read(root.join(path)) {
            Ok(found) if found == *content => continue,
            Ok(_) => Kind::Different,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kind::Missing,
            // A directory stands where a file belongs.
            Err(_) if root.join(path).is_dir() => Kind::Different,
            Err(error) => return Err(name(error, path)),
        };
        changes.push(Change { path: path.clone(), kind });
    }
    let mut present = BTreeSet::new();
    if root.join(OWNED).is_dir() {
        walk(root, OWNED, &mut present)?;
    }
    for path in present {
        if !files.contains_key(&path) && !KEPT.contains(&path.as_str()) {
            changes.push(Change { path, kind: Kind::Foreign });
        }
    }
    Ok(changes)
}

/// Makes the disk what was compiled, and says what changed.
///
/// # Errors
/// When the disk cannot be read or written.
pub fn write(root: &Path, files: &Files) -> io::Result<Vec<Change>> {
    let changes = compare(root, files)?;
    // What goes, goes first: a foreign file may stand where a directory belongs.
    for change in changes.iter().filter(|change| change.kind == Kind::Foreign) {
        fs::remove_file(root.join(&change.path)).map_err(|error| name(error, &change.path))?;
        remove_empty(root, &change.path);
    }
    for change in changes.iter().filter(|change| change.kind != Kind::Foreign) {
        let target = root.join(&change.path);
        if let (Some(content), Some(parent)) = (files.get(&change.path), target.parent()) {
            let written = fs::create_dir_all(parent).and_then(|()| fs::write(&target, content));
            written.map_err(|error| name(error, &change.path))?;
        }
    }
    Ok(changes)
}

impl Kind {
    /// What a file of this kind is, behind its path.
    pub fn says(&self) -> &'static str {
        match self {
            Kind::Missing => "is missing",
            Kind::Different => "is not what the specs say",
            Kind::Foreign => "is not made from any spec",
        }
    }
}

/// The first line, from 1, that a changed text has otherwise than the specs say.
pub fn first_difference(root: &Path, files: &Files, change: &Change) -> Option<usize> {
    let old = fs::read_to_string(root.join(&change.path)).ok()?;
    let new = files.get(&change.path).and_then(|new| std::str::from_utf8(new).ok())?;
    let lines = old.split('\n').count();
    Some((old.split('\n').zip(new.split('\n')).take_while(|(a, b)| a == b).count() + 1).min(lines))
}

/// What differs, for people: each file, and the first lines that differ.
pub fn report(root: &Path, files: &Files, changes: &[Change]) -> String {
    let mut text = String::new();
    for Change { path, kind } in changes {
        let _ = writeln!(text, "stale: {path} {}", kind.says());
        if *kind == Kind::Different {
            let old = fs::read(root.join(path)).unwrap_or_default();
            let new = files.get(path).map(Vec::as_slice).unwrap_or_default();
            match (std::str::from_utf8(&old), std::str::from_utf8(new)) {
                (Ok(old), Ok(new)) => text.push_str(&difference(old, new)),
                _ => text.push_str("    (not text)\n"),
            }
        }
    }
    text
}

/// The lines that differ, without what is equal before and after, and only so many.
fn difference(old: &str, new: &str) -> String {
    const MOST: usize = 6;
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let mut text = format!("    @@ line {} @@\n", before + 1);
    for (sign, lines) in [('-', &old[before..old.len() - after]), ('+', &new[before..new.len() - after])] {
        for line in lines.iter().take(MOST) {
            let _ = writeln!(text, "    {sign}{line}");
        }
        if lines.len() > MOST {
            let _ = writeln!(text, "    {sign}... {} more lines", lines.len() - MOST);
        }
    }
    text
}

fn walk(root: &Path, directory: &str, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(directory)).map_err(|error| name(error, directory))? {
        let entry = entry?;
        let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(root, &path, found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

/// Removes the directories above a file that are empty now.
fn remove_empty(root: &Path, path: &str) {
    let mut directory = path;
    while let Some((parent, _)) = directory.rsplit_once('/') {
        // Fails on a directory that is not empty, which is what ends the walk.
        if parent == OWNED || fs::remove_dir(root.join(parent)).is_err() {
            return;
        }
        directory = parent;
    }
}

fn name(error: io::Error, path: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{path}: {error}"))
}
