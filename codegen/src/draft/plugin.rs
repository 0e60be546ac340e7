//! The draft of a plugin, with icons of its own, offering one protocol with one auth method.

use std::collections::BTreeMap;

use tera::Context;

use super::{Draft, GENERATE, Wish, legal, render, unknown};
use crate::Files;
use crate::ast::Specs;
use crate::check::leaves;

pub fn draft(specs: &Specs, wish: &Wish<'_>) -> Result<Draft, String> {
    let id = wish.name;
    legal(id, "a plugin", true)?;
    if let Some(file) = specs.plugins.get(id) {
        return Err(format!("there is a plugin `{id}` already: {}", file.path));
    }
    let served = served(specs);
    let names = || served.keys().copied();
    let (model_type, protocol) = match wish.implements {
        Some(wanted) => offered(specs, wanted)
            .or_else(|| served.get_key_value(wanted).map(|(type_, protocol)| (*type_, *protocol)))
            .ok_or_else(|| unknown("model type with a protocol", wanted, names()))?,
        None => ["llm"]
            .into_iter()
            .chain(names())
            .find_map(|name| served.get_key_value(name))
            .map(|(a, b)| (*a, *b))
            .ok_or("there is no protocol to offer yet")?,
    };
    let auth = ["api_key", "none"].into_iter().find(|id| specs.auth.contains_key(*id));
    let auth =
        auth.or_else(|| specs.auth.keys().next().map(String::as_str)).ok_or("there is no auth method to offer yet")?;
    let words: Vec<String> = id.split(['-', '_']).filter(|word| !word.is_empty()).map(capital).collect();
    let title = words.join(" ");
    let mut context = Context::new();
    context.insert("id", id);
    context.insert("title", &title);
    context.insert("letter", &title.chars().next());
    context.insert("now", wish.now);
    context.insert("auth", auth);
    context.insert("methods", &specs.auth.keys().cloned().collect::<Vec<_>>().join(", "));
    context.insert("model_type", model_type);
    context.insert("protocol", protocol);
    context.insert("types", &names().collect::<Vec<_>>().join(", "));
    let path = format!("specs/plugins/{id}.yaml");
    let mut files = Files::from([(path.clone(), render("plugin.yaml", &context).into_bytes())]);
    for (name, ground, ink) in [("", "#1F2937", "#FFFFFF"), ("-dark", "#E5E7EB", "#111827")] {
        context.insert("ground", ground);
        context.insert("ink", ink);
        files.insert(format!("specs/assets/{id}{name}.svg"), render("icon.svg", &context).into_bytes());
    }
    let steps = vec![
        format!("Edit {path}: author, texts, what is offered. Replace the icons in specs/assets/."),
        GENERATE.to_owned(),
        format!("Make the package:\n    cargo gen package --plugin {id} --out dist"),
    ];
    Ok(Draft { files, path, steps })
}

/// A protocol of a main action, with its model type.
fn offered<'s>(specs: &'s Specs, protocol: &str) -> Option<(&'s str, &'s str)> {
    let spec = &specs.protocols.get(protocol)?.spec;
    specs.model_types.get_key_value(&spec.implements).map(|(type_, _)| (type_.as_str(), spec.id.as_str()))
}

/// Model types that a protocol serves, each with the one that most plugins offer.
fn served(specs: &Specs) -> BTreeMap<&str, &str> {
    let mut best: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for file in specs.protocols.values().filter(|file| specs.model_types.contains_key(&file.spec.implements)) {
        let id = file.spec.id.as_str();
        let offers = |plugin: &crate::ast::Plugin| {
            let mut offered = Vec::new();
            plugin.offers.iter().for_each(|(_, node)| leaves(node, &mut offered));
            offered.contains(&id)
        };
        let count = specs.plugins.values().filter(|plugin| offers(&plugin.spec)).count();
        let entry = best.entry(file.spec.implements.as_str()).or_insert((count, id));
        if count > entry.0 {
            *entry = (count, id);
        }
    }
    best.into_iter().map(|(type_, (_, id))| (type_, id)).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}
