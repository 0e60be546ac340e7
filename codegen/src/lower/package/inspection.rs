//! What `cargo gen inspect` shows beside the package. Requests and answers are shown in the words of the specs: they are
//! the shortest exact account of themselves.

use super::form::choice;
use super::guide::path;
use crate::ast::{
    Argument, Attach, AttachTo, AuthExample, Cond, Map, Method, Node, OrRef, Plugin, Ref, Specs, Test, Unlisted, Value,
};
use crate::ir::auth::literal;
use crate::ir::inspection::{Addition, Auth, Call, Inspection, ModelType, Protocol, Signed, Step, Way};
use crate::ir::package::{Package, Text};
use crate::ir::reference::Setting;
use crate::parse::tree::{self, Kind};
use crate::sources::Sources;

/// One plugin by its id.
pub fn lower(specs: &Specs, sources: &Sources, plugin: &str) -> Option<Inspection> {
    let file = specs.plugins.get(plugin)?;
    let package = super::package(specs, &file.spec);
    let connection = specs.connection.as_ref().map(|file| &file.spec);
    let always = connection.map(|spec| headers(&spec.headers).chain(spec.attach.iter().map(attached)).collect());
    Some(Inspection {
        model_types: file.spec.offers.iter().filter_map(|(id, node)| model_type(specs, id, node)).collect(),
        auth: auth(specs, sources, &file.spec, &package),
        always: always.unwrap_or_default(),
        protocols: protocols(specs, sources, &package),
        package,
    })
}

fn model_type(specs: &Specs, id: &str, node: &Node) -> Option<ModelType> {
    let spec = &specs.model_types.get(id)?.spec;
    let mut ways = Vec::new();
    visit(specs, node, &[], &mut ways);
    let local = spec.also.iter().filter(|(_, action)| action.output.is_none()).map(|(name, _)| name.clone());
    Some(ModelType { dify: spec.dify.clone(), about: spec.about.clone(), ways, local: local.collect() })
}

fn visit(specs: &Specs, node: &Node, steps: &[Step], ways: &mut Vec<Way>) {
    match node {
        Node::Leaf { protocol, also, model, .. } => {
            let calls = std::iter::once(protocol).chain(also).filter_map(|id| call(specs, id));
            ways.push(Way { steps: steps.to_vec(), calls: calls.collect(), model: model.clone() });
        }
        Node::Branch(branch) => {
            for (value, child) in &branch.options {
                let default = *value == branch.default;
                let step = Step {
                    variable: branch.select.clone(),
                    selector: branch.label.as_ref().map_or_else(|| Text::all(&branch.select), Text::from),
                    value: value.clone(),
                    label: choice(value, child).label,
                    hidden: !branch.form,
                    default,
                    any_other: default && branch.unlisted == Unlisted::Default,
                };
                visit(specs, child, &[steps, &[step]].concat(), ways);
            }
        }
    }
}

fn call(specs: &Specs, id: &str) -> Option<Call> {
    let spec = &specs.protocols.get(id)?.spec;
    let (_, action, _) = specs.implemented(&spec.implements)?;
    Some(Call {
        action: action.to_owned(),
        protocol: id.to_owned(),
        method: match spec.request.method {
            Method::Post => "POST",
            Method::Get => "GET",
        },
        path: path(&spec.request.path),
    })
}

fn protocols(specs: &Specs, sources: &Sources, package: &Package) -> Vec<Protocol> {
    let pages = package.reference.protocols.iter();
    let protocol = |page: &crate::ir::reference::Protocol| {
        let written = Written::read(sources, specs.protocols.get(&page.id).map_or("", |file| &file.path));
        let tables = package.guide.parameters.iter();
        let rows = tables.filter(|table| table.protocol == page.id).flat_map(|table| table.rows.clone());
        Protocol {
            rows: rows.collect(),
            request: written.keys(&["batch", "request"]),
            answer: written.keys(&["fails", "stream", "task", "reply"]),
            probe: written.keys(&["probe"]),
            page: page.clone(),
        }
    };
    pages.map(protocol).collect()
}

fn auth(specs: &Specs, sources: &Sources, plugin: &Plugin, package: &Package) -> Vec<Auth> {
    let offered = plugin.auth.options.iter().zip(&package.guide.auth);
    let method = |((_, option), method): (&(String, crate::ast::AuthOption), &crate::ir::package::AuthMethod)| {
        let file = specs.auth.get(&option.auth)?;
        let signed = file.spec.sign.iter().flat_map(|sign| headers(&sign.headers));
        Some(Auth {
            method: method.clone(),
            adds: signed.chain(file.spec.attach.iter().map(attached)).collect(),
            written: Written::read(sources, &file.path).keys(&["mint", "sign"]),
            examples: file.spec.examples.iter().map(example).collect(),
        })
    };
    offered.filter_map(method).collect()
}

