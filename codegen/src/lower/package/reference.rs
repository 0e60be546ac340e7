//! The reference pages of a plugin: what is stored, and what each protocol sends and reads.

use serde_json::Value as Json;

use super::fields::{Bound, bind};
use super::form::{dify_name, groups};
use super::guide::{Reached, leaves, path};
use crate::ast::{self, Branch, FieldOverride, Method, Node, Plugin, Specs, Under};
use crate::ir::auth::literal;
use crate::ir::package::{Condition, Entry, MODEL_TYPE, Source, Text};
use crate::ir::reference::{Example, Group, Offer, Protocol, Reference, Row, Setting};

/// Columns of a laid out document.
const WIDTH: usize = 100;

pub(super) fn derive(specs: &Specs, plugin: &Plugin, form: &[Entry]) -> Reference {
    let pages = Pages { specs, plugin, form };
    Reference { groups: pages.groups(), protocols: pages.protocols() }
}

struct Pages<'a> {
    specs: &'a Specs,
    plugin: &'a Plugin,
    form: &'a [Entry],
}

impl Pages<'_> {
    fn groups(&self) -> Vec<Group> {
        let mut found = vec![self.choices(), self.group("connection", "Connection")];
        let mut known: Vec<&str> = Vec::new();
        for (stored, option) in &self.plugin.auth.options {
            if !known.contains(&option.auth.as_str()) {
                known.push(&option.auth);
                found.push(self.group(&option.auth, &format!("Authentication `{stored}`")));
            }
        }
        for (model_type, node) in &self.plugin.offers {
            for group in groups(model_type, node) {
                let title = match group == model_type {
                    true => format!("Model type `{}`", dify_name(self.specs, group)),
                    false => format!("Protocol `{group}`"),
                };
                found.push(self.group(group, &title));
            }
        }
        found.retain(|group| !group.rows.is_empty());
        found
    }

    fn choices(&self) -> Group {
        let mut rows: Vec<Row> = self.form.iter().filter(|entry| entry.source == Source::Auth).map(selector).collect();
        for (model_type, node) in &self.plugin.offers {
            let own =
                |entry: &&Entry| matches!(&entry.source, Source::Selector { model_type: of, .. } if of == model_type);
            rows.extend(self.form.iter().filter(own).map(selector));
            hidden_selectors(node, &mut rows);
        }
        let about = "What is called, and how the caller proves who it is, is chosen by these.".to_owned();
        Group { title: "Choices".to_owned(), about: Some(about), rows }
    }

    fn group(&self, group: &str, title: &str) -> Group {
        let Specs { auth, model_types, protocols, connection, .. } = self.specs;
        let about = match (auth.get(group), model_types.get(group), protocols.get(group)) {
            (Some(file), ..) => file.spec.about.clone(),
            (_, Some(file), _) => file.spec.about.clone(),
            (.., Some(file)) => file.spec.about.clone(),
            _ => connection.as_ref().and_then(|file| file.spec.about.clone()),
        };
        let rows = bind(self.specs, self.plugin, group).iter().map(|field| self.row(field)).collect();
        Group { title: title.to_owned(), about, rows }
    }

    fn row(&self, field: &Bound) -> Row {
        let id = field.id();
        let over: Option<&FieldOverride> =
            self.plugin.credentials.iter().find(|(other, _)| *other == id).map(|(_, over)| over);
        let source = Source::Field { group: field.group.clone(), field: field.name.clone() };
        let shown = self.form.iter().filter(|entry| entry.source == source).map(|entry| entry.show_on.clone());
        Row {
            label: field.label(),
            help: field.field.help.as_ref().map(Text::from),
            variable: field.variable(self.specs),
            aliases: over.map(|over| over.aliases.clone()).unwrap_or_default(),
            kind: kind(&field.field),
            values: field.choices(),
            default: field.default(),
            min: field.field.min.map(|limit| limit.to_string()),
            max: field.field.max.map(|limit| limit.to_string()),
            empty_word: field.field.empty_word.clone(),
            required: field.field.required.unwrap_or(false),
            shown: shown.collect(),
            shares: over.and_then(|over| over.same_as.clone()),
            id: Some(id),
        }
    }

    fn protocols(&self) -> Vec<Protocol> {
        let mut found: Vec<Protocol> = Vec::new();
        for (model_type, node) in &self.plugin.offers {
            let dify = dify_name(self.specs, model_type);
            let when = [Condition { variable: MODEL_TYPE.to_owned(), value: dify.clone() }];
            leaves(node, &when, &mut |Reached { when, protocol, model }| {
                let offer = Offer { when: when.to_vec(), model: model.cloned() };
                if let Some(known) = found.iter_mut().find(|known| known.id == protocol) {
                    known.offers.push(offer);
                } else if let Some(page) = self.protocol(protocol, &dify, offer) {
                    found.push(page);
                }
            });
        }
        found
    }

    fn protocol(&self, id: &str, dify: &str, offer: Offer) -> Option<Protocol> {
        let spec = &self.specs.protocols.get(id)?.spec;
        let (_, action, _) = self.specs.implemented(&spec.implements)?;
        let request = &spec.request;
        Some(Protocol {
            id: id.to_owned(),
            about: spec.about.clone(),
            model_type: dify.to_owned(),
            action: action.to_owned(),
            offers: vec![offer],
            method: match request.method {
                Method::Post => "POST",
                Method::Get => "GET",
            },
            path: path(&request.path),
            replaces_version: request.under == Under::Prefix,
            features: spec.features.clone(),
            parameters: spec.parameters.iter().map(|(name, _)| name.clone()).collect(),
            dropped: request.retreat.drop.clone(),
            examples: spec.examples.iter().enumerate().map(|(index, found)| example(index, found)).collect(),
        })
    }
}

