//! A provider: its shape, icons, links, forms, sources, and which models it lists.

use std::ops::Range;

use super::input::Plugin;
use super::manifest::missing;
use super::models::Listed;
use super::readers::Readers;
use super::shape::{CHECKED, Checker};
use super::yaml::{Node, Value};
use super::{document, files, form, globs, models, tables};
use crate::diagnostics::{Report, list};
use crate::dify::patterns::is_url;
use crate::dify::{METHODS, MODEL_FOLDERS};

/// Most models that are looked at.
const MODELS: usize = 4096;

pub(super) fn check(plugin: &Plugin, path: &str, root: &Node, report: &mut Report) {
    let name = plugin.name(path);
    let checker = &mut Checker::new(report, &name, Readers::DEBUGGING, Readers::NOBODY);
    checker.walk(&tables::PROVIDER, root, "the provider");
    pictures(plugin, checker, root);
    for (schema, what) in [("provider_credential_schema", false), ("model_credential_schema", true)] {
        if let Some(forms) = root.get(schema).and_then(|schema| schema.get("credential_form_schemas")) {
            form::check(checker, forms, what);
        }
    }
    sources(plugin, checker, root);
    let listed = list_models(plugin, checker, root);
    let found = models::check(plugin, report, &listed);
    let checker = &mut Checker::new(report, &name, Readers::DEBUGGING, Readers::NOBODY);
    methods(checker, root, &found.read);
    positions(plugin, root, report, &name, &found);
}

fn pictures(plugin: &Plugin, checker: &mut Checker<'_>, root: &Node) {
    for key in ["icon_small", "icon_large", "icon_small_dark", "icon_large_dark"] {
        let who = if key.ends_with("dark") { Readers::DAEMON } else { Readers::PACKAGER.and(Readers::DAEMON) };
        for (_, node) in root.get(key).map_or(&[][..], Node::entries).iter().take(CHECKED) {
            files::icon(plugin, checker, node, who);
        }
    }
    if root.get("icon_small").is_none() {
        checker.warn("V2008", root.mark(), "the provider has no `icon_small`").help("Dify's list of models shows it");
    }
    let url = root.get("help").and_then(|help| help.get("url"));
    for (_, node) in url.map_or(&[][..], Node::entries).iter().take(CHECKED) {
        if let Some(text) = node.text()
            && !is_url(text)
        {
            checker
                .warn("V2009", node.mark(), format!("`{text}` is no URL"))
                .help("Dify links to it as it is: begin with `https://`");
        }
    }
}

/// The Python files that the SDK imports.
fn sources(plugin: &Plugin, checker: &mut Checker<'_>, root: &Node) {
    let python = root.get("extra").and_then(|extra| extra.get("python"));
    let Some(source) = python.and_then(|python| python.get("provider_source")) else {
        if uses_sdk(plugin) {
            checker
                .find("V1005", root.mark(), "the provider has no `extra.python.provider_source`", Readers::SDK)
                .help("name the Python file that holds the provider's class");
        }
        return;
    };
    let models = python.and_then(|python| python.get("model_sources"));
    for node in std::iter::once(source).chain(models.map_or(&[][..], Node::items)).take(CHECKED) {
        match node.text() {
            Some(path) if !plugin.has(path.trim_start_matches("./")) => {
                let who = if uses_sdk(plugin) { Readers::SDK } else { Readers::NOBODY };
                missing(plugin, checker, node.mark(), path, who);
            }
            _ => {}
        }
    }
}

/// Whether the plugin runs on the Python SDK; if not, nothing imports what `extra` names.
fn uses_sdk(plugin: &Plugin) -> bool {
    let files = ["requirements.txt", "pyproject.toml", "main.py"];
    files.iter().filter_map(|path| plugin.text(path)).any(|text| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let mut lines = lines.map(|line| line.replace('-', "_").to_ascii_lowercase());
        lines.any(|line| line.contains("dify_plugin"))
    })
}

