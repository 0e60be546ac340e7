//! p4: nothing is missing and nothing is left over. Sections fit the shape, outputs are built, inputs and parameters
//! are sent, examples reach every rule; what no plugin uses is a warning.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::ast::{Action, Auth, Deliver, Mapping, Member, ModelType, Property, Protocol, Ref, Shape, Type, Value};
use crate::diagnostics::At;

use super::Checking;
use super::consumed::merged_parameters;
use super::examples::{example_ends, example_reaches, is_drawn_by_chance};
use super::scope::{bare, find, implemented, members, sent_as_headers};
use super::sections::is_audio;
use super::uses::{self, actions};
use super::values;

/// The most keys of one protocol that may carry the same condition.
const REPEATS: usize = 5;

pub fn check(checking: &mut Checking<'_>) {
    let specs = checking.specs;
    for file in specs.model_types.values() {
        let root = At::file(&file.path);
        checking.actions_deliver(&file.spec, &root);
        checking.supported_model_type(&file.spec, &root);
    }
    for file in specs.protocols.values() {
        let root = At::file(&file.path);
        checking.sections(&file.spec, &root);
        checking.task_sections(&file.spec, &root);
        checking.supported_protocol(&file.spec, &root);
        checking.outputs(&file.spec, &root);
        checking.inputs(&file.spec, &root);
        checking.parameters_sent(&file.spec, &root);
        checking.rules(&file.spec, &root);
        checking.protocol_examples(&file.spec, &root);
        checking.repeats(&file.spec, &root);
    }
    for file in specs.auth.values() {
        let root = At::file(&file.path);
        checking.phases(&file.spec, &root);
        checking.supported_auth(&file.spec, &root);
        checking.signed(&file.spec, &root);
        checking.auth_examples(&file.spec, &root);
    }
    if let Some(file) = &specs.connection {
        checking.supported_connection(&file.spec, &At::file(&file.path));
    }
    checking.compared_decimals();
    for file in specs.plugins.values() {
        checking.lowered(&file.spec, &At::file(&file.path));
    }
    checking.unused_fields();
    checking.unused_specs();
    checking.suspicious();
}

impl<'s> Checking<'s> {
    fn actions_deliver(&mut self, spec: &'s ModelType, root: &At) {
        for (name, action, at) in actions(spec, root) {
            let place = if name == spec.action { at.key("action") } else { at.on_key() };
            let chat = action.output.as_ref().is_some_and(|output| *bare(output) == Type::Named("chat".to_owned()));
            let audio = is_audio(action);
            if audio && (action.deliver.is_some() || action.finish.is_some()) {
                let key = if action.deliver.is_some() { "deliver" } else { "finish" };
                self.report
                    .error("S4006", at.key(key).on_key(), format!("the action `{name}` gives audio and says `{key}`"))
                    .label("audio is delivered as it comes")
                    .help("take it out");
            }
            if audio && !matches!(find(&spec.schema.properties, "audio_type"), Some(Property::Ref(_))) {
                self.report
                    .error("S4006", at.key("output"), format!("the format of the audio of `{name}` is not known"))
                    .label("which format?")
                    .help("say `audio_type: $credential.<format>` under `schema.properties`");
            }
            if action.deliver.is_none() && !chat && !audio {
                self.report
                    .error("S4006", place, format!("the action `{name}` delivers nothing"))
                    .label("needs `deliver`")
                    .help("say Dify's answer under `deliver:`");
            }
            let main = name == spec.action;
            if main && action.output.is_none() {
                self.report
                    .error("S4006", at.key("action"), format!("the main action `{name}` has no output"))
                    .label("needs `output`")
                    .help("say what a protocol's reply builds under `output:`");
            }
            self.inputs_delivered(name, action, &at);
        }
    }

    /// An action without protocols must use its inputs itself.
    fn inputs_delivered(&mut self, name: &str, action: &'s Action, at: &At) {
        let Some(Deliver::Answer(answer)) = &action.deliver else { return };
        if action.output.is_some() {
            return;
        }
        let mut used = named_roots(answer, "input");
        close_over_derived(action, &mut used);
        for (input, type_) in &action.input {
            if !used.contains(input) && !matches!(type_, Type::Optional(_)) {
                self.report
                    .error(
                        "S4002",
                        at.key("input").key(input).on_key(),
                        format!("the input `{input}` of `{name}` is not used"),
                    )
                    .label("required, but not used")
                    .help("use it in `derived` or `deliver`");
            }
        }
    }

    /// A reply builds every required member.
    fn outputs(&mut self, spec: &'s Protocol, root: &At) {
        let Some((_, action)) = implemented(self.specs, spec) else { return };
        if let (Some(output), Some(reply)) = (&action.output, &spec.reply) {
            self.built(reply, output, &root.key("reply"));
        }
    }

