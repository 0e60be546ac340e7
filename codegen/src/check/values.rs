//! Looking through values: the literals, the converter calls and the conditions in them.

use serde_json::Value as Json;

use crate::ast::{Argument, Call, Cond, Member, Value};
use crate::diagnostics::At;

/// Calls `visit` for a value and every value inside it.
pub fn each<'s>(value: &'s Value, at: &At, visit: &mut dyn FnMut(&'s Value, &At)) {
    visit(value, at);
    match value {
        Value::List(items) => items.iter().enumerate().for_each(|(index, item)| each(item, &at.index(index), visit)),
        Value::Mapping(mapping) => {
            if let Some(value) = &mapping.yield_ {
                each(value, &at.key("$yield"), visit);
            }
            for member in &mapping.members {
                match member {
                    Member::Named(name, value) => each(value, &at.key(name), visit),
                    Member::Merge(values) => {
                        let at = at.key("$merge");
                        values.iter().enumerate().for_each(|(index, value)| each(value, &at.index(index), visit));
                    }
                }
            }
        }
        Value::Literal(_) | Value::Ref(_) => {}
    }
}

/// The converter calls of a value.
pub fn calls<'s>(value: &'s Value, at: &At) -> Vec<(&'s Call, At)> {
    let mut found = Vec::new();
    each(value, at, &mut |value, at| {
        if let Value::Mapping(mapping) = value
            && let Some(call) = &mapping.as_
        {
            found.push((call, at.key("$as")));
        }
    });
    found
}

/// The literals that a value may become.
pub fn literals<'s>(value: &'s Value, at: &At) -> Vec<(&'s Json, At)> {
    let mut found = Vec::new();
    each(value, at, &mut |value, at| match value {
        Value::Literal(literal) => found.push((literal, at.clone())),
        Value::Mapping(mapping) => {
            found.extend(mapping.literal.iter().map(|literal| (literal, at.key("$literal"))));
            found.extend(mapping.default.iter().map(|literal| (literal, at.key("$default"))));
            let rows = mapping.map.iter().flatten();
            found.extend(rows.map(|(word, literal)| (literal, at.key("$map").key(word))));
        }
        Value::Ref(_) | Value::List(_) => {}
    });
    found
}

/// The conditions of a value, also those of arguments.
pub fn conds<'s>(value: &'s Value, at: &At) -> Vec<(&'s Cond, At)> {
    let mut found = Vec::new();
    each(value, at, &mut |value, at| {
        let Value::Mapping(mapping) = value else { return };
        if let Some(cond) = &mapping.when {
            found.push((cond, at.key("$when")));
        }
        let Some(call) = &mapping.as_ else { return };
        for (name, argument) in &call.arguments {
            if let Argument::Ref { when: Some(cond), .. } = argument {
                found.push((cond, at.key("$as").key(&call.name).key(name).key("$when")));
            }
        }
    });
    found
}
