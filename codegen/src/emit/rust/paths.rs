//! Which members of an event are read, and which of them become text and nothing else: an event that differs from an
//! earlier one elsewhere, or in its text, need not be decoded.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ir::decode::{Build, Cond, Document, Member, Record, Source, Type};

/// The constant `PATHS` of a document.
pub fn constant(document: &Document) -> TokenStream {
    let mut read = Vec::new();
    collect(document, 0, "", &mut read);
    let texts = texts(document);
    quote! {
        const PATHS: Paths = Paths { read: &[#(#read),*], texts: &[#(#texts),*] };
    }
}

/// The paths of everything that a struct has, as the runtime writes them: without positions in lists.
fn collect(document: &Document, index: usize, before: &str, paths: &mut Vec<String>) {
    let members = document.structs.get(index).map_or(&[][..], |own| &own.members);
    for (name, type_) in members {
        let path = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        match object(type_) {
            Some(inner) => collect(document, inner, &path, paths),
            None => paths.push(path),
        }
    }
}

fn object(type_: &Type) -> Option<usize> {
    match type_ {
        Type::Struct(index) => Some(*index),
        Type::List(element) => object(element),
        _ => None,
    }
}

/// What becomes text or thinking as it is. What is looked at for anything else, too, is left out.
fn texts(document: &Document) -> Vec<String> {
    let mut uses = Uses::default();
    document.fails.iter().chain(&document.ends).for_each(|cond| uses.cond(cond));
    for rule in &document.rules {
        uses.cond(&rule.when);
        uses.build(&rule.build);
    }
    let touches =
        |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let Uses { mut texts, thoughts, others } = uses;
    let both: Vec<String> = texts.iter().filter(|path| thoughts.contains(path)).cloned().collect();
    texts.extend(thoughts);
    texts.retain(|path| {
        !both.contains(path) && !others.iter().any(|other| touches(path, other) || touches(other, path))
    });
    texts.sort();
    texts.dedup();
    texts
}

/// The paths of what a document is read for.
#[derive(Default)]
struct Uses {
    texts: Vec<String>,
    thoughts: Vec<String>,
    others: Vec<String>,
}

impl Uses {
    fn cond(&mut self, cond: &Cond) {
        self.others.extend(cond.iter().map(|test| path(&test.source)));
    }

    fn build(&mut self, build: &Build) {
        match build {
            Build::Literal(_) => {}
            Build::Pick { from, when, .. } => {
                self.others.extend(from.iter().map(path));
                self.cond(when);
            }
            // Its elements are below the list.
            Build::Each { from, .. } => self.others.extend(from.iter().map(path)),
            Build::Read { from, when, .. } => {
                self.others.extend(from.iter().map(path));
                self.cond(when);
            }
            Build::Record(Record::Chat, members) => members.iter().for_each(|member| self.member(member)),
            Build::Record(_, members) => {
                members.iter().filter_map(|member| member.build.as_ref()).for_each(|build| self.build(build))
            }
            Build::List(items) => items.iter().for_each(|item| self.build(item)),
            Build::Convert { list, .. } => self.build(list),
        }
    }

    fn member(&mut self, member: &Member) {
        let paths = match member.name.as_str() {
            "text" => &mut self.texts,
            "reasoning" => &mut self.thoughts,
            _ => &mut self.others,
        };
        match &member.build {
            Some(Build::Pick { from, map: None, default: None, when }) => {
                paths.extend(from.iter().map(path));
                self.cond(when);
            }
            Some(build) => self.build(build),
            None => {}
        }
    }
}

/// A path without positions in lists.
fn path(source: &Source) -> String {
    let members: Vec<&str> =
        source.path.split('.').filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit())).collect();
    members.join(".")
}
