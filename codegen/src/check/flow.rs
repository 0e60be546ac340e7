//! Of p3: what flows into a body, a reply, a delivery fits there.

use crate::ast::{Argument, Call, Mapping, Member, Ref, Type, Value};
use crate::catalogue::{self, CONVERTERS, Function, Site, type_of};
use crate::diagnostics::At;

use super::Checking;
use super::declarations::shown;
use super::fits::{domain, fits, json, literal_fits, wanted};
use super::hints;
use super::inferred::{Inferred, documents};
use super::scope::{Meaning, bare, members, resolve};
use super::supported::readable;
use super::uses::Owner;
use super::values;

/// Where a value stands.
#[derive(Clone, Copy)]
pub struct Here<'s> {
    pub owner: Owner<'s>,
    pub site: Site,
    /// The sources of the enclosing `$each`.
    pub each: &'s [Ref],
}

/// The most rows of a `$map`.
const ROWS: usize = 32;

impl<'s> Checking<'s> {
    /// A value that must be of a type.
    pub fn flow(&mut self, value: &'s Value, at: &At, target: &Type, here: Here<'s>, inferred: &mut Inferred) {
        match value {
            Value::Literal(literal) => {
                if !literal_fits(literal, target) {
                    let what = format!("the literal `{}` does not fit here", shown(literal));
                    let found =
                        self.report.error("S3001", at.clone(), what).label(format!("expected {}", wanted(target)));
                    if literal.is_null() {
                        found.help("leave it out: what is not written is absent");
                    } else if fits(&type_of("string"), target) && (literal.is_number() || literal.is_boolean()) {
                        found.help(format!("write it as a text: `\"{literal}\"`"));
                    }
                }
            }
            Value::Ref(reference) => self.source(reference, at, target, here, inferred),
            Value::List(items) => {
                let inner = match bare(target) {
                    Type::List(inner) => (**inner).clone(),
                    other if *other == json() => json(),
                    _ if !items.is_empty() && items.iter().all(|item| matches!(item, Value::Ref(_))) => {
                        let items: Vec<String> = items
                            .iter()
                            .filter_map(|item| match item {
                                Value::Ref(reference) => Some(reference.to_string()),
                                _ => None,
                            })
                            .collect();
                        self.report
                            .error("S3001", at.clone(), "a list does not fit here")
                            .label(format!("expected {}", wanted(target)))
                            .help(format!("the first that is present: `{{ $from: [{}] }}`", items.join(", ")));
                        return;
                    }
                    _ => return self.unfit(at, "a list", target),
                };
                for (index, item) in items.iter().enumerate() {
                    self.flow(item, &at.index(index), &inner, here, inferred);
                }
            }
            Value::Mapping(mapping) => self.mapping(mapping, at, target, here, inferred),
        }
    }

    fn mapping(&mut self, mapping: &'s Mapping, at: &At, target: &Type, here: Here<'s>, inferred: &mut Inferred) {
        if let Some(literal) = &mapping.literal {
            if !literal_fits(literal, target) {
                self.unfit(&at.key("$literal"), "this literal", target);
            }
        } else if !mapping.from.is_empty() {
            self.from(mapping, at, target, here, inferred);
        } else if !mapping.each.is_empty() {
            self.each(mapping, at, target, here, inferred);
        } else {
            self.record(&mapping.members, at, target, here, inferred);
        }
    }