fn selector(entry: &Entry) -> Row {
    Row {
        label: entry.label.clone(),
        help: entry.help.clone(),
        variable: entry.variable.clone(),
        aliases: Vec::new(),
        id: None,
        kind: "choice".to_owned(),
        values: entry.options.clone(),
        default: entry.default.clone(),
        min: None,
        max: None,
        empty_word: None,
        required: entry.required,
        shown: vec![entry.show_on.clone()],
        shares: None,
    }
}

/// Choices that the form does not show, each variable once. One by a text of a field stands at that field.
fn hidden_selectors(node: &Node, rows: &mut Vec<Row>) {
    let Node::Branch(branch) = node else { return };
    let Branch { select, default, form, label, unlisted, options, .. } = branch;
    let known = rows.iter().any(|row| row.variable == *select);
    if !form && !known && *unlisted == ast::Unlisted::Error {
        let values = options.iter().map(|(value, child)| super::form::choice(value, child)).collect();
        rows.push(Row {
            label: label.as_ref().map_or_else(|| Text::all(select), Text::from),
            help: None,
            variable: select.clone(),
            aliases: Vec::new(),
            id: None,
            kind: "choice".to_owned(),
            values,
            default: Some(default.clone()),
            min: None,
            max: None,
            empty_word: None,
            required: false,
            shown: Vec::new(),
            shares: None,
        });
    }
    options.iter().for_each(|(_, child)| hidden_selectors(child, rows));
}

/// `HeaderName` as `header name`.
fn kind(field: &ast::Field) -> String {
    let name = match (field.type_, &field.options) {
        (_, Some(_)) => return "choice".to_owned(),
        (None, None) => return "text".to_owned(),
        (Some(type_), None) => format!("{type_:?}"),
    };
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    match words.as_str() {
        "string" | "escaped" => "text".to_owned(),
        "map" | "headers" => "JSON object".to_owned(),
        "flag" => "choice".to_owned(),
        _ => words,
    }
}

fn example(index: usize, found: &ast::Example) -> Example {
    let settings = found.parameters.iter().chain(&found.credentials);
    let streamed = found.streams.is_some();
    let answers = found.receives.iter().chain(found.streams.iter().flatten());
    Example {
        name: found.name.clone().unwrap_or_else(|| format!("example {}", index + 1)),
        settings: settings.map(|(name, value)| Setting { name: name.clone(), value: literal(value) }).collect(),
        input: laid_out(&found.input),
        sends: laid_out(&found.sends),
        answers: answers.map(|document| if streamed { inline(document) } else { laid_out(document) }).collect(),
        streamed,
        yields: laid_out(&found.yields),
    }
}

/// JSON on as few lines as the width allows.
fn laid_out(json: &Json) -> String {
    fn write(json: &Json, indent: usize, before: usize, out: &mut String) {
        let line = inline(json);
        let open = match json {
            Json::Array(items) if !items.is_empty() => '[',
            Json::Object(members) if !members.is_empty() => '{',
            _ => return out.push_str(&line),
        };
        if indent + before + line.chars().count() <= WIDTH {
            return out.push_str(&line);
        }
        let next = |out: &mut String, first: bool, indent: usize| {
            out.push_str(if first { "\n" } else { ",\n" });
            out.push_str(&" ".repeat(indent));
        };
        out.push(open);
        match json {
            Json::Object(members) => {
                for (position, (name, value)) in members.iter().enumerate() {
                    next(out, position == 0, indent + 2);
                    let name = format!("{}: ", Json::from(name.as_str()));
                    out.push_str(&name);
                    write(value, indent + 2, name.chars().count(), out);
                }
            }
            Json::Array(items) => {
                for (position, value) in items.iter().enumerate() {
                    next(out, position == 0, indent + 2);
                    write(value, indent + 2, 0, out);
                }
            }
            _ => {}
        }
        out.push('\n');
        out.push_str(&" ".repeat(indent));
        out.push(if open == '[' { ']' } else { '}' });
    }
    let mut out = String::new();
    write(json, 0, 0, &mut out);
    out
}

/// JSON on one line, with blanks where people expect them.
fn inline(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Json::Object(members) if members.is_empty() => "{}".to_owned(),
        Json::Object(members) => {
            let members =
                members.iter().map(|(name, value)| format!("{}: {}", Json::from(name.as_str()), inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_break_where_the_line_is_full() {
        let short = serde_json::json!({ "a": [1, "b"], "c": {} });
        assert_eq!(laid_out(&short), r#"{ "a": [1, "b"], "c": {} }"#);
        let long = serde_json::json!({ "text": "x".repeat(90), "list": ["y".repeat(60), "z".repeat(60)], "n": null });
        let (x, y, z) = ("x".repeat(90), "y".repeat(60), "z".repeat(60));
        let list = format!("  \"list\": [\n    \"{y}\",\n    \"{z}\"\n  ],\n");
        assert_eq!(laid_out(&long), format!("{{\n  \"text\": \"{x}\",\n{list}  \"n\": null\n}}"));
    }
}
