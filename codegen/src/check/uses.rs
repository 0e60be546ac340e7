//! Every reference of every spec, with where it stands. One walk, used by the passes that ask whether references resolve
//! and whether things are used.

use std::collections::BTreeSet;

use crate::ast::{
    Action, Argument, Attach, AttachTo, Auth, Call, Claim, Cond, Connection, Deliver, Line, Mapping, Member, ModelType,
    OrRef, Path, Property, Protocol, Ref, Specs, Test, Value,
};
use crate::catalogue::Site;
use crate::diagnostics::At;

/// Whose reference it is.
#[derive(Debug, Clone, Copy)]
pub enum Owner<'s> {
    Protocol(&'s Protocol),
    /// An action of a model type; none: the type as a whole.
    ModelType(&'s ModelType, Option<&'s Action>),
    Auth(&'s Auth),
    Connection(&'s Connection),
}

/// What a reference is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Value,
    Test,
    Merge,
    /// A list whose elements are read.
    Each,
}

/// A reference in its place.
#[derive(Debug, Clone)]
pub struct Use<'s> {
    pub reference: &'s Ref,
    pub at: At,
    pub site: Site,
    pub role: Role,
    pub owner: Owner<'s>,
    /// The sources of the enclosing `$each`; empty: none.
    pub each: &'s [Ref],
    /// Of a test: what is asked.
    pub test: Option<&'s Test>,
}

/// All uses of all specs.
pub fn uses(specs: &Specs) -> Vec<Use<'_>> {
    let mut all = Vec::new();
    for file in specs.protocols.values() {
        all.extend(protocol(&file.spec, &At::file(&file.path)));
    }
    for file in specs.model_types.values() {
        all.extend(model_type(&file.spec, &At::file(&file.path)));
    }
    for file in specs.auth.values() {
        all.extend(auth(&file.spec, &At::file(&file.path)));
    }
    if let Some(file) = &specs.connection {
        all.extend(connection(&file.spec, &At::file(&file.path)));
    }
    all
}

struct Walk<'s> {
    owner: Owner<'s>,
    site: Site,
    each: &'s [Ref],
    found: Vec<Use<'s>>,
}

/// The uses of one protocol.
pub fn protocol<'s>(spec: &'s Protocol, root: &At) -> Vec<Use<'s>> {
    let mut walk = Walk::new(Owner::Protocol(spec), Site::Settings);
    for (name, property) in &spec.properties {
        walk.property(property, &root.key("properties").key(name));
    }
    if let Some(batch) = &spec.batch {
        let at = root.key("batch");
        for (key, number) in [("size", &batch.size), ("parallel", &batch.parallel)] {
            if let Some(number) = number {
                walk.or_ref(number, at.key(key));
            }
        }
        walk.site = Site::Request;
        walk.push(&batch.over, at.key("over"), Role::Value);
    }
    walk.site = Site::Fails;
    for (index, cond) in spec.fails.iter().flatten().enumerate() {
        walk.cond(cond, &root.key("fails").index(index));
    }
    let request = root.key("request");
    walk.site = Site::Request;
    if let Path::Segments(segments) = &spec.request.path {
        let key = if spec.request.method == crate::ast::Method::Post { "post" } else { "get" };
        for (index, segment) in segments.iter().enumerate() {
            walk.or_ref(segment, request.key(key).index(index));
        }
    }
    walk.table(&spec.request.headers, &request.key("headers"));
    walk.table(&spec.request.query, &request.key("query"));
    if let Some(body) = &spec.request.body {
        walk.value(body, &request.key("body"));
    }
    for (name, value) in spec.request.parts.iter().flatten() {
        walk.value(value, &request.key("parts").key(name));
    }
    if let Some(stream) = &spec.stream {
        let at = root.key("stream");
        walk.site = Site::Settings;
        if let Some(separator) = &stream.separator {
            walk.push(separator, at.key("separator"), Role::Value);
        }
        walk.site = Site::Events;
        if let Some(cond) = &stream.ends_when {
            walk.cond(cond, &at.key("ends_when"));
        }
        for (index, rule) in stream.events.iter().enumerate() {
            let at = at.key("events").index(index);
            if let Some(cond) = &rule.when {
                walk.cond(cond, &at.key("when"));
            }
            walk.value(&rule.emit, &at.key("emit"));
        }
    }
    if let Some(reply) = &spec.reply {
        walk.site = Site::Reply;
        walk.value(reply, &root.key("reply"));
    }
    if let Some(task) = &spec.task {
        let at = root.key("task");
        walk.site = Site::Reply;
        walk.table(&task.keep, &at.key("keep"));
        walk.value(&task.state, &at.key("state"));
        if let Some(error) = &task.error {
            walk.value(error, &at.key("error"));
        }
        walk.site = Site::Poll;
        let at = at.key("poll");
        if let Path::Segments(segments) = &task.poll.get {
            for (index, segment) in segments.iter().enumerate() {
                walk.or_ref(segment, at.key("get").index(index));
            }
        }
        walk.table(&task.poll.headers, &at.key("headers"));
    }
    if let Some(probe) = &spec.probe {
        walk.site = Site::OwnProbe;
        walk.value(&probe.body, &root.key("probe").key("body"));
    }
    walk.found
}

