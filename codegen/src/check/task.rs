//! Tasks and a protocol's own probe: of p3 what flows in them, of p4 which sections belong together.

use crate::ast::{OrRef, Path, Protocol, Shape, Type, Value};
use crate::catalogue::{Site, TASK_ERROR, TASK_STATES, type_of};
use crate::diagnostics::At;

use super::Checking;
use super::fits::{json, scalar};
use super::flow::Here;
use super::inferred::Inferred;
use super::scope::implemented;
use super::uses::{self, Owner};
use super::wire::Wire;

/// The most seconds between two polls of Dify.
const LONGEST_PAUSE: u64 = 30;

/// What is read of a task's replies.
pub fn read<'s>(spec: &'s Protocol, root: &At) -> Vec<(&'s Value, At)> {
    let Some(task) = &spec.task else { return Vec::new() };
    let at = root.key("task");
    let kept = task.keep.iter().map(|(name, value)| (value, at.key("keep").key(name)));
    let error = task.error.iter().map(|error| (error, at.key("error")));
    kept.chain([(&task.state, at.key("state"))]).chain(error).collect()
}

/// Every value of a task and of a probe.
pub fn values<'s>(spec: &'s Protocol, root: &At) -> Vec<(&'s Value, At)> {
    let at = root.key("task").key("poll").key("headers");
    let headers = spec.task.iter().flat_map(|task| &task.poll.headers).map(|(name, value)| (value, at.key(name)));
    let probe = spec.probe.iter().map(|probe| (&probe.body, root.key("probe").key("body")));
    read(spec, root).into_iter().chain(headers).chain(probe).collect()
}

impl<'s> Checking<'s> {
    /// What flows in a task and in a probe's body.
    pub fn task_types(&mut self, spec: &'s Protocol, root: &At) {
        let here = |site| Here { owner: Owner::Protocol(spec), site, each: &[] };
        let none = &mut Inferred::default();
        if let Some(probe) = &spec.probe {
            self.flow(&probe.body, &root.key("probe").key("body"), &json(), here(Site::OwnProbe), none);
        }
        let Some(task) = &spec.task else { return };
        let at = root.key("task");
        let mut started = Inferred::default();
        for (name, value) in &task.keep {
            self.flow(value, &at.key("keep").key(name), &type_of("string"), here(Site::Reply), &mut started);
        }
        let mut polled = Inferred::default();
        let states = Type::Closed(TASK_STATES.map(str::to_owned).into());
        self.flow(&task.state, &at.key("state"), &states, here(Site::Reply), &mut polled);
        if let Some(error) = &task.error {
            let text = type_of("optional string");
            let members = TASK_ERROR.map(|name| (name.to_owned(), text.clone()));
            let type_ = if is_object(error) { Type::Record(members.into()) } else { text };
            self.flow(error, &at.key("error"), &type_, here(Site::Reply), &mut polled);
        }
        // The answer that starts the task is one document, what a poll brings another.
        let keep = at.key("keep");
        self.document(uses::read(spec, root, |used| used.at.is_in(&keep)), &mut started);
        self.document(uses::read(spec, root, |used| used.at.is_in(&at) && !used.at.is_in(&keep)), &mut polled);
        let at = at.key("poll");
        if let Path::Segments(segments) = &task.poll.get {
            for (index, segment) in segments.iter().enumerate() {
                if let OrRef::Ref(reference) = segment {
                    self.source(reference, &at.key("get").index(index), &type_of("string"), here(Site::Poll), none);
                }
            }
        }
        for (name, value) in &task.poll.headers {
            self.flow(value, &at.key("headers").key(name), &scalar(), here(Site::Poll), none);
            self.sent_as_text(value, &at.key("headers").key(name), Wire::Header);
        }
    }

    /// A task stands where the shape has one, keeps what its polls ask for, and tells the states apart.
    pub fn task_sections(&mut self, spec: &'s Protocol, root: &At) {
        let polling = spec.features.iter().position(|feature| feature == "polling");
        if let (Some(index), true) = (polling, spec.shape != Shape::Task) {
            self.report
                .error("S4006", root.key("features").index(index), "only a `task` can be polled")
                .label("this protocol answers at once")
                .help("take the feature out, or write `shape: task`");
        }
        let Some(task) = &spec.task else { return };
        let at = root.key("task");
        if spec.shape != Shape::Task {
            self.report
                .error("S4006", at.on_key(), "a task of another shape")
                .label("not of this shape")
                .help("write `shape: task`, or take it out");
        }
        if let Some((file, action)) = implemented(self.specs, spec)
            && !std::ptr::eq(action, &file.spec.main)
        {
            self.report
                .error("S4006", root.key("implements"), "a task serves the main action of a model type only")
                .label("not the main action")
                .help(format!("write `implements: {}`", file.spec.id));
        }
        if task.keep.is_empty() {
            self.report
                .error("S4006", at.key("keep").on_key(), "nothing is kept of the task")
                .label("empty")
                .help("polls need its id: `keep: { id: $reply.<path> }`");
        }
        let asks = uses::protocol(spec, root)
            .iter()
            .any(|used| used.site == Site::Poll && used.reference.root == "task" && !used.reference.path.is_empty());
        if !asks && !task.keep.is_empty() {
            self.report
                .error("S4006", at.key("poll").on_key(), "the polls do not say which task they ask for")
                .label("no `$task` in them")
                .help("put what is kept into the path or a header: `get: [tasks, $task.id]`");
        }
        let has_table = matches!(&task.state, Value::Mapping(mapping) if mapping.map.is_some());
        if !has_table {
            self.report
                .error("S4006", at.key("state"), "the state of a task needs a table")
                .label("words differ from service to service")
                .help("write `{ $from: $reply.<path>, $map: { <word>: running | succeeded | failed } }`");
        }
        for (key, seconds) in [("every", task.every), ("most", task.most)] {
            if !(1..=LONGEST_PAUSE).contains(&seconds) {
                self.report
                    .error("S4006", at.key(key), format!("a pause of {seconds} seconds between polls"))
                    .label(format!("expected 1 to {LONGEST_PAUSE}"))
                    .help("Dify waits neither less nor more when it does the waiting");
            }
        }
        if task.most < task.every {
            self.report
                .error("S4006", at.key("most"), "the longest pause is shorter than the first")
                .label("less than `every`")
                .help("pauses begin with `every` and double up to `most`");
        }
    }

    /// Examples of a task show its polls, and no others do.
    pub fn polled_examples(&mut self, spec: &'s Protocol, at: &At) {
        for (index, example) in spec.examples.iter().enumerate() {
            let (word, help) = match (spec.shape, &example.polls) {
                (Shape::Task, None) => ("never polls", "write the later replies of the task under `polls:`"),
                (Shape::Task, Some(polls)) if polls.is_empty() => {
                    ("never polls", "write the later replies of the task under `polls:`")
                }
                (Shape::Json | Shape::Chat | Shape::Upload, Some(_)) => ("polls", "only a `task` is polled"),
                _ => continue,
            };
            self.report
                .error("S4004", at.index(index), format!("this example {word}"))
                .label("this example")
                .help(help);
        }
    }
}

/// Whether an error is written as `{ code, message }`.
pub fn is_object(error: &Value) -> bool {
    matches!(error, Value::Mapping(mapping) if !mapping.members.is_empty())
}
