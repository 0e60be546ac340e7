//! Checks any Dify model plugin, folder or package, against the strictest of its three readers: the plugin daemon, the
//! Python SDK and Dify's API.
//!
//! An error is what one of them refuses, or what breaks the list of models; the message says who. A warning is what nobody
//! refuses and is probably a mistake. Shares its tables with p5 ([`crate::dify`]), and nothing with what is generated:
//! a plugin is read as anybody's.

mod files;
mod form;
mod globs;
pub mod input;
mod manifest;
mod models;
mod provider;
mod readers;
mod rules;
mod scalar;
mod shape;
mod tables;
mod yaml;

use crate::diagnostics::{At, Diagnostics, Report};
use crate::sources::Sources;
use input::Plugin;
use readers::Readers;
use yaml::Node;

/// What was found.
#[derive(Debug)]
pub struct Checked {
    /// Every file that was read, as findings name it.
    pub sources: Sources,
    pub found: Diagnostics,
    /// What was not checked, and why; for people.
    pub notes: Vec<String>,
}

/// Checks a plugin.
pub fn validate(mut plugin: Plugin) -> Checked {
    let mut report = std::mem::take(&mut plugin.report);
    let mut notes = Vec::new();
    if plugin.readable {
        files::size(&plugin, &mut report);
        match document(&plugin, "manifest.yaml", &mut report) {
            Some(root) => manifest::check(&plugin, &root, &mut report, &mut notes),
            None if !plugin.has("manifest.yaml") => no_manifest(&plugin, &mut report),
            None => {}
        }
    }
    let (sources, _) = plugin.into_sources();
    let more = report.keep(FINDINGS);
    if more > 0 {
        notes.push(format!("{more} findings more are not shown"));
    }
    let found = report.finish(&sources);
    Checked { sources, found, notes }
}

fn no_manifest(plugin: &Plugin, report: &mut Report) {
    let inner = plugin.paths().find(|path| path.ends_with("/manifest.yaml")).map(str::to_owned);
    let found = report.error("V0007", plugin.here(), "there is no `manifest.yaml` at the top");
    found.help(Readers::DAEMON.and(Readers::SDK).refuse());
    if let Some(folder) = inner.as_deref().and_then(|path| path.strip_suffix("/manifest.yaml")) {
        found.help(format!("there is one in `{folder}/`: name that folder, or pack what is in it without the folder"));
    }
}

/// Most bytes of a YAML document.
const LONGEST: u64 = 512 * 1024;

/// Most findings that are kept of one plugin.
const FINDINGS: usize = 500;

/// Reads a YAML document, and reports why it cannot be read. A file that is not there is nothing to report here.
fn document(plugin: &Plugin, path: &str, report: &mut Report) -> Option<Node> {
    let file = plugin.file(path)?;
    let name = plugin.name(path);
    let both = Readers::DAEMON.and(Readers::SDK);
    if !file.is_whole() || file.size > LONGEST {
        report
            .error("V1001", At::file(&name), format!("a YAML file of {} bytes is not checked", file.size))
            .help("that is no declaration of a plugin");
        return None;
    }
    let Some(text) = plugin.text(path) else {
        shape::found(report, "V1002", At::file(&name), "the file is not UTF-8", both);
        return None;
    };
    let printable =
        |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{85}' | ' '..='~' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !printable(*c)) {
        let what = format!("the character U+{:04X} is not legal in YAML", u32::from(c));
        shape::found(report, "V1001", At::span(&name, at..at + c.len_utf8()), what, both);
        return None;
    }
    let read = match yaml::read(text) {
        Ok(read) => read,
        Err(broken) => {
            let what = format!("this is not YAML: {}", broken.what);
            shape::found(report, "V1001", At::span(&name, broken.at..broken.at + 1), what, both)
                .label("the reader stopped here");
            return None;
        }
    };
    if let Some(span) = read.second {
        let what = "a second document begins here";
        shape::found(report, "V1001", At::span(&name, span), what, Readers::SDK)
            .help("the daemon reads the first only");
    }
    for span in read.tags {
        shape::found(report, "V1004", At::span(&name, span), "a tag that Python does not know", Readers::SDK)
            .label("this value carries a tag")
            .help("write the value without `!`");
    }
    Some(read.root)
}
