//! The credential form, derived: which fields a plugin shows, under which conditions, in which order.

use super::fields::{Bound, bind};
use super::usage::{used, used_by_protocol};
use crate::ast::{AuthSelect, Branch, Node, Plugin, Specs};
use crate::ir::package::{Choice, Condition, Control, Entry, MODEL_TYPE, Source, Text};

/// Every entry: auth selector, auth fields by option, connection, then the model types as offered.
pub(super) fn derive(specs: &Specs, plugin: &Plugin) -> Vec<Entry> {
    let mut form = vec![auth_selector(specs, &plugin.auth)];
    for (value, option) in &plugin.auth.options {
        let shown = vec![Condition { variable: plugin.auth.select.clone(), value: value.clone() }];
        let fields = bind(specs, plugin, &option.auth);
        form.extend(fields.iter().filter(|field| field.in_form()).map(|field| entry(specs, field, shown.clone())));
    }
    let connection = bind(specs, plugin, "connection");
    form.extend(connection.iter().filter(|field| field.in_form()).map(|field| entry(specs, field, Vec::new())));
    for (model_type, node) in &plugin.offers {
        let root = root(specs, plugin, model_type);
        selectors(node, model_type, &mut Vec::new(), &root, &mut form);
        for group in groups(model_type, node) {
            for field in bind(specs, plugin, group).iter().filter(|field| field.in_form()) {
                let uses = |protocol: &str, also: &[String]| {
                    if group == model_type {
                        used(specs, model_type, protocol, also).contains(&field.name)
                    } else {
                        let serves = group == protocol || also.iter().any(|id| id == group);
                        serves && used_by_protocol(specs, group).contains(&field.name)
                    }
                };
                let mut shown = Vec::new();
                cover(node, &root, &uses, &mut shown);
                form.extend(shown.into_iter().map(|shown| entry(specs, field, shown)));
            }
        }
    }
    form
}

/// The conditions that hold for a whole model type: none when the plugin offers no other.
fn root(specs: &Specs, plugin: &Plugin, model_type: &str) -> Vec<Condition> {
    if plugin.offers.len() == 1 {
        return Vec::new();
    }
    vec![Condition { variable: MODEL_TYPE.to_owned(), value: dify_name(specs, model_type) }]
}

/// Dify's name of a model type.
pub(super) fn dify_name(specs: &Specs, model_type: &str) -> String {
    specs.model_types.get(model_type).map_or_else(|| model_type.replace('_', "-"), |file| file.spec.dify.clone())
}

/// The fewest nodes to which the field belongs as a whole, as the conditions that lead there.
fn cover(node: &Node, path: &[Condition], uses: &dyn Fn(&str, &[String]) -> bool, found: &mut Vec<Vec<Condition>>) {
    if all(node, uses) {
        if !found.iter().any(|other| path.starts_with(other)) {
            found.retain(|other| !other.starts_with(path));
            found.push(path.to_vec());
        }
    } else if let Node::Branch(branch) = node {
        for (value, child) in &branch.options {
            cover(child, &step(node, path, value), uses, found);
        }
    }
}

/// Whether the field belongs to the whole node. The form cannot tell the options of a hidden selector apart: what one of
/// them needs is asked for all.
fn all(node: &Node, uses: &dyn Fn(&str, &[String]) -> bool) -> bool {
    match node {
        Node::Leaf { protocol, also, .. } => uses(protocol, also),
        Node::Branch(branch) if !branch.form => branch.options.iter().any(|(_, child)| all(child, uses)),
        Node::Branch(branch) => branch.options.iter().all(|(_, child)| all(child, uses)),
    }
}

/// The conditions of an option of a node. A hidden selector adds none.
fn step(node: &Node, path: &[Condition], value: &str) -> Vec<Condition> {
    let mut path = path.to_vec();
    if let Node::Branch(branch) = node
        && branch.form
    {
        path.push(Condition { variable: branch.select.clone(), value: value.to_owned() });
    }
    path
}

/// The model type, then the protocols it is offered with, each once.
pub(super) fn groups<'a>(model_type: &'a str, node: &'a Node) -> Vec<&'a str> {
    fn visit<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
        match node {
            Node::Leaf { protocol, also, .. } => {
                for id in std::iter::once(protocol).chain(also) {
                    if !found.contains(&id.as_str()) {
                        found.push(id);
                    }
                }
            }
            Node::Branch(branch) => branch.options.iter().for_each(|(_, child)| visit(child, found)),
        }
    }
    let mut found = vec![model_type];
    visit(node, &mut found);
    found
}

fn auth_selector(specs: &Specs, auth: &AuthSelect) -> Entry {
    let label = |id: &String| specs.auth.get(id).map_or_else(|| Text::all(id), |file| Text::from(&file.spec.label));
    let options = auth
        .options
        .iter()
        .map(|(value, option)| Choice {
            value: value.clone(),
            label: option.label.as_ref().map_or_else(|| label(&option.auth), Text::from),
        })
        .collect();
    Entry {
        source: Source::Auth,
        variable: auth.select.clone(),
        label: Text::from(&auth.label),
        control: Control::Select,
        options,
        required: true,
        default: Some(auth.default.clone()),
        placeholder: None,
        help: None,
        show_on: Vec::new(),
    }
}

fn selectors(node: &Node, model_type: &str, path: &mut Vec<String>, shown: &[Condition], form: &mut Vec<Entry>) {
    let Node::Branch(Branch { select, default, form: in_form, label, options, .. }) = node else { return };
    if *in_form {
        let choices = options.iter().map(|(value, child)| choice(value, child));
        form.push(Entry {
            source: Source::Selector { model_type: model_type.to_owned(), path: path.clone() },
            variable: select.clone(),
            label: label.as_ref().map_or_else(|| Text::all(select), Text::from),
            control: Control::Select,
            options: choices.collect(),
            required: false,
            default: Some(default.clone()),
            placeholder: None,
            help: None,
            show_on: shown.to_vec(),
        });
    }
    for (value, child) in options {
        path.push(value.clone());
        selectors(child, model_type, path, &step(node, shown, value), form);
        path.pop();
    }
}

/// An option of a selector.
pub(super) fn choice(value: &str, child: &Node) -> Choice {
    let label = match child {
        Node::Leaf { label, .. } => label,
        Node::Branch(branch) => &branch.option,
    };
    Choice { value: value.to_owned(), label: label.as_ref().map_or_else(|| Text::all(value), Text::from) }
}

fn entry(specs: &Specs, field: &Bound, show_on: Vec<Condition>) -> Entry {
    let control = field.control();
    Entry {
        source: Source::Field { group: field.group.clone(), field: field.name.clone() },
        variable: field.variable(specs),
        label: field.label(),
        control,
        options: if control == Control::Select { field.choices() } else { Vec::new() },
        required: field.field.required.unwrap_or(false),
        default: field.default(),
        placeholder: field.field.placeholder.as_ref().map(Text::from),
        help: field.field.help.as_ref().map(Text::from),
        show_on,
    }
}
