//! The declaration that an executable carries for a daemon that has no package: the package's own YAML, read back and
//! written as JSON. Nothing in it comes from anywhere else.

use serde_json::{Value, json};

use crate::Files;
use crate::ir::package::Package;

/// Path of the manifest's JSON.
pub fn manifest_path(plugin: &str) -> String {
    format!("{}/manifest.json", folder(plugin))
}

/// Path of the provider's JSON.
pub fn provider_path(plugin: &str) -> String {
    format!("{}/provider.json", folder(plugin))
}

fn folder(plugin: &str) -> String {
    format!("generated/declarations/{plugin}")
}

/// Both documents of one package, by path from the root. `files` are the package's.
pub(super) fn emit(package: &Package, files: &Files) -> Files {
    let manifest = read(files, "manifest.yaml");
    let mut provider = read(files, &format!("provider/{}.yaml", package.name));
    // YAML names the files of models, JSON holds the models themselves: the daemon cannot decode it without the list.
    provider["models"] = json!([]);
    Files::from([(manifest_path(&package.name), write(&manifest)), (provider_path(&package.name), write(&provider))])
}

fn read(files: &Files, path: &str) -> Value {
    let yaml = files.get(path).map(Vec::as_slice).unwrap_or_default();
    match serde_yaml::from_slice(yaml) {
        Ok(value) => value,
        // Templates are part of this program and what they make is read by its tests: this is our own bug.
        Err(error) => panic!("{path}: {error}"),
    }
}

fn write(document: &Value) -> Vec<u8> {
    format!("{document:#}\n").into_bytes()
}
