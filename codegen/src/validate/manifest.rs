//! `manifest.yaml`: identity, versions, time, memory, kind, and the files it names.

use super::input::Plugin;
use super::readers::Readers;
use super::scalar::{Read, Scalar};
use super::shape::{CHECKED, Checker};
use super::yaml::Node;
use super::{document, files, provider, tables};
use crate::diagnostics::Report;
use crate::dify::patterns::{
    is_daemon_version, is_identity_version, is_name, is_python_version, is_time, is_url, is_uuid,
};
use crate::dify::{AUTHOR, NAME, STORAGE};

const FILE: &str = "manifest.yaml";

/// Who applies the limits of the daemon's entities to the manifest; an upload does not.
const LIMITS: Readers = Readers::PACKAGER.and(Readers::DEBUGGING);

pub(super) fn check(plugin: &Plugin, root: &Node, report: &mut Report, notes: &mut Vec<String>) {
    let name = plugin.name(FILE);
    let mut checker = Checker::new(report, &name, LIMITS, Readers::DIFY);
    checker.walk(&tables::MANIFEST, root, "the manifest");
    identity(&mut checker, root);
    versions(&mut checker, root);
    amounts(&mut checker, root);
    icons(plugin, &mut checker, root);
    links(plugin, &mut checker, root);
    let models = kind(&mut checker, root, notes);
    files::check(plugin, &mut checker, root);
    for (path, span) in models {
        if !plugin.has(&path) {
            let who = Readers::DAEMON.and(Readers::SDK);
            let checker = &mut Checker::new(report, &name, LIMITS, Readers::DIFY);
            missing(plugin, checker, span, &path, who);
        } else if let Some(root) = document(plugin, &path, report) {
            provider::check(plugin, &path, &root, report);
        }
    }
}

/// A file that is named and is not there.
pub(super) fn missing(
    plugin: &Plugin,
    checker: &mut Checker<'_>,
    span: std::ops::Range<usize>,
    path: &str,
    who: Readers,
) {
    let near = crate::diagnostics::nearest(path, plugin.paths().take(CHECKED * 8)).map(str::to_owned);
    let found = checker.find("V2006", span, format!("there is no file `{path}`"), who);
    found.label("named here");
    if let Some(near) = near {
        found.help(format!("did you mean `{near}`?"));
    }
}

fn identity(checker: &mut Checker<'_>, root: &Node) {
    let who = Readers::DAEMON;
    if let Some(node) = root.get("author")
        && let Some(text) = node.text()
    {
        let long = text.len() > AUTHOR;
        if !is_name(text) || long {
            // The SDK and Dify take capitals.
            let strange = long || !is_name(&text.to_ascii_lowercase());
            let who = if strange { who.and(Readers::SDK) } else { who };
            checker
                .find("V2001", node.mark(), format!("`{text}` is no author"), who)
                .help(format!("1 to {AUTHOR} of a-z, 0-9, `_` and `-`"));
        } else if is_uuid(text) {
            checker
                .find("V2001", node.mark(), "an author that is a UUID is refused", who)
                .help("the daemon keeps UUIDs for plugins under remote debugging");
        }
    }
    if let Some(node) = root.get("name")
        && let Some(text) = node.text()
        && (!is_name(text) || text.len() > NAME)
    {
        checker
            .find("V2001", node.mark(), format!("`{text}` is no name of a plugin"), who.and(Readers::SDK))
            .help(format!("1 to {NAME} of a-z, 0-9, `_` and `-`"));
    }
}

fn versions(checker: &mut Checker<'_>, root: &Node) {
    let meta = root.get("meta");
    let places = [
        (root.get("version"), LIMITS, Readers::SDK),
        (meta.and_then(|meta| meta.get("version")), LIMITS, Readers::NOBODY),
        (meta.and_then(|meta| meta.get("minimum_dify_version")), Readers::NOBODY, Readers::SDK),
    ];
    for (node, daemon, sdk) in places {
        let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else { continue };
        let mut who = Readers::NOBODY;
        if !is_daemon_version(text) {
            who = who.and(daemon);
        }
        if !is_python_version(text) {
            who = who.and(sdk);
        }
        // Part of the identity of a package, which has a pattern of its own.
        if sdk.and(daemon) == Readers::SDK.and(LIMITS) && !is_identity_version(text) {
            who = who.and(Readers::DAEMON);
        }
        if who != Readers::NOBODY {
            checker
                .find("V2002", node.mark(), format!("`{text}` is no version"), who)
                .help("three numbers of at most four digits, such as `0.1.0`, are read by all");
        }
    }
    if let Some(node) = root.get("created_at") {
        let Some(scalar) = node.scalar() else {
            checker.find("V2003", node.mark(), "`created_at` is no time", Readers::DAEMON.and(Readers::SDK));
            return;
        };
        if !is_moment(scalar) {
            // The SDK takes dates and times without a zone, quoted or not.
            let day = scalar.text.get(..10).is_some_and(|day| is_time(&format!("{day}T00:00:00Z")));
            let python = day || scalar.python() == Read::Time;
            let who = if python { Readers::DAEMON } else { Readers::DAEMON.and(Readers::SDK) };
            checker
                .find("V2003", node.mark(), format!("`{}` is no time with a zone", scalar.text), who)
                .help("for example `2025-01-31T12:00:00Z`");
        }
    }
}

