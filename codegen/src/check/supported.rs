//! Of p4: what the language allows and nothing is generated for yet. Each is refused here by name, so that what passes
//! compiles and means what it says.

use std::collections::BTreeMap;

use crate::ast::{
    Action, Attach, AttachTo, Auth, Call, Deliver, Field, Map, Mapping, Member, ModelType, OrRef, Protocol, Ref, Shape,
    Type, Value,
};
use crate::catalogue::{self, CONVERTERS, Site, type_of};
use crate::diagnostics::At;
use crate::lower::spelling;

use super::Checking;
use super::fits::domain;
use super::scope::{Meaning, bare, implemented, members, resolve};
use super::uses::{self, Owner, actions};
use super::values;

impl<'s> Checking<'s> {
    fn not_yet(&mut self, at: At, what: impl Into<String>, help: &str) {
        self.report
            .error("S4008", at, format!("{} is not supported yet", what.into()))
            .label("nothing is generated for this")
            .help(help);
    }

    // Protocols

    pub fn supported_protocol(&mut self, spec: &'s Protocol, root: &At) {
        if !spec.credentials.is_empty() {
            let at = root.key("credentials").on_key();
            self.not_yet(at, "a field of a protocol's own", "declare it in the model type");
        }
        self.request(spec, root);
        let replies = spec.reply.iter().map(|reply| (reply, root.key("reply"), None));
        let events = spec.stream.iter().flat_map(|stream| stream.events.iter().enumerate());
        let at = root.key("stream").key("events");
        let events = events.map(|(index, rule)| (&rule.emit, at.index(index).key("emit"), rule.when.as_ref()));
        for (value, at, _) in replies.chain(events) {
            self.decoded(value, &at, false);
        }
        for site in [Site::Reply, Site::Events] {
            self.documents(spec, root, site);
        }
        let chat = implemented(self.specs, spec).is_some_and(|(_, action)| is_chat(action));
        if chat && spec.shape == Shape::Json {
            self.not_yet(
                root.key("shape"),
                "a `json` protocol with a `chat` output",
                "write `shape: chat`; a `reply:` without `stream:` is enough there",
            );
        }
    }