    fn each(&mut self, mapping: &'s Mapping, at: &At, target: &Type, here: Here<'s>, inferred: &mut Inferred) {
        if !here.each.is_empty() {
            self.report
                .error("S3009", at.key("$each").on_key(), "`$each` stands inside `$each`")
                .label("nested")
                .help("what is deeper needs a converter");
            return;
        }
        for (index, source) in mapping.each.iter().enumerate() {
            let found = resolve(self.specs, here.owner, here.site, &[], source);
            if let Ok(Meaning::Typed(type_)) = found
                && !matches!(bare(&type_), Type::List(_))
            {
                let at = at.key("$each").index(index);
                self.unfit(&at, &format!("`{source}`, a `{type_}`,"), &type_of("list<json>"));
            }
        }
        let converted = mapping.as_.as_ref().and_then(|call| catalogue::function(CONVERTERS, &call.name));
        let list = match (converted, &mapping.as_) {
            (Some(function), Some(call)) => {
                self.arguments(function, call, &at.key("$as"), here);
                if !fits(&type_of(function.output), target) {
                    let what = format!("`{}` gives `{}`, which", function.name, function.output);
                    self.unfit(&at.key("$as"), &what, target);
                }
                type_of(function.input)
            }
            _ => target.clone(),
        };
        let element = match bare(&list) {
            Type::List(element) => (**element).clone(),
            other if *other == json() => json(),
            _ => return self.unfit(&at.key("$each").on_key(), "a list", &list),
        };
        let here = Here { each: &mapping.each, ..here };
        match &mapping.yield_ {
            Some(value) => self.flow(value, &at.key("$yield"), &element, here, inferred),
            None => self.record(&mapping.members, at, &element, here, inferred),
        }
    }

    fn record(&mut self, written: &'s [Member], at: &At, target: &Type, here: Here<'s>, inferred: &mut Inferred) {
        let free = *bare(target) == json();
        let known = members(target);
        if !free && known.is_empty() {
            return self.unfit(at, "an object", target);
        }
        for member in written {
            match member {
                Member::Named(name, value) => {
                    let at = at.key(name);
                    match known.iter().find(|(known, _)| known == name) {
                        // What is absent where a member is required is the shape's to report.
                        Some((_, type_)) => {
                            self.flow(value, &at, type_, here, inferred);
                            if *bare(target) == type_of("usage") {
                                self.counted(value, &at);
                            }
                        }
                        None if free => self.flow(value, &at, &json(), here, inferred),
                        None => {
                            self.report
                                .error("S3013", at.on_key(), format!("`{}` has no member `{name}`", bare(target)))
                                .label("unknown member")
                                .legal(name, known.iter().map(|(name, _)| name.as_str()));
                        }
                    }
                }
                Member::Merge(values) => self.merge(values, &at.key("$merge"), free, here, inferred),
            }
        }
    }

    /// Literals that count tokens.
    fn counted(&mut self, value: &'s Value, at: &At) {
        for (literal, at) in values::literals(value, at) {
            if literal.as_i64().is_some_and(i64::is_negative) {
                self.report
                    .error("S3001", at, format!("`{literal}` counts no tokens"))
                    .label("less than nothing")
                    .help("what is not told is left out: it is counted here");
            }
        }
    }

    fn merge(&mut self, values: &'s [Value], at: &At, free: bool, here: Here<'s>, inferred: &mut Inferred) {
        if !free {
            let found = self.report.error("S3006", at.on_key(), "nothing can be merged into a typed value");
            found.label("not here").help("write the members out");
            return;
        }
        for (index, value) in values.iter().enumerate() {
            if let Value::Mapping(mapping) = value {
                self.from(mapping, &at.index(index), &type_of("optional map"), here, inferred);
            }
            let Value::Ref(source) = value else { continue };
            if source.is_root("param") {
                continue;
            }
            if let Ok(Meaning::Typed(type_)) = resolve(self.specs, here.owner, here.site, here.each, source)
                && *bare(&type_) != Type::Named("map".to_owned())
            {
                self.report
                    .error("S3006", at.index(index), format!("`{source}` is not a map"))
                    .label(format!("is `{type_}`"))
                    .help("`$merge` takes `$param`, or values of type `map`");
            }
        }
    }

