//! What is read of a reply or an event: conditions, and the output that is built.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::documents::{Inference, NodeId, ROOT};
use super::{WHOLE_LIST, conditions, converters};
use crate::ast::{self, Cond, Mapping, Member as Written, Ref, Value};
use crate::ir::decode::{Build, Document, Feeds, Member, Record, Rule, Scope, Source, Test, Type};

/// A whole reply.
pub fn reply(fails: Option<&[Cond]>, value: &Value, output: Option<&ast::Type>) -> Document {
    document_of("Reply", fails, None, &[(None, value)], &output.map_or(Feeds::Text, feeds))
}

/// What is kept of the first reply of a task.
pub fn kept(fails: Option<&[Cond]>, keep: &ast::Map<Value>) -> Document {
    let feeds = Feeds::Own(keep.iter().map(|(name, _)| (name.clone(), Feeds::OwnText)).collect());
    let members = keep.iter().map(|(name, value)| Written::Named(name.clone(), value.clone())).collect();
    let value = Value::Mapping(Box::new(Mapping { members, ..Mapping::default() }));
    document_of("Started", fails, None, &[(None, &value)], &feeds)
}

/// How far a task is. The word of the service is kept beside what it means.
pub fn progress(fails: Option<&[Cond]>, state: &Value, error: Option<&Value>) -> Document {
    let mut members = vec![Written::Named("state".to_owned(), state.clone())];
    if let Value::Mapping(mapping) = state {
        let word = Mapping { when: mapping.when.clone(), from: mapping.from.clone(), ..Mapping::default() };
        members.push(Written::Named("word".to_owned(), Value::Mapping(Box::new(word))));
    }
    match error {
        Some(Value::Mapping(mapping)) if !mapping.members.is_empty() => members.extend(mapping.members.clone()),
        Some(text) => members.push(Written::Named("message".to_owned(), text.clone())),
        None => {}
    }
    let value = Value::Mapping(Box::new(Mapping { members, ..Mapping::default() }));
    document_of("Poll", fails, None, &[(None, &value)], &Feeds::Record(Record::Progress))
}

/// One event of a stream.
pub fn event(fails: Option<&[Cond]>, stream: &ast::Stream, output: Option<&ast::Type>) -> Document {
    let rules: Vec<_> = stream.events.iter().map(|rule| (rule.when.as_ref(), &rule.emit)).collect();
    document_of("Event", fails, stream.ends_when.as_ref(), &rules, &output.map_or(Feeds::Text, feeds))
}

fn document_of(
    name: &'static str,
    fails: Option<&[Cond]>,
    ends: Option<&Cond>,
    rules: &[(Option<&Cond>, &Value)],
    feeds: &Feeds,
) -> Document {
    let error = Ref { root: "reply".to_owned(), path: vec!["error".to_owned()] };
    let usual = [Cond { tests: vec![(error, ast::Test::Present)] }];
    let fails = fails.unwrap_or(&usual);

    let mut reading = Reading { inference: Inference::new(name), elements: HashMap::new() };
    fails.iter().chain(ends).for_each(|cond| reading.enter_cond(ROOT, cond));
    for (when, value) in rules {
        when.iter().for_each(|cond| reading.enter_cond(ROOT, cond));
        reading.enter(ROOT, value, feeds, &mut Vec::new());
    }
    reading.inference.finish();

    let mut scope = Scope::default();
    let fails: Vec<_> = fails.iter().map(|cond| reading.cond(&mut scope, ROOT, Some(cond))).collect();
    let ends = ends.map(|cond| reading.cond(&mut scope, ROOT, Some(cond)));
    let mut built: Vec<Rule> = Vec::new();
    for (when, value) in rules {
        let when = reading.cond(&mut scope, ROOT, *when);
        let mut build = reading.build(&mut scope, ROOT, value, feeds);
        share(&mut build, &scope);
        built.push(Rule { when, build });
    }
    // What `fails` tests is tested first, unless it tests members of objects that are taken out before.
    let before = fails.iter().flatten().all(|test| test.source.local.is_none());
    let after = built.iter().map(|rule| &rule.when).chain(&ends);
    let tests = fails.iter().filter(|_| !before).chain(after).flatten();
    let within = built.iter().flat_map(|rule| tests_of(&rule.build));
    share_locals(&mut scope, tests.chain(within));
    Document { name, structs: reading.inference.into_structs(), scope, feeds: feeds.clone(), fails, ends, rules: built }
}

