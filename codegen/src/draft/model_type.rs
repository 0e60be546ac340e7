//! The draft of a model type: what Dify sends for its action, and what it wants back.

use tera::Context;

use super::{Draft, GENERATE, Wish, legal, one, render, unknown};
use crate::ast::Specs;
use crate::catalogue::{ACTIONS, DIFY_MODEL_TYPES};

pub fn draft(specs: &Specs, wish: &Wish<'_>) -> Result<Draft, String> {
    let id = wish.name;
    legal(id, "a model type", false)?;
    if let Some(file) = specs.model_types.get(id) {
        return Err(format!("there is a model type `{id}` already: {}", file.path));
    }
    let said = wish.implements.unwrap_or(id).replace('_', "-");
    let Some(dify) = DIFY_MODEL_TYPES.into_iter().find(|dify| *dify == said) else {
        let help = "say with `--implements` which of Dify's model types it is";
        let what = unknown("model type in Dify", wish.implements.unwrap_or(id), DIFY_MODEL_TYPES);
        return Err(if wish.implements.is_none() { format!("{what}\n  = help: {help}") } else { what });
    };
    let action = ACTIONS.into_iter().find(|(_, type_)| *type_ == dify).map(|(action, _)| action);
    let mut context = Context::new();
    context.insert("id", id);
    context.insert("dify", dify);
    context.insert("action", &action);
    context.insert("answer", render(dify, &Context::new()).trim_end());
    let path = format!("specs/model_types/{id}.yaml");
    let steps = vec![
        format!("Edit {path}: what users set for a model of this type, and what it reports to Dify."),
        format!("Give it a protocol:\n    cargo gen new protocol <family>_<name> --implements {id}"),
        GENERATE.to_owned(),
    ];
    Ok(one(&path, render("model_type.yaml", &context), steps))
}
