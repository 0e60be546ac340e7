//! Of p4: every text that people read, by file, and the translations that one of them lacks.

use std::collections::BTreeMap;

use crate::ast::{Field, Map, Node, Options, Plugin, Specs, Text};
use crate::diagnostics::At;

use super::Checking;

/// The texts of one file.
type Texts<'s> = Vec<(At, &'s Text)>;

impl Checking<'_> {
    /// A translation that most texts of a file have, and one has not. A text in one string is meant for every language.
    pub fn untranslated(&mut self) {
        for texts in by_file(self.specs).values() {
            let several: Vec<&(At, &Text)> = texts.iter().filter(|(_, text)| !text.all).collect();
            for language in ["zh_Hans", "ja_JP", "pt_BR"] {
                let has = |text: &Text| match language {
                    "zh_Hans" => text.zh_hans.is_some(),
                    "ja_JP" => text.ja_jp.is_some(),
                    _ => text.pt_br.is_some(),
                };
                let there = several.iter().filter(|(_, text)| has(text)).count();
                if there * 2 <= several.len() {
                    continue;
                }
                for (at, _) in several.iter().filter(|(_, text)| !has(text)) {
                    self.report
                        .warning("S4105", at.on_key(), format!("this text is not translated: `{language}` is missing"))
                        .label(format!("{there} other texts of this file have it"))
                        .help("translate it; a text that is the same in every language is written as one string");
                }
            }
        }
    }
}

fn by_file(specs: &Specs) -> BTreeMap<&str, Texts<'_>> {
    let mut all: BTreeMap<&str, Texts<'_>> = BTreeMap::new();
    for file in specs.plugins.values() {
        plugin(all.entry(&file.path).or_default(), &file.spec, &At::file(&file.path));
    }
    for file in specs.auth.values() {
        let texts = all.entry(&file.path).or_default();
        texts.push((At::file(&file.path).key("label"), &file.spec.label));
        fields(texts, &file.spec.credentials, &At::file(&file.path));
    }
    let connection = specs.connection.iter().map(|file| (&file.path, &file.spec.credentials));
    let types = specs.model_types.values().map(|file| (&file.path, &file.spec.credentials));
    let protocols = specs.protocols.values().map(|file| (&file.path, &file.spec.credentials));
    for (path, credentials) in connection.chain(types).chain(protocols) {
        fields(all.entry(path).or_default(), credentials, &At::file(path));
    }
    for (name, file) in &specs.parameters {
        let (texts, at) = (all.entry(&file.path).or_default(), At::file(&file.path).key(name));
        texts.push((at.key("label"), &file.spec.label));
        optional(texts, &file.spec.help, at.key("help"));
        options(texts, file.spec.options.as_ref(), &at);
    }
    all
}

fn fields<'s>(texts: &mut Texts<'s>, fields: &'s Map<Field>, root: &At) {
    for (name, declared) in fields {
        field(texts, declared, &root.key("credentials").key(name));
    }
}

fn field<'s>(texts: &mut Texts<'s>, field: &'s Field, at: &At) {
    for (key, text) in [("label", &field.label), ("placeholder", &field.placeholder), ("help", &field.help)] {
        optional(texts, text, at.key(key));
    }
    options(texts, field.options.as_ref(), at);
}

fn options<'s>(texts: &mut Texts<'s>, options: Option<&'s Options>, at: &At) {
    for (value, label) in options.into_iter().flatten() {
        optional(texts, label, at.key("options").key(value));
    }
}

fn optional<'s>(texts: &mut Texts<'s>, text: &'s Option<Text>, at: At) {
    texts.extend(text.iter().map(|text| (at.clone(), text)));
}

fn plugin<'s>(texts: &mut Texts<'s>, plugin: &'s Plugin, root: &At) {
    texts.extend([(root.key("label"), &plugin.label), (root.key("description"), &plugin.description)]);
    if let Some(help) = &plugin.help {
        texts.push((root.key("help").key("title"), &help.title));
    }
    let named = root.key("model_name");
    texts.push((named.key("label"), &plugin.model_name.label));
    optional(texts, &plugin.model_name.placeholder, named.key("placeholder"));
    let auth = root.key("auth");
    texts.push((auth.key("label"), &plugin.auth.label));
    for (value, option) in &plugin.auth.options {
        optional(texts, &option.label, auth.key("options").key(value).key("label"));
    }
    for (type_, node) in &plugin.offers {
        offer(texts, node, &root.key("offers").key(type_));
    }
    for (name, changed) in &plugin.credentials {
        field(texts, &changed.field, &root.key("credentials").key(name));
    }
    for (name, changed) in &plugin.parameters {
        let at = root.key("parameters").key(name);
        optional(texts, &changed.label, at.key("label"));
        optional(texts, &changed.help, at.key("help"));
    }
    for (index, text) in plugin.differences.iter().enumerate() {
        texts.push((root.key("differences").index(index), text));
    }
}

fn offer<'s>(texts: &mut Texts<'s>, node: &'s Node, at: &At) {
    match node {
        Node::Leaf { label, .. } => optional(texts, label, at.key("label")),
        Node::Branch(branch) => {
            optional(texts, &branch.label, at.key("label"));
            optional(texts, &branch.option, at.key("option"));
            for (value, node) in &branch.options {
                offer(texts, node, &at.key("options").key(value));
            }
        }
    }
}