    fn built(&mut self, value: &'s Value, type_: &Type, at: &At) {
        let element = match bare(type_) {
            Type::List(element) => element,
            other => other,
        };
        let Value::Mapping(mapping) = value else { return };
        let Mapping { from, literal, yield_, members: written, .. } = &**mapping;
        if !from.is_empty() || literal.is_some() {
            return;
        }
        if let Some(value) = yield_ {
            return self.built(value, element, &at.key("$yield"));
        }
        for (name, type_) in members(element) {
            let found = written.iter().find_map(|member| match member {
                Member::Named(key, value) if *key == name => Some(value),
                _ => None,
            });
            match found {
                Some(value) => self.built(value, &type_, &at.key(&name)),
                None if matches!(type_, Type::Optional(_)) => {}
                None => {
                    self.report
                        .error(
                            "S4001",
                            at.on_key(),
                            format!("the required member `{name}` of `{element}` is not built"),
                        )
                        .label(format!("lacks `{name}`"))
                        .help(format!("add `{name}: <{type_}>`"));
                }
            }
        }
    }

    /// A request uses every required input.
    fn inputs(&mut self, spec: &'s Protocol, root: &At) {
        let Some((file, action)) = implemented(self.specs, spec) else { return };
        // Whether a conversation is streamed is nothing to a service that answers with one document.
        let answered_whole = spec.shape != Shape::Chat
            && action.output.as_ref().is_some_and(|output| *bare(output) == Type::Named("chat".to_owned()));
        let streams = |type_: &Type| answered_whole && *type_ == Type::Named("boolean".to_owned());
        let mut used: BTreeSet<String> = uses::protocol(spec, root)
            .into_iter()
            .filter(|used| used.reference.root == "input")
            .filter_map(|used| used.reference.path.first().cloned())
            .collect();
        close_over_derived(action, &mut used);
        for (name, type_) in &action.input {
            if !used.contains(name) && !matches!(type_, Type::Optional(_)) && !streams(type_) {
                let declared = At::file(&file.path).key("input").key(name).on_key();
                self.report
                    .error("S4002", root.key("request").on_key(), format!("the required input `{name}` is not sent"))
                    .label(format!("`$input.{name}` is nowhere in the request"))
                    .related(declared, "declared here")
                    .help(format!("use `$input.{name}`, or a value derived from it"));
            }
        }
    }

    fn parameters_sent(&mut self, spec: &'s Protocol, root: &At) {
        let merges = uses::protocol(spec, root).iter().any(|used| {
            used.role == uses::Role::Merge && used.reference.root == "param" && used.reference.path.is_empty()
        });
        if merges {
            return;
        }
        for name in merged_parameters(spec).into_iter().filter(|name| !sent_as_headers(self.specs, name)) {
            self.report
                .error(
                    "S4007",
                    root.key("parameters").key(name).on_key(),
                    format!("the parameter `{name}` is not sent"),
                )
                .label("listed, but nothing carries it")
                .help(format!("use `$param.{name}` in the request, or `$merge: $param`"));
        }
    }

    fn rules(&mut self, spec: &'s Protocol, root: &At) {
        let Some(stream) = &spec.stream else { return };
        let at = root.key("stream").key("events");
        if stream.events.is_empty() {
            self.report
                .error("S4006", at.on_key(), "the stream has no rules")
                .label("nothing is read")
                .help("add `- emit: { .. }`");
        }
        for (index, rule) in stream.events.iter().enumerate() {
            let earlier =
                stream.events[..index].iter().position(|other| other.when.is_none() || other.when == rule.when);
            if let Some(earlier) = earlier {
                self.report
                    .error("S4003", at.index(index), "this rule is never reached")
                    .label("unreachable")
                    .related(at.index(earlier), "always fires first")
                    .help("the first rule whose condition holds wins: a rule without `when` is the last");
            }
        }
    }

