//! Walks a document along a table of what belongs where, and reports what a reader refuses.

use std::collections::BTreeMap;
use std::ops::Range;

use super::readers::Readers;
use super::yaml::{Node, Value};
use crate::catalogue::DIFY_MODEL_TYPES;
use crate::diagnostics::{At, Diagnostic, Report, Severity, list, nearest};
use crate::dify;

/// Of longer lists and maps only so much is compared with each other: nobody's plugin has more.
pub const CHECKED: usize = 256;

/// What belongs in a place.
#[derive(Debug)]
pub enum Shape {
    /// A text of at most so many characters.
    Text(usize),
    Flag,
    /// A number without a fraction, and one with it.
    Integer,
    Number,
    /// A price: quoted or not.
    Decimal,
    /// One of some words.
    Word(&'static [&'static str]),
    ModelType,
    List(&'static Shape, usize),
    Map(&'static [Key]),
    /// A text per language that may be left out, with nothing in it.
    Label,
    /// Read by the daemon alone.
    DaemonOnly(&'static Shape),
    /// Checked elsewhere, or not at all.
    Any,
}

/// A key of a map.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    /// Who refuses if it is missing, or if it is an empty text where that is the same.
    pub absent: Readers,
    /// Who refuses `null`.
    pub null: Readers,
}

/// A key that must be there.
pub const fn must(name: &'static str, shape: Shape, absent: Readers) -> Key {
    Key { name, shape, absent, null: absent.and(Readers::SDK) }
}

/// A key that may be left out or null.
pub const fn may(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, absent: Readers::NOBODY, null: Readers::NOBODY }
}

/// A key that may be left out, and of which the SDK refuses `null`.
pub const fn unless_null(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, absent: Readers::NOBODY, null: Readers::SDK }
}

/// One document and who reads it how.
pub struct Checker<'a> {
    pub report: &'a mut Report,
    pub file: &'a str,
    /// Who applies the limits of the daemon's entities to this document.
    pub limits: Readers,
    /// Readers that do not look at what is walked now.
    blind: Readers,
}

impl<'a> Checker<'a> {
    /// For one document, with those who do not look at all that the tables say.
    pub fn new(report: &'a mut Report, file: &'a str, limits: Readers, blind: Readers) -> Self {
        Checker { report, file, limits, blind }
    }

    /// A place in the document.
    pub fn at(&self, span: Range<usize>) -> At {
        At::span(self.file, span)
    }

    /// Reports an error that names who refuses, or a warning if nobody does.
    pub fn find(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        what: impl Into<String>,
        who: Readers,
    ) -> &mut Diagnostic {
        let who = who.within(self.limits).but(self.blind);
        found(self.report, code, At::span(self.file, span), what, who)
    }

    /// Reports a warning.
    pub fn warn(&mut self, code: &'static str, span: Range<usize>, what: impl Into<String>) -> &mut Diagnostic {
        self.report.warning(code, At::span(self.file, span), what)
    }

    /// Walks a value. `what` names it in messages.
    pub fn walk(&mut self, shape: &Shape, node: &Node, what: &str) {
        match shape {
            Shape::Any => {}
            Shape::DaemonOnly(shape) => {
                let blind = self.blind.and(Readers::SDK).and(Readers::DIFY);
                let before = std::mem::replace(&mut self.blind, blind);
                self.walk(shape, node, what);
                self.blind = before;
            }
            Shape::Label if node.entries().is_empty() && matches!(node.value, Value::Map(_)) => {}
            Shape::Label => self.walk(&super::tables::TEXTS, node, what),
            Shape::List(item, most) => self.list(item, *most, node, what),
            Shape::Map(keys) => self.map(keys, node, what),
            _ => self.scalar(shape, node, what),
        }
    }

