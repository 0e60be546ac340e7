//! Of p2 and p3: what a reference that means nothing, or does not fit, was probably meant to be.

use crate::ast::{Ref, Specs, Type};
use crate::catalogue::{ROOTS, type_of};

use super::fits::{fits, json};
use super::p2_references::groups;
use super::scope::{Meaning, bare, implemented, members, resolve};
use super::uses::{Owner, Use};

/// The references that a name without its root may stand for: `$query` is `$input.query`.
pub fn rooted(specs: &Specs, used: &Use<'_>) -> Vec<Ref> {
    let path = || std::iter::once(&used.reference.root).chain(&used.reference.path).cloned().collect();
    let with = |root: &str| Ref { root: root.to_owned(), path: path() };
    let means = |reference: &Ref| {
        let found = resolve(specs, used.owner, used.site, used.each, reference);
        matches!(found, Ok(Meaning::Typed(_)))
    };
    ROOTS.iter().map(|root| with(root.name)).filter(means).collect()
}

/// What is missing where a member of a root was looked for.
pub fn label(specs: &Specs, used: &Use<'_>) -> String {
    let type_ = match used.owner {
        Owner::Protocol(spec) => implemented(specs, spec).map(|(file, _)| file.spec.id.as_str()),
        Owner::ModelType(spec, _) => Some(spec.id.as_str()),
        Owner::Auth(_) | Owner::Connection(_) => None,
    };
    match (used.reference.root.as_str(), used.owner, type_) {
        ("input", _, Some(type_)) => format!("no input of `{type_}`"),
        ("credential", Owner::Protocol(_), Some(type_)) => format!("no field of this protocol or of `{type_}`"),
        ("credential", ..) => "no field of this file".to_owned(),
        ("param", ..) => "not listed by this protocol".to_owned(),
        ("output", ..) => "no member of the output".to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// Of a field that is not seen: where it is, and how it would be seen.
pub fn field(specs: &Specs, used: &Use<'_>) -> Option<String> {
    let [name, rest @ ..] = used.reference.path.as_slice() else { return None };
    let fields = groups(specs);
    let mut fields = fields.iter().filter_map(|(field, _)| field.split_once('.'));
    let seen = match used.owner {
        Owner::Protocol(_) => "a protocol sees its own fields and those of its model type",
        Owner::ModelType(..) => "a model type sees its own fields",
        Owner::Auth(_) => "an auth method sees its own fields",
        Owner::Connection(_) => "the connection sees its own fields",
    };
    if fields.clone().any(|(group, _)| group == name) {
        let bare = Ref { root: "credential".to_owned(), path: rest.to_vec() };
        let means = !rest.is_empty() && resolve(specs, used.owner, used.site, used.each, &bare).is_ok();
        return Some(match means {
            true => format!("a field is named without its group: write `{bare}`"),
            false => format!("the fields of `{name}` are not seen here: {seen}"),
        });
    }
    let holder = fields.find(|(_, field)| field == name);
    holder.map(|(group, _)| format!("`{group}` has a field of this name, but {seen}"))
}

/// What makes a reference fit, other than a converter.
pub fn repair(reference: &Ref, type_: &Type, target: &Type) -> Option<String> {
    let inner = match bare(type_) {
        Type::List(inner) => inner,
        inner => inner,
    };
    let named = |name: &str| *inner == type_of(name);
    match bare(target) {
        _ if matches!(type_, Type::Optional(_)) && fits(bare(type_), target) => {
            Some("it may be absent: give it a `$default`, or make it required where it is declared".to_owned())
        }
        Type::Named(_) if named("audio_file") => {
            Some("a recording is sent as a part: `shape: upload` with `request.parts`".to_owned())
        }
        target if *target == json() && named("media") => {
            let known = members(inner);
            let names: Vec<String> = known.iter().map(|(name, _)| format!("`$item.{name}`")).collect();
            Some(format!("vendors write it differently: build it with `$each: {reference}` from {}", names.join(", ")))
        }
        Type::Closed(words) => {
            let words = crate::diagnostics::list(words.iter().map(String::as_str));
            Some(format!("write one of {words}, or refer to a field with these `options`"))
        }
        _ => None,
    }
}