fn example(found: &AuthExample) -> Signed {
    let adds = |place: &'static str, map: &Map<String>| -> Vec<Setting> {
        map.iter().map(|(name, value)| Setting { name: format!("{place} {name}"), value: value.clone() }).collect()
    };
    let stored = found.credentials.iter();
    Signed {
        name: found.name.clone(),
        credentials: stored.map(|(name, value)| Setting { name: name.clone(), value: literal(value) }).collect(),
        request: format!("{} {}", found.method, found.url),
        adds: [adds("header", &found.adds_headers), adds("query", &found.adds_query)].concat(),
    }
}

fn headers(map: &Map<Value>) -> impl Iterator<Item = Addition> {
    map.iter().map(|(name, value)| {
        let when = match value {
            Value::Mapping(mapping) => conditions(mapping.when.as_ref()),
            _ => String::new(),
        };
        Addition { place: "header", name: name.clone(), value: shown(value), when }
    })
}

fn attached(attach: &Attach) -> Addition {
    let (place, name, value) = match &attach.to {
        AttachTo::Header { name, value, prefix } => {
            let prefix = prefix.as_ref().map(|prefix| match shown(prefix) {
                choice if choice.contains(" | ") => format!("({choice}) "),
                one => format!("{one} "),
            });
            ("header", name, prefix.unwrap_or_default() + &shown(value))
        }
        AttachTo::Fields { name, scheme, fields } => {
            let fields = fields.iter().map(|(field, value)| format!("{field}=\"{}\"", shown(value)));
            ("header", name, format!("{scheme} {}", fields.collect::<Vec<_>>().join(",")))
        }
        AttachTo::Query { name, value } => ("query", name, shown(value)),
    };
    let name = match name {
        OrRef::Is(name) => name.clone(),
        OrRef::Ref(found) => reference(found),
    };
    Addition { place, name, value, when: conditions(attach.when.as_ref()) }
}

/// A value on one line: references, and in brackets what happens to them.
fn shown(value: &Value) -> String {
    match value {
        Value::Literal(json) => literal(json),
        Value::Ref(found) => reference(found),
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Mapping(mapping) => {
            let mut text = mapping.from.iter().map(reference).collect::<Vec<_>>().join(" | ");
            if let Some(call) = &mapping.as_ {
                let arguments = call.arguments.iter().map(|(name, argument)| match argument {
                    Argument::Literal(json) => format!("{name}: {json}"),
                    Argument::Ref { from, .. } => format!("{name}: {}", from.iter().map(reference).collect::<String>()),
                });
                text +=
                    &format!(" [{}]", [call.name.clone()].into_iter().chain(arguments).collect::<Vec<_>>().join(" "));
            }
            if let Some(rows) = &mapping.map {
                let rows = rows.iter().map(|(from, to)| format!("{from}: {}", literal(to)));
                text += &format!(" [{}]", rows.collect::<Vec<_>>().join(", "));
            }
            match &mapping.default {
                Some(default) if text.is_empty() => literal(default),
                Some(default) => format!("{text} | {}", literal(default)),
                None => text,
            }
        }
    }
}

fn conditions(cond: Option<&Cond>) -> String {
    let tests = cond.iter().flat_map(|cond| &cond.tests).map(|(tested, test)| match test {
        Test::Truthy => reference(tested),
        Test::Present => format!("{} present", reference(tested)),
        Test::Absent => format!("{} absent", reference(tested)),
        Test::OneOf(values) => {
            let values: Vec<_> = values.iter().map(literal).collect();
            format!("{} = {}", reference(tested), values.join(" | "))
        }
    });
    tests.collect::<Vec<_>>().join(", ")
}

fn reference(found: &Ref) -> String {
    let path = found.path.iter().map(|segment| format!(".{segment}"));
    format!("${}{}", found.root, path.collect::<String>())
}

/// A spec as it stands in its file.
struct Written<'a> {
    text: &'a str,
    root: Option<tree::Node>,
}

impl Written<'_> {
    fn read<'a>(sources: &'a Sources, path: &str) -> Written<'a> {
        let text = sources.text(path).unwrap_or_default();
        Written { text, root: tree::read(text).ok() }
    }

    /// The entries of the file under these keys, in this order, with their comments.
    fn keys(&self, keys: &[&str]) -> String {
        let Some(Kind::Map(entries)) = self.root.as_ref().map(|root| &root.kind) else { return String::new() };
        let found = keys.iter().filter_map(|key| entries.iter().find(|(name, _)| name.text() == Some(key)));
        let text = found.map(|(name, value)| {
            let text = self.text.get(name.span.start..value.span.end).unwrap_or_default();
            let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            // Behind a block stand comments on what comes next.
            while lines.last().is_some_and(|line| line.is_empty() || line.starts_with('#')) {
                lines.pop();
            }
            lines.join("\n")
        });
        text.collect::<Vec<_>>().join("\n")
    }
}
