//! For each converter and finisher the first use of it in the specs, written as YAML.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::ast::{Argument, Call, Cond, Derived, Mapping, Member, Property, Ref, Specs, Test, Value};
use crate::draft::layout;

/// By name: the file, and the member that shows it.
pub fn of(specs: &Specs) -> BTreeMap<String, (String, String)> {
    let mut found = Found(BTreeMap::new());
    for file in specs.protocols.values() {
        let spec = &file.spec;
        let request = [("body", spec.request.body.as_ref()), ("reply", spec.reply.as_ref())];
        for (name, value) in request.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))) {
            found.value(&file.path, name, value);
        }
        for rule in spec.stream.iter().flat_map(|stream| &stream.events) {
            found.value(&file.path, "emit", &rule.emit);
        }
    }
    for file in specs.model_types.values() {
        let actions = [&file.spec.main].into_iter().chain(file.spec.also.iter().map(|(_, action)| action));
        for action in actions {
            action.derived.iter().for_each(|(name, value)| found.derived(&file.path, name, value));
            if let Some(call) = &action.finish {
                found.put(&file.path, call, "finish", &called(call));
            }
        }
        for (name, property) in &file.spec.schema.properties {
            if let Property::Derived(derived) = property {
                found.derived(&file.path, name, derived);
            }
        }
    }
    found.0
}

struct Found(BTreeMap<String, (String, String)>);

impl Found {
    fn put(&mut self, path: &str, call: &Call, name: &str, value: &Json) {
        let text = || {
            let mut text = String::new();
            layout::member(name, value, 0, &mut text);
            (path.to_owned(), text.trim_end().to_owned())
        };
        self.0.entry(call.name.clone()).or_insert_with(text);
    }

    fn derived(&mut self, path: &str, name: &str, derived: &Derived) {
        let json = serde_json::json!({ "$from": derived.from.to_string(), "$as": called(&derived.as_) });
        self.put(path, &derived.as_, name, &json);
    }

    fn value(&mut self, path: &str, name: &str, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.value(path, name, item)),
            Value::Mapping(mapping) => {
                if let Some(call) = &mapping.as_ {
                    self.put(path, call, name, &mapped(mapping));
                }
                if let Some(value) = &mapping.yield_ {
                    self.value(path, name, value);
                }
                for member in &mapping.members {
                    match member {
                        Member::Named(name, value) => self.value(path, name, value),
                        Member::Merge(values) => values.iter().for_each(|value| self.value(path, "$merge", value)),
                    }
                }
            }
            Value::Literal(_) | Value::Ref(_) => {}
        }
    }
}

fn written(value: &Value) -> Json {
    match value {
        Value::Literal(json) => json.clone(),
        Value::Ref(reference) => reference.to_string().into(),
        Value::List(items) => items.iter().map(written).collect(),
        Value::Mapping(mapping) => mapped(mapping),
    }
}

fn mapped(mapping: &Mapping) -> Json {
    let mut json = Map::new();
    let mut put = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            json.insert(key.to_owned(), value);
        }
    };
    put("$when", mapping.when.as_ref().map(tested));
    put("$from", list(&mapping.from));
    put("$each", list(&mapping.each));
    put("$yield", mapping.yield_.as_ref().map(written));
    put("$as", mapping.as_.as_ref().map(called));
    put("$map", mapping.map.as_ref().map(|rows| rows.iter().cloned().collect::<Map<_, _>>().into()));
    put("$default", mapping.default.clone());
    put("$literal", mapping.literal.clone());
    for member in &mapping.members {
        match member {
            Member::Named(name, value) => put(name, Some(written(value))),
            Member::Merge(values) => put("$merge", one_or_all(values.iter().map(written).collect())),
        }
    }
    json.into()
}

fn list(references: &[Ref]) -> Option<Json> {
    one_or_all(references.iter().map(|reference| reference.to_string().into()).collect())
}

fn one_or_all(mut values: Vec<Json>) -> Option<Json> {
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(values.into()),
    }
}

fn tested(cond: &Cond) -> Json {
    let test = |(reference, test): &(Ref, Test)| {
        let test = match test {
            Test::Truthy => return (reference.to_string(), Json::Null),
            Test::Present => "$present".into(),
            Test::Absent => "$absent".into(),
            Test::OneOf(words) => one_or_all(words.clone()).unwrap_or_default(),
        };
        (reference.to_string(), test)
    };
    match cond.tests.as_slice() {
        [(reference, Test::Truthy)] => reference.to_string().into(),
        tests => Json::Object(tests.iter().map(test).collect()),
    }
}

fn called(call: &Call) -> Json {
    if call.arguments.is_empty() {
        return call.name.clone().into();
    }
    let argument = |(name, argument): &(String, Argument)| {
        let value = match argument {
            Argument::Literal(json) => json.clone(),
            Argument::Ref { when, from } => match (when, list(from).unwrap_or_default()) {
                (None, from) => from,
                (Some(cond), from) => serde_json::json!({ "$when": tested(cond), "$from": from }),
            },
        };
        (name.clone(), value)
    };
    let arguments: Map<String, Json> = call.arguments.iter().map(argument).collect();
    serde_json::json!({ call.name.clone(): arguments })
}
