//! A `.difypkg`: what the daemon's ZIP reader refuses, and the files of the rest. Nothing is written anywhere, and no more
//! is unpacked than a package may hold.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{FILES, KEPT, Plugin};
use crate::diagnostics::{At, Diagnostic};
use crate::dify::{PACKED, UNPACKED};
use crate::validate::readers::Readers;
use crate::validate::shape::found;

const CENTRAL_HEADER: &[u8] = b"PK\x01\x02";

pub(super) fn read(plugin: &mut Plugin, bytes: &[u8]) {
    if bytes.len() > PACKED {
        let at = plugin.here();
        plugin
            .report
            .error("V0005", at, format!("the package has {} bytes", bytes.len()))
            .help(format!("refused by Dify, which takes {PACKED}"));
    }
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            plugin.unreadable(format!("it is no ZIP archive: {error}"));
            return;
        }
    };
    if archive.len() > FILES {
        plugin.unreadable(format!("it holds more than {FILES} entries"));
        return;
    }
    plugin.readable = true;
    duplicates(plugin, bytes, archive.central_directory_start());
    let declared: u64 = (0..archive.len())
        .filter_map(|index| archive.by_index_raw(index).ok().map(|entry| entry.size()))
        .fold(0, u64::saturating_add);
    if declared > UNPACKED as u64 {
        let at = plugin.here();
        plugin.readable = false;
        plugin
            .report
            .error("V0005", at, format!("unpacked, the package has {declared} bytes"))
            .help(format!("refused by the plugin daemon, which takes {UNPACKED}; nothing more is checked"));
        return;
    }
    let mut left = UNPACKED as u64;
    for index in 0..archive.len() {
        entry(plugin, &mut archive, index, &mut left);
    }
}

fn daemon<'p>(plugin: &'p mut Plugin, code: &'static str, what: String) -> &'p mut Diagnostic {
    let at: At = plugin.here();
    found(&mut plugin.report, code, at, what, Readers::DAEMON)
}

fn entry(plugin: &mut Plugin, archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, left: &mut u64) {
    let (raw, size, link, encrypted) = match archive.by_index_raw(index) {
        Ok(entry) => (entry.name_raw().to_vec(), entry.size(), entry.is_symlink(), entry.encrypted()),
        Err(error) => {
            daemon(plugin, "V0006", format!("entry {} cannot be read: {error}", index + 1));
            return;
        }
    };
    let Ok(name) = String::from_utf8(raw.clone()) else {
        let shown = raw.escape_ascii().to_string();
        daemon(plugin, "V0002", format!("the name \"{shown}\" is not UTF-8"));
        return;
    };
    if let Some(problem) = illegal(&name) {
        daemon(plugin, "V0002", format!("the name {name:?} {problem}"))
            .help("names are relative, with `/` between folders: `models/llm/a.yaml`");
        return;
    }
    if name.trim_end_matches('/').split('/').any(|part| part.is_empty() || part == ".") {
        let at = plugin.here();
        plugin
            .report
            .warning("V0002", at, format!("the name {name:?} has an empty part or `.`"))
            .help("the daemon finds no icon and no model under it: write `models/llm/a.yaml`");
        return;
    }
    if name.ends_with('/') {
        daemon(plugin, "V0003", format!("`{name}` is an entry for a folder"))
            .help("pack files only: `zip --no-dir-entries`, or `dify plugin package`");
        return;
    }
    if link {
        let at = plugin.here();
        plugin
            .report
            .warning("V0003", at, format!("`{name}` is a symbolic link"))
            .help("the daemon unpacks it as a file that holds the path of its target: pack the file itself");
    }
    if encrypted {
        daemon(plugin, "V0006", format!("`{name}` is encrypted"));
        return;
    }
    junk(plugin, &name);
    let mut content = Vec::new();
    let result = archive.by_index(index).map_err(|error| error.to_string()).and_then(|mut entry| {
        let most = (*left).min(size.saturating_add(1));
        let mut all = 0;
        let mut part = [0; 16 * 1024];
        // To the end, so that the checksum is compared; only the beginning of a large file is kept.
        while all < most {
            let read = entry.read(&mut part).map_err(|error| error.to_string())?;
            if read == 0 {
                return Ok(all);
            }
            content.extend_from_slice(&part[..read.min(KEPT.saturating_sub(content.len()))]);
            all += read as u64;
        }
        Ok(all)
    });
    match result {
        Ok(all) if all == size => {
            *left -= all;
            plugin.put(name, size, content);
        }
        Ok(all) => {
            *left = left.saturating_sub(all);
            daemon(plugin, "V0006", format!("`{name}` is not as long as the archive says ({size} bytes)"));
        }
        Err(error) => {
            daemon(plugin, "V0006", format!("`{name}` cannot be unpacked: {error}"));
        }
    }
}

/// Why the daemon cannot open a name, or opens another.
fn illegal(name: &str) -> Option<&'static str> {
    if name.contains('\\') {
        Some("has a backslash")
    } else if name.starts_with('/') {
        Some("is absolute")
    } else if name.split('/').any(|part| part == "..") {
        Some("leads out of the package")
    } else if name.contains('\0') {
        Some("holds a zero byte")
    } else {
        None
    }
}

fn junk(plugin: &mut Plugin, name: &str) {
    let folder = name.split('/').find(|part| [".git", ".venv", "__pycache__", "node_modules"].contains(part));
    let at = plugin.here();
    if let Some(folder) = folder {
        // One finding for a folder: equal ones are merged.
        plugin
            .report
            .warning("V0008", at, format!("`{folder}/` is in the package"))
            .help("leave it out with `.difyignore`");
    } else if name == ".env" {
        plugin
            .report
            .warning("V0008", at, "`.env` is in the package, with what is secret in it")
            .help("leave it out with `.difyignore`");
    }
}

/// Names that stand twice, of which readers take different ones, or that are a file and a folder, which cannot be unpacked. The
/// archive's own reader keeps one of each, so the directory is read once more.
fn duplicates(plugin: &mut Plugin, bytes: &[u8], start: u64) {
    let mut seen: BTreeMap<&[u8], usize> = BTreeMap::new();
    let mut at = usize::try_from(start).unwrap_or(usize::MAX);
    let short = |at: usize| {
        let pair = bytes.get(at..at.checked_add(2)?)?;
        Some(usize::from(u16::from_le_bytes([pair[0], pair[1]])))
    };
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(CENTRAL_HEADER)) {
        let (Some(name), Some(extra), Some(comment)) = (short(at + 28), short(at + 30), short(at + 32)) else { break };
        let Some(text) = bytes.get(at + 46..at + 46 + name) else { break };
        *seen.entry(text).or_default() += 1;
        at += 46 + name + extra + comment;
    }
    let folders: BTreeSet<&[u8]> = seen
        .keys()
        .flat_map(|name| name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(move |(end, _)| &name[..end]))
        .collect();
    for (name, count) in &seen {
        let shown = name.escape_ascii();
        if *count > 1 {
            let at = plugin.here();
            plugin
                .report
                .warning("V0004", at, format!("\"{shown}\" stands {count} times in the package"))
                .help("the daemon reads the first of them, most programs the last, which is checked here");
        }
        if folders.contains(name) {
            daemon(plugin, "V0004", format!("\"{shown}\" is a file and a folder"));
        }
    }
}