/// The uses that read one document of a protocol: those of its own, and `fails`, which reads every one.
pub fn read<'s>(spec: &'s Protocol, root: &At, own: impl Fn(&Use<'_>) -> bool) -> Vec<Use<'s>> {
    let reads = |used: &Use<'_>| match used.site {
        Site::Fails => true,
        Site::Reply | Site::Events => own(used),
        _ => false,
    };
    protocol(spec, root).into_iter().filter(reads).collect()
}

/// The actions of a model type, each with its name and its place.
pub fn actions<'s>(spec: &'s ModelType, root: &At) -> Vec<(&'s str, &'s Action, At)> {
    let main = std::iter::once((spec.action.as_str(), &spec.main, root.clone()));
    main.chain(spec.also.iter().map(|(name, action)| (name.as_str(), action, root.key("also").key(name)))).collect()
}

/// The uses of one model type.
pub fn model_type<'s>(spec: &'s ModelType, root: &At) -> Vec<Use<'s>> {
    let mut found = Vec::new();
    for (_, action, at) in actions(spec, root) {
        let mut walk = Walk::new(Owner::ModelType(spec, Some(action)), Site::Derived);
        for (name, derived) in &action.derived {
            let at = at.key("derived").key(name);
            walk.push(&derived.from, at.key("$from"), Role::Value);
            walk.call(&derived.as_, &at.key("$as"));
        }
        if let Some(finish) = &action.finish {
            walk.call(finish, &at.key("finish"));
        }
        walk.site = Site::Deliver;
        match &action.deliver {
            Some(Deliver::Answer(answer)) => walk.value(answer, &at.key("deliver")),
            Some(Deliver::Chat { images: Some(images), .. }) => walk.or_ref(images, at.key("deliver").key("images")),
            _ => {}
        }
        found.extend(walk.found);
    }
    let mut walk = Walk::new(Owner::ModelType(spec, None), Site::Settings);
    let schema = root.key("schema");
    for (feature, cond) in &spec.schema.features {
        walk.cond(cond, &schema.key("features").key(feature));
    }
    for (name, property) in &spec.schema.properties {
        walk.property(property, &schema.key("properties").key(name));
    }
    if let Some(pricing) = &spec.schema.pricing {
        let at = schema.key("pricing");
        let fixed = [("input", &pricing.input), ("unit", &pricing.unit), ("currency", &pricing.currency)];
        for (key, reference) in fixed.into_iter().chain(pricing.output.iter().map(|output| ("output", output))) {
            walk.push(reference, at.key(key), Role::Value);
        }
    }
    for (name, switch) in &spec.parameters {
        let at = root.key("parameters").key(name);
        if let Some(cond) = &switch.when {
            walk.cond(cond, &at.key("when"));
        }
        for (key, limit) in [("min", &switch.min), ("max", &switch.max)] {
            if let Some(limit) = limit {
                walk.or_ref(limit, at.key(key));
            }
        }
        if let Some(default) = &switch.default {
            walk.or_ref(default, at.key("default"));
        }
        for (index, fixed) in switch.fixed.iter().enumerate() {
            walk.cond(&fixed.when, &at.key("fixed").index(index).key("when"));
        }
    }
    walk.site = Site::Probe;
    walk.value(&spec.probe.input, &root.key("probe").key("input"));
    found.extend(walk.found);
    found
}