    fn from(&mut self, mapping: &'s Mapping, at: &At, target: &Type, here: Here<'s>, inferred: &mut Inferred) {
        let from = at.key("$from");
        if let Some(default) = &mapping.default
            && !literal_fits(default, target)
        {
            self.unfit(&at.key("$default"), &format!("the default `{}`", shown(default)), target);
        }
        let settled = mapping.default.is_some();
        if let Some(call) = &mapping.as_ {
            let Some(function) = catalogue::function(CONVERTERS, &call.name) else { return };
            let mut optional = !settled;
            for (index, source) in mapping.from.iter().enumerate() {
                optional &= self.is_optional(source, here);
                let input = Type::Optional(Box::new(type_of(function.input)));
                self.source(source, &from.index(index), &input, here, inferred);
            }
            self.arguments(function, call, &at.key("$as"), here);
            let output = type_of(function.output);
            let output = if optional { Type::Optional(Box::new(output)) } else { output };
            if !fits(&output, target) {
                self.unfit(&at.key("$as"), &format!("`{}` gives `{output}`, which", function.name), target);
            }
        } else if let Some(rows) = &mapping.map {
            for (index, source) in mapping.from.iter().enumerate() {
                self.source(source, &from.index(index), &super::fits::scalar(), here, inferred);
            }
            self.rows(rows, mapping, at, target, here);
        } else {
            let mut first: Option<Type> = None;
            for (index, source) in mapping.from.iter().enumerate() {
                let at = from.index(index);
                let last = index + 1 == mapping.from.len();
                let target = if settled || !last { Type::Optional(Box::new(target.clone())) } else { target.clone() };
                self.source(source, &at, &target, here, inferred);
                let Ok(Meaning::Typed(type_)) = resolve(self.specs, here.owner, here.site, here.each, source) else {
                    continue;
                };
                match &first {
                    Some(first) if !alike(&type_, first) => {
                        let found = self.report.error("S3011", at, "the references of one list have different types");
                        found
                            .label(format!("is `{type_}`"))
                            .related(from.index(0), format!("is `{first}`"))
                            .help("the first that is present is taken, so all must be of one type");
                    }
                    Some(_) => {}
                    None => first = Some(type_),
                }
            }
        }
    }

    fn rows(
        &mut self,
        rows: &'s [(String, serde_json::Value)],
        mapping: &'s Mapping,
        at: &At,
        target: &Type,
        here: Here<'s>,
    ) {
        let at = at.key("$map");
        if rows.len() > ROWS {
            let found = self.report.error("S3005", at.on_key(), format!("a table of {} rows", rows.len()));
            found.label("too long").help(format!("at most {ROWS} rows; more is a converter"));
        }
        for (word, literal) in rows {
            if !literal_fits(literal, target) {
                self.unfit(&at.key(word), &format!("`{}`", shown(literal)), target);
            }
        }
        for source in &mapping.from {
            let Ok(Meaning::Typed(type_)) = resolve(self.specs, here.owner, here.site, here.each, source) else {
                continue;
            };
            let Some(legal) = domain(&type_) else { continue };
            for (word, _) in rows {
                if !legal.contains(&word.as_str()) {
                    self.report
                        .error("S3005", at.key(word).on_key(), format!("`{source}` is never `{word}`"))
                        .label("no such value")
                        .legal(word, legal.iter().copied());
                }
            }
            let missing: Vec<&str> = legal.into_iter().filter(|word| rows.iter().all(|(row, _)| row != word)).collect();
            if !missing.is_empty() {
                let missing = crate::diagnostics::list(missing);
                let found =
                    self.report.error("S3005", at.on_key(), format!("the table leaves out values of `{source}`"));
                found
                    .label(format!("lacks {missing}"))
                    .help("the values of this reference are a closed list: give each a row");
            }
        }
    }