struct Reading {
    inference: Inference,
    /// Elements of the lists that each `$each` reads, by the scope it stands in and the paths of its lists.
    elements: HashMap<(NodeId, Vec<Vec<String>>), NodeId>,
}

impl Reading {
    // First every path is entered ...

    fn enter_cond(&mut self, from: NodeId, cond: &Cond) {
        for (reference, test) in &cond.tests {
            self.inference.test(from, &reference.path, tested(test));
        }
    }

    fn enter(&mut self, from: NodeId, value: &Value, feeds: &Feeds, path: &mut Vec<String>) {
        match value {
            Value::Literal(_) => {}
            Value::List(items) => {
                items.iter().for_each(|item| self.enter(from, item, element_feeds(feeds), path));
            }
            Value::Ref(reference) => self.inference.leaf(from, &reference.path, leaf(feeds)),
            Value::Mapping(mapping) if !mapping.each.is_empty() => {
                let lists = lists(mapping);
                let element = self.inference.element(from, &lists, path);
                self.elements.insert((from, lists), element);
                mapping.when.iter().for_each(|cond| self.enter_cond(element, cond));
                let list = list_feeds(mapping, feeds);
                self.enter(element, &element_of(mapping), element_feeds(&list), path);
            }
            Value::Mapping(mapping) => {
                mapping.when.iter().for_each(|cond| self.enter_cond(from, cond));
                let fed = match (&mapping.map, &mapping.as_) {
                    (Some(_), _) => Type::Text,
                    (None, Some(_)) => Type::Json,
                    (None, None) => leaf(feeds),
                };
                mapping.from.iter().for_each(|source| self.inference.leaf(from, &source.path, fed.clone()));
                for (name, feeds, _) in members_of(feeds) {
                    if let Some(value) = member(mapping, &name) {
                        path.push(name);
                        self.enter(from, value, &feeds, path);
                        path.pop();
                    }
                }
            }
        }
    }

    // ... then, with all types known, what is read is put together.

    fn cond(&mut self, scope: &mut Scope, from: NodeId, cond: Option<&Cond>) -> Vec<Test> {
        let tests = cond.iter().flat_map(|cond| &cond.tests);
        tests
            .map(|(reference, test)| Test {
                source: self.inference.source(scope, from, &reference.path),
                is: conditions::is(test),
            })
            .collect()
    }

    fn sources(&mut self, scope: &mut Scope, from: NodeId, references: &[Ref]) -> Vec<Source> {
        references.iter().map(|reference| self.inference.source(scope, from, &reference.path)).collect()
    }

    fn build(&mut self, scope: &mut Scope, from: NodeId, value: &Value, feeds: &Feeds) -> Build {
        match value {
            Value::Literal(json) => Build::Literal(json.clone()),
            Value::List(items) => {
                let feeds = element_feeds(feeds);
                Build::List(items.iter().map(|item| self.build(scope, from, item, feeds)).collect())
            }
            Value::Ref(reference) => Build::Pick {
                from: self.sources(scope, from, std::slice::from_ref(reference)),
                map: None,
                default: None,
                when: Vec::new(),
            },
            Value::Mapping(mapping) if !mapping.each.is_empty() => match &mapping.as_ {
                None => self.each(scope, from, mapping, feeds),
                Some(call) => {
                    let of = list_feeds(mapping, feeds);
                    let list = Box::new(self.each(scope, from, mapping, &of));
                    Build::Convert { list, of, function: call.name.clone() }
                }
            },
            Value::Mapping(mapping) if mapping.as_.is_some() => Build::Read {
                from: self.sources(scope, from, &mapping.from),
                function: mapping.as_.as_ref().map(|call| call.name.clone()).unwrap_or_default(),
                when: self.cond(scope, from, mapping.when.as_ref()),
            },
            Value::Mapping(mapping) if !mapping.from.is_empty() => Build::Pick {
                from: self.sources(scope, from, &mapping.from),
                map: mapping.map.clone(),
                default: mapping.default.clone(),
                when: self.cond(scope, from, mapping.when.as_ref()),
            },
            Value::Mapping(mapping) => {
                let record = match feeds {
                    Feeds::Record(record) => *record,
                    Feeds::Own(_) => Record::Own,
                    _ => return Build::Literal(mapping.literal.clone().unwrap_or_default()),
                };
                let members = members_of(feeds).into_iter().map(|(name, feeds, required)| Member {
                    build: member(mapping, &name).map(|value| self.build(scope, from, value, &feeds)),
                    name,
                    feeds,
                    required,
                });
                Build::Record(record, members.collect())
            }
        }
    }

