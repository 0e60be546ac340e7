//! What the readme explains beside the form: hidden settings, parameters, protocols, auth methods.

use serde_json::Value as Json;

use super::fields::{Bound, bind};
use super::form::{dify_name, groups};
use crate::ast::{
    Cond, EndpointVersion, Method, ModelType, Node, OrRef, Parameter as Declared, ParameterType, Path, Plugin,
    Protocol, Ref, Specs, Test, Under, Unlisted,
};
use crate::ir::auth::literal;
use crate::ir::package::{AuthMethod, Condition, Endpoint, Guide, Parameter, Parameters, Setting, Text};

pub(super) fn derive(specs: &Specs, plugin: &Plugin) -> Guide {
    let connection = bind(specs, plugin, "connection");
    let of = |name: &str| connection.iter().find(|field| field.name == name);
    let hidden = hidden(specs, plugin);
    Guide {
        example: example(&hidden),
        hidden,
        parameters: parameters(specs, plugin),
        protocols: protocols(specs, plugin),
        auth: auth(specs, plugin),
        differences: plugin.differences.iter().map(Text::from).collect(),
        connect_timeout: of("connect_timeout").and_then(Bound::default),
        read_timeout: of("read_timeout").and_then(Bound::default),
        advanced: of("advanced").map(|field| field.variable(specs)),
        endpoint: of("endpoint").map(|field| field.variable(specs)),
        adds_version: plugin.endpoint_version == EndpointVersion::V1,
    }
}

fn hidden(specs: &Specs, plugin: &Plugin) -> Vec<Setting> {
    let mut ids = vec!["connection"];
    for (_, option) in &plugin.auth.options {
        if !ids.contains(&option.auth.as_str()) {
            ids.push(&option.auth);
        }
    }
    for (model_type, node) in &plugin.offers {
        ids.extend(groups(model_type, node));
    }
    ids.into_iter()
        .flat_map(|group| bind(specs, plugin, group))
        .filter(|field| field.field.form == Some(false) && !field.shared)
        .map(|field| Setting {
            id: field.id(),
            label: field.label(),
            help: field.field.help.as_ref().map(Text::from),
            values: field.choices(),
            default: field.default(),
            min: field.field.min.map(number),
            max: field.field.max.map(number),
        })
        .collect()
}

/// The first setting that has a default, set to it.
fn example(hidden: &[Setting]) -> Option<String> {
    let (id, default) = hidden.iter().find_map(|setting| Some((&setting.id, setting.default.as_ref()?)))?;
    let value = default.parse::<i64>().map_or_else(|_| Json::from(default.as_str()), Json::from);
    Some(format!("{{{}: {value}}}", Json::from(id.as_str())))
}

fn auth(specs: &Specs, plugin: &Plugin) -> Vec<AuthMethod> {
    plugin
        .auth
        .options
        .iter()
        .map(|(value, option)| {
            let spec = specs.auth.get(&option.auth).map(|file| &file.spec);
            let label = option.label.as_ref().or(spec.map(|spec| &spec.label));
            AuthMethod {
                value: value.clone(),
                label: label.map_or_else(|| Text::all(value), Text::from),
                about: spec.and_then(|spec| spec.about.clone()),
                open_without: open_without(specs, plugin, &option.auth),
            }
        })
        .collect()
}

fn open_without(specs: &Specs, plugin: &Plugin, auth: &str) -> Option<Text> {
    let declared = &specs.auth.get(auth)?.spec.credentials;
    let lowered = |field: &Bound| {
        let required = declared.iter().any(|(name, declared)| *name == field.name && declared.required == Some(true));
        required && field.field.required == Some(false)
    };
    bind(specs, plugin, auth).iter().find(|field| lowered(field)).map(Bound::label)
}

fn protocols(specs: &Specs, plugin: &Plugin) -> Vec<Endpoint> {
    let mut found = Vec::new();
    for (model_type, node) in &plugin.offers {
        let dify = dify_name(specs, model_type);
        leaves(node, &[], &mut |Reached { when, protocol, .. }| {
            let Some(file) = specs.protocols.get(protocol) else { return };
            let request = &file.spec.request;
            found.push(Endpoint {
                model_type: dify.clone(),
                when: when.to_vec(),
                protocol: protocol.to_owned(),
                method: match request.method {
                    Method::Post => "POST",
                    Method::Get => "GET",
                },
                path: path(&request.path),
                replaces_version: request.under == Under::Prefix,
                about: file.spec.about.clone(),
            });
        });
    }
    found
}

/// A protocol of the offers.
pub(super) struct Reached<'a> {
    /// All choices that lead here, hidden ones too.
    pub when: &'a [Condition],
    pub protocol: &'a str,
    /// The upstream model where none is stored.
    pub model: Option<&'a String>,
}

