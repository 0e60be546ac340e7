//! First drafts of specs: commented files that compile as they are, for `cargo gen new`. Pure, like compiling.
//!
//! A protocol's draft follows from the action that it serves: every required input is sent, the output is built, and the
//! example is what the draft itself would do. So a draft of a model type that is new today is right today.

pub mod layout;
mod model_type;
mod plugin;
mod protocol;
mod samples;

use tera::{Context, Tera};

use crate::Files;
use crate::ast::Specs;
use crate::diagnostics::{list, nearest};
use crate::templates;

/// What a draft is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ModelType,
    Protocol,
    Auth,
    Plugin,
}

impl Kind {
    /// The words for them, as arguments.
    pub const WORDS: [(&str, Kind); 4] =
        [("model-type", Kind::ModelType), ("protocol", Kind::Protocol), ("auth", Kind::Auth), ("plugin", Kind::Plugin)];
}

/// A draft.
#[derive(Debug)]
pub struct Draft {
    /// New files by path from the root, the spec first in `path`.
    pub files: Files,
    /// The spec among them.
    pub path: String,
    /// What to do with it, one step each; a step may have several lines.
    pub steps: Vec<String>,
}

/// What is asked for.
#[derive(Debug)]
pub struct Wish<'a> {
    pub kind: Kind,
    /// An id, or of a protocol also `family/name`.
    pub name: &'a str,
    /// A protocol's action (`rerank`, `rerank.invoke_multimodal_rerank`), a model type's type in Dify, or the model type
    /// or protocol that a plugin offers first.
    pub implements: Option<&'a str>,
    /// RFC 3339.
    pub now: &'a str,
}

/// Makes a draft.
///
/// # Errors
/// What is wrong with the wish, and what would be right.
pub fn draft(specs: &Specs, wish: &Wish<'_>) -> Result<Draft, String> {
    match wish.kind {
        Kind::ModelType => model_type::draft(specs, wish),
        Kind::Protocol => protocol::draft(specs, wish),
        Kind::Auth => auth(wish),
        Kind::Plugin => plugin::draft(specs, wish),
    }
}

fn auth(wish: &Wish<'_>) -> Result<Draft, String> {
    let id = wish.name;
    legal(id, "an auth method", false)?;
    refuse_implements(wish, "an auth method")?;
    let mut context = Context::new();
    context.insert("id", id);
    let path = format!("specs/auth/{id}.yaml");
    let steps = vec![
        format!("Edit {path}: what the user fills in, and what is put on the request or signed."),
        format!("Offer it in a plugin, specs/plugins/<id>.yaml, under `auth.options`:\n    {id}: {{ auth: {id} }}"),
        GENERATE.to_owned(),
        format!("Run its examples:\n    cargo test -p generated auth::{id}"),
    ];
    Ok(one(&path, render("auth.yaml", &context), steps))
}

/// The step that every draft has.
const GENERATE: &str = "Compile, and read what it says:\n    cargo gen";

fn one(path: &str, text: String, steps: Vec<String>) -> Draft {
    Draft { files: Files::from([(path.to_owned(), text.into_bytes())]), path: path.to_owned(), steps }
}

/// Refuses what is no id.
fn legal(name: &str, what: &str, dash: bool) -> Result<(), String> {
    if crate::check::is_id(name, dash) {
        return Ok(());
    }
    let dashes = if dash { " and `-`" } else { "" };
    Err(format!(
        "`{name}` is not a legal name of {what}\n  = help: lower case letters, digits, `_`{dashes}, beginning with a letter"
    ))
}

fn refuse_implements(wish: &Wish<'_>, what: &str) -> Result<(), String> {
    match wish.implements {
        Some(_) => Err(format!("{what} implements nothing\n  = help: leave `--implements` out")),
        None => Ok(()),
    }
}

/// A word that is not in a list: which one was meant, and the list.
pub fn unknown<'a>(what: &str, written: &str, legal: impl IntoIterator<Item = &'a str>) -> String {
    let legal: Vec<&str> = legal.into_iter().collect();
    let near = nearest(written, legal.iter().copied()).map(|near| format!("\n  = help: did you mean `{near}`?"));
    format!("there is no {what} `{written}`{}\n  = help: there are {}", near.unwrap_or_default(), list(legal))
}

const TEMPLATES: [(&str, &str); 11] = [
    ("protocol.yaml", include_str!("../../templates/new/protocol.yaml")),
    ("auth.yaml", include_str!("../../templates/new/auth.yaml")),
    ("plugin.yaml", include_str!("../../templates/new/plugin.yaml")),
    ("icon.svg", include_str!("../../templates/new/icon.svg")),
    ("model_type.yaml", include_str!("../../templates/new/model_type.yaml")),
    ("llm", include_str!("../../templates/new/model_type/llm.yaml")),
    ("text-embedding", include_str!("../../templates/new/model_type/text-embedding.yaml")),
    ("rerank", include_str!("../../templates/new/model_type/rerank.yaml")),
    ("speech2text", include_str!("../../templates/new/model_type/speech2text.yaml")),
    ("tts", include_str!("../../templates/new/model_type/tts.yaml")),
    ("moderation", include_str!("../../templates/new/model_type/moderation.yaml")),
];

fn render(template: &str, context: &Context) -> String {
    templates::fill(&templates::read(Tera::default(), &TEMPLATES), template, context)
}
