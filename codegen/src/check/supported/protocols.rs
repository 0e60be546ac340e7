//! Protocols: requests, and what is read of replies and events.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::ast::{Call, Frames, Mapping, Member, OrRef, Protocol, Ref, Shape, Value};
use crate::catalogue::{self, CONVERTERS, Site, type_of};
use crate::diagnostics::At;
use crate::lower::{WHOLE_LIST, spelling};

use super::super::Checking;
use super::super::scope::{Meaning, bare, find, resolve};
use super::super::uses::{self, Owner};
use super::super::values;

impl<'s> Checking<'s> {
    pub fn supported_protocol(&mut self, spec: &'s Protocol, root: &At) {
        self.options(&spec.credentials, root);
        let own = |used: &uses::Use<'_>| {
            let Ref { root, path } = used.reference;
            root == "credential" && path.first().is_some_and(|name| find(&spec.credentials, name).is_some())
        };
        for used in uses::protocol(spec, root).into_iter().filter(|used| used.site == Site::Settings && own(used)) {
            self.not_yet(used.at, "a setting that a protocol's own field feeds", "declare the field in the model type");
        }
        if spec.batch.is_some() && !matches!(spec.shape, Shape::Json | Shape::Bytes) {
            self.not_yet(root.key("batch").on_key(), "a batch of this shape", "write `shape: json` or `shape: bytes`");
        }
        for (key, number) in spec.batch.iter().flat_map(|batch| [("size", &batch.size), ("parallel", &batch.parallel)])
        {
            if let Some(OrRef::Ref(reference)) = number
                && reference.path.first().is_some_and(|name| find(&spec.credentials, name).is_some())
            {
                let help = "declare it in the model type";
                self.not_yet(
                    root.key("batch").key(key),
                    "a number of a batch from a field of the protocol's own",
                    help,
                );
            }
        }
        if let Some(stream) = spec.stream.as_ref().filter(|_| spec.shape == Shape::Bytes) {
            let at = root.key("stream");
            if stream.frames == Frames::Ndjson {
                self.not_yet(at.key("frames"), "audio in lines of JSON", "write `frames: sse`");
            }
            if stream.ends_when.is_some() {
                let help = "audio ends with its stream, or with `ends_with`";
                self.not_yet(at.key("ends_when").on_key(), "a last event of audio", help);
            }
        }
        self.request(spec, root);
        let replies = spec.reply.iter().map(|reply| (reply, root.key("reply")));
        let events = spec.stream.iter().flat_map(|stream| stream.events.iter().enumerate());
        let at = root.key("stream").key("events");
        let events = events.map(|(index, rule)| (&rule.emit, at.index(index).key("emit")));
        let polled = super::super::task::read(spec, root);
        for (value, at) in replies.chain(events).chain(polled) {
            self.decoded(value, &at, Place::Whole);
        }
        for site in [Site::Reply, Site::Events] {
            self.documents(spec, root, site);
        }
        self.read_whole(spec, root);
    }

    fn request(&mut self, spec: &'s Protocol, root: &At) {
        let owner = Owner::Protocol(spec);
        let request = root.key("request");
        let tables = [
            ("headers", spec.request.headers.as_slice(), "a converter in a header or query"),
            ("query", spec.request.query.as_slice(), "a converter in a header or query"),
            ("parts", spec.request.parts.as_deref().unwrap_or_default(), "a converter in a part"),
        ];
        for (key, table, converter) in tables {
            for (name, value) in table {
                let at = request.key(key).key(name);
                for (_, at) in values::calls(value, &at) {
                    self.not_yet(at, converter, "convert in the body, or in a `derived` value");
                }
                self.written(value, &at, owner, Site::Request);
                self.recorded(value, &at, owner);
            }
        }
        if let Some(body) = &spec.request.body {
            let at = request.key("body");
            self.object(body, &at, "a body");
            self.written(body, &at, owner, Site::Request);
        }
        if let Some(probe) = &spec.probe {
            let at = root.key("probe").key("body");
            if spec.request.body.is_none() {
                self.not_yet(at.on_key(), "a body of a probe in place of none", "let the model type's probe be sent");
            }
            if spec.batch.is_some() {
                self.not_yet(
                    at.on_key(),
                    "a probe of a batch",
                    "let the model type's probe be sent: one element will do",
                );
            }
            self.object(&probe.body, &at, "a body");
            self.written(&probe.body, &at, owner, Site::OwnProbe);
        }
        let polled = spec.task.iter().flat_map(|task| &task.poll.headers);
        for (name, value) in polled {
            let at = root.key("task").key("poll").key("headers").key(name);
            for (_, at) in values::calls(value, &at) {
                self.not_yet(at, "a converter in a header or query", "send the value as it is");
            }
            self.written(value, &at, owner, Site::Poll);
        }
        self.paths(uses::protocol(spec, root), &[Site::Request, Site::Settings, Site::OwnProbe, Site::Poll]);
    }

    /// A recording is a part as it is.
    fn recorded(&mut self, value: &'s Value, at: &At, owner: Owner<'s>) {
        let Value::Mapping(mapping) = value else { return };
        let is_recording = |source: &Ref| {
            let found = resolve(self.specs, owner, Site::Request, &[], source);
            matches!(found, Ok(Meaning::Typed(type_)) if *bare(&type_) == type_of("audio_file"))
        };
        let plain = mapping.from.len() == 1 && mapping.default.is_none();
        if !plain && mapping.from.iter().any(is_recording) {
            let help = "name the input alone; what is absent is no part";
            self.not_yet(at.clone(), "a recording beside something else", help);
        }
    }

    /// A value that is built from a reply or an event.
    fn decoded(&mut self, value: &'s Value, at: &At, place: Place) {
        let mapping = match value {
            Value::List(items) => {
                let is_object = |item: &Value| {
                    matches!(item, Value::Mapping(mapping)
                        if mapping.each.is_empty() && mapping.from.is_empty() && mapping.when.is_none())
                };
                if place != Place::Object || !items.iter().all(is_object) {
                    let help = "in a member of the output, write objects; else a list is built with `$each`";
                    return self.not_yet(at.clone(), "a list written out in a reply", help);
                }
                for (index, item) in items.iter().enumerate() {
                    self.decoded(item, &at.index(index), Place::Element);
                }
                return;
            }
            Value::Mapping(mapping) => mapping,
            Value::Literal(_) | Value::Ref(_) => return,
        };
        let literals = [("$literal", &mapping.literal), ("$default", &mapping.default)];
        for (key, literal) in literals {
            if matches!(literal, Some(Json::Array(_) | Json::Object(_))) {
                let help = "write its members out; what is left out is absent, or empty";
                self.not_yet(at.key(key), "a list or an object as a literal of a reply", help);
            }
        }
        if let Some(call) = &mapping.as_
            && !reads_documents(call, mapping)
            && !joins_answers(call, mapping, place)
        {
            let help = "read the path as it is, or map words with `$map`; a whole reply of booleans may be an `$each` with `any`";
            self.not_yet(at.key("$as"), "a converter in a reply", help);
        }
        let leaf = !mapping.from.is_empty() || mapping.literal.is_some();
        if mapping.when.is_some() && !leaf && mapping.each.is_empty() {
            let help = "write the condition on its members";
            self.not_yet(at.key("$when").on_key(), "a condition on an object of a reply", help);
        }
        if mapping.when.is_some() && mapping.literal.is_some() {
            let help = "use `$from`, `$map` and `$default`";
            self.not_yet(at.key("$when").on_key(), "a condition on a literal of a reply", help);
        }
        if !mapping.each.is_empty() && place == Place::Element {
            return;
        }
        if let Some(value) = &mapping.yield_ {
            self.decoded(value, &at.key("$yield"), Place::Element);
        }
        for member in &mapping.members {
            if let Member::Named(name, value) = member {
                let is_element = place == Place::Element || !mapping.each.is_empty();
                let place = if is_element { Place::Element } else { Place::Object };
                self.decoded(value, &at.key(name), place);
            }
        }
    }

    /// What a converter takes as it is cannot be taken apart beside it.
    fn read_whole(&mut self, spec: &'s Protocol, root: &At) {
        let Some(reply) = &spec.reply else { return };
        let mut whole: Vec<&Ref> = Vec::new();
        values::each(reply, &root.key("reply"), &mut |value, _| {
            if let Value::Mapping(mapping) = value
                && mapping.as_.is_some()
            {
                whole.extend(&mapping.from);
            }
        });
        for used in uses::protocol(spec, root).into_iter().filter(|used| used.site == Site::Reply) {
            let taken_apart = |whole: &&&Ref| {
                used.each.is_empty()
                    && used.reference.root == whole.root
                    && used.reference.path.len() > whole.path.len()
                    && used.reference.path.starts_with(&whole.path)
            };
            if let Some(whole) = whole.iter().find(taken_apart) {
                let what = format!("a member of `{whole}`, which a converter takes as it is,");
                self.not_yet(used.at.clone(), what, "let the converter read it, or read members only");
            }
        }
    }

    /// The paths of a document: rooted in it, and distinct in Rust too.
    fn documents(&mut self, spec: &'s Protocol, root: &At, site: Site) {
        let mut names: BTreeMap<(Vec<String>, String), String> = BTreeMap::new();
        // `fails` reads both documents, and is complained about once.
        let read = |used: &uses::Use<'_>| used.site == site || (used.site == Site::Fails && site == Site::Reply);
        for used in uses::protocol(spec, root).into_iter().filter(read) {
            let Ref { root, path } = used.reference;
            if used.role == uses::Role::Each && root == "reply" && path.is_empty() {
                let known = names.entry((Vec::new(), spelling(WHOLE_LIST))).or_insert_with(|| WHOLE_LIST.to_owned());
                if known != WHOLE_LIST {
                    let what = format!("reading both `{known}` and the reply as a list");
                    self.not_yet(used.at.clone(), what, "they have one name in Rust: read one of them");
                }
                continue;
            }
            if !used.each.is_empty() && root != "item" {
                let what = format!("`${root}` inside `$each`");
                self.not_yet(used.at.clone(), what, "read members of the element: `$item.<name>`");
                continue;
            }
            let first_is_index = path.first().is_some_and(|first| is_index(first));
            if path.is_empty() || first_is_index {
                let what = if root == "item" {
                    "an element that is no object".to_owned()
                } else {
                    format!("a document that is no object (`{}`)", used.reference)
                };
                self.not_yet(used.at.clone(), what, "read a member by its name");
                continue;
            }
            let lists = if root == "item" { used.each } else { &[] };
            let prefix: Vec<String> = lists.first().map(|list| list.path.clone()).unwrap_or_default();
            for (index, step) in path.iter().enumerate().filter(|(_, step)| !is_index(step)) {
                let parent = [prefix.as_slice(), &path[..index]].concat();
                let spelling = spelling(step);
                let known = names.entry((parent, spelling)).or_insert_with(|| step.clone());
                if known != step {
                    let what = format!("reading both `{known}` and `{step}`");
                    let help = "they differ only in case or punctuation: read one of them";
                    self.not_yet(used.at.clone(), what, help);
                    break;
                }
            }
        }
    }
}

/// Whether a converter takes a piece of a document as it is.
fn reads_documents(call: &Call, mapping: &Mapping) -> bool {
    mapping.each.is_empty() && mapping.default.is_none() && takes(call) == Some("json")
}

/// Whether a converter makes one answer, or one text of an answer, of the elements of a list.
fn joins_answers(call: &Call, mapping: &Mapping, place: Place) -> bool {
    let list = if mapping.each.is_empty() { None } else { takes(call) };
    matches!((place, list), (Place::Whole, Some("list<boolean>")) | (Place::Object, Some("list<string>")))
        && mapping.default.is_none()
}

fn takes(call: &Call) -> Option<&'static str> {
    catalogue::function(CONVERTERS, &call.name).map(|function| function.input)
}

/// Where a value of a reply stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the whole output.
    Whole,
    /// In an object of the output.
    Object,
    /// In an element of a list, at any depth.
    Element,
}

fn is_index(step: &str) -> bool {
    step.bytes().all(|byte| byte.is_ascii_digit())
}