    fn each(&mut self, scope: &mut Scope, from: NodeId, mapping: &Mapping, feeds: &Feeds) -> Build {
        let lists = lists(mapping);
        let from_lists = lists.iter().map(|list| self.inference.source(scope, from, list)).collect();
        let element = self.elements.get(&(from, lists)).copied().unwrap_or(ROOT);
        let mut inner = Scope::default();
        let when = self.cond(&mut inner, element, mapping.when.as_ref());
        let mut build = self.build(&mut inner, element, &element_of(mapping), element_feeds(feeds));
        share(&mut build, &inner);
        share_locals(&mut inner, when.iter().chain(tests_of(&build)));
        Build::Each { from: from_lists, scope: inner, when, element: Box::new(build) }
    }
}

/// The lists that are read element by element. The document itself is read as a member of its own.
fn lists(mapping: &Mapping) -> Vec<Vec<String>> {
    let path = |list: &Ref| if list.path.is_empty() { vec![WHOLE_LIST.to_owned()] } else { list.path.clone() };
    mapping.each.iter().map(path).collect()
}

/// The list that an `$each` builds: what its converter takes, else what it feeds.
fn list_feeds(mapping: &Mapping, fed: &Feeds) -> Feeds {
    match &mapping.as_ {
        Some(call) => feeds(&converters::input(&call.name)),
        None => fed.clone(),
    }
}

/// The value of one element: what `$yield` says, else the members.
fn element_of(mapping: &Mapping) -> Value {
    match &mapping.yield_ {
        Some(value) => value.clone(),
        None => Value::Mapping(Box::new(Mapping { members: mapping.members.clone(), ..Mapping::default() })),
    }
}

fn member<'a>(mapping: &'a Mapping, wanted: &str) -> Option<&'a Value> {
    mapping.members.iter().find_map(|member| match member {
        Written::Named(name, value) if name == wanted => Some(value),
        _ => None,
    })
}

fn tested(test: &ast::Test) -> Type {
    match test {
        ast::Test::Present | ast::Test::Absent => Type::Presence,
        ast::Test::Truthy => Type::Json,
        ast::Test::OneOf(values) if values.iter().all(Json::is_i64) => Type::Integer,
        ast::Test::OneOf(values) if values.iter().all(Json::is_number) => Type::Number,
        ast::Test::OneOf(values) if values.iter().all(Json::is_boolean) => Type::Boolean,
        ast::Test::OneOf(_) => Type::Text,
    }
}

fn leaf(feeds: &Feeds) -> Type {
    match feeds {
        Feeds::Text | Feeds::OwnText | Feeds::Image | Feeds::State | Feeds::Finish | Feeds::Audio => Type::Text,
        Feeds::Integer => Type::Integer,
        Feeds::Count => Type::Count,
        Feeds::Number => Type::Number,
        Feeds::Boolean => Type::Boolean,
        Feeds::Values => Type::Values,
        Feeds::Record(_) | Feeds::Own(_) => Type::Json,
        Feeds::List(element) => Type::List(Box::new(leaf(element))),
    }
}

fn feeds(output: &ast::Type) -> Feeds {
    match output {
        ast::Type::Named(name) => match name.as_str() {
            "chat" => Feeds::Record(Record::Chat),
            "hit" => Feeds::Record(Record::Hit),
            "vector" => Feeds::Record(Record::Vector),
            "numbers" => Feeds::Values,
            "usage" => Feeds::Record(Record::Usage),
            "integer" => Feeds::Integer,
            "number" | "decimal" => Feeds::Number,
            "boolean" => Feeds::Boolean,
            "audio" => Feeds::Audio,
            _ => Feeds::Text,
        },
        ast::Type::List(element) => Feeds::List(Box::new(feeds(element))),
        ast::Type::Optional(inner) => feeds(inner),
        ast::Type::Record(members) => {
            Feeds::Own(members.iter().map(|(name, type_)| (name.clone(), feeds(type_))).collect())
        }
        ast::Type::Closed(_) => Feeds::Text,
    }
}

