//! The credential form of each plugin against what the plugin it replaces has stored.

mod ai_gateway;
mod higress;

use codegen::{Sources, compile};
use serde_json::Value as Json;

/// The provider file of a plugin, as generated from the specs of this repository.
fn provider(plugin: &str) -> Json {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = Sources::read(&root).expect("the specs can be read");
    let outputs = compile(&sources).unwrap_or_else(|found| panic!("{}", found.render(&sources, false)));
    let path = format!("generated/packages/{plugin}/provider/{plugin}.yaml");
    serde_yaml::from_slice(&outputs.files[&path]).expect("YAML")
}

/// An entry of the form that users know.
struct Stored {
    variable: &'static str,
    control: &'static str,
    default: Option<&'static str>,
    /// Joined by blanks.
    options: &'static str,
    /// `variable=value`, joined by blanks.
    shown: &'static str,
    en: &'static str,
    zh: Option<&'static str>,
}

fn shown(entry: &Json) -> String {
    let conditions = entry["show_on"].as_array().map_or(&[][..], Vec::as_slice).iter().map(|condition| {
        format!("{}={}", condition["variable"].as_str().unwrap_or("?"), condition["value"].as_str().unwrap_or("?"))
    });
    conditions.collect::<Vec<_>>().join(" ")
}

fn form(provider: &Json) -> &[Json] {
    provider["model_credential_schema"]["credential_form_schemas"].as_array().expect("a form")
}

/// Every entry is there, under the same condition, and has lost no option.
fn check(provider: &Json, stored: &[Stored]) {
    for old in stored {
        let found = form(provider).iter().find(|entry| entry["variable"] == old.variable && shown(entry) == old.shown);
        let entry = found.unwrap_or_else(|| panic!("no `{}` under `{}`", old.variable, old.shown));
        assert_eq!(entry["type"], old.control, "{}", old.variable);
        assert_eq!(entry["default"].as_str(), old.default, "{}", old.variable);
        assert_eq!(entry["label"]["en_US"], old.en, "{}", old.variable);
        assert_eq!(entry["label"]["zh_Hans"].as_str(), old.zh, "{}", old.variable);
        let values: Vec<&str> = entry["options"]
            .as_array()
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .filter_map(|option| option["value"].as_str())
            .collect();
        for option in old.options.split_whitespace() {
            assert!(values.contains(&option), "{} lost its option {option}", old.variable);
        }
    }
}

/// Variable, stored value, label in English and Chinese.
type OptionLabel = (&'static str, &'static str, &'static str, &'static str);

/// Options are called what users know.
fn labels(provider: &Json, known: &[OptionLabel]) {
    for (variable, value, en, zh) in known {
        let options = form(provider).iter().filter(|entry| entry["variable"] == *variable);
        let option = options
            .flat_map(|entry| entry["options"].as_array().into_iter().flatten())
            .find(|option| option["value"] == *value)
            .unwrap_or_else(|| panic!("{variable} lost {value}"));
        let label = (&option["label"]["en_US"], option["label"]["zh_Hans"].as_str().unwrap_or(en));
        assert_eq!(label, (&Json::from(*en), *zh));
    }
}
