//! Of p4: what the language allows and nothing is generated for yet. Each is refused by name, so that what passes
//! compiles and means what it says.

mod auth;
mod model_types;
mod protocols;

use crate::ast::{Action, Argument, Field, Map, Mapping, Ref, Test, Type, Value};
use crate::catalogue::{CONVERTERS, Site, function, type_of};
use crate::diagnostics::At;
use crate::lower::spelling;

use super::Checking;
use super::fits::domain;
use super::scope::{Meaning, bare, meaning, members, resolve};
use super::uses::{self, Owner};
use super::values;

impl<'s> Checking<'s> {
    fn not_yet(&mut self, at: At, what: impl Into<String>, help: &str) {
        self.report
            .error("S4008", at, format!("{} is not supported yet", what.into()))
            .label("nothing is generated for this")
            .help(help);
    }

    /// A value whose members are written one by one.
    fn object(&mut self, value: &Value, at: &At, what: &str) {
        let plain = match value {
            Value::Mapping(mapping) => {
                mapping.when.is_none()
                    && mapping.from.is_empty()
                    && mapping.each.is_empty()
                    && mapping.literal.is_none()
            }
            _ => false,
        };
        if !plain {
            self.not_yet(at.clone(), format!("{what} that is not an object of members"), "write its members out");
        }
    }

    /// Converters and tables in a value that goes out.
    fn written(&mut self, value: &'s Value, at: &At, owner: Owner<'s>, site: Site) {
        let mut found = Vec::new();
        values::each(value, at, &mut |value, at| {
            let Value::Mapping(mapping) = value else { return };
            if !mapping.each.is_empty() && mapping.as_.is_some() {
                let help = "convert the whole list in a `derived` value";
                found.push((at.key("$as"), "a converter after `$each`", help));
            }
            if !mapping.each.is_empty() {
                for (cond, at) in inside_each(value, at) {
                    found.push((at, cond, "convert the whole list in a `derived` value"));
                }
            }
            if let Some(call) = &mapping.as_
                && function(CONVERTERS, &call.name).is_some_and(|function| function.input == "json")
            {
                found.push((at.key("$as"), "a converter of a document in what is sent", "it reads replies and events"));
            }
            if mapping.map.is_some() && !self.mappable(mapping, owner, site) {
                let help = "a table takes one text, choice, flag or boolean; or several texts";
                found.push((at.key("$map").on_key(), "a table over this source", help));
            }
        });
        for (at, what, help) in found {
            self.not_yet(at, what, help);
        }
    }

    fn mappable(&self, mapping: &Mapping, owner: Owner<'s>, site: Site) -> bool {
        // A time is a number until it is sent.
        if mapping.from.iter().any(|source| source.root == "now") {
            return false;
        }
        let types = mapping.from.iter().map(|source| resolve(self.specs, owner, site, &[], source));
        let types: Vec<Type> = types
            .filter_map(|found| match found {
                Ok(Meaning::Typed(type_)) => Some(bare(&type_).clone()),
                _ => None,
            })
            .collect();
        let text = |type_: &Type| *type_ == type_of("string");
        types.iter().all(text) || (types.len() == 1 && types.iter().all(|type_| domain(type_).is_some()))
    }

    /// References that go further than the member they name.
    fn paths(&mut self, used: Vec<uses::Use<'s>>, sites: &[Site]) {
        for used in used.into_iter().filter(|used| sites.contains(&used.site)) {
            let Ref { root, path } = used.reference;
            let deep = match root.as_str() {
                "input" | "credential" | "param" | "task" => path.len() > 1,
                "output" => path.len() > usize::from(has_record(&used)) && has_output(&used),
                "batch" => !path.is_empty(),
                "item" if path.len() > 1 => true,
                "item" if path.len() == 1 => !self.is_output_item(&used) && !self.is_item(&used),
                _ => false,
            };
            if deep {
                let what = format!("a member of a value (`{}`)", used.reference);
                self.not_yet(used.at, what, "pass the whole value on, or take it apart in a converter");
            }
        }
    }

    /// A field that is kept digit by digit is a text, of which `0` and `0.00` are two.
    pub fn compared_decimals(&mut self) {
        for used in uses::uses(self.specs) {
            let is_field = used.reference.root == "credential" && matches!(used.test, Some(Test::OneOf(_)));
            if let Ok(Meaning::Typed(type_)) = meaning(self.specs, &used)
                && is_field
                && *bare(&type_) == type_of("decimal")
            {
                let help = "test it with `$present` or `$absent`, or declare it as `type: number`";
                self.not_yet(used.at.clone(), format!("comparing the decimal `{}`", used.reference), help);
            }
        }
    }