    fn wrong(&mut self, node: &Node, what: &str, wanted: &str, who: Readers) -> &mut Diagnostic {
        let is = match &node.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Scalar(_) => "a single value",
        };
        let found = self.find("V1006", node.mark(), format!("{what} is {is} and must be {wanted}"), who);
        found.label(format!("wanted: {wanted}"));
        found
    }

    fn list(&mut self, item: &Shape, most: usize, node: &Node, what: &str) {
        let Value::List(items) = &node.value else {
            self.wrong(node, what, "a list", Readers::DAEMON.and(Readers::SDK));
            return;
        };
        if items.len() > most {
            self.find("V1008", node.mark(), format!("{what} has {} entries", items.len()), Readers::LIMITS)
                .label("too many")
                .help(format!("the daemon's limit is {most}"));
        }
        for (index, node) in items.iter().enumerate() {
            let what = format!("entry {} of {what}", index + 1);
            if node.is_null() {
                self.find("V1005", node.mark(), format!("{what} has no value"), Readers::SDK).label("null");
            } else {
                self.walk(item, node, &what);
            }
        }
    }

    fn map(&mut self, keys: &[Key], node: &Node, what: &str) {
        let Value::Map(entries) = &node.value else {
            self.wrong(node, what, "a map", Readers::DAEMON.and(Readers::SDK));
            return;
        };
        let mut seen: BTreeMap<&str, &Node> = BTreeMap::new();
        for (key, _) in entries {
            let Some(name) = key.text() else { continue };
            let known = keys.iter().any(|known| known.name == name);
            if let Some(first) = seen.insert(name, key) {
                let who = if known { Readers::DAEMON } else { Readers::NOBODY };
                let first = self.at(first.span.clone());
                self.find("V1003", key.span.clone(), format!("the key `{name}` is written twice"), who)
                    .label("written again")
                    .related(first, "first written here")
                    .help("Python takes the last of them without a word; keep one");
            }
            if !known && entries.len() <= CHECKED {
                self.misspelt(keys, entries, key, name);
            }
        }
        for key in keys {
            self.key(key, node, what);
        }
    }

    fn misspelt(&mut self, keys: &[Key], entries: &[(Node, Node)], key: &Node, name: &str) {
        let there = |known: &&str| entries.iter().any(|(other, _)| other.text() == Some(known));
        let legal = keys.iter().map(|key| key.name).filter(|known| !there(known));
        if let Some(near) = nearest(name, legal) {
            self.warn("V1009", key.span.clone(), format!("nobody reads the key `{name}`"))
                .label("passed over")
                .help(format!("did you mean `{near}`?"));
        }
    }

    fn key(&mut self, key: &Key, node: &Node, what: &str) {
        let name = key.name;
        let Some((written, value)) = node.entry(name) else {
            if key.absent != Readers::NOBODY && key.absent.within(self.limits).but(self.blind) != Readers::NOBODY {
                self.find("V1005", node.mark(), format!("{what} has no `{name}`"), key.absent)
                    .label(format!("`{name}` is missing"));
            }
            return;
        };
        if value.is_null() {
            let who = key.null.within(self.limits).but(self.blind);
            if who != Readers::NOBODY {
                self.find("V1005", written.span.clone(), format!("`{name}` of {what} has no value"), who)
                    .label("null")
                    .help("write a value, or take the key out if it is not needed");
            }
            return;
        }
        let empty = value.scalar().is_some_and(|scalar| scalar.text.is_empty());
        if empty && matches!(key.shape, Shape::Text(_)) && key.absent.has(Readers::LIMITS) {
            self.find("V1008", value.mark(), format!("`{name}` of {what} is empty"), Readers::LIMITS).label("empty");
        }
        self.walk(&key.shape, value, &format!("`{name}` of {what}"));
    }

    fn scalar(&mut self, shape: &Shape, node: &Node, what: &str) {
        let wanted = match shape {
            Shape::Flag => "true or false",
            Shape::Integer => "a whole number",
            Shape::Number | Shape::Decimal => "a number",
            _ => "a text",
        };
        let Some(scalar) = node.scalar() else {
            self.wrong(node, what, wanted, Readers::DAEMON.and(Readers::SDK));
            return;
        };
        let span = node.mark();
        let text = scalar.text.as_str();
        let whole = |number: Option<f64>| number.filter(|number| number.fract() == 0.0);
        let (daemon, sdk) = match shape {
            Shape::Flag => (scalar.daemon_flag().is_some(), scalar.python_flag().is_some()),
            Shape::Integer => (scalar.daemon_number().is_some(), whole(scalar.python_number()).is_some()),
            Shape::Number => (scalar.daemon_number().is_some(), scalar.python_number().is_some()),
            Shape::Decimal => {
                (text.parse::<f64>().is_ok_and(f64::is_finite), scalar.python_number().is_some_and(f64::is_finite))
            }
            _ => (true, scalar.python() == super::scalar::Read::Text),
        };
        if !daemon || !sdk {
            let mut who = Readers::NOBODY;
            who = if daemon { who } else { who.and(Readers::DAEMON) };
            who = if sdk { who } else { who.and(Readers::SDK) };
            let text_wanted = wanted == "a text";
            let found = self.find("V1006", span, format!("{what} is `{text}` and must be {wanted}"), who);
            found.label(format!("wanted: {wanted}"));
            match (text_wanted, sdk) {
                (true, _) => found.help(format!("YAML reads this as another type; quote it: \"{text}\"")),
                (false, true) => found.help("write it without quotes"),
                (false, false) => found,
            };
            return;
        }
        match shape {
            Shape::Text(most) => {
                let length = text.chars().count();
                if length > *most {
                    self.find("V1008", span, format!("{what} has {length} characters"), Readers::LIMITS)
                        .label("too long")
                        .help(format!("at most {most} are taken"));
                }
            }
            Shape::Word(legal) if !legal.contains(&text) => {
                let who = Readers::LIMITS.and(Readers::SDK).and(Readers::DIFY);
                self.find("V1007", span, format!("{what} is `{text}`, which is unknown"), who)
                    .label("unknown")
                    .legal(text, legal.iter().copied());
            }
            Shape::ModelType if !DIFY_MODEL_TYPES.contains(&text) => {
                let mut who = Readers::DIFY;
                let only = [&dify::TYPES_OF_SDK[..], &dify::TYPES_OF_DAEMON[..]].concat();
                if !dify::TYPES_OF_SDK.contains(&text) {
                    who = who.and(Readers::SDK);
                }
                if !only.contains(&text) {
                    who = who.and(Readers::LIMITS);
                }
                let found =
                    self.find("V1007", span, format!("{what} is `{text}`, which is no model type of Dify"), who);
                found.label("unknown to Dify").legal(text, DIFY_MODEL_TYPES);
                if only.contains(&text) {
                    found.help(format!("only other readers know {}", list(only)));
                }
            }
            _ => {}
        }
    }
}

/// Reports an error that names who refuses, or a warning if nobody does.
pub fn found<'r>(
    report: &'r mut Report,
    code: &'static str,
    at: At,
    what: impl Into<String>,
    who: Readers,
) -> &'r mut Diagnostic {
    let refused = who.refuse();
    if refused.is_empty() {
        return report.warning(code, at, what);
    }
    let found = report.error(code, at, what);
    debug_assert_eq!(found.severity, Severity::Error);
    found.help(refused)
}
