//! Values that go out: members in order, `$merge` expanded, converter calls completed from their signatures.

use std::collections::BTreeSet;

use super::scope::Scope;
use super::{conditions, converters, literal, spelling};
use crate::ast::{self, Mapping, Member, Ref, Value as Written};
use crate::ir::value::{Argument, ArgumentValue, Call, Cond, Entry, Item, Pick, Source, Step, Through, Value};

/// What encoders, answers and probes call other things.
const GIVEN: [&str; 17] = [
    "call",
    "credential",
    "own",
    "input",
    "param",
    "batch",
    "slice",
    "body",
    "draft",
    "value",
    "item",
    "items",
    "list",
    "object",
    "output",
    "answer",
    "data",
];

/// Lowers the values of one request, answer or probe.
pub struct Values<'a> {
    pub scope: &'a Scope,
    /// What `$merge: $param` carries.
    pub merged: Vec<Source>,
    /// Spellings that are taken: of computed steps, and of what encoders are given.
    pub taken: BTreeSet<String>,
}

impl<'a> Values<'a> {
    pub fn new(scope: &'a Scope) -> Self {
        Values { scope, merged: Vec::new(), taken: GIVEN.map(spelling).into() }
    }

    /// The members of an object.
    pub fn entries(&mut self, members: &[Member], path: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        for member in members {
            match member {
                Member::Named(name, value) => {
                    let (when, value) = self.value(value, &joined(path, name));
                    entries.push(Entry::Member { name: name.clone(), when, value });
                }
                Member::Merge(values) => values.iter().for_each(|value| self.merge(&mut entries, value)),
            }
        }
        entries
    }

    fn merge(&mut self, entries: &mut Vec<Entry>, value: &Written) {
        match value {
            Written::Ref(reference) if reference.is_root("param") => {
                entries.extend(self.merged.iter().map(|source| Entry::Member {
                    name: source.path.join("."),
                    when: Cond::new(),
                    value: Value::Pick(pick(vec![source.clone()])),
                }));
            }
            Written::Ref(reference) => entries.push(Entry::Merge(pick(vec![self.scope.source(reference)]))),
            Written::Mapping(mapping) => {
                let name = mapping.as_.as_ref().map_or("", |call| call.name.as_str());
                entries.push(Entry::Merge(self.pick(mapping, name)));
            }
            Written::Literal(_) | Written::List(_) => {}
        }
    }

    /// A value and the condition under which it is there. `path` names it if it has to be computed first.
    pub fn value(&mut self, value: &Written, path: &str) -> (Cond, Value) {
        if let Some(json) = literal(value) {
            // An object stays one, so that it is written member by member like its neighbours.
            match value {
                Written::Mapping(mapping) if mapping.literal.is_none() => {}
                _ => return (Cond::new(), Value::Literal(json)),
            }
        }
        match value {
            Written::Literal(json) => (Cond::new(), Value::Literal(json.clone())),
            Written::Ref(reference) => (Cond::new(), Value::Pick(pick(vec![self.scope.source(reference)]))),
            Written::List(items) => {
                (Cond::new(), Value::List(items.iter().map(|item| self.item(item, path)).collect()))
            }
            // The condition beside `$each` is each element's.
            Written::Mapping(mapping) if !mapping.each.is_empty() => (Cond::new(), self.mapping(mapping, path)),
            Written::Mapping(mapping) => {
                (conditions::optional(self.scope, mapping.when.as_ref()), self.mapping(mapping, path))
            }
        }
    }

    fn item(&mut self, item: &Written, path: &str) -> Item {
        let (when, value) = self.value(item, path);
        Item { when, value }
    }

    fn mapping(&mut self, mapping: &Mapping, path: &str) -> Value {
        if let Some(json) = &mapping.literal {
            return Value::Literal(json.clone());
        }
        if !mapping.from.is_empty() {
            return Value::Pick(self.pick(mapping, path));
        }
        if mapping.each.is_empty() {
            return Value::Object(self.entries(&mapping.members, path));
        }
        let from = self.scope.sources(&mapping.each);
        let inner = self.scope.within(&from[0].type_);
        let mut values = Values { scope: &inner, merged: self.merged.clone(), taken: std::mem::take(&mut self.taken) };
        let when = conditions::optional(&inner, mapping.when.as_ref());
        let element = match &mapping.yield_ {
            Some(value) => values.value(value, path).1,
            None => Value::Object(values.entries(&mapping.members, path)),
        };
        self.taken = values.taken;
        Value::Each { from, when, element: Box::new(element) }
    }

    /// `$from` with what follows it.
    pub fn pick(&mut self, mapping: &Mapping, path: &str) -> Pick {
        let step = match (&mapping.as_, &mapping.map) {
            (Some(call), _) => Some(Step::Convert(self.call(call))),
            (None, Some(rows)) => Some(Step::Map(rows.clone())),
            (None, None) => None,
        };
        Pick {
            from: self.scope.sources(&mapping.from),
            through: step.map(|step| Box::new(Through { name: self.name(path), step })),
            default: mapping.default.clone(),
        }
    }

    /// A converter call, its arguments in the order of the declaration.
    pub fn call(&self, call: &ast::Call) -> Call {
        let signature = converters::signature(&call.name);
        let inputs = signature.inputs.iter().map(|names| {
            let has = |name: &&&str| self.scope.inputs.iter().any(|input| input.name == **name);
            let name = names.iter().find(has).or(names.first()).map_or("", |name| *name);
            let source = self.scope.source(&Ref { root: "input".to_owned(), path: vec![name.to_owned()] });
            Argument {
                name: name.to_owned(),
                type_: source.type_.clone(),
                optional: source.optional,
                value: ArgumentValue::From { when: Cond::new(), from: vec![source] },
            }
        });
        let arguments = signature.arguments.iter().map(|(name, type_, optional)| Argument {
            name: (*name).to_owned(),
            type_: type_.clone(),
            optional: *optional,
            value: self.argument(call.arguments.iter().find(|(given, _)| given == name).map(|(_, value)| value)),
        });
        Call {
            function: call.name.clone(),
            input: signature.input.clone(),
            arguments: inputs.chain(arguments).collect(),
            output: signature.output.clone(),
            optional: signature.optional,
        }
    }

    fn argument(&self, argument: Option<&ast::Argument>) -> ArgumentValue {
        match argument {
            None => ArgumentValue::Absent,
            Some(ast::Argument::Literal(json)) => ArgumentValue::Literal(json.clone()),
            Some(ast::Argument::Ref { when, from }) => ArgumentValue::From {
                when: conditions::optional(self.scope, when.as_ref()),
                from: self.scope.sources(from),
            },
        }
    }

    /// A name that is not taken: the member's, else its whole path's.
    fn name(&mut self, path: &str) -> String {
        let last = path.rsplit('.').next().unwrap_or(path).to_owned();
        let whole = path.replace('.', "_");
        let numbered = (2..).map(|number| format!("{whole}_{number}"));
        let free = |name: &String| !self.taken.contains(&spelling(name));
        let name = [last, whole.clone()].into_iter().chain(numbered).find(free).unwrap_or(whole);
        self.taken.insert(spelling(&name));
        name
    }
}

/// A bare reference.
pub fn pick(from: Vec<Source>) -> Pick {
    Pick { from, through: None, default: None }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
