//! Of p4: what is legal and most likely forgotten: a parameter or feature that only one side knows, a derived value and
//! a file that nobody needs. Warnings.

use std::collections::BTreeSet;

use crate::ast::{File, ModelType, Protocol};
use crate::diagnostics::At;

use super::Checking;
use super::scope::{find, implemented};
use super::uses;

impl<'s> Checking<'s> {
    pub fn suspicious(&mut self) {
        self.untranslated();
        let specs = self.specs;
        for file in specs.model_types.values() {
            let serving = |protocol: &&'s File<Protocol>| {
                implemented(specs, &protocol.spec).is_some_and(|(type_, _)| type_.spec.id == file.spec.id)
            };
            let protocols: Vec<&File<Protocol>> = specs.protocols.values().filter(serving).collect();
            // A model type without any is S4103's, or on its way.
            if !protocols.is_empty() {
                self.unsent(file, &protocols);
                self.unswitched(file, &protocols);
                self.underived(file, &protocols);
            }
        }
        self.unnamed_assets();
    }

    fn unsent(&mut self, file: &'s File<ModelType>, protocols: &[&File<Protocol>]) {
        // One that no protocol of any type lists is S4102's.
        let listed =
            |name: &str| self.specs.protocols.values().any(|other| find(&other.spec.parameters, name).is_some());
        let names = file.spec.parameters.iter().map(|(name, _)| name).filter(|name| listed(name));
        for name in names.collect::<Vec<_>>() {
            if protocols.iter().all(|protocol| find(&protocol.spec.parameters, name).is_none()) {
                let at = At::file(&file.path).key("parameters").key(name).on_key();
                self.report
                    .warning("S4106", at, format!("the parameter `{name}` of `{}` reaches no service", file.spec.id))
                    .label("no protocol of this model type lists it")
                    .help("list it under `parameters:` of a protocol that sends it, or take it out");
            }
        }
    }

    /// A language model reports what type and protocol both say; the other types what they say themselves.
    fn unswitched(&mut self, file: &'s File<ModelType>, protocols: &[&File<Protocol>]) {
        let switched = &file.spec.schema.features;
        for protocol in protocols {
            for (index, feature) in protocol.spec.features.iter().enumerate() {
                if find(switched, feature).is_none() {
                    let at = At::file(&protocol.path).key("features").index(index);
                    self.report
                        .warning("S4107", at, format!("the feature `{feature}` is never reported"))
                        .label(format!("`{}` does not switch it", file.spec.id))
                        .related(At::file(&file.path).key("schema").key("features"), "says when features are reported")
                        .help(format!("add `{feature}: <condition>` there, or take it out"));
                }
            }
        }
        if file.spec.dify != "llm" {
            return;
        }
        for (feature, _) in switched {
            if protocols.iter().all(|protocol| !protocol.spec.features.contains(feature)) {
                let at = At::file(&file.path).key("schema").key("features").key(feature).on_key();
                self.report
                    .warning("S4107", at, format!("the feature `{feature}` is never reported"))
                    .label("no protocol of this model type has it")
                    .help("list it under `features:` of a protocol that can do it, or take it out");
            }
        }
    }

    fn underived(&mut self, file: &'s File<ModelType>, protocols: &[&'s File<Protocol>]) {
        let root = At::file(&file.path);
        let own = uses::model_type(&file.spec, &root);
        let theirs = protocols.iter().flat_map(|protocol| uses::protocol(&protocol.spec, &At::file(&protocol.path)));
        let used: BTreeSet<&str> = own
            .into_iter()
            .chain(theirs)
            .filter(|used| used.reference.root == "input")
            .filter_map(|used| used.reference.path.first().map(String::as_str))
            .collect();
        for (_, action, at) in uses::actions(&file.spec, &root) {
            for (name, _) in action.derived.iter().filter(|(name, _)| !used.contains(name.as_str())) {
                self.report
                    .warning(
                        "S4108",
                        at.key("derived").key(name).on_key(),
                        format!("the derived value `{name}` is not used"),
                    )
                    .label("nothing refers to it")
                    .help(format!("use `$input.{name}`, or take it out: it is computed for every call"));
            }
        }
    }

    fn unnamed_assets(&mut self) {
        let specs = self.specs;
        let icons = specs.plugins.values().flat_map(|file| [&file.spec.icon, &file.spec.icon_dark]);
        let mut named: BTreeSet<&str> = icons.map(String::as_str).collect();
        let types = specs.model_types.values();
        named.extend(types.flat_map(|file| super::p2_references::recordings(&file.spec)).map(|(_, asset)| asset));
        for path in self.sources.paths() {
            if path.strip_prefix("specs/assets/").is_some_and(|name| !named.contains(name)) {
                self.report
                    .warning("S4109", At::file(path), format!("`{path}` is not used"))
                    .help("name it as an icon of a plugin or as a recording of a probe, or delete it");
            }
        }
    }
}
