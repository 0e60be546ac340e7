//! JSON Schemas for editors, one per kind of spec: the keys from the structs that read the specs, the closed lists from
//! the tables that the checks use, ids, fields and references from the specs themselves.
//!
//! Looser than the checks, never stricter. What a file may add itself (its own fields, what a task keeps) is accepted by
//! its form; what stands in another file must be in the schema, so a schema is as fresh as the last `cargo gen`.

mod forms;
mod references;
mod tree;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

pub use forms::{by_feature, by_property, features, finisher, template, value_table};

use crate::ast::{self, Specs};

/// Adds what the specs say.
type Complete = fn(&Specs, &mut Json);

/// `generated/schema/<kind>.schema.json` for every kind.
pub fn schemas(specs: &Specs) -> BTreeMap<String, Vec<u8>> {
    let kinds: [(&str, Json, Complete); 6] = [
        ("plugin", keys::<ast::Plugin>("plugin"), tree::plugin),
        ("model_type", keys::<ast::ModelType>("model_type"), tree::model_type),
        ("protocol", keys::<ast::Protocol>("protocol"), tree::protocol),
        ("auth", keys::<ast::Auth>("auth"), tree::auth),
        ("connection", keys::<ast::Connection>("connection"), tree::connection),
        ("parameters", keys::<BTreeMap<String, ast::Parameter>>("parameters"), |_, _| {}),
    ];
    let file = |(kind, mut schema, complete): (&str, Json, Complete)| {
        complete(specs, &mut schema);
        tidy(&mut schema);
        let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
        text.push('\n');
        (format!("generated/schema/{kind}.schema.json"), text.into_bytes())
    };
    kinds.into_iter().map(file).collect()
}

/// What the structs say.
fn keys<T: JsonSchema>(kind: &str) -> Json {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Json::from(format!("{kind} spec")));
    schema.to_value()
}

/// A key that may be left out is not one that may be empty; what editors show as Markdown is given to them as that.
fn tidy(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(tidy),
        Json::Object(members) => {
            if let Some(Json::Object(properties)) = members.get_mut("properties") {
                properties.values_mut().for_each(without_null);
            }
            if let Some(text) = members.get("description").and_then(Json::as_str)
                && text.contains('`')
            {
                let text = Json::from(text);
                members.insert("markdownDescription".to_owned(), text);
            }
            // Editors show the description that they meet first: that of the key, not of its type.
            let description = members.get("description").filter(|text| text.is_string()).cloned();
            if let (Some(description), Some(Json::Array(all))) = (description, members.get_mut("allOf"))
                && all.iter().any(|schema| schema["$ref"].is_string() || schema["anyOf"].is_array())
            {
                all.insert(0, serde_json::json!({ "description": description }));
            }
            members.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

fn without_null(schema: &mut Json) {
    let Some(members) = schema.as_object_mut() else { return };
    if let Some(Json::Array(types)) = members.get_mut("type")
        && types.len() == 2
        && let Some(null) = types.iter().position(|name| name == "null")
    {
        types.remove(null);
        let only = types.remove(0);
        members.insert("type".to_owned(), only);
    }
    if let Some(Json::Array(forms)) = members.get_mut("anyOf") {
        forms.retain(|form| form["type"] != "null");
        if let [_] = forms.as_slice()
            && let Some(only) = members.remove("anyOf")
        {
            members.insert("allOf".to_owned(), only);
        }
    }
}

#[cfg(test)]
mod tests;
