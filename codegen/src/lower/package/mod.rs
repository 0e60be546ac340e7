//! Derives the Dify package of each plugin: identity from the plugin file, everything else from what it offers.

mod fields;
mod form;
mod guide;
pub mod inspection;
mod reference;
mod usage;

use crate::ast::{Plugin, Specs};
use crate::ir::package::{Help, ModelName, Package, Text};

/// Every package, by plugin id.
pub fn lower(specs: &Specs) -> Vec<Package> {
    specs.plugins.values().map(|file| package(specs, &file.spec)).collect()
}

fn package(specs: &Specs, plugin: &Plugin) -> Package {
    let form = form::derive(specs, plugin);
    Package {
        name: plugin.id.clone(),
        author: plugin.author.clone(),
        version: plugin.version.clone(),
        created_at: plugin.created_at.clone(),
        memory: plugin.memory,
        about: plugin.about.clone(),
        label: Text::from(&plugin.label),
        description: Text::from(&plugin.description),
        icon: plugin.icon.clone(),
        icon_dark: plugin.icon_dark.clone(),
        background: plugin.background.clone(),
        tags: plugin.tags.clone(),
        repo: plugin.repo.clone(),
        help: plugin.help.as_ref().map(|help| Help { title: Text::from(&help.title), url: Text::from(&help.url) }),
        model_name: ModelName {
            label: Text::from(&plugin.model_name.label),
            placeholder: plugin.model_name.placeholder.as_ref().map(Text::from),
        },
        supported: plugin.offers.iter().map(|(id, _)| form::dify_name(specs, id)).collect(),
        reference: reference::derive(specs, plugin, &form),
        form,
        guide: guide::derive(specs, plugin),
    }
}