/// The uses of one auth method.
pub fn auth<'s>(spec: &'s Auth, root: &At) -> Vec<Use<'s>> {
    // A token is kept for many requests, so nothing of one is known here.
    let mut walk = Walk::new(Owner::Auth(spec), Site::Mint);
    if let Some(jwt) = &spec.mint {
        let at = root.key("mint").key("jwt");
        let fixed = [("key", &jwt.key), ("algorithm", &jwt.algorithm), ("ttl", &jwt.ttl)];
        for (key, reference) in fixed.into_iter().chain(jwt.key_id.iter().map(|id| ("key_id", id))) {
            walk.push(reference, at.key(key), Role::Value);
        }
        for (index, claim) in jwt.claims.iter().enumerate() {
            let at = at.key("claims").index(index);
            match claim {
                Claim::Named { name, value } => {
                    walk.or_ref(name, at.key("name"));
                    walk.or_ref(value, at.key("value"));
                }
                Claim::Merge(map) => walk.push(map, at.key("$merge"), Role::Merge),
            }
        }
    }
    walk.site = Site::Sign;
    if let Some(sign) = &spec.sign {
        let at = root.key("sign");
        walk.or_ref(&sign.mac, at.key("mac"));
        walk.push(&sign.secret, at.key("secret"), Role::Value);
        walk.table(&sign.headers, &at.key("headers"));
        for (index, line) in sign.lines.iter().enumerate() {
            let at = at.key("lines").index(index);
            match line {
                Line::Is(part) => walk.or_ref(part, at),
                Line::Words(words) => {
                    for (index, word) in words.iter().enumerate() {
                        walk.or_ref(word, at.key("words").index(index));
                    }
                }
                Line::EachSigned(_) => {}
            }
        }
    }
    walk.site = Site::Attach;
    for (index, attach) in spec.attach.iter().enumerate() {
        walk.attach(attach, &root.key("attach").index(index));
    }
    walk.found
}

/// The uses of the connection.
pub fn connection<'s>(spec: &'s Connection, root: &At) -> Vec<Use<'s>> {
    let mut walk = Walk::new(Owner::Connection(spec), Site::Connection);
    walk.table(&spec.headers, &root.key("headers"));
    for (index, attach) in spec.attach.iter().enumerate() {
        walk.attach(attach, &root.key("attach").index(index));
    }
    walk.found
}

/// Names of the credentials that the connection's headers and `attach` refer to.
pub fn attached_fields(spec: &Connection) -> BTreeSet<&str> {
    let used = connection(spec, &At::file("")).into_iter().filter(|used| used.reference.root == "credential");
    used.filter_map(|used| used.reference.path.first().map(String::as_str)).collect()
}

