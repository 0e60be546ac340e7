//! Which parameters a request refers to by name; `$merge: $param` carries the others.

use std::collections::BTreeSet;

use crate::ast::{Argument, Cond, Map, Mapping, Member, OrRef, Path, Ref, Request, Value};

/// Names of the parameters that some reference of the request consumes, tests included.
pub fn consumed(request: &Request) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Path::Segments(segments) = &request.path {
        for segment in segments {
            if let OrRef::Ref(reference) = segment {
                visit(&mut found, reference);
            }
        }
    }
    for (_, value) in request.headers.iter().chain(&request.query) {
        values(&mut found, value);
    }
    if let Some(body) = &request.body {
        values(&mut found, body);
    }
    found
}

fn visit(found: &mut BTreeSet<String>, reference: &Ref) {
    if let ("param", Some(name)) = (reference.root.as_str(), reference.path.first()) {
        found.insert(name.clone());
    }
}

fn values(found: &mut BTreeSet<String>, value: &Value) {
    match value {
        Value::Literal(_) => {}
        Value::Ref(reference) => visit(found, reference),
        Value::List(items) => items.iter().for_each(|item| values(found, item)),
        Value::Mapping(mapping) => in_mapping(found, mapping),
    }
}

fn in_mapping(found: &mut BTreeSet<String>, mapping: &Mapping) {
    condition(found, mapping.when.as_ref());
    mapping.from.iter().chain(&mapping.each).for_each(|reference| visit(found, reference));
    if let Some(value) = &mapping.yield_ {
        values(found, value);
    }
    if let Some(call) = &mapping.as_ {
        arguments(found, &call.arguments);
    }
    for member in &mapping.members {
        match member {
            Member::Named(_, value) => values(found, value),
            Member::Merge(references) => references.iter().for_each(|reference| visit(found, reference)),
        }
    }
}

fn arguments(found: &mut BTreeSet<String>, arguments: &Map<Argument>) {
    for (_, argument) in arguments {
        if let Argument::Ref { when, from } = argument {
            condition(found, when.as_ref());
            from.iter().for_each(|reference| visit(found, reference));
        }
    }
}

fn condition(found: &mut BTreeSet<String>, cond: Option<&Cond>) {
    for (reference, _) in cond.iter().flat_map(|cond| &cond.tests) {
        visit(found, reference);
    }
}
