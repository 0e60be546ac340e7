//! What an editor must find in a schema.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::*;
use crate::catalogue;
use crate::sources::Sources;

fn read(kind: &str) -> Json {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace");
    let sources = Sources::read(root).expect("the specs are readable");
    let schemas = schemas(&crate::parse(&sources).expect("the specs parse"));
    let text = schemas.get(&format!("generated/schema/{kind}.schema.json")).expect("every kind has a schema");
    serde_json::from_slice(text).expect("a schema is JSON")
}

#[test]
fn a_schema_is_as_strict_as_the_reader() {
    for kind in ["plugin", "model_type", "protocol", "auth", "connection"] {
        assert_eq!(read(kind)["additionalProperties"], json!(false), "{kind}");
    }
    assert_eq!(read("protocol")["required"], json!(["id", "implements", "shape", "request", "examples"]));
}

/// Keys and types without a description: `definition.key`.
fn undescribed(schema: &Json) -> Vec<String> {
    let definitions = schema["definitions"].as_object().into_iter().flatten();
    // Those in lower case are references of places, which say nothing of keys.
    let definitions = definitions.filter(|(name, _)| name.starts_with(char::is_uppercase));
    let all = definitions.map(|(name, schema)| (name.as_str(), schema)).chain([("", schema)]);
    let mut found = Vec::new();
    for (name, schema) in all.filter(|(_, schema)| schema.is_object()) {
        // A table of parameters has no keys of its own.
        if schema["description"].is_null() && !(name.is_empty() && schema["properties"].is_null()) {
            found.push(name.to_owned());
        }
        let keys = schema["properties"].as_object().into_iter().flatten();
        let silent = |(_, schema): &(&String, &Json)| schema["description"].is_null();
        found.extend(keys.filter(silent).map(|(key, _)| format!("{name}.{key}")));
        let words = schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|word| word["const"].is_string() && word["description"].is_null());
        found.extend(words.map(|word| format!("{name}: {word}")));
        if schema["type"] == "string" && schema["enum"].is_array() {
            found.push(format!("{name}: {}", schema["enum"]));
        }
    }
    found
}

#[test]
fn every_key_type_and_word_is_described() {
    for kind in ["plugin", "model_type", "protocol", "auth", "connection", "parameters"] {
        assert_eq!(undescribed(&read(kind)), Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn closed_lists_reach_the_editor() {
    let protocol = read("protocol");
    assert_eq!(protocol["properties"]["features"]["items"]["enum"], json!(catalogue::FEATURES));
    let call = &protocol["definitions"]["Call"]["anyOf"][1]["properties"]["openai_messages"];
    assert_eq!(call["properties"]["calls"]["anyOf"][0]["enum"], json!(["functions", "tools", "none"]));
    assert!(call["description"].as_str().is_some_and(|text| text.starts_with("`list<message> -> json`")));
}

#[test]
fn references_are_those_of_the_model_type() {
    let protocol = read("protocol");
    let known = |name: &str| protocol["definitions"][name]["anyOf"][0]["enum"].as_array().expect("a list").clone();
    let rerank = known("rerank.invoke_rerank.request.reference");
    assert!(rerank.contains(&json!("$input.docs")) && rerank.contains(&json!("$credential.score_scale")));
    assert!(!rerank.contains(&json!("$input.texts")));
    assert!(known("rerank.invoke_multimodal_rerank.request.reference").contains(&json!("$input.query.content")));
}
