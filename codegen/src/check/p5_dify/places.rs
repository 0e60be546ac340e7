//! Where in the specs a part of the derived form was written.

use crate::ast::{Field, Plugin, Specs};
use crate::diagnostics::At;
use crate::ir::package::Source;

/// Finds places for one plugin.
pub(super) struct Places<'a> {
    specs: &'a Specs,
    file: &'a str,
    plugin: &'a Plugin,
}

impl<'a> Places<'a> {
    pub(super) fn new(specs: &'a Specs, file: &'a str, plugin: &'a Plugin) -> Self {
        Places { specs, file, plugin }
    }

    /// A key of the plugin file.
    pub(super) fn plugin(&self, key: &str) -> At {
        At::file(self.file).key(key)
    }

    /// A key of what a form entry comes from: the plugin's word if it says the key, else the declaration's.
    pub(super) fn entry(&self, source: &Source, key: &str) -> At {
        match source {
            Source::Auth => self.plugin("auth").key(if key == "variable" { "select" } else { key }),
            Source::Selector { model_type, path } => {
                let mut at = self.plugin("offers").key(model_type.as_str());
                for value in path {
                    at = at.key("options").key(value.as_str());
                }
                at.key(if key == "variable" { "select" } else { key })
            }
            Source::Field { group, field } => self.field(group, field, key),
        }
    }

    fn field(&self, group: &str, field: &str, key: &str) -> At {
        let id = format!("{group}.{field}");
        let over = self.plugin.credentials.iter().find(|(other, _)| *other == id).map(|(_, over)| over);
        if key == "options" && over.is_some_and(|over| over.stored.is_some()) {
            return self.plugin("credentials").key(id).key("stored");
        }
        if let Some(key) = over.and_then(|over| said(&over.field, key)) {
            return self.plugin("credentials").key(id).key(key);
        }
        let (file, declared) = self.declared(group);
        let at = At::file(file).key("credentials").key(field);
        match declared.iter().find(|(other, _)| other == field).and_then(|(_, declared)| said(declared, key)) {
            Some(key) => at.key(key),
            None => at.on_key(),
        }
    }

    fn declared(&self, group: &str) -> (&str, &[(String, Field)]) {
        let Specs { auth, model_types, protocols, connection, .. } = self.specs;
        if let Some(file) = auth.get(group) {
            (&file.path, &file.spec.credentials)
        } else if let Some(file) = model_types.get(group) {
            (&file.path, &file.spec.credentials)
        } else if let Some(file) = protocols.get(group) {
            (&file.path, &file.spec.credentials)
        } else if let Some(file) = connection {
            (&file.path, &file.spec.credentials)
        } else {
            (self.file, &[])
        }
    }
}

/// The key that says it, if one does: a flag says its options with `enabled` and `disabled`.
fn said(field: &Field, key: &str) -> Option<&'static str> {
    match key {
        "variable" => field.variable.as_ref().map(|_| "variable"),
        "label" => field.label.as_ref().map(|_| "label"),
        "placeholder" => field.placeholder.as_ref().map(|_| "placeholder"),
        "help" => field.help.as_ref().map(|_| "help"),
        "default" => field.default.as_ref().map(|_| "default"),
        "options" if field.options.is_some() => Some("options"),
        "options" => field.enabled.as_ref().map(|_| "enabled"),
        _ => None,
    }
}
