//! The Rust of `generated/src`: one module per model type, protocol, auth method and plugin.
//!
//! Every shape is one `quote!`, laid out item by item; what is imported follows from what is used.

mod answers;
mod auth;
mod calls;
mod conditions;
mod connection;
mod credentials;
mod decode;
mod documents;
mod examples;
mod feeds;
mod fields;
mod file;
mod imports;
mod layout;
mod literals;
mod model_type;
mod names;
mod parameters;
mod parts;
mod paths;
mod plugin;
mod protocol;
mod registry;
mod sign;
mod sources;
mod task;
mod terms;
mod values;

use std::collections::BTreeMap;

use crate::Files;
use crate::ir::Ir;
use crate::ir::value::{Entry, Value};
use crate::sources::Sources;

/// Every Rust file, by its path below the root.
pub fn emit(ir: &Ir) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut put = |path: String, file: file::File| files.insert(format!("generated/src/{path}"), file.render());

    let rules: BTreeMap<_, _> =
        ir.model_types.iter().filter_map(|model_type| Some((&model_type.id, parameters::file(model_type)?))).collect();
    put("lib.rs".to_owned(), registry::library());
    for (folder, about, ids) in [
        ("auth", "How a caller proves who it is: one module per auth method.", ids(&ir.auth, |auth| &auth.id)),
        (
            "model_types",
            "Dify's side: inputs, outputs and credentials of each model type.",
            ids(&ir.model_types, |m| &m.id),
        ),
        ("plugins", "One static table per plugin.", ids(&ir.plugins, |plugin| &plugin.id)),
        ("protocols", "The endpoint's side: one module per protocol.", ids(&ir.protocols, |protocol| &protocol.id)),
        (
            "rules",
            "What a call may set: the parameters that protocols list, once for each model type.",
            rules.keys().map(|id| id.as_str()).collect(),
        ),
    ] {
        put(format!("{folder}/mod.rs"), registry::modules(about, &ids));
    }
    for auth in &ir.auth {
        put(path("auth", &auth.id), auth::file(auth));
    }
    if let Some(connection) = &ir.connection {
        put("connection.rs".to_owned(), connection::file(connection));
    }
    for model_type in &ir.model_types {
        put(path("model_types", &model_type.id), model_type::file(model_type));
    }
    for (id, file) in rules {
        put(path("rules", id), file);
    }
    for protocol in &ir.protocols {
        put(path("protocols", &protocol.id), protocol::file(ir, protocol));
    }
    for plugin in &ir.plugins {
        put(path("plugins", &plugin.id), plugin::file(ir, plugin));
        put(format!("bin/{}.rs", plugin.id), registry::executable(plugin));
    }
    files
}

/// The assets that are compiled in, by path below the root.
pub fn assets(ir: &Ir, sources: &Sources) -> Files {
    let data = ir.plugins.iter().flat_map(|plugin| &plugin.probes).flat_map(|probe| &probe.data);
    data.filter_map(|entry| {
        let Entry::Member { value: Value::Recording(asset), .. } = entry else { return None };
        let content = sources.bytes(&format!("specs/assets/{asset}"))?;
        Some((format!("generated/src/assets/{asset}"), content.to_vec()))
    })
    .collect()
}

fn ids<T>(specs: &[T], id: impl Fn(&T) -> &String) -> Vec<&str> {
    specs.iter().map(|spec| id(spec).as_str()).collect()
}

fn path(folder: &str, id: &str) -> String {
    format!("{folder}/{}.rs", names::snake(id).to_string().trim_start_matches("r#"))
}
