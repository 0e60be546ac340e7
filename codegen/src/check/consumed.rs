//! What the request of a protocol does with its own fields and with its parameters; lowering asks too.

use std::collections::BTreeSet;

use crate::ast::{Protocol, Ref, Value};
use crate::catalogue::Site;
use crate::diagnostics::At;

use super::uses::{self, Role};
use super::values;

/// The fields of its own that a protocol tests or maps, so that each of their options counts.
pub fn told_apart(spec: &Protocol) -> BTreeSet<&str> {
    let uses = uses::protocol(spec, &At::file(""));
    let tested = uses.into_iter().filter(|used| used.role == Role::Test).map(|used| used.reference);
    let mut found: Vec<&Ref> = tested.collect();
    let request = &spec.request;
    let named = request.headers.iter().chain(&request.query).chain(request.parts.iter().flatten());
    let values = named.map(|(_, value)| value).chain(&request.body);
    for value in values {
        values::each(value, &At::file(""), &mut |value, _| {
            if let Value::Mapping(mapping) = value
                && mapping.map.is_some()
            {
                found.extend(&mapping.from);
            }
        });
    }
    let own = |name: &str| spec.credentials.iter().any(|(field, _)| field == name);
    let credentials = found.into_iter().filter(|reference| reference.root == "credential");
    credentials.filter_map(|reference| reference.path.first().map(String::as_str)).filter(|name| own(name)).collect()
}

/// The parameters that no reference of the request consumes, not even a test, so that `$merge: $param` carries them.
pub fn merged_parameters(spec: &Protocol) -> Vec<&str> {
    let consumed: BTreeSet<&Ref> = uses::protocol(spec, &At::file(""))
        .into_iter()
        .filter(|used| used.site == Site::Request && used.reference.root == "param" && used.role != Role::Merge)
        .map(|used| used.reference)
        .collect();
    let free =
        |name: &&str| !consumed.iter().any(|reference| reference.path.first().is_some_and(|first| first == name));
    spec.parameters.iter().map(|(name, _)| name.as_str()).filter(free).collect()
}