    /// Arguments of a converter or finisher.
    pub fn arguments(&mut self, function: &'static Function, call: &'s Call, at: &At, here: Here<'s>) {
        let at = at.key(&call.name);
        for declared in function.arguments {
            let type_ = type_of(declared.type_);
            let given = call.arguments.iter().find(|(name, _)| name == declared.name);
            let here_at = at.key(declared.name);
            match given {
                None if matches!(type_, Type::Optional(_)) => {}
                None => {
                    self.report
                        .error("S3002", at.clone(), format!("`{}` needs the argument `{}`", call.name, declared.name))
                        .label("an argument is missing")
                        .help(format!("write `{}: {{ {}: <{type_}> }}`", call.name, declared.name));
                }
                Some((_, Argument::Literal(literal))) => {
                    if !literal_fits(literal, &type_) {
                        self.misfit(&here_at, &format!("`{}`", shown(literal)), declared.name, &type_);
                    }
                }
                Some((_, Argument::Ref { when, from })) => {
                    for (index, source) in from.iter().enumerate() {
                        let found = resolve(self.specs, here.owner, here.site, here.each, source);
                        let Ok(Meaning::Typed(mut source_type)) = found else { continue };
                        if when.is_some() {
                            source_type = Type::Optional(Box::new(bare(&source_type).clone()));
                        }
                        let last = index + 1 == from.len();
                        let fitting =
                            if last { fits(&source_type, &type_) } else { fits(bare(&source_type), bare(&type_)) };
                        if !fitting {
                            let at = here_at.key("$from").index(index);
                            self.misfit(&at, &format!("`{source}`, a `{source_type}`,"), declared.name, &type_);
                        }
                    }
                }
            }
        }
    }

    fn misfit(&mut self, at: &At, what: &str, argument: &str, type_: &Type) {
        self.report
            .error("S3002", at.clone(), format!("{what} does not fit the argument `{argument}`"))
            .label(format!("expected `{type_}`"));
    }

    fn is_optional(&self, source: &Ref, here: Here<'_>) -> bool {
        match resolve(self.specs, here.owner, here.site, here.each, source) {
            Ok(Meaning::Typed(type_)) => matches!(type_, Type::Optional(_)),
            _ => false,
        }
    }

    /// A reference that must be of a type.
    pub fn source(&mut self, reference: &Ref, at: &At, target: &Type, here: Here<'_>, inferred: &mut Inferred) {
        match resolve(self.specs, here.owner, here.site, here.each, reference) {
            Ok(Meaning::Typed(type_)) if !fits(&type_, target) => {
                let fitting: Vec<&str> = CONVERTERS
                    .iter()
                    // What takes any JSON reads documents.
                    .filter(|function| function.input != "json" && fits(bare(&type_), &type_of(function.input)))
                    .filter(|function| fits(&type_of(function.output), bare(target)))
                    .map(|function| function.name)
                    .collect();
                let found = self.report.error("S3001", at.clone(), format!("`{reference}` does not fit here"));
                found.label(format!("is `{type_}`, expected {}", wanted(target)));
                match hints::repair(reference, &type_, target) {
                    Some(help) => {
                        found.help(help);
                    }
                    None if fitting.is_empty() => {}
                    None => {
                        let fitting = crate::diagnostics::list(fitting);
                        found.help(format!(
                            "a converter makes it fit: `{{ $from: {reference}, $as: ... }}` with {fitting}"
                        ));
                    }
                }
            }
            Ok(Meaning::Inferred) if !readable(target) => {
                self.report
                    .error("S3001", at.clone(), format!("`{reference}` does not fit here"))
                    .label(format!("a path of a document is no `{}`", bare(target)))
                    .help("vendors write it differently: say its members one by one, a list with `$each`");
            }
            Ok(Meaning::Inferred) => {
                for path in documents(reference, here.each) {
                    self.infer(path, bare(target), at, inferred);
                }
            }
            _ => {}
        }
    }

    fn unfit(&mut self, at: &At, what: &str, target: &Type) {
        self.report
            .error("S3001", at.clone(), format!("{what} does not fit here"))
            .label(format!("expected {}", wanted(target)));
    }
}

/// Whether either may stand where the other is meant: texts, also those of a closed list, or values of one type.
fn alike(one: &Type, other: &Type) -> bool {
    let is_text = |type_: &Type| fits(bare(type_), &type_of("string"));
    bare(one) == bare(other) || (is_text(one) && is_text(other))
}
