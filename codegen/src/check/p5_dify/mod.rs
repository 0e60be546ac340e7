//! p5: what Dify would refuse, or worse, would take and break on.
//!
//! An invalid declaration installs without complaint and then breaks the model list of a whole workspace, so this
//! enforces the strictest of plugin daemon, Python SDK and Dify API. Closed lists (model types, features, properties,
//! templates) are p2's. Looks at the derived package, and points at the spec that it comes from.

mod form;
mod places;

use super::Checking;
use crate::ast::{Plugin, Specs};
use crate::diagnostics::{At, Report};
use crate::dify::{AUTHOR, PATH, RULES, TAGS, TEXT, WORD, patterns};
use crate::ir::package::{Package, Text};
use crate::lower;
use crate::sources::Sources;
use places::Places;

/// The longest name: it is part of a path, `provider/<name>.yaml`.
const LONGEST: usize = PATH - "provider/.yaml".len();

/// Checks every plugin and every parameter.
pub fn check(checking: &mut Checking<'_>) {
    let Checking { specs, sources, report } = checking;
    for (package, file) in lower::package::lower(specs).iter().zip(specs.plugins.values()) {
        let places = Places::new(specs, &file.path, &file.spec);
        identity(report, &places, &file.spec);
        manifest(report, &places, package, sources);
        form::check(report, &places, package);
    }
    parameters(report, specs);
}

fn identity(report: &mut Report, places: &Places<'_>, plugin: &Plugin) {
    let name = plugin.id.as_str();
    if !patterns::is_name(name) || name.len() > LONGEST {
        report
            .error("S5001", places.plugin("id"), format!("`{name}` is no plugin name"))
            .label("illegal")
            .help(format!("1 to {} of a-z, 0-9, `_` and `-`", LONGEST));
    }
    let author = plugin.author.as_str();
    if !patterns::is_name(author) || author.len() > AUTHOR {
        report
            .error("S5001", places.plugin("author"), format!("`{author}` is no plugin author"))
            .label("illegal")
            .help("1 to 64 of a-z, 0-9, `_` and `-`");
    } else if patterns::is_uuid(author) {
        report
            .error("S5001", places.plugin("author"), "an author that is a UUID is refused")
            .label("a UUID")
            .help("the daemon keeps UUIDs for plugins under remote debugging");
    }
    if !patterns::is_version(&plugin.version) {
        report
            .error("S5002", places.plugin("version"), format!("`{}` is no version", plugin.version))
                .label("three numbers are wanted")
            .help("three numbers of at most four digits, such as `0.1.0`; with anything more, one of Dify's readers refuses it");
    }
    if !patterns::is_time(&plugin.created_at) {
        report
            .error("S5003", places.plugin("created_at"), format!("`{}` is no time with a zone", plugin.created_at))
            .label("no time, or no zone")
            .help("for example `2025-01-31T12:00:00Z` or `2025-01-31T12:00:00+08:00`");
    }
    if plugin.memory == 0 || i64::try_from(plugin.memory).is_err() {
        report
            .error("S5004", places.plugin("memory"), "the memory must be a number of bytes above 0")
            .label("bytes")
            .help("268435456 is 256 MiB");
    }
}

fn manifest(report: &mut Report, places: &Places<'_>, package: &Package, sources: &Sources) {
    text(report, places.plugin("label"), &package.label);
    text(report, places.plugin("description"), &package.description);
    for (key, icon) in [("icon", &package.icon), ("icon_dark", &package.icon_dark)] {
        if let Err(problem) = asset(icon, sources) {
            report
                .error("S5006", places.plugin(key), format!("`{icon}` {problem}"))
                .label("this icon")
                .help(format!("a PNG, JPEG or SVG file in `specs/assets/`, its name at most {PATH} characters"));
        }
    }
    for (index, tag) in package.tags.iter().enumerate() {
        if !TAGS.contains(&tag.as_str()) {
            report
                .error("S5007", places.plugin("tags").index(index), format!("`{tag}` is no tag of Dify"))
                .label("unknown")
                .legal(tag, TAGS);
        }
    }
    if let Some(repo) = &package.repo {
        url(report, places.plugin("repo"), repo);
    }
    if let Some(help) = &package.help {
        let at = places.plugin("help");
        text(report, at.key("title"), &help.title);
        text(report, at.key("url"), &help.url);
        for (language, text) in help.url.languages() {
            url(report, at.key("url").key(language), text);
        }
    }
    let at = places.plugin("model_name");
    text(report, at.key("label"), &package.model_name.label);
    if let Some(placeholder) = &package.model_name.placeholder {
        text(report, at.key("placeholder"), placeholder);
    }
}

fn parameters(report: &mut Report, specs: &Specs) {
    for (name, file) in &specs.parameters {
        let at = At::file(&file.path).key(name.as_str());
        word(report, at.on_key(), "the parameter's name", name);
        text(report, at.key("label"), &Text::from(&file.spec.label));
        if let Some(help) = &file.spec.help {
            text(report, at.key("help"), &Text::from(help));
        }
        for (option, _) in file.spec.options.iter().flatten() {
            word(report, at.key("options"), "the option", option);
        }
    }
    for file in specs.protocols.values() {
        let count = file.spec.parameters.len();
        if count > RULES {
            let at = At::file(&file.path).key("parameters");
            report
                .error("S5013", at, format!("{count} parameters, and Dify takes {RULES}"))
                .label("too many")
                .help("list fewer parameters, or split the protocol");
        }
    }
}

/// A text of several languages: none of them empty or too long.
fn text(report: &mut Report, at: At, text: &Text) {
    for (language, text) in text.languages() {
        let length = text.chars().count();
        if text.trim().is_empty() {
            report
                .error("S5005", at.key(language), format!("the {language} text is empty"))
                .label("empty")
                .help("write the text, or leave the language out");
        } else if length > TEXT {
            report
                .error("S5005", at.key(language), format!("the {language} text has {length} characters"))
                .label("too long")
                .help(format!("at most {TEXT} are taken"));
        }
    }
}

/// A word that is stored or sent: not empty and not too long.
fn word(report: &mut Report, at: At, what: &str, word: &str) {
    let length = word.chars().count();
    if word.is_empty() {
        report.error("S5010", at, format!("{what} is empty")).label("empty").help("an empty word cannot be stored");
    } else if length > WORD {
        report
            .error("S5010", at, format!("{what} has {length} characters"))
            .label("too long")
            .help(format!("at most {WORD} are taken"));
    }
}

fn url(report: &mut Report, at: At, url: &str) {
    if !patterns::is_url(url) {
        report
            .error("S5008", at, format!("`{url}` is no URL"))
            .label("not a link")
            .help("begin with `https://` or `http://`");
    }
}

fn asset(name: &str, sources: &Sources) -> Result<(), String> {
    if name.is_empty() || name.contains(['/', '\\']) || name.chars().count() > PATH {
        return Err("is no file name".to_owned());
    }
    let Some(content) = sources.bytes(&format!("specs/assets/{name}")) else {
        return Err("is not in `specs/assets/`".to_owned());
    };
    let shown = ["png", "jpg", "jpeg", "svg"].contains(&patterns::ending(name).as_str());
    match shown && patterns::is_image(name, content) {
        true => Ok(()),
        false => Err("is not what its name says".to_owned()),
    }
}
