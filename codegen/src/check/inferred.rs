//! Of p3: a path of a reply or an event takes the type of what it feeds, and each of its places is one thing: a value, a
//! list or an object.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Ref, Test, Type};
use crate::catalogue::type_of;
use crate::diagnostics::At;

use super::Checking;
use super::fits::{json, literal_fits, scalar};
use super::flow::Here;
use super::scope::{Meaning, meaning, resolve};
use super::uses::{Role, Use};

/// Types of the paths of one document, the reply or an event.
#[derive(Debug, Default)]
pub struct Inferred(BTreeMap<Vec<String>, (Type, At)>);

/// What a place of a document is, as a path that goes on from it says.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    List,
    Object,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Shape::List => "a list",
            Shape::Object => "an object",
        }
    }
}

/// What to do where a list was taken for an object, or the other way round.
const ELEMENTS: &str = "an element of a list is `$item` inside its `$each`, or has a number: `<list>.0`";

impl Checking<'_> {
    /// A path that feeds something of this type.
    pub fn infer(&mut self, path: Vec<String>, type_: &Type, at: &At, inferred: &mut Inferred) {
        let free = |type_: &Type| *type_ == json();
        let clash = inferred.0.iter().find(|(other, (seen, _))| {
            let (short, long) = if other.len() <= path.len() { (*other, &path) } else { (&path, *other) };
            let inner = long.len() > short.len() && long.starts_with(short);
            let leaf = if short == *other { seen } else { type_ };
            (**other == path && seen != type_) || (inner && !free(leaf))
        });
        if let Some((other, (seen, first))) = clash {
            let what = if *other == path {
                format!("is read as `{seen}` and as `{type_}`")
            } else {
                "is read as a value and as an object".to_owned()
            };
            let first = first.clone();
            self.report
                .error("S3008", at.clone(), format!("one place of the document {what}"))
                .label(format!("read as `{type_}` here"))
                .related(first, "read otherwise here")
                .help("a path of a reply takes the type of what it feeds: both uses must agree");
            return;
        }
        inferred.0.entry(path).or_insert_with(|| (type_.clone(), at.clone()));
    }

    /// The literals that a path of a document is compared with say its type too.
    fn infer_test(&mut self, reference: &Ref, test: &Test, at: &At, here: Here<'_>, inferred: &mut Inferred) {
        if matches!(test, Test::Present | Test::Absent) {
            return;
        }
        let Ok(Meaning::Inferred) = resolve(self.specs, here.owner, here.site, here.each, reference) else { return };
        for path in documents(reference, here.each) {
            let seen = inferred.0.get(&path).map(|(type_, _)| type_.clone());
            let Test::OneOf(literals) = test else {
                // What a `$map` reads is the text `false` as well.
                if seen == Some(scalar()) {
                    self.report
                        .error(
                            "S3008",
                            at.clone(),
                            format!("`{reference}` is read as a text elsewhere, and `false` is one"),
                        )
                        .label("holds for `false` too")
                        .help(format!("write `{{ {reference}: true }}`, or `{{ {reference}: $present }}`"));
                }
                continue;
            };
            for literal in literals {
                let type_ = match (literal, &seen) {
                    (literal, Some(seen)) if *seen != json() && literal_fits(literal, seen) => continue,
                    (serde_json::Value::String(_), _) => type_of("string"),
                    (serde_json::Value::Bool(_), _) => type_of("boolean"),
                    _ => type_of("number"),
                };
                self.infer(path.clone(), &type_, at, inferred);
            }
        }
    }

    /// What a document is tested for agrees with what is read of it, and each of its places is one thing.
    pub fn document(&mut self, uses: Vec<Use<'_>>, inferred: &mut Inferred) {
        for used in &uses {
            if let Some(test) = used.test {
                let here = Here { owner: used.owner, site: used.site, each: used.each };
                self.infer_test(used.reference, test, &used.at, here, inferred);
            }
        }
        self.one_shape(&uses, inferred);
    }

    /// No place of a document is both a list and an object, or one of them and a value. A test for being there feeds
    /// nothing, but goes through what stands before.
    fn one_shape(&mut self, uses: &[Use<'_>], inferred: &Inferred) {
        let mut shapes: BTreeMap<Vec<String>, (Shape, At)> = BTreeMap::new();
        let mut told = BTreeSet::new();
        for used in uses {
            if meaning(self.specs, used) != Ok(Meaning::Inferred) {
                continue;
            }
            // What feeds something was compared with the values when its type was inferred.
            let feeds = used.role == Role::Value || matches!(used.test, Some(Test::OneOf(_)));
            for path in documents(used.reference, used.each) {
                for (place, shape) in places(&path, used.role) {
                    let value = inferred.0.get(place).filter(|(type_, _)| !feeds && *type_ != json());
                    let (known, first) = shapes.entry(place.to_vec()).or_insert_with(|| (shape, used.at.clone()));
                    let (other, first, help) = match value {
                        Some((_, first)) => ("a value", first, "a value has no members: one of the two paths is wrong"),
                        None if *known != shape => (known.name(), &*first, ELEMENTS),
                        None => continue,
                    };
                    if told.insert(place.to_vec()) {
                        let what = format!("one place of the document is read as {other} and as {}", shape.name());
                        self.report
                            .error("S3008", used.at.clone(), what)
                            .label(format!("read as {} here", shape.name()))
                            .related(first.clone(), "read otherwise here")
                            .help(help);
                    }
                }
            }
        }
    }
}

/// The places that a path goes through, each with what it must be there. What the whole document is, is known: an object,
/// unless an `$each` reads it as a list.
fn places(path: &[String], role: Role) -> impl Iterator<Item = (&[String], Shape)> {
    let through = (1..path.len()).map(|end| (&path[..end], if path[end] == "*" { Shape::List } else { Shape::Object }));
    let list = (role == Role::Each && !path.is_empty()).then_some((path, Shape::List));
    through.chain(list)
}

/// The paths of a reference into a document; `*` is an element of a list.
pub fn documents(reference: &Ref, each: &[Ref]) -> Vec<Vec<String>> {
    let star = |path: &[String]| -> Vec<String> {
        path.iter()
            .map(|step| if step.bytes().all(|b| b.is_ascii_digit()) { "*".to_owned() } else { step.clone() })
            .collect()
    };
    match reference.root.as_str() {
        "item" => {
            let one = |source: &Ref| [star(&source.path), vec!["*".to_owned()], star(&reference.path)].concat();
            each.iter().map(one).collect()
        }
        _ => vec![star(&reference.path)],
    }
}
