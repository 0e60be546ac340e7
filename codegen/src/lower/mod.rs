//! `ast` -> `ir`: resolves references, types them, layers declarations and puts everything in its final order.
//!
//! It runs after all checks and cannot fail. Where a check should have refused something, it leaves that thing out.

mod auth;
mod conditions;
mod connection;
mod converters;
mod decode;
mod documents;
mod examples;
mod fields;
mod model_type;
pub mod package;
mod parameters;
mod plugin;
mod protocol;
mod scope;
mod types;
mod values;

use crate::ast::{Member, Specs, Value};
use crate::ir::{Ir, Origin};

/// What the specs mean.
pub fn lower(specs: &Specs) -> Ir {
    Ir {
        model_types: specs.model_types.values().map(|file| model_type::lower(specs, file)).collect(),
        protocols: specs.protocols.values().filter_map(|file| protocol::lower(specs, file)).collect(),
        auth: specs.auth.values().map(|file| auth::lower(specs, file)).collect(),
        connection: specs.connection.as_ref().map(|file| connection::lower(specs, file)),
        plugins: specs.plugins.values().map(|file| plugin::lower(specs, file)).collect(),
        packages: package::lower(specs),
    }
}

/// The member under which a document that is a list is read; `runtime::reply::document` has the same name for it.
pub const WHOLE_LIST: &str = "$list";

/// A name without case and punctuation: two names that share it would be one name in Rust.
pub fn spelling(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn origin(spec: &str, about: Option<&String>, otherwise: String) -> Origin {
    Origin { spec: spec.to_owned(), about: about.map_or(otherwise, |about| about.trim().to_owned()) }
}

/// The JSON of a value that holds no reference.
fn literal(value: &Value) -> Option<serde_json::Value> {
    match value {
        Value::Literal(json) => Some(json.clone()),
        Value::Ref(_) => None,
        Value::List(items) => items.iter().map(literal).collect::<Option<Vec<_>>>().map(Into::into),
        Value::Mapping(mapping) => {
            let mapping = &**mapping;
            if mapping.when.is_some() || !mapping.from.is_empty() || !mapping.each.is_empty() {
                return None;
            }
            if let Some(json) = &mapping.literal {
                return Some(json.clone());
            }
            let members = mapping.members.iter().map(|member| match member {
                Member::Named(name, value) => Some((name.clone(), literal(value)?)),
                Member::Merge(_) => None,
            });
            members.collect::<Option<serde_json::Map<_, _>>>().map(Into::into)
        }
    }
}
