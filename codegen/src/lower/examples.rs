//! Examples of protocols and auth methods, with names that are unique in their spec.

use serde_json::Value as Json;

use super::{fields, spelling};
use crate::ast::{self, Map};
use crate::ir::{auth, protocol};

/// The examples of a protocol; `model_type` is the group of the credentials that are not the protocol's own.
pub fn of_protocol(model_type: &str, spec: &ast::Protocol) -> Vec<protocol::Example> {
    let examples = &spec.examples;
    let own = |name: &str| spec.credentials.iter().any(|(field, _)| field == name);
    let group = |name: &str| if own(name) { &*spec.id } else { model_type };
    let names = names(examples.iter().map(|example| example.name.as_deref()));
    let lower = |(example, name): (&ast::Example, String)| protocol::Example {
        name,
        input: example.input.to_string(),
        parameters: example.parameters.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
        credentials: credentials(group, &example.credentials),
        headers: example.headers.clone(),
        sends: example.sends.to_string(),
        receives: example.receives.as_ref().map(Json::to_string),
        streams: example.streams.as_ref().map(|events| events.iter().map(Json::to_string).collect()),
        polls: example.polls.as_ref().map(|polls| polls.iter().map(Json::to_string).collect()),
        yields: example.yields.to_string(),
    };
    examples.iter().zip(names).map(lower).collect()
}

pub fn of_auth(group: &str, examples: &[ast::AuthExample]) -> Vec<auth::Example> {
    let names = names(examples.iter().map(|example| example.name.as_deref()));
    let lower = |(example, name): (&ast::AuthExample, String)| auth::Example {
        name,
        credentials: credentials(|_| group, &example.credentials),
        method: example.method.clone(),
        url: example.url.clone(),
        headers: example.headers.clone(),
        body: example.body.clone(),
        adds_headers: example.adds_headers.clone(),
        adds_query: example.adds_query.clone(),
    };
    examples.iter().zip(names).map(lower).collect()
}

fn credentials<'a>(group: impl Fn(&str) -> &'a str, given: &Map<Json>) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| (format!("{}.{name}", group(name)), fields::example(value))).collect()
}

fn names<'a>(given: impl Iterator<Item = Option<&'a str>>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (number, name) in (1..).zip(given) {
        let name = name.map_or_else(|| format!("example {number}"), str::to_owned);
        let taken = names.iter().any(|other| spelling(other) == spelling(&name));
        names.push(if taken { format!("{name} example {number}") } else { name });
    }
    names
}
