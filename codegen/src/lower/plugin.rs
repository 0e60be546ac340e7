//! The runtime tables of a plugin: stored fields, auth methods, offers with their schemas, probes.

use super::model_type::{members, scope};
use super::values::Values;
use super::{conditions, fields, origin, parameters};
use crate::ast::{self, Branch, File, Node, Path, Protocol, Specs, Under, Unlisted};
use crate::check::bare;
use crate::ir::field::Field;
use crate::ir::plugin::{Leaf, Offer, Operation, Plugin, Probe, Property, Select, Table};
use crate::ir::value::{Entry, Value};

pub fn lower(specs: &Specs, file: &File<ast::Plugin>) -> Plugin {
    let spec = &file.spec;
    let mut leaves = Vec::new();
    let mut offers = Vec::new();
    for (model_type, node) in &spec.offers {
        if let Some(offer) = offer(specs, spec, &mut leaves, node) {
            offers.push((model_type.clone(), offer));
        }
    }
    let options = spec.auth.options.iter().map(|(stored, option)| (stored.clone(), option.auth.clone()));
    Plugin {
        origin: origin(&file.path, spec.about.as_ref(), format!("Plugin `{}`.", spec.id)),
        id: spec.id.clone(),
        author: spec.author.clone(),
        version: spec.version.clone(),
        endpoint_version: spec.endpoint_version,
        endpoint_suffixes: suffixes(specs),
        fields: stored_fields(specs, spec),
        auth: Select {
            variable: spec.auth.select.clone(),
            label: spec.auth.label.clone(),
            default: spec.auth.default.clone(),
            unlisted: Unlisted::Error,
            options: options.collect(),
        },
        probes: offers.iter().filter_map(|(model_type, _)| probe(specs, model_type)).collect(),
        offers,
        leaves,
    }
}

/// Paths of all protocols, which users paste behind their endpoint.
fn suffixes(specs: &Specs) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for file in specs.protocols.values() {
        if let Path::Is(path) = &file.spec.request.path
            && !is_private(&file.spec)
            && !paths.contains(path)
        {
            paths.push(path.clone());
        }
    }
    paths.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    paths
}

