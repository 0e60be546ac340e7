//! The predefined models: shape, label, type, properties, prices, and names that stand twice.

use std::collections::BTreeMap;
use std::ops::Range;

use super::input::Plugin;
use super::readers::Readers;
use super::scalar::Scalar;
use super::shape::{CHECKED, Checker};
use super::yaml::{Node, Value};
use super::{document, rules, tables};
use crate::catalogue::PROPERTIES;
use crate::diagnostics::{At, Report};

/// A file that a pattern names.
pub(super) struct Listed {
    pub path: String,
    /// The model type of the key under which the pattern stands.
    pub model_type: &'static str,
    /// Where the pattern stands.
    pub span: Range<usize>,
}

/// The models of a provider.
#[derive(Default)]
pub(super) struct Models {
    pub read: Vec<Model>,
    /// Whether some file could not be read: then what is missing is no mistake of its own.
    pub gaps: bool,
}

/// A model that was read.
pub(super) struct Model {
    pub name: String,
    pub model_type: String,
    /// As findings name it.
    pub file: String,
}

/// Checks every model.
pub(super) fn check(plugin: &Plugin, report: &mut Report, listed: &[Listed]) -> Models {
    let mut models = Models::default();
    let mut seen: BTreeMap<(String, String), At> = BTreeMap::new();
    for listed in listed {
        let Some(root) = document(plugin, &listed.path, report) else {
            models.gaps = true;
            continue;
        };
        let file = plugin.name(&listed.path);
        let checker = &mut Checker::new(report, &file, Readers::NOBODY, Readers::NOBODY);
        if root.is_null() {
            checker.find("V1006", root.mark(), "the file of a model is empty", Readers::SDK.and(Readers::DIFY));
            continue;
        }
        checker.walk(&tables::MODEL, &root, "the model");
        kind(checker, &root, listed);
        properties(checker, &root);
        pricing(checker, &root);
        rules::check(checker, &root);
        let text = |key: &str| root.get(key).and_then(Node::text).unwrap_or_default().to_owned();
        let (name, model_type) = (text("model"), text("model_type"));
        if let Some(node) = root.get("model")
            && let Some(first) = seen.insert((name.clone(), model_type.clone()), checker.at(node.mark()))
        {
            checker
                .warn("V4001", node.mark(), format!("there is another {model_type} model `{name}`"))
                .related(first, "the other one")
                .help("Dify lists both and finds the first");
        }
        models.read.push(Model { name, model_type, file });
    }
    models
}

fn kind(checker: &mut Checker<'_>, root: &Node, listed: &Listed) {
    if let Some(node) = root.get("model_type")
        && let Some(text) = node.text()
        && text != listed.model_type
        && crate::catalogue::DIFY_MODEL_TYPES.contains(&text)
    {
        checker
            .warn(
                "V4001",
                node.mark(),
                format!("a model of type `{text}` is listed among those of `{}`", listed.model_type),
            )
            .help("its own type counts, and it has no place in the order of its type");
    }
}

fn properties(checker: &mut Checker<'_>, root: &Node) {
    let Some(node) = root.get("model_properties") else { return };
    let Value::Map(entries) = &node.value else {
        checker.find("V1006", node.mark(), "`model_properties` must be a map", Readers::DAEMON.and(Readers::SDK));
        return;
    };
    for (index, (key, value)) in entries.iter().enumerate().take(CHECKED) {
        let name = key.text().unwrap_or_default();
        if entries[..index].iter().any(|(other, _)| other.text() == key.text()) {
            checker.find("V1003", key.span.clone(), format!("the key `{name}` is written twice"), Readers::DAEMON);
            continue;
        }
        let Some((_, type_)) = PROPERTIES.iter().find(|(known, _)| *known == name) else {
            checker
                .find(
                    "V4002",
                    key.mark(),
                    format!("`{name}` is no property of a model"),
                    Readers::SDK.and(Readers::DIFY),
                )
                .label("unknown")
                .legal(name, tables::properties());
            continue;
        };
        if !fits(type_, value) {
            let wanted = match *type_ {
                "integer" => "a whole number, without quotes",
                "string" => "a text",
                "json" => "a list of `{ mode, name, language }`",
                words => words,
            };
            checker
                .warn("V4002", value.mark(), format!("`{name}` must be {wanted}"))
                .label(format!("wanted: {wanted}"))
                .help("nobody checks this; what uses the property fails when the model is called");
        }
    }
    voices(checker, node);
}

fn fits(type_: &str, value: &Node) -> bool {
    match type_ {
        "integer" => value.scalar().and_then(Scalar::daemon_number).is_some_and(|number| number.fract() == 0.0),
        "string" => value.scalar().is_some_and(|scalar| !scalar.is_null()),
        "json" => matches!(value.value, Value::List(_)),
        words => value.text().is_some_and(|text| words.split(" | ").any(|word| word == text)),
    }
}

/// The default voice is one of the voices, each of which has what Dify shows.
fn voices(checker: &mut Checker<'_>, properties: &Node) {
    let voices = properties.get("voices").map_or(&[][..], Node::items);
    for voice in voices {
        for key in ["mode", "name"] {
            if voice.get(key).is_none() {
                checker.warn("V4002", voice.mark(), format!("a voice has no `{key}`")).help("Dify cannot offer it");
            }
        }
    }
    if let Some(node) = properties.get("default_voice")
        && let Some(text) = node.text()
        && !voices.is_empty()
    {
        let modes: Vec<&str> = voices.iter().filter_map(|voice| voice.get("mode")?.text()).collect();
        if !modes.contains(&text) {
            checker
                .warn("V4002", node.mark(), format!("the default voice `{text}` is no `mode` of `voices`"))
                .label("no voice")
                .legal(text, modes);
        }
    }
}

fn pricing(checker: &mut Checker<'_>, root: &Node) {
    let Some(pricing) = root.get("pricing") else { return };
    let number = |key: &str| pricing.get(key).and_then(Node::text).and_then(|text| text.parse::<f64>().ok());
    let costs = ["input", "output"].into_iter().any(|key| number(key).is_some_and(|price| price != 0.0));
    for key in ["input", "output", "unit"] {
        if let (Some(node), Some(price)) = (pricing.get(key), number(key))
            && (price < 0.0 || (key == "unit" && price == 0.0 && costs))
        {
            checker
                .warn("V4006", node.mark(), format!("`{key}` is {price}"))
                .help("what Dify shows as the cost of a call is tokens times price times unit");
        }
    }
}