    fn request(&mut self, spec: &'s Protocol, root: &At) {
        let owner = Owner::Protocol(spec);
        let request = root.key("request");
        for (key, table) in [("headers", &spec.request.headers), ("query", &spec.request.query)] {
            for (name, value) in table {
                let at = request.key(key).key(name);
                for (_, at) in values::calls(value, &at) {
                    self.not_yet(
                        at,
                        "a converter in a header or query",
                        "convert in the body, or in a `derived` value",
                    );
                }
                self.written(value, &at, owner, Site::Request);
            }
        }
        if let Some(body) = &spec.request.body {
            let at = request.key("body");
            self.object(body, &at, "a body");
            self.written(body, &at, owner, Site::Request);
        }
        self.paths(uses::protocol(spec, root), &[Site::Request, Site::Settings]);
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
            if !mapping.each.is_empty() {
                for (_, at) in values::calls(value, at) {
                    found.push((at, "a converter inside `$each`", "convert the whole list in a `derived` value"));
                }
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
                "input" | "credential" | "param" => path.len() > 1,
                "output" => !path.is_empty() && has_output(&used),
                "item" if path.len() > 1 => true,
                "item" if path.len() == 1 => !self.is_output_item(&used),
                _ => false,
            };
            if deep {
                let what = format!("a member of a value (`{}`)", used.reference);
                self.not_yet(used.at, what, "pass the whole value on, or take it apart in a converter");
            }
        }
    }

    /// An element of an output, whose members are known here.
    fn is_output_item(&self, used: &uses::Use<'s>) -> bool {
        used.each.iter().all(|source| source.root == "output")
    }

    // What comes in

    /// A value that is built from a reply or an event.
    fn decoded(&mut self, value: &'s Value, at: &At, inside: bool) {
        let mapping = match value {
            Value::List(_) => {
                let help = "a list is built with `$each`";
                return self.not_yet(at.clone(), "a list written out in a reply", help);
            }
            Value::Mapping(mapping) => mapping,
            Value::Literal(_) | Value::Ref(_) => return,
        };
        if mapping.as_.is_some() {
            self.not_yet(at.key("$as"), "a converter in a reply", "read the path as it is, or map words with `$map`");
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
        if !mapping.each.is_empty() && inside {
            return;
        }
        if let Some(value) = &mapping.yield_ {
            self.decoded(value, &at.key("$yield"), true);
        }
        for member in &mapping.members {
            if let Member::Named(name, value) = member {
                self.decoded(value, &at.key(name), inside || !mapping.each.is_empty());
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

    // Model types

    pub fn supported_model_type(&mut self, spec: &'s ModelType, root: &At) {
        self.options(&spec.credentials, root);
        for (name, action, at) in actions(spec, root) {
            self.supported_action(spec, name, action, &at);
        }
        for (name, switch) in &spec.parameters {
            if let Some(OrRef::Ref(_)) = &switch.default {
                let at = root.key("parameters").key(name).key("default");
                self.not_yet(
                    at,
                    "a default that a credential feeds",
                    "write a literal; `max` and `min` take references",
                );
            }
        }
        let at = root.key("probe").key("input");
        self.object(&spec.probe.input, &at, "a probe's input");
        for (_, at) in values::calls(&spec.probe.input, &at) {
            self.not_yet(at, "a converter in a probe", "write what it would give");
        }
        self.written(&spec.probe.input, &at, Owner::ModelType(spec, None), Site::Probe);
        self.paths(uses::model_type(spec, root), &[Site::Settings, Site::Derived, Site::Deliver, Site::Probe]);
    }

    fn supported_action(&mut self, spec: &'s ModelType, name: &str, action: &'s Action, at: &At) {
        for (input, type_) in &action.input {
            if !is_input(type_) {
                let help =
                    "use a text, a number, a boolean, `json`, `message`, `tool`, `tool_choice`, or a list of one";
                self.not_yet(at.key("input").key(input), format!("an input of type `{type_}`"), help);
            }
        }
        if let Some(output) = &action.output
            && !is_output(output)
        {
            let help = "use `chat`, `hit`, a text, a number or a boolean, or a list of one of the last four";
            self.not_yet(at.key("output"), format!("an output of type `{output}`"), help);
        }
        if is_chat(action) {
            let messages = type_of("list<message>");
            if !action.input.iter().any(|(_, type_)| *type_ == messages) {
                self.report
                    .error("S4006", at.key("output"), format!("`{name}` gives `chat` and takes no messages"))
                    .label("an answer to what?")
                    .help("add an input of type `list<message>`");
            }
        }
        self.derived(spec, action, at);
        if let Some(Deliver::Answer(answer)) = &action.deliver {
            let at = at.key("deliver");
            self.object(answer, &at, "an answer");
            self.written(answer, &at, Owner::ModelType(spec, Some(action)), Site::Deliver);
        }
    }

    fn derived(&mut self, spec: &'s ModelType, action: &'s Action, at: &At) {
        let owner = Owner::ModelType(spec, Some(action));
        for (name, derived) in &action.derived {
            let at = at.key("derived").key(name);
            let found = resolve(self.specs, owner, Site::Derived, &[], &derived.from);
            if let Ok(Meaning::Typed(Type::Optional(_))) = found {
                let help = "convert it where it is used: `{ $from, $as }` in the request";
                self.not_yet(at.key("$from"), "a value derived from what may be absent", help);
            }
            let output = catalogue::function(CONVERTERS, &derived.as_.name).map_or("json", |function| function.output);
            if !["list<message>", "integer"].contains(&output) {
                let help = "convert it where it is used: `{ $from, $as }` in the request";
                self.not_yet(at.key("$as"), format!("a derived value of type `{output}`"), help);
            }
        }
    }

    // Auth methods

    pub fn supported_auth(&mut self, spec: &'s Auth, root: &At) {
        self.options(&spec.credentials, root);
        for (index, attach) in spec.attach.iter().enumerate() {
            let at = root.key("attach").index(index);
            for (value, at) in attached(attach, &at) {
                self.authenticating(spec, value, &at, Site::Attach);
                if let Value::Mapping(mapping) = value
                    && mapping.when.is_some()
                {
                    let help = "write `$when` beside `header` or `query`";
                    self.not_yet(at.key("$when").on_key(), "a condition on a part of a header", help);
                }
            }
        }
        for (name, value) in spec.sign.iter().flat_map(|sign| &sign.headers) {
            let at = root.key("sign").key("headers").key(name);
            self.authenticating(spec, value, &at, Site::Sign);
            if let Value::Mapping(mapping) = value
                && mapping.when.is_some()
                && mapping.from.is_empty()
            {
                let help = "only what comes from a reference may have a condition";
                self.not_yet(at.key("$when").on_key(), "a condition on a literal", help);
            }
        }
        self.paths(uses::auth(spec, root), &[Site::Sign, Site::Attach]);
    }

    fn authenticating(&mut self, spec: &'s Auth, value: &'s Value, at: &At, site: Site) {
        for (_, at) in values::calls(value, at) {
            self.not_yet(at, "a converter in an auth method", "use the value as it is, or `$map`");
        }
        self.written(value, at, Owner::Auth(spec), site);
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

    /// The inputs that a finisher is given beside the output.
    pub fn finisher_inputs(&mut self, action: &Action, call: &Call, at: &At) {
        for (name, wanted) in catalogue::finisher_inputs(&call.name) {
            let type_ = action.input.iter().find(|(input, _)| input == name).map(|(_, type_)| type_);
            let wanted = type_of(wanted);
            // A type that does not exist is reported where it stands.
            if type_ != Some(&wanted) && type_.is_none_or(is_input) {
                self.report
                    .error("S3002", at.clone(), format!("`{}` needs the input `{name}`", call.name))
                    .label(type_.map_or("there is none".to_owned(), |type_| format!("it is `{type_}`")))
                    .help(format!("write `{name}: {wanted}` under `input:`"));
            }
        }
    }
}

fn shown(option: &str) -> String {
    option.escape_debug().to_string()
}

fn attached<'a>(attach: &'a Attach, at: &At) -> Vec<(&'a Value, At)> {
    let (header, query) = (at.key("header"), at.key("query"));
    match &attach.to {
        AttachTo::Header { value, prefix, .. } => {
            let prefix = prefix.iter().map(|prefix| (prefix, header.key("prefix")));
            std::iter::once((value, header.key("value"))).chain(prefix).collect()
        }
        AttachTo::Fields { fields, .. } => {
            fields.iter().map(|(name, value)| (value, header.key("fields").key(name))).collect()
        }
        AttachTo::Query { value, .. } => vec![(value, query.key("value"))],
    }
}

/// Whether the output itself is fine, so that its members are worth a word.
fn has_output(used: &uses::Use<'_>) -> bool {
    let Owner::ModelType(_, Some(action)) = used.owner else { return false };
    action.output.as_ref().is_some_and(is_output)
}

fn is_chat(action: &Action) -> bool {
    action.output.as_ref().is_some_and(|output| *output == type_of("chat"))
}

fn is_scalar(type_: &Type) -> bool {
    ["string", "boolean", "integer", "number", "decimal"].iter().any(|name| *type_ == type_of(name))
}

fn is_output(type_: &Type) -> bool {
    let element = match type_ {
        Type::List(element) => element,
        Type::Named(name) if name == "chat" => return true,
        other => other,
    };
    is_scalar(element) || *element == type_of("hit")
}

fn is_input(type_: &Type) -> bool {
    let whole = if let Type::Optional(inner) = type_ { inner } else { type_ };
    let element = if let Type::List(element) = whole { element } else { whole };
    let known = ["json", "message", "tool", "tool_choice"].iter().any(|name| *element == type_of(name));
    is_scalar(element) || known || matches!(element, Type::Closed(_))
}

fn is_index(step: &str) -> bool {
    step.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a path of a document can feed something of this type: a document's objects differ from vendor to vendor.
pub fn readable(type_: &Type) -> bool {
    match bare(type_) {
        Type::List(_) => false,
        other => members(other).is_empty(),
    }
}