/// Whether a path may as well be the prefix of somebody's route: a name of its own without a version part. Only who
/// chose this protocol pastes it.
fn is_private(protocol: &Protocol) -> bool {
    let Path::Is(path) = &protocol.request.path else { return false };
    let is_version = |segment: &str| {
        segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    protocol.request.under == Under::Prefix && !path.split('/').any(is_version)
}

/// Every field of the connection, the offered auth methods, model types and protocols.
fn stored_fields(specs: &Specs, plugin: &ast::Plugin) -> Vec<Field> {
    let mut groups: Vec<(&str, &ast::Map<ast::Field>, bool)> = Vec::new();
    if let Some(connection) = &specs.connection {
        groups.push(("connection", &connection.spec.credentials, false));
    }
    for (_, option) in &plugin.auth.options {
        if let Some(auth) = specs.auth.get(&option.auth) {
            groups.push((&auth.spec.id, &auth.spec.credentials, true));
        }
    }
    for (model_type, _) in &plugin.offers {
        if let Some(model_type) = specs.model_types.get(model_type) {
            groups.push((&model_type.spec.id, &model_type.spec.credentials, false));
        }
    }
    for protocol in plugin.offers.iter().flat_map(|(_, node)| protocols(node)) {
        if let Some(protocol) = specs.protocols.get(protocol) {
            groups.push((&protocol.spec.id, &protocol.spec.credentials, false));
        }
    }
    let said = |id: &str| plugin.credentials.iter().find(|(said, _)| said == id).map(|(_, said)| said);
    let mut stored: Vec<Field> = Vec::new();
    for (group, declared, auth) in groups {
        for (name, field) in declared {
            let bound = fields::bound(group, name, field, auth, said(&format!("{group}.{name}")));
            if !stored.iter().any(|other| other.id == bound.id) {
                stored.push(bound);
            }
        }
    }
    share(plugin, &mut stored);
    stored.sort_by(|a, b| a.id.cmp(&b.id));
    stored
}

/// Every protocol below a node.
fn protocols(node: &Node) -> Vec<&str> {
    match node {
        Node::Leaf { protocol, also, .. } => std::iter::once(protocol).chain(also).map(String::as_str).collect(),
        Node::Branch(branch) => branch.options.iter().flat_map(|(_, node)| protocols(node)).collect(),
    }
}

/// A field that is the same as another is stored where that one is, in the same words, with the same default.
fn share(plugin: &ast::Plugin, stored: &mut [Field]) {
    for (id, said) in &plugin.credentials {
        let Some(other) = said.same_as.as_ref().and_then(|other| stored.iter().find(|field| field.id == *other)) else {
            continue;
        };
        let other = other.clone();
        if let Some(field) = stored.iter_mut().find(|field| field.id == *id) {
            *field = Field { id: id.clone(), ..other };
        }
    }
}

fn offer(specs: &Specs, plugin: &ast::Plugin, leaves: &mut Vec<Leaf>, node: &Node) -> Option<Offer> {
    match node {
        Node::Leaf { protocol, also, model, .. } => {
            let same = |leaf: &Leaf| leaf.protocol == *protocol && leaf.also == *also && leaf.model == *model;
            if let Some(index) = leaves.iter().position(same) {
                return Some(Offer::Leaf(index));
            }
            leaves.push(leaf(specs, plugin, leaves, protocol, also, model.as_ref())?);
            Some(Offer::Leaf(leaves.len() - 1))
        }
        Node::Branch(Branch { select, default, label, unlisted, options, .. }) => {
            let mut offered = Vec::new();
            for (stored, node) in options {
                offered.push((stored.clone(), offer(specs, plugin, leaves, node)?));
            }
            let all = ast::Text { en_us: select.clone(), zh_hans: None, ja_jp: None, pt_br: None, all: true };
            Some(Offer::Branch(Select {
                variable: select.clone(),
                label: label.clone().unwrap_or(all),
                default: default.clone(),
                unlisted: *unlisted,
                options: offered,
            }))
        }
    }
}

fn leaf(
    specs: &Specs,
    plugin: &ast::Plugin,
    leaves: &[Leaf],
    protocol: &str,
    also: &[String],
    model: Option<&String>,
) -> Option<Leaf> {
    let spec = &specs.protocols.get(protocol)?.spec;
    let (model_type, action, _) = specs.implemented(&spec.implements)?;
    let model_type = &model_type.spec;
    let scope = scope(model_type);
    let listed = parameters::listed(specs, &scope, spec, model_type);
    let base = format!("{}_{protocol}", model_type.id);
    let name = match leaves.iter().filter(|leaf| leaf.protocol == protocol).count() {
        0 => base,
        others => format!("{base}_{}", others + 1),
    };
    let features = model_type.schema.features.iter().filter(|(feature, _)| {
        // Only language models have protocols that differ in what they can do.
        model_type.dify != "llm" || spec.features.contains(feature)
    });
    Some(Leaf {
        name,
        model_type: model_type.id.clone(),
        dify: model_type.dify.clone(),
        action: action.to_owned(),
        protocol: protocol.to_owned(),
        also: also.to_vec(),
        model: model.cloned(),
        operations: operations(specs, model_type, spec, also),
        features: features.map(|(name, cond)| (name.clone(), conditions::lower(&scope, cond))).collect(),
        properties: properties(&scope, model_type, spec),
        parameters: match parameters::overridden(&listed, &plugin.parameters) {
            _ if listed.is_empty() => Table::Empty,
            None => Table::Protocol,
            Some(own) => Table::Own(own),
        },
        endpoint_suffix: match &spec.request.path {
            Path::Is(path) if is_private(spec) => Some(path.clone()),
            _ => None,
        },
        priced: model_type.schema.pricing.is_some(),
        passes_on: spec.probe.as_ref().map(|probe| probe.passes_on.clone()).unwrap_or_default(),
    })
}

fn operations(specs: &Specs, model_type: &ast::ModelType, main: &Protocol, also: &[String]) -> Vec<Operation> {
    let served = |protocol: &Protocol, main| Operation::Protocol {
        id: protocol.id.clone(),
        shape: protocol.shape,
        batched: protocol.batch.is_some(),
        conversation: gives_chat(specs, protocol),
        main,
        parameters: !protocol.parameters.is_empty(),
    };
    let others = also.iter().filter_map(|id| specs.protocols.get(id)).map(|file| served(&file.spec, false));
    let local = model_type.also.iter().filter(|(_, action)| action.output.is_none());
    std::iter::once(served(main, true))
        .chain(others)
        .chain(local.map(|(name, _)| Operation::Local(name.clone())))
        .collect()
}

fn gives_chat(specs: &Specs, protocol: &Protocol) -> bool {
    let output = specs.implemented(&protocol.implements).and_then(|(_, _, action)| action.output.as_ref());
    output.is_some_and(|output| *output == ast::Type::Named("chat".to_owned()))
}

/// The model type's properties, or what the protocol says instead.
fn properties(
    scope: &super::scope::Scope,
    model_type: &ast::ModelType,
    protocol: &Protocol,
) -> Vec<(String, Property)> {
    let own = model_type.schema.properties.iter().map(|(name, value)| {
        let said = protocol.properties.iter().find(|(said, _)| said == name).map(|(_, value)| value);
        (name, said.unwrap_or(value))
    });
    let declared = |name: &String| model_type.schema.properties.iter().any(|(known, _)| known == name);
    let further = protocol.properties.iter().filter(|(name, _)| !declared(name)).map(|(name, value)| (name, value));
    own.chain(further)
        .map(|(name, value)| {
            let value = match value {
                ast::Property::Is(json) => Property::Is(json.clone()),
                ast::Property::Ref(reference) => Property::Of(scope.source(reference)),
                ast::Property::Derived(derived) => {
                    Property::Through(scope.source(&derived.from), Values::new(scope).call(&derived.as_))
                }
            };
            (name.clone(), value)
        })
        .collect()
}

/// In a probe a recording is the name of an asset.
fn recording(model_type: &ast::ModelType, entry: &mut Entry) {
    let is_file = |input: &str| {
        let file = ast::Type::Named("audio_file".to_owned());
        model_type.main.input.iter().any(|(name, type_)| name == input && bare(type_) == &file)
    };
    if let Entry::Member { name, value, .. } = entry
        && let Value::Literal(serde_json::Value::String(asset)) = value
        && is_file(name)
    {
        *value = Value::Recording(std::mem::take(asset));
    }
}

fn probe(specs: &Specs, model_type: &str) -> Option<Probe> {
    let model_type = &specs.model_types.get(model_type)?.spec;
    let mut data = members(&scope(model_type), &model_type.probe.input);
    for entry in &mut data {
        recording(model_type, entry);
    }
    if !model_type.probe.parameters.is_empty() {
        let parameters = model_type.probe.parameters.iter().map(|(name, value)| Entry::Member {
            name: name.clone(),
            when: Vec::new(),
            value: Value::Literal(value.clone()),
        });
        data.push(Entry::Member {
            name: "model_parameters".to_owned(),
            when: Vec::new(),
            value: Value::Object(parameters.collect()),
        });
    }
    Some(Probe { model_type: model_type.id.clone(), data })
}
