//! Of p4: what is declared and used by nothing. Warnings, because it may be on its way.

use std::collections::BTreeSet;

use crate::ast::{Field, Map};
use crate::catalogue::{ATTACHED_FIELDS, CONNECTION_FIELDS};
use crate::diagnostics::At;

use super::Checking;
use super::p1_names::leaves;
use super::scope::implemented;
use super::uses;

impl<'s> Checking<'s> {
    pub fn unused_fields(&mut self) {
        let specs = self.specs;
        let credentials = |used: Vec<uses::Use<'s>>| -> BTreeSet<String> {
            let credential = used.into_iter().filter(|used| used.reference.root == "credential");
            credential.filter_map(|used| used.reference.path.first().cloned()).collect()
        };
        let mut unused = Vec::new();
        let mut compare = |path: &'s String, fields: &'s Map<Field>, used: BTreeSet<String>| {
            let left = fields.iter().filter(|(name, _)| !used.contains(name));
            unused.extend(left.map(|(name, _)| (path, name)));
        };
        for file in specs.auth.values() {
            let used = credentials(uses::auth(&file.spec, &At::file(&file.path)));
            compare(&file.path, &file.spec.credentials, used);
        }
        if let Some(file) = &specs.connection {
            // All others are read by the connection itself.
            let mut used = credentials(uses::connection(&file.spec, &At::file(&file.path)));
            let own = CONNECTION_FIELDS.iter().filter(|name| !ATTACHED_FIELDS.contains(name));
            used.extend(own.map(|name| (*name).to_owned()));
            compare(&file.path, &file.spec.credentials, used);
        }
        for file in specs.model_types.values() {
            let mut used = credentials(uses::model_type(&file.spec, &At::file(&file.path)));
            for protocol in specs.protocols.values() {
                if implemented(specs, &protocol.spec).is_some_and(|(type_, _)| type_.spec.id == file.spec.id) {
                    used.extend(credentials(uses::protocol(&protocol.spec, &At::file(&protocol.path))));
                }
            }
            compare(&file.path, &file.spec.credentials, used);
        }
        for file in specs.protocols.values() {
            let used = credentials(uses::protocol(&file.spec, &At::file(&file.path)));
            compare(&file.path, &file.spec.credentials, used);
        }
        for (path, name) in unused {
            self.report
                .warning(
                    "S4101",
                    At::file(path).key("credentials").key(name).on_key(),
                    format!("the field `{name}` is not used"),
                )
                .label("nothing refers to it")
                .help("users would fill it in for nothing: refer to it, or take it out");
        }
    }

    pub fn unused_specs(&mut self) {
        let specs = self.specs;
        let mut listed: BTreeSet<&str> = BTreeSet::new();
        for file in specs.protocols.values() {
            listed.extend(file.spec.parameters.iter().map(|(name, _)| name.as_str()));
        }
        for (name, file) in specs.parameters.iter().filter(|(name, _)| !listed.contains(name.as_str())) {
            self.report
                .warning(
                    "S4102",
                    At::file(&file.path).key(name).on_key(),
                    format!("the parameter `{name}` is not used"),
                )
                .label("no protocol lists it")
                .help("list it under `parameters:` of a protocol, or take it out");
        }
        let mut offered: BTreeSet<&str> = BTreeSet::new();
        for plugin in specs.plugins.values() {
            offered.extend(plugin.spec.auth.options.iter().map(|(_, option)| option.auth.as_str()));
            offered.extend(plugin.spec.offers.iter().map(|(type_, _)| type_.as_str()));
            let mut protocols = Vec::new();
            plugin.spec.offers.iter().for_each(|(_, node)| leaves(node, &mut protocols));
            offered.extend(protocols);
        }
        let auth = specs.auth.values().map(|file| ("auth method", &file.path, file.spec.id.as_str()));
        let types = specs.model_types.values().map(|file| ("model type", &file.path, file.spec.id.as_str()));
        let protocols = specs.protocols.values().map(|file| ("protocol", &file.path, file.spec.id.as_str()));
        for (what, path, id) in auth.chain(types).chain(protocols).filter(|(_, _, id)| !offered.contains(id)) {
            let plugins: Vec<String> = specs.plugins.values().map(|file| format!("`{}`", file.path)).collect();
            let section = if what == "auth method" { "auth.options" } else { "offers" };
            self.report
                .warning("S4103", At::file(path).key("id"), format!("the {what} `{id}` is used by no plugin"))
                .label("not offered")
                .help(format!("offer it under `{section}` of {}", plugins.join(" or ")));
        }
    }
}