/// RFC 3339; of what is not quoted, a date or a date and a time of day are YAML times as well.
fn is_moment(scalar: &Scalar) -> bool {
    let text = scalar.text.as_str();
    let padded = match text.split_once(' ') {
        None if text.len() == 10 => format!("{text}T00:00:00Z"),
        Some((day, time)) => format!("{day}T{time}Z"),
        None => return is_time(text),
    };
    scalar.plain && is_time(&padded)
}

fn amounts(checker: &mut Checker<'_>, root: &Node) {
    let resource = root.get("resource");
    if let Some(node) = resource.and_then(|resource| resource.get("memory"))
        && let Some(number) = node.scalar().and_then(Scalar::daemon_number)
    {
        let what = "the memory must be a number of bytes above 0";
        if number == 0.0 {
            checker.find("V2004", node.mark(), what, LIMITS).help("268435456 is 256 MiB");
        } else if number < 0.0 {
            checker.warn("V2004", node.mark(), what).help("268435456 is 256 MiB");
        }
    }
    let storage = resource.and_then(|resource| resource.get("permission")?.get("storage"));
    if let Some(node) = storage.and_then(|storage| storage.get("size"))
        && let Some(number) = node.scalar().and_then(Scalar::daemon_number)
        && !(*STORAGE.start() as f64..=*STORAGE.end() as f64).contains(&number)
    {
        let (least, most) = (STORAGE.start(), STORAGE.end());
        checker
            .find("V2004", node.mark(), "the storage is too small or too large", LIMITS.and(Readers::SDK))
            .help(format!("{least} to {most} bytes, even where it is switched off"));
    }
    let arch = root.get("meta").and_then(|meta| meta.get("arch"));
    if let Some(node) = arch
        && matches!(node.value, super::yaml::Value::List(_))
        && node.items().is_empty()
    {
        checker.warn("V1008", node.mark(), "no architecture is named").help("`amd64`, `arm64` or both");
    }
}

fn icons(plugin: &Plugin, checker: &mut Checker<'_>, root: &Node) {
    for key in ["icon", "icon_dark"] {
        if let Some(node) = root.get(key) {
            files::icon(plugin, checker, node, Readers::PACKAGER.and(Readers::DAEMON));
        }
    }
}

fn links(plugin: &Plugin, checker: &mut Checker<'_>, root: &Node) {
    if let Some(node) = root.get("repo")
        && let Some(text) = node.text()
        && !is_url(text)
    {
        // Go takes any scheme here.
        let who = if text.contains("://") { Readers::NOBODY } else { LIMITS };
        checker.find("V2009", node.mark(), format!("`{text}` is no URL"), who).help("begin with `https://`");
    }
    if let Some(node) = root.get("privacy")
        && let Some(text) = node.text()
        && !text.is_empty()
        && !is_url(text)
        && !plugin.has(text.trim_start_matches("./"))
    {
        checker
            .warn(
                "V2009",
                node.mark(),
                format!("the privacy policy `{text}` is neither a URL nor a file of the plugin"),
            )
            .help("the marketplace shows it");
    }
}

/// What kind of plugin it is. Gives the provider files of a model plugin and where they are named.
fn kind(checker: &mut Checker<'_>, root: &Node, notes: &mut Vec<String>) -> Vec<(String, std::ops::Range<usize>)> {
    let Some(plugins) = root.get("plugins") else { return Vec::new() };
    let filled: Vec<(&str, &Node)> = tables::KINDS_OF_PLUGIN
        .iter()
        .filter_map(|kind| Some((*kind, plugins.get(kind)?)))
        .filter(|(_, node)| !node.items().is_empty())
        .collect();
    if filled.is_empty() {
        checker
            .find("V2005", plugins.mark(), "the plugin declares nothing", Readers::DAEMON)
            .help("a model plugin names its provider: `models: [provider/name.yaml]`");
        return Vec::new();
    }
    let models = filled.iter().find(|(kind, _)| *kind == "models").map(|(_, node)| *node);
    let others: Vec<&str> = filled.iter().map(|(kind, _)| *kind).filter(|kind| *kind != "models").collect();
    if !others.is_empty() {
        let others = others.join(", ");
        let Some(models) = models else {
            notes.push(format!(
                "a plugin of {others}: only the manifest was checked, as model plugins alone are checked further"
            ));
            return Vec::new();
        };
        checker
            .find("V2005", models.mark(), format!("a model plugin cannot declare {others} too"), Readers::DAEMON)
            .help("make two plugins");
    }
    let Some(models) = models else { return Vec::new() };
    if models.items().len() > 1 {
        checker
            .warn("V2005", models.mark(), format!("{} providers are named", models.items().len()))
            .help("the daemon keeps the last of them only: one plugin, one provider");
    }
    models.items().iter().filter_map(|node| Some((node.text()?.to_owned(), node.mark()))).collect()
}