impl<'s> Walk<'s> {
    fn new(owner: Owner<'s>, site: Site) -> Walk<'s> {
        Walk { owner, site, each: &[], found: Vec::new() }
    }

    fn push(&mut self, reference: &'s Ref, at: At, role: Role) {
        self.found.push(Use { reference, at, site: self.site, role, owner: self.owner, each: self.each, test: None });
    }

    fn or_ref<T>(&mut self, value: &'s OrRef<T>, at: At) {
        if let OrRef::Ref(reference) = value {
            self.push(reference, at, Role::Value);
        }
    }

    fn property(&mut self, property: &'s Property, at: &At) {
        match property {
            Property::Is(_) => {}
            Property::Ref(reference) => self.push(reference, at.clone(), Role::Value),
            Property::Derived(derived) => {
                self.push(&derived.from, at.key("$from"), Role::Value);
                self.call(&derived.as_, &at.key("$as"));
            }
        }
    }

    fn cond(&mut self, cond: &'s Cond, at: &At) {
        for (reference, test) in &cond.tests {
            self.push(reference, at.key(reference.to_string()).on_key(), Role::Test);
            if let Some(used) = self.found.last_mut() {
                used.test = Some(test);
            }
        }
    }

    fn call(&mut self, call: &'s Call, at: &At) {
        for (name, argument) in &call.arguments {
            if let Argument::Ref { when, from } = argument {
                let at = at.key(&call.name).key(name);
                if let Some(cond) = when {
                    self.cond(cond, &at.key("$when"));
                }
                for (index, reference) in from.iter().enumerate() {
                    self.push(reference, at.key("$from").index(index), Role::Value);
                }
            }
        }
    }

    fn table(&mut self, table: &'s [(String, Value)], at: &At) {
        for (name, value) in table {
            self.value(value, &at.key(name));
        }
    }

    fn value(&mut self, value: &'s Value, at: &At) {
        match value {
            Value::Literal(_) => {}
            Value::Ref(reference) => self.push(reference, at.clone(), Role::Value),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &at.index(index));
                }
            }
            Value::Mapping(mapping) => self.mapping(mapping, at),
        }
    }

    fn mapping(&mut self, mapping: &'s Mapping, at: &At) {
        for (index, reference) in mapping.each.iter().enumerate() {
            self.push(reference, at.key("$each").index(index), Role::Each);
        }
        let outer = self.each;
        // p3 refuses nesting; until then `$item` is the outer element.
        if outer.is_empty() {
            self.each = &mapping.each;
        }
        if let Some(cond) = &mapping.when {
            self.cond(cond, &at.key("$when"));
        }
        for (index, reference) in mapping.from.iter().enumerate() {
            self.push(reference, at.key("$from").index(index), Role::Value);
        }
        if let Some(call) = &mapping.as_ {
            self.call(call, &at.key("$as"));
        }
        if let Some(value) = &mapping.yield_ {
            self.value(value, &at.key("$yield"));
        }
        for member in &mapping.members {
            match member {
                Member::Named(name, value) => self.value(value, &at.key(name)),
                Member::Merge(values) => {
                    for (index, value) in values.iter().enumerate() {
                        let at = at.key("$merge").index(index);
                        match value {
                            Value::Ref(reference) => self.push(reference, at, Role::Merge),
                            value => self.value(value, &at),
                        }
                    }
                }
            }
        }
        self.each = outer;
    }

    fn attach(&mut self, attach: &'s Attach, at: &At) {
        if let Some(cond) = &attach.when {
            self.cond(cond, &at.key("$when"));
        }
        let (header, query) = (at.key("header"), at.key("query"));
        match &attach.to {
            AttachTo::Header { name, value, prefix } => {
                self.or_ref(name, header.key("name"));
                self.value(value, &header.key("value"));
                if let Some(prefix) = prefix {
                    self.value(prefix, &header.key("prefix"));
                }
            }
            AttachTo::Fields { name, fields, .. } => {
                self.or_ref(name, header.key("name"));
                self.table(fields, &header.key("fields"));
            }
            AttachTo::Query { name, value } => {
                self.or_ref(name, query.key("name"));
                self.value(value, &query.key("value"));
            }
        }
    }
}
