//! Credential fields as one plugin has them: declaration, then the plugin's overrides, key by key.
//!
//! Does not know which field is shown where.

use serde_json::Value as Json;

use crate::ast::{Field, FieldType, Plugin, Specs};
use crate::ir::auth::literal;
use crate::ir::package::{Choice, Control, Text};

/// A field with the plugin's overrides applied.
pub(super) struct Bound {
    /// `connection`, or the id of an auth method, model type or protocol.
    pub group: String,
    pub name: String,
    pub field: Field,
    /// Logical option and stored word, in the order of the declaration; without the options the plugin leaves out.
    pub words: Vec<(String, String)>,
    /// Shares the value and the form entry of another field.
    pub shared: bool,
}

impl Bound {
    /// `<group>.<field>`.
    pub fn id(&self) -> String {
        format!("{}.{}", self.group, self.name)
    }

    /// The stored name.
    pub fn variable(&self, specs: &Specs) -> String {
        match &self.field.variable {
            Some(variable) => variable.clone(),
            None if specs.auth.contains_key(&self.group) => format!("{}_{}", self.group, self.name),
            None => self.name.clone(),
        }
    }

    /// The stored word of a logical value.
    pub fn word(&self, logical: &str) -> Option<&str> {
        self.words.iter().find(|(option, _)| option == logical).map(|(_, word)| word.as_str())
    }

    pub fn label(&self) -> Text {
        self.field.label.as_ref().map_or_else(|| Text::all(&self.name), Text::from)
    }

    pub fn in_form(&self) -> bool {
        self.field.form != Some(false) && !self.shared
    }

    pub fn control(&self) -> Control {
        match self.field.type_ {
            Some(FieldType::Secret | FieldType::SigningKey) => Control::SecretInput,
            Some(FieldType::Flag) => Control::Select,
            _ if self.field.options.is_some() => Control::Select,
            _ => Control::TextInput,
        }
    }

    /// The default as it would be stored.
    pub fn default(&self) -> Option<String> {
        if self.field.type_ == Some(FieldType::Flag) {
            let on = self.field.default == Some(Json::Bool(true));
            return self.word(if on { "true" } else { "false" }).map(str::to_owned);
        }
        let default = literal(self.field.default.as_ref()?);
        if self.field.options.is_some() { self.word(&default).map(str::to_owned) } else { Some(default) }
    }

    /// The options of a select.
    pub fn choices(&self) -> Vec<Choice> {
        self.words
            .iter()
            .map(|(option, word)| {
                let label = match &self.field.options {
                    Some(options) => options
                        .iter()
                        .find(|(name, _)| name == option)
                        .and_then(|(_, label)| label.as_ref())
                        .map_or_else(|| Text::all(word), Text::from),
                    None => flag_label(word, option == "true"),
                };
                Choice { value: word.clone(), label }
            })
            .collect()
    }
}

/// Every field of a group as the plugin has it, in the order declared.
pub(super) fn bind(specs: &Specs, plugin: &Plugin, group: &str) -> Vec<Bound> {
    let declared = match (specs.auth.get(group), specs.model_types.get(group), specs.protocols.get(group)) {
        (Some(file), _, _) => &file.spec.credentials,
        (_, Some(file), _) => &file.spec.credentials,
        (_, _, Some(file)) => &file.spec.credentials,
        _ => match &specs.connection {
            Some(file) if group == "connection" => &file.spec.credentials,
            _ => return Vec::new(),
        },
    };
    declared
        .iter()
        .map(|(name, field)| {
            let id = format!("{group}.{name}");
            let over = plugin.credentials.iter().find(|(other, _)| *other == id).map(|(_, over)| over);
            let field = over.map_or_else(|| field.clone(), |over| field.with(&over.field));
            let words = words(&field, over.and_then(|over| over.stored.as_ref()));
            let shared = over.is_some_and(|over| over.same_as.is_some());
            Bound { group: group.to_owned(), name: name.clone(), field, words, shared }
        })
        .collect()
}

fn words(field: &Field, stored: Option<&Vec<(String, String)>>) -> Vec<(String, String)> {
    if field.type_ == Some(FieldType::Flag) {
        return [("true", &field.enabled), ("false", &field.disabled)]
            .into_iter()
            .filter_map(|(option, word)| Some((option.to_owned(), word.clone()?)))
            .collect();
    }
    let options = field.options.iter().flatten();
    match stored {
        None => options.map(|(option, _)| (option.clone(), option.clone())).collect(),
        Some(stored) => {
            options.filter_map(|(option, _)| stored.iter().find(|(logical, _)| logical == option).cloned()).collect()
        }
    }
}

/// Labels of a flag's two words: what the words mean where that is known, else whether something is supported.
fn flag_label(word: &str, on: bool) -> Text {
    let (yes, no) = match word {
        "use" | "not_use" => (("Use", "使用"), ("Not Use", "不使用")),
        "enabled" | "disabled" => (("Enabled", "启用"), ("Disabled", "禁用")),
        _ => (("Support", "支持"), ("Not Support", "不支持")),
    };
    let (en, zh) = if on { yes } else { no };
    Text::en_zh(en, zh)
}