/// Visits each protocol, in the order offered.
pub(super) fn leaves(node: &Node, when: &[Condition], visit: &mut dyn FnMut(Reached<'_>)) {
    match node {
        Node::Leaf { protocol, also, model, .. } => {
            let ids = std::iter::once(protocol).chain(also);
            ids.for_each(|protocol| visit(Reached { when, protocol, model: model.as_ref() }));
        }
        Node::Branch(branch) => {
            for (value, child) in &branch.options {
                let any = branch.unlisted == Unlisted::Default && *value == branch.default;
                let value = if any { "any other".to_owned() } else { value.clone() };
                let chosen = Condition { variable: branch.select.clone(), value };
                leaves(child, &[when, &[chosen]].concat(), visit);
            }
        }
    }
}

pub(super) fn path(path: &Path) -> String {
    match path {
        Path::Is(path) => path.clone(),
        Path::Segments(segments) => {
            let segments = segments.iter().map(|segment| match segment {
                OrRef::Is(text) => text.clone(),
                OrRef::Ref(reference) => format!("{{{}}}", reference.path.last().unwrap_or(&reference.root)),
            });
            segments.collect::<Vec<_>>().join("/")
        }
    }
}

fn parameters(specs: &Specs, plugin: &Plugin) -> Vec<Parameters> {
    let mut tables = Vec::new();
    for (id, node) in &plugin.offers {
        let Some(model_type) = specs.model_types.get(id) else { continue };
        let fields = bind(specs, plugin, id);
        for protocol in groups(id, node).into_iter().skip(1).filter_map(|id| specs.protocols.get(id)) {
            let layers =
                Layers { specs, plugin, model_type: &model_type.spec, protocol: &protocol.spec, fields: &fields };
            let rows = protocol.spec.parameters.iter().filter_map(|(name, _)| layers.parameter(name));
            let rows: Vec<_> = rows.collect();
            if !rows.is_empty() {
                let model_type = model_type.spec.dify.clone();
                tables.push(Parameters { model_type, protocol: protocol.spec.id.clone(), rows });
            }
        }
    }
    tables
}

/// The four places that may say something of a parameter; the last that says a key wins.
struct Layers<'a> {
    specs: &'a Specs,
    plugin: &'a Plugin,
    model_type: &'a ModelType,
    protocol: &'a Protocol,
    /// Of the model type.
    fields: &'a [Bound],
}

impl Layers<'_> {
    fn parameter(&self, name: &str) -> Option<Parameter> {
        let declared: &Declared = &self.specs.parameters.get(name)?.spec;
        let narrowing = self.protocol.parameters.iter().find(|(other, _)| other == name).map(|(_, found)| found);
        let switch = self.model_type.parameters.iter().find(|(other, _)| other == name).map(|(_, found)| found);
        let over = self.plugin.parameters.iter().find(|(other, _)| other == name).map(|(_, found)| found);
        let default = over.and_then(|over| over.default.as_ref()).map(literal);
        let default = default
            .or_else(|| switch.and_then(|switch| switch.default.as_ref()).map(|default| self.fed(default, literal)))
            .or_else(|| narrowing.and_then(|narrowing| narrowing.default.as_ref()).map(literal))
            .or_else(|| declared.default.as_ref().map(literal));
        let bound = |fed: Option<&OrRef<f64>>, narrowed: Option<f64>, declared: Option<f64>| {
            fed.map(|fed| self.fed(fed, |value| number(*value))).or_else(|| narrowed.or(declared).map(number))
        };
        let options = narrowing.and_then(|narrowing| narrowing.options.clone());
        Some(Parameter {
            name: name.to_owned(),
            label: Text::from(over.and_then(|over| over.label.as_ref()).unwrap_or(&declared.label)),
            help: over.and_then(|over| over.help.as_ref()).or(declared.help.as_ref()).map(Text::from),
            type_: match declared.type_ {
                ParameterType::Number => "float",
                ParameterType::Integer => "int",
                ParameterType::String => "string",
                ParameterType::Boolean => "boolean",
                ParameterType::Text => "text",
            },
            default,
            min: bound(switch.and_then(|s| s.min.as_ref()), narrowing.and_then(|n| n.min), declared.min),
            max: bound(switch.and_then(|s| s.max.as_ref()), narrowing.and_then(|n| n.max), declared.max),
            template: declared.template.clone(),
            required: narrowing.and_then(|narrowing| narrowing.required).unwrap_or(declared.required),
            options: options
                .unwrap_or_else(|| declared.options.iter().flatten().map(|(option, _)| option.clone()).collect()),
            when: switch.and_then(|switch| switch.when.as_ref()).map_or_else(Vec::new, |when| self.conditions(when)),
        })
    }

    /// A literal, or the stored name of the credential that feeds it.
    fn fed<T>(&self, value: &OrRef<T>, literal: impl Fn(&T) -> String) -> String {
        match value {
            OrRef::Is(value) => literal(value),
            OrRef::Ref(reference) => {
                self.field(reference).map_or_else(|| reference.path.join("."), |field| field.variable(self.specs))
            }
        }
    }

    fn field(&self, reference: &Ref) -> Option<&Bound> {
        let name = reference.path.first()?;
        self.fields.iter().find(|field| field.name == *name)
    }

    /// In stored words. Several words that do are joined with ` | `.
    fn conditions(&self, cond: &Cond) -> Vec<Condition> {
        let stored = |field: &Bound, value: &Json| {
            let logical = literal(value);
            field.word(&logical).map_or(logical.clone(), str::to_owned)
        };
        cond.tests
            .iter()
            .filter_map(|(reference, test)| {
                let field = self.field(reference)?;
                let value = match test {
                    Test::Truthy => field.word("true").unwrap_or("…").to_owned(),
                    Test::Present => "…".to_owned(),
                    Test::Absent => String::new(),
                    Test::OneOf(values) => {
                        values.iter().map(|value| stored(field, value)).collect::<Vec<_>>().join(" | ")
                    }
                };
                Some(Condition { variable: field.variable(self.specs), value })
            })
            .collect()
    }
}

fn number(value: f64) -> String {
    // `Display` writes whole numbers without a fraction.
    value.to_string()
}