    fn protocol_examples(&mut self, spec: &'s Protocol, root: &At) {
        let at = root.key("examples");
        if spec.examples.is_empty() {
            self.report
                .error("S4004", at.on_key(), "this protocol has no example")
                .label("examples are required")
                .help("they are its tests and its documentation: `- { input, sends, receives, yields }`");
            return;
        }
        for (index, example) in spec.examples.iter().enumerate() {
            let at = at.index(index);
            let (word, missing) = match (&example.receives, &example.streams) {
                (None, None) => ("receives nothing", "write `receives:` (a reply) or `streams:` (a list of events)"),
                (Some(_), Some(_)) => ("receives a reply and a stream", "write two examples"),
                // Bytes, as hexadecimal text.
                (Some(Json::String(_)), None) if spec.shape == Shape::Bytes => continue,
                // What the shape lacks is said once, where the shape is.
                (Some(_), None) if spec.reply.is_none() && spec.stream.is_none() => continue,
                (None, Some(_)) if spec.reply.is_none() && spec.stream.is_none() => continue,
                (Some(_), None) if spec.reply.is_none() => {
                    ("receives a reply", "this protocol has no `reply:`; write `streams:`")
                }
                (None, Some(_)) if spec.stream.is_none() => {
                    ("streams", "this protocol has no `stream:`; write `receives:`")
                }
                _ => continue,
            };
            self.report.error("S4004", at, format!("this example {word}")).label("this example").help(missing);
        }
        self.polled_examples(spec, &at);
        let streams = spec.examples.iter().any(|example| example.streams.is_some());
        let receives = spec.examples.iter().any(|example| example.receives.is_some());
        let sections = [
            ("stream", spec.stream.is_some() && matches!(spec.shape, Shape::Chat | Shape::Bytes), streams, "streams"),
            ("reply", spec.reply.is_some(), receives, "receives"),
        ];
        for (section, there, shown, key) in sections {
            if there && !shown {
                self.report
                    .error("S4004", at.on_key(), format!("no example shows the `{section}`"))
                    .label(format!("none has `{key}`"))
                    .help(format!("add an example with `{key}:`"));
            }
        }
        let Some(stream) = &spec.stream else { return };
        let reached: BTreeSet<usize> = spec
            .examples
            .iter()
            .flat_map(|example| example.streams.iter().flatten())
            .filter_map(|event| example_reaches(&stream.events, event))
            .collect();
        if let Some(ends) = &stream.ends_when
            && streams
            && !spec.examples.iter().flat_map(|example| example.streams.iter().flatten()).any(|e| example_ends(ends, e))
        {
            self.report
                .error("S4005", root.key("stream").key("ends_when").on_key(), "no example ends the stream")
                .label("never holds")
                .help("add the last event to `streams:` of an example");
        }
        let unreachable = |index: &usize| stream.events[..*index].iter().any(|other| other.when.is_none());
        for index in (0..stream.events.len()).filter(|index| !reached.contains(index) && !unreachable(index)) {
            if streams {
                self.report
                    .error("S4005", root.key("stream").key("events").index(index), "no example fires this rule")
                    .label("never fires")
                    .help("add an event that it reads to `streams:` of an example");
            }
        }
    }

    /// The same condition again and again is a sign that something is missing.
    fn repeats(&mut self, spec: &'s Protocol, root: &At) {
        let Some(body) = &spec.request.body else { return };
        let all = values::conds(body, &root.key("request").key("body"));
        for (index, (cond, at)) in all.iter().enumerate() {
            let same = all.iter().filter(|(other, _)| other == cond).count();
            let first = all[..index].iter().all(|(other, _)| other != cond);
            if first && same > REPEATS {
                self.report
                    .warning("S4104", at.on_key(), format!("the same condition stands on {same} keys"))
                    .label("the first of them")
                    .help("use a `fixed` parameter, a converter that returns a map, or a second protocol");
            }
        }
    }

    fn phases(&mut self, spec: &'s Auth, root: &At) {
        for used in uses::auth(spec, root) {
            let missing = match used.reference.root.as_str() {
                "token" if spec.mint.is_none() => "mint",
                "signed" | "signature" if spec.sign.is_none() => "sign",
                _ => continue,
            };
            self.report
                .error("S4006", used.at, format!("`{}` without `{missing}`", used.reference))
                .label("nothing makes it")
                .help(format!("add `{missing}:`"));
        }
        let made = [("mint", spec.mint.is_some(), "token"), ("sign", spec.sign.is_some(), "signature")];
        for (section, there, root_name) in made {
            let attached = uses::auth(spec, root).iter().any(|used| used.reference.root == root_name);
            if there && !attached {
                self.report
                    .error("S4006", root.key(section).on_key(), format!("what `{section}` makes is not attached"))
                    .label("made, but not sent")
                    .help(format!("put `${root_name}` on the request under `attach:`"));
            }
        }
    }

    fn auth_examples(&mut self, spec: &'s Auth, root: &At) {
        let repeatable =
            spec.attach.is_empty() || !uses::auth(spec, root).iter().any(|used| is_drawn_by_chance(used.reference));
        if repeatable && spec.examples.is_empty() {
            self.report
                .error("S4004", root.key("id"), format!("the auth method `{}` has no example", spec.id))
                .label("examples are required")
                .help("what it adds does not depend on time or chance: `- { credentials, request, adds }`");
        }
    }
}

/// Adds what the derived values in use are made of.
fn close_over_derived(action: &Action, used: &mut BTreeSet<String>) {
    for (name, derived) in action.derived.iter().rev() {
        if used.contains(name) {
            let arguments = derived.as_.arguments.iter().flat_map(|(_, argument)| match argument {
                crate::ast::Argument::Ref { from, .. } => from.as_slice(),
                crate::ast::Argument::Literal(_) => &[],
            });
            let sources: Vec<&Ref> = std::iter::once(&derived.from).chain(arguments).collect();
            used.extend(
                sources
                    .into_iter()
                    .filter(|source| source.root == "input")
                    .filter_map(|source| source.path.first().cloned()),
            );
        }
    }
}

/// The first segments of all references of one root in a value.
fn named_roots(value: &Value, root: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |reference: &Ref| {
        if reference.root == root {
            found.extend(reference.path.first().cloned());
        }
    };
    values::each(value, &At::file(""), &mut |value, _| match value {
        Value::Ref(reference) => add(reference),
        Value::Mapping(mapping) => mapping.from.iter().chain(&mapping.each).for_each(&mut add),
        _ => {}
    });
    found
}