    /// An element of an output, whose members are known here.
    fn is_output_item(&self, used: &uses::Use<'s>) -> bool {
        used.each.iter().all(|source| source.root == "output" || self.is_voices(used, source))
    }

    fn is_voices(&self, used: &uses::Use<'s>, source: &Ref) -> bool {
        let found = resolve(self.specs, used.owner, used.site, &[], source);
        matches!(found, Ok(Meaning::Typed(type_)) if *bare(&type_) == type_of("list<voice>"))
    }

    /// An element whose members are the same for every vendor.
    fn is_item(&self, used: &uses::Use<'s>) -> bool {
        let lists = used.each.iter().map(|source| resolve(self.specs, used.owner, used.site, &[], source));
        let media = Type::List(Box::new(type_of("media")));
        lists.into_iter().all(|list| matches!(list, Ok(Meaning::Typed(type_)) if *bare(&type_) == media))
    }

    /// The options of a field, distinct in Rust too.
    fn options(&mut self, fields: &Map<Field>, root: &At) {
        for (name, field) in fields {
            let options: Vec<&str> = field.options.iter().flatten().map(|(option, _)| option.as_str()).collect();
            for (index, option) in options.iter().enumerate() {
                let same = options[..index].iter().find(|earlier| spelling(earlier) == spelling(option));
                if let Some(same) = same {
                    let at = root.key("credentials").key(name).key("options");
                    let help =
                        "they differ only in case or punctuation: choose plain words; a plugin says what is stored";
                    self.not_yet(at, format!("having both options `{}` and `{}`", shown(same), shown(option)), help);
                }
            }
        }
    }
}

/// What a converter inside `$each` cannot have.
fn inside_each(each: &Value, at: &At) -> Vec<(&'static str, At)> {
    let mut found = Vec::new();
    values::each(each, at, &mut |value, at| {
        let Value::Mapping(mapping) = value else { return };
        if !mapping.each.is_empty() || mapping.as_.is_none() {
            return;
        }
        if mapping.default.is_some() {
            found.push(("a default of a converter inside `$each`", at.key("$default").on_key()));
        }
        let arguments = mapping.as_.iter().flat_map(|call| &call.arguments);
        if arguments.clone().any(|(_, argument)| matches!(argument, Argument::Ref { when: Some(_), .. })) {
            found.push(("a condition on an argument inside `$each`", at.key("$as")));
        }
    });
    found
}

fn shown(option: &str) -> String {
    option.escape_debug().to_string()
}

/// Whether the output itself is fine, so that its members are worth a word.
fn has_output(used: &uses::Use<'_>) -> bool {
    let Owner::ModelType(_, Some(action)) = used.owner else { return false };
    action.output.as_ref().is_some_and(is_output)
}

fn has_record(used: &uses::Use<'_>) -> bool {
    matches!(used.owner, Owner::ModelType(_, Some(Action { output: Some(Type::Record(_)), .. })))
}

fn is_chat(action: &Action) -> bool {
    action.output.as_ref().is_some_and(|output| *output == type_of("chat"))
}

fn is_scalar(type_: &Type) -> bool {
    ["string", "boolean", "integer", "number", "decimal"].iter().any(|name| *type_ == type_of(name))
}

fn is_output(type_: &Type) -> bool {
    if let Type::Record(members) = type_ {
        let is_member = |type_: &Type| *type_ == type_of("usage") || (is_output(type_) && *type_ != type_of("chat"));
        return members.iter().all(|(_, type_)| !matches!(type_, Type::Record(_)) && is_member(type_));
    }
    let element = match type_ {
        Type::List(element) => element,
        Type::Named(name) if name == "chat" => return true,
        other => other,
    };
    if *type_ == type_of("audio") {
        return true;
    }
    let of_list = |name: &str| *element == type_of(name);
    is_scalar(element) || of_list("hit") || (of_list("vector") && matches!(type_, Type::List(_)))
}

fn is_input(type_: &Type) -> bool {
    let whole = if let Type::Optional(inner) = type_ { inner } else { type_ };
    let element = if let Type::List(element) = whole { element } else { whole };
    let known =
        ["json", "message", "tool", "tool_choice", "media", "audio_file"].iter().any(|name| *element == type_of(name));
    is_scalar(element) || known || matches!(element, Type::Closed(_))
}

/// Whether a path of a document can feed something of this type: a document's objects differ from vendor to vendor.
pub fn readable(type_: &Type) -> bool {
    match bare(type_) {
        Type::List(_) => false,
        other => members(other).is_empty(),
    }
}