/// The files of models that the patterns name.
fn list_models(plugin: &Plugin, checker: &mut Checker<'_>, root: &Node) -> Vec<Listed> {
    let mut listed: Vec<Listed> = Vec::new();
    let Some((key, models)) = root.entry("models") else { return listed };
    if matches!(models.value, Value::List(_)) || models.is_null() {
        checker
            .find("V1006", key.span.clone(), "`models` must be a map of patterns", Readers::SDK)
            .help("for example `models: { llm: { predefined: [models/llm/*.yaml] } }`");
        return listed;
    }
    for (key, value) in models.entries() {
        let name = key.text().unwrap_or_default();
        let Some((folder, model_type)) = MODEL_FOLDERS.iter().find(|(folder, _)| *folder == name) else {
            checker
                .warn("V3008", key.mark(), format!("nobody reads the models of `{name}`"))
                .label("passed over")
                .legal(name, MODEL_FOLDERS.iter().map(|(folder, _)| *folder));
            continue;
        };
        if !matches!(value.value, Value::Map(_)) {
            checker.find("V1006", key.mark(), format!("`{folder}` must be a map"), Readers::SDK);
            continue;
        }
        let Some((key, predefined)) = value.entry("predefined") else { continue };
        if !matches!(predefined.value, Value::List(_)) {
            checker
                .find("V1006", key.mark(), "`predefined` must be a list of patterns", Readers::SDK)
                .help("the daemon passes over anything else: no model is listed");
            continue;
        }
        for node in predefined.items().iter().take(CHECKED) {
            pattern(plugin, checker, node, model_type, &mut listed);
            let offered = root.get("configurate_methods").map_or(&[][..], Node::items);
            let offered = offered.iter().any(|method| method.text() == Some(METHODS[0]));
            let empty = |text: &str| {
                !plugin.paths().any(|path| globs::daemon_matches(text, path) || globs::sdk_matches(text, path))
            };
            if let Some(text) = node.text().filter(|text| offered && globs::is_legal(text) && empty(text)) {
                checker
                    .warn("V3008", node.mark(), format!("`{text}` names no file"))
                    .label("nothing is found")
                    .help("paths begin at the top of the plugin: `models/llm/*.yaml`");
            }
        }
    }
    let unread = plugin.paths().take(MODELS).filter(|path| {
        let model = path.strip_prefix("models/").is_some_and(|rest| rest.contains('/')) && path.ends_with(".yaml");
        model && !path.ends_with("_position.yaml") && !listed.iter().any(|listed| listed.path == **path)
    });
    let unread: Vec<&str> = unread.collect();
    if let Some(path) = unread.first() {
        let more = if unread.len() > 1 { format!(", nor {} more", unread.len() - 1) } else { String::new() };
        checker
            .warn("V3008", key.span.clone(), format!("no pattern names `{path}`{more}"))
            .label("the patterns are here")
            .help("what they declare is not offered; name them if they are models");
    }
    listed
}

fn pattern(
    plugin: &Plugin,
    checker: &mut Checker<'_>,
    node: &Node,
    model_type: &'static str,
    listed: &mut Vec<Listed>,
) {
    let Some(text) = node.text() else { return };
    if !globs::is_legal(text) {
        checker
            .find("V3008", node.mark(), format!("`{text}` is no pattern"), Readers::DAEMON)
            .help("a `[` that is not closed, or a backslash at the end");
        return;
    }
    if text.is_empty() || text.starts_with('/') {
        checker.find("V3008", node.mark(), "a pattern is relative to the plugin, and not empty", Readers::SDK);
        return;
    }
    let is_model = |path: &&str| !path.ends_with("_position.yaml");
    let daemon: Vec<&str> = plugin.paths().filter(is_model).filter(|path| globs::daemon_matches(text, path)).collect();
    let sdk: Vec<&str> = plugin.paths().filter(is_model).filter(|path| globs::sdk_matches(text, path)).collect();
    let differ = daemon
        .iter()
        .find(|path| sdk.binary_search(path).is_err())
        .or_else(|| sdk.iter().find(|path| daemon.binary_search(path).is_err()));
    if let Some(path) = differ {
        let (who, not) = if daemon.binary_search(path).is_ok() {
            ("the daemon", "the Python SDK")
        } else {
            ("the Python SDK", "the daemon")
        };
        checker
            .warn("V3008", node.mark(), format!("`{text}` names `{path}` for {who} and not for {not}"))
            .help("`**` is one folder to the daemon and any number to the SDK; name the folders");
    }
    for path in daemon.iter().chain(sdk.iter().filter(|path| daemon.binary_search(path).is_err())) {
        if let Some(first) = listed.iter().find(|listed| listed.path == *path) {
            let first = checker.at(first.span.clone());
            checker
                .warn("V3008", node.mark(), format!("`{path}` is named by two patterns"))
                .related(first, "named here first")
                .help("Dify then lists the model twice");
            return;
        }
        if listed.len() == MODELS {
            return;
        }
        listed.push(Listed { path: (*path).to_owned(), model_type, span: node.mark() });
    }
}