fn element_feeds(feeds: &Feeds) -> &Feeds {
    match feeds {
        Feeds::List(element) => element,
        other => other,
    }
}

/// Name, type and whether it is required.
fn members_of(feeds: &Feeds) -> Vec<(String, Feeds, bool)> {
    let record = match feeds {
        Feeds::Record(record) => record,
        Feeds::Own(members) => {
            return members.iter().map(|(name, feeds)| (name.clone(), feeds.clone(), true)).collect();
        }
        _ => return Vec::new(),
    };
    let list = |feeds| Feeds::List(Box::new(feeds));
    let members = match record {
        Record::Chat => vec![
            ("text", Feeds::Text, false),
            ("reasoning", Feeds::Text, false),
            ("tool_calls", list(Feeds::Record(Record::ToolCall)), false),
            ("images", list(Feeds::Image), false),
            ("finish", Feeds::Finish, false),
            ("usage", Feeds::Record(Record::Usage), false),
        ],
        Record::ToolCall => vec![
            ("slot", Feeds::Integer, false),
            ("id", Feeds::Text, false),
            ("name", Feeds::Text, false),
            ("arguments", Feeds::Text, false),
        ],
        Record::Usage => {
            vec![("input", Feeds::Count, false), ("output", Feeds::Count, false), ("total", Feeds::Count, false)]
        }
        Record::Hit => vec![("index", Feeds::Integer, true), ("score", Feeds::Number, true)],
        Record::Vector => vec![("index", Feeds::Integer, false), ("values", Feeds::Values, true)],
        Record::Own => Vec::new(),
        Record::Progress => vec![
            ("state", Feeds::State, false),
            ("word", Feeds::OwnText, false),
            ("code", Feeds::OwnText, false),
            ("message", Feeds::OwnText, false),
        ],
    };
    members.into_iter().map(|(name, feeds, required)| (name.to_owned(), feeds, required)).collect()
}

/// Marks members that one rule reads more than once, or tests somewhere in what it builds.
fn share(build: &mut Build, scope: &Scope) {
    let mut uses: HashMap<(Option<usize>, String), usize> = HashMap::new();
    for local in &scope.locals {
        *uses.entry((local.parent, local.step.member.clone())).or_default() += 1;
    }
    for test in tests_of(build) {
        *uses.entry((test.source.local, test.source.step.member.clone())).or_default() += 1;
    }
    each_source(build, &mut |source| *uses.entry((source.local, source.step.member.clone())).or_default() += 1);
    each_source(build, &mut |source| source.step.shared = uses[&(source.local, source.step.member.clone())] > 1);
}

/// Marks objects whose member another one or a test reads too.
fn share_locals<'t>(scope: &mut Scope, tests: impl Iterator<Item = &'t Test>) {
    let tested = tests.map(|test| (test.source.local, test.source.step.member.clone()));
    let taken = scope.locals.iter().map(|local| (local.parent, local.step.member.clone()));
    let all: Vec<_> = taken.chain(tested).collect();
    for local in &mut scope.locals {
        let same =
            |(parent, member): &&(Option<usize>, String)| *parent == local.parent && *member == local.step.member;
        local.step.shared = all.iter().filter(same).count() > 1;
    }
}

/// Every test in the scope `build` stands in.
fn tests_of(build: &Build) -> Vec<&Test> {
    match build {
        Build::Literal(_) | Build::Each { .. } => Vec::new(),
        Build::Pick { when, .. } | Build::Read { when, .. } => when.iter().collect(),
        Build::Record(_, members) => {
            members.iter().filter_map(|member| member.build.as_ref()).flat_map(tests_of).collect()
        }
        Build::List(items) => items.iter().flat_map(tests_of).collect(),
        Build::Convert { list, .. } => tests_of(list),
    }
}

/// Every source that is read in the scope `build` stands in.
fn each_source(build: &mut Build, visit: &mut impl FnMut(&mut Source)) {
    match build {
        Build::Literal(_) => {}
        Build::Pick { from, .. } | Build::Each { from, .. } | Build::Read { from, .. } => {
            from.iter_mut().for_each(visit)
        }
        Build::Record(_, members) => {
            for build in members.iter_mut().filter_map(|member| member.build.as_mut()) {
                each_source(build, visit);
            }
        }
        Build::List(items) => items.iter_mut().for_each(|item| each_source(item, visit)),
        Build::Convert { list, .. } => each_source(list, visit),
    }
}
