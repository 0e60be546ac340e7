//! Of p3: choices and shared fields of a plugin agree with themselves.

use crate::ast::{Field, FieldOverride, FieldType, Node, Plugin, Specs, Unlisted};
use crate::diagnostics::At;

use super::Checking;
use super::scope::find;

impl Checking<'_> {
    /// What the offers and the shared fields of a plugin say.
    pub fn offers(&mut self, plugin: &Plugin, root: &At) {
        for (model_type, node) in &plugin.offers {
            self.choice(node, &root.key("offers").key(model_type), true);
        }
        for (id, changed) in &plugin.credentials {
            let Some(other) = &changed.same_as else { continue };
            let at = root.key("credentials").key(id);
            let alone = FieldOverride { same_as: changed.same_as.clone(), ..FieldOverride::default() };
            if *changed != alone {
                self.report
                    .error("S3012", at.on_key(), format!("`{id}` says more than `same_as`"))
                    .label("the other keys have no effect")
                    .help(format!("it is stored, read and shown as `{other}` is: take either them or `same_as` out"));
            }
            self.shared(plugin, id, other, at.key("same_as"));
        }
    }

    fn choice(&mut self, node: &Node, at: &At, outermost: bool) {
        let Node::Branch(branch) = node else { return };
        if outermost && branch.option.is_some() {
            self.report
                .error("S3012", at.key("option").on_key(), "no option leads to the first choice of a model type")
                .label("names nothing")
                .help("`label` names the choice; `option` is for a choice below another one");
        }
        if branch.form && branch.unlisted == Unlisted::Default {
            self.report
                .error("S3012", at.key("unlisted").on_key(), "a selector in the form has listed values only")
                .label("does not go together")
                .help("add `form: false`: this is for a choice by a text that is stored for something else");
        }
        for (value, node) in &branch.options {
            self.choice(node, &at.key("options").key(value), false);
        }
    }

    /// A shared value is read as what it is.
    fn shared(&mut self, plugin: &Plugin, id: &str, other: &str, at: At) {
        let (Some(mine), Some(theirs)) = (declared(self.specs, id), declared(self.specs, other)) else { return };
        if find(&plugin.credentials, other).is_some_and(|changed| changed.same_as.is_some()) {
            self.report
                .error("S3012", at, format!("`{other}` shares the value of a third field"))
                .label("not a field of its own")
                .help("name that third field");
        } else if kind(mine) != kind(theirs) {
            self.report
                .error("S3012", at, format!("`{id}` and `{other}` have different types or options"))
                .label("cannot have one value")
                .help("share the value of a field of the same type, or store this one under a name of its own");
        }
    }
}

fn kind(field: &Field) -> (FieldType, Vec<&str>) {
    let options = field.options.iter().flatten().map(|(option, _)| option.as_str()).collect();
    (field.type_.unwrap_or(FieldType::String), options)
}

fn declared<'s>(specs: &'s Specs, id: &str) -> Option<&'s Field> {
    let (group, name) = id.split_once('.')?;
    let auth = specs.auth.get(group).map(|file| &file.spec.credentials);
    let model_type = || specs.model_types.get(group).map(|file| &file.spec.credentials);
    let protocol = || specs.protocols.get(group).map(|file| &file.spec.credentials);
    let connection = || specs.connection.as_ref().filter(|_| group == "connection").map(|file| &file.spec.credentials);
    find(auth.or_else(model_type).or_else(protocol).or_else(connection)?, name)
}