/// Whether methods, forms, model types and models fit together.
fn methods(checker: &mut Checker<'_>, root: &Node, models: &[models::Model]) {
    let words = |key: &str| -> Vec<(String, Range<usize>)> {
        let items = root.get(key).map_or(&[][..], Node::items);
        items.iter().filter_map(|node| Some((node.text()?.to_owned(), node.mark()))).collect()
    };
    let methods = words("configurate_methods");
    let has = |method: &str| methods.iter().find(|(word, _)| word == method);
    if let Some((_, span)) = has(METHODS[0]) {
        if models.is_empty() {
            checker
                .warn("V3006", span.clone(), "`predefined-model` is offered, and there is no model file")
                .help("Dify shows a provider to set up that has no models");
        }
        if root.get("provider_credential_schema").is_none() {
            checker
                .warn("V3006", span.clone(), "`predefined-model` is offered without `provider_credential_schema`")
                .help("Dify has no form to set the provider up with");
        }
    } else if let Some(model) = models.first()
        && !methods.is_empty()
    {
        let at = crate::diagnostics::At::file(&model.file);
        let span = root.entry("configurate_methods").map_or(root.mark(), |(key, _)| key.span.clone());
        checker
            .warn("V3006", span, "there are models, and `predefined-model` is not offered")
            .related(at, "a model")
            .help("Dify does not offer them");
    }
    if let Some((_, span)) = has(METHODS[1])
        && root.get("model_credential_schema").is_none()
    {
        checker
            .warn("V3006", span.clone(), "`customizable-model` is offered without `model_credential_schema`")
            .help("Dify has no form to add a model with");
    }
    let types = words("supported_model_types");
    if types.is_empty() {
        return;
    }
    for model in models {
        if !types.iter().any(|(word, _)| *word == model.model_type) && !model.model_type.is_empty() {
            let span = root.entry("supported_model_types").map_or(root.mark(), |(key, _)| key.span.clone());
            let at = crate::diagnostics::At::file(&model.file);
            checker
                .warn("V3007", span, format!("there is a model of type `{}`, which is not listed", model.model_type))
                .label(format!("listed: {}", list(types.iter().map(|(word, _)| word.as_str()))))
                .related(at, "the model")
                .help("Dify does not offer it");
            return;
        }
    }
    for (word, span) in &types {
        if has(METHODS[1]).is_none() && !models.is_empty() && !models.iter().any(|model| model.model_type == *word) {
            checker
                .warn("V3007", span.clone(), format!("`{word}` is listed, and there is no model of it"))
                .help("Dify shows the provider for a type of which it has nothing");
        }
    }
}

/// The order in which models are shown.
fn positions(plugin: &Plugin, root: &Node, report: &mut Report, name: &str, found: &models::Models) {
    let Some(models) = root.get("models") else { return };
    for (folder, model_type) in MODEL_FOLDERS {
        let Some(node) = models.get(folder).and_then(|value| value.get("position")) else { continue };
        let Some(path) = node.text() else { continue };
        if !plugin.has(path) {
            let checker = &mut Checker::new(report, name, Readers::DEBUGGING, Readers::NOBODY);
            missing(plugin, checker, node.mark(), path, Readers::DAEMON);
            continue;
        }
        let Some(root) = document(plugin, path, report) else { continue };
        let file = plugin.name(path);
        let checker = &mut Checker::new(report, &file, Readers::NOBODY, Readers::NOBODY);
        if root.is_null() {
            checker
                .find("V3009", root.mark(), "the list of positions is empty", Readers::DIFY)
                .help("write `[]`, or take the file and its `position` away: nothing at all is `null` to the daemon");
            continue;
        }
        let Value::List(items) = &root.value else {
            checker.find("V3009", root.mark(), "positions are a list of model names", Readers::DAEMON);
            continue;
        };
        order(checker, items, found, model_type);
    }
}

fn order(checker: &mut Checker<'_>, items: &[Node], found: &models::Models, model_type: &str) {
    let names: Vec<&str> =
        found.read.iter().filter(|model| model.model_type == model_type).map(|model| model.name.as_str()).collect();
    let mut seen: std::collections::BTreeMap<&str, &Node> = std::collections::BTreeMap::new();
    for node in items.iter().take(MODELS) {
        let Some(scalar) = node.scalar() else {
            checker.find("V3009", node.mark(), "a position is the name of a model", Readers::DAEMON.and(Readers::SDK));
            continue;
        };
        let name = scalar.text.as_str();
        if scalar.python() != super::scalar::Read::Text {
            checker
                .find("V1006", node.mark(), format!("`{name}` is no text to Python"), Readers::SDK)
                .help(format!("quote it: \"{name}\""));
        }
        if let Some(first) = seen.insert(name, node) {
            let first = checker.at(first.mark());
            checker.warn("V3009", node.mark(), format!("`{name}` stands twice")).related(first, "first here");
        } else if !found.gaps && !names.contains(&name) {
            let near = crate::diagnostics::nearest(name, names.iter().copied().take(CHECKED));
            let found = checker.warn("V3009", node.mark(), format!("there is no {model_type} model `{name}`"));
            found.label("passed over");
            if let Some(near) = near {
                found.help(format!("did you mean `{near}`?"));
            }
        }
    }
}
