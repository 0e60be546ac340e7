//! p3: what flows fits where it flows, tests and tables stay inside closed lists, bounds only narrow, and every path of
//! a reply has one type.

use std::collections::BTreeSet;

use crate::ast::{
    Attach, AttachTo, Claim, Connection, Deliver, Derived, Line, Member, Method, ModelType, OrRef, Path, Property,
    Protocol, Shape, Test, Type, Value,
};
use crate::catalogue::{self, CONVERTERS, FINISHERS, JWT_ALGORITHMS, MACS, PROPERTIES, Site, type_of};
use crate::diagnostics::{At, list};

use super::Checking;
use super::consumed::merged_parameters;
use super::declarations::shown;
use super::fits::{domain, fits, json, literal_fits, part, scalar};
use super::flow::Here;
use super::inferred::Inferred;
use super::scope::{Meaning, bare, find, finished, implemented, meaning, sent_as_headers};
use super::uses::{self, Owner, Role, Use, actions};
use super::values;
use super::wire::Wire;

pub fn check(checking: &mut Checking<'_>) {
    let specs = checking.specs;
    for (name, file) in &specs.parameters {
        checking.parameter_declaration(name, &file.spec, &At::file(&file.path).key(name));
    }
    let connection = specs.connection.iter().map(|file| (&file.path, &file.spec.credentials));
    let auth = specs.auth.values().map(|file| (&file.path, &file.spec.credentials));
    let types = specs.model_types.values().map(|file| (&file.path, &file.spec.credentials));
    let protocols = specs.protocols.values().map(|file| (&file.path, &file.spec.credentials));
    for (path, fields) in connection.chain(auth).chain(types).chain(protocols) {
        for (name, field) in fields {
            checking.field(field, &At::file(path).key("credentials").key(name));
        }
    }
    for file in specs.plugins.values() {
        checking.overrides(&file.spec, &At::file(&file.path));
        checking.offers(&file.spec, &At::file(&file.path));
    }
    for file in specs.model_types.values() {
        let root = At::file(&file.path);
        checking.model_type(&file.spec, &root);
        checking.switches(&file.spec, &root);
    }
    for file in specs.protocols.values() {
        checking.protocol_types(&file.spec, &At::file(&file.path));
    }
    for file in specs.auth.values() {
        checking.auth_types(&file.spec, &At::file(&file.path));
    }
    if let Some(file) = &specs.connection {
        checking.connection_types(&file.spec, &At::file(&file.path));
    }
    for used in uses::uses(specs) {
        checking.test(&used);
    }
    // What one layer says wrong would be said of all.
    if !checking.report.failed() {
        specs.protocols.values().for_each(|file| checking.layered(&file.spec, &At::file(&file.path)));
    }
}

impl<'s> Checking<'s> {
    fn model_type(&mut self, spec: &'s ModelType, root: &At) {
        for (name, action, at) in actions(spec, root) {
            for (input, type_) in &action.input {
                self.known_type(type_, &at.key("input").key(input), true);
            }
            if let Some(output) = &action.output {
                self.known_type(output, &at.key("output"), false);
            }
            let owner = Owner::ModelType(spec, Some(action));
            let here = Here { owner, site: Site::Derived, each: &[] };
            for (name, derived) in &action.derived {
                let at = at.key("derived").key(name);
                let Some(function) = catalogue::function(CONVERTERS, &derived.as_.name) else { continue };
                let input = Type::Optional(Box::new(type_of(function.input)));
                self.source(&derived.from, &at.key("$from"), &input, here, &mut Inferred::default());
                self.arguments(function, &derived.as_, &at.key("$as"), here);
            }
            if let Some(finish) = &action.finish
                && let Some(function) = catalogue::function(FINISHERS, &finish.name)
            {
                let at = at.key("finish");
                match &action.output {
                    Some(output) if fits(output, &type_of(function.input)) => {}
                    Some(Type::Record(_)) if finished(action, function).is_some() => {}
                    output => {
                        let given = output.as_ref().map_or("nothing".to_owned(), |output| format!("`{output}`"));
                        self.report
                            .error(
                                "S3002",
                                at.clone(),
                                format!("`{}` does not fit the output of `{name}`", finish.name),
                            )
                            .label(format!("takes `{}`, the output is {given}", function.input));
                    }
                }
                self.arguments(function, finish, &at, here);
                self.finisher_inputs(function, action, &at);
            }
            let here = Here { site: Site::Deliver, ..here };
            match &action.deliver {
                Some(Deliver::Answer(answer)) => {
                    self.flow(answer, &at.key("deliver"), &json(), here, &mut Inferred::default());
                }
                Some(Deliver::Chat { images: Some(OrRef::Ref(images)), .. }) => {
                    let legal = Type::Closed(catalogue::IMAGES.map(str::to_owned).into());
                    self.source(images, &at.key("deliver").key("images"), &legal, here, &mut Inferred::default());
                }
                _ => {}
            }
        }
        let here = Here { owner: Owner::ModelType(spec, None), site: Site::Settings, each: &[] };
        let schema = root.key("schema");
        self.properties_fit(&spec.schema.properties, &schema.key("properties"), here);
        if let Some(pricing) = &spec.schema.pricing {
            let at = schema.key("pricing");
            let decimals = [("input", &pricing.input), ("unit", &pricing.unit)];
            for (key, reference) in decimals.into_iter().chain(pricing.output.iter().map(|output| ("output", output))) {
                self.source(reference, &at.key(key), &type_of("decimal"), here, &mut Inferred::default());
            }
            self.source(&pricing.currency, &at.key("currency"), &type_of("string"), here, &mut Inferred::default());
        }
        for (name, switch) in &spec.parameters {
            for (key, limit) in [("min", &switch.min), ("max", &switch.max)] {
                if let Some(OrRef::Ref(reference)) = limit {
                    let at = root.key("parameters").key(name).key(key);
                    self.source(reference, &at, &type_of("number"), here, &mut Inferred::default());
                }
            }
        }
        let input = Type::Record(spec.main.input.clone());
        let here = Here { site: Site::Probe, ..here };
        self.flow(&spec.probe.input, &root.key("probe").key("input"), &input, here, &mut Inferred::default());
        if let Value::Mapping(written) = &spec.probe.input {
            let known =
                |member: &Member| matches!(member, Member::Named(key, _) if find(&spec.main.input, key).is_some());
            let misspelt = !written.members.iter().all(known);
            for (name, type_) in spec.main.input.iter().filter(|_| !misspelt) {
                let given = written.members.iter().any(|member| matches!(member, Member::Named(key, _) if key == name));
                if !given && !matches!(type_, Type::Optional(_)) {
                    self.report
                        .error(
                            "S3001",
                            root.key("probe").key("input").on_key(),
                            format!("the probe lacks the input `{name}`"),
                        )
                        .label(format!("needs `{name}: <{type_}>`"));
                }
            }
        }
    }

    fn known_type(&mut self, type_: &Type, at: &At, input: bool) {
        match type_ {
            Type::List(inner) | Type::Optional(inner) => self.known_type(inner, at, input),
            Type::Record(fields) => {
                for (name, type_) in fields {
                    self.known_type(type_, &at.key(name), input);
                }
            }
            Type::Closed(_) => {}
            Type::Named(name) => {
                let legal = |named: &catalogue::NamedType| if input { named.input } else { named.output };
                if !catalogue::named(name).is_some_and(legal) {
                    let names = catalogue::TYPES.iter().filter(|named| legal(named)).map(|named| named.name);
                    let side = if input { "input" } else { "output" };
                    self.report
                        .error("S3014", at.clone(), format!("`{name}` is not a type of an {side}"))
                        .label("unknown type")
                        .legal(name, names);
                }
            }
        }
    }

    fn properties_fit(&mut self, properties: &'s [(String, Property)], at: &At, here: Here<'s>) {
        for (name, property) in properties {
            let Some((_, type_)) = PROPERTIES.iter().find(|(known, _)| known == name) else { continue };
            let (at, type_) = (at.key(name), type_of(type_));
            match property {
                Property::Ref(reference) => self.source(reference, &at, &type_, here, &mut Inferred::default()),
                Property::Derived(derived) => self.converted(derived, &at, &type_, here),
                Property::Is(literal) if !literal_fits(literal, &type_) => {
                    self.report
                        .error("S3001", at, format!("the property `{name}` cannot be `{}`", shown(literal)))
                        .label(format!("expected `{type_}`"));
                }
                Property::Is(_) => {}
            }
        }
    }

    /// A value that one converter makes of one reference.
    fn converted(&mut self, derived: &'s Derived, at: &At, target: &Type, here: Here<'s>) {
        let Some(function) = catalogue::function(CONVERTERS, &derived.as_.name) else { return };
        self.source(&derived.from, &at.key("$from"), &type_of(function.input), here, &mut Inferred::default());
        self.arguments(function, &derived.as_, &at.key("$as"), here);
        if !fits(&type_of(function.output), target) {
            self.report
                .error(
                    "S3001",
                    at.key("$as"),
                    format!("`{}` gives `{}`, which does not fit here", function.name, function.output),
                )
                .label(format!("expected `{target}`"));
        }
    }

    fn protocol_types(&mut self, spec: &'s Protocol, root: &At) {
        let owner = Owner::Protocol(spec);
        let here = |site| Here { owner, site, each: &[] };
        let none = &mut Inferred::default();
        self.properties_fit(&spec.properties, &root.key("properties"), here(Site::Settings));
        for (name, narrowing) in &spec.parameters {
            self.narrowing(name, narrowing, &root.key("parameters").key(name));
        }
        let request = root.key("request");
        if let Path::Segments(segments) = &spec.request.path {
            let key = if spec.request.method == Method::Post { "post" } else { "get" };
            for (index, segment) in segments.iter().enumerate() {
                if let OrRef::Ref(reference) = segment {
                    self.source(
                        reference,
                        &request.key(key).index(index),
                        &type_of("string"),
                        here(Site::Request),
                        none,
                    );
                }
            }
        }
        let (headers, query) = (&spec.request.headers, &spec.request.query);
        for (key, table, wire) in [("headers", headers, Wire::Header), ("query", query, Wire::QueryOrPart)] {
            for (name, value) in table {
                self.flow(value, &request.key(key).key(name), &scalar(), here(Site::Request), none);
                self.sent_as_text(value, &request.key(key).key(name), wire);
            }
        }
        if let Some(body) = &spec.request.body {
            self.flow(body, &request.key("body"), &json(), here(Site::Request), none);
            self.merged(spec, body, &request.key("body"));
        }
        for (name, value) in spec.request.parts.iter().flatten() {
            self.flow(value, &request.key("parts").key(name), &part(), here(Site::Request), none);
            self.sent_as_text(value, &request.key("parts").key(name), Wire::QueryOrPart);
        }
        self.task_types(spec, root);
        let Some((_, action)) = implemented(self.specs, spec) else { return };
        self.batch(spec, action, root);
        let Some(output) = &action.output else { return };
        let mut reply = Inferred::default();
        if let Some(value) = &spec.reply {
            self.flow(value, &root.key("reply"), output, here(Site::Reply), &mut reply);
        }
        let mut event = Inferred::default();
        // That no other shape has a stream is p4's to say.
        if let Some(stream) = spec.stream.as_ref().filter(|_| matches!(spec.shape, Shape::Chat | Shape::Bytes)) {
            if let Some(separator) = &stream.separator {
                let at = root.key("stream").key("separator");
                self.source(separator, &at, &type_of("optional string"), here(Site::Settings), none);
            }
            let at = root.key("stream").key("events");
            for (index, rule) in stream.events.iter().enumerate() {
                self.flow(&rule.emit, &at.index(index).key("emit"), output, here(Site::Events), &mut event);
            }
        }
        let task = root.key("task");
        let of_reply = |used: &Use<'_>| used.site == Site::Reply && !used.at.is_in(&task);
        self.document(uses::read(spec, root, of_reply), &mut reply);
        self.document(uses::read(spec, root, |used| used.site == Site::Events), &mut event);
    }

    /// What `$merge: $param` inserts must not be written beside it too.
    fn merged(&mut self, spec: &'s Protocol, body: &'s Value, at: &At) {
        let carried = |name: &&str| !sent_as_headers(self.specs, name);
        let merged: BTreeSet<&str> = merged_parameters(spec).into_iter().filter(carried).collect();
        let mut first: Option<At> = None;
        let mut found = Vec::new();
        values::each(body, at, &mut |value, at| {
            let Value::Mapping(mapping) = value else { return };
            let merges = mapping.members.iter().any(|member| {
                let is_param = |value: &Value| matches!(value, Value::Ref(source) if source.is_root("param"));
                matches!(member, Member::Merge(values) if values.iter().any(is_param))
            });
            if !merges {
                return;
            }
            if let Some(first) = &first {
                found.push((at.key("$merge").on_key(), "the parameters are merged twice".to_owned(), first.clone()));
            }
            for member in &mapping.members {
                if let Member::Named(name, _) = member
                    && merged.contains(name.as_str())
                {
                    let what = format!("`{name}` is written, and merged as a parameter too");
                    found.push((at.key(name).on_key(), what, at.key("$merge").on_key()));
                }
            }
            first.get_or_insert(at.key("$merge").on_key());
        });
        for (at, what, other) in found {
            self.report
                .error("S3006", at, what)
                .label("twice")
                .related(other, "merged here")
                .help("a parameter that another reference consumes is no longer merged: use `$param.<name>`, or take the key out");
        }
    }

    fn auth_types(&mut self, spec: &'s crate::ast::Auth, root: &At) {
        let here = |site| Here { owner: Owner::Auth(spec), site, each: &[] };
        let none = &mut Inferred::default();
        let closed = |words: &[&str]| Type::Closed(words.iter().map(|word| (*word).to_owned()).collect());
        let (string, maybe) = (type_of("string"), type_of("optional string"));
        if let Some(jwt) = &spec.mint {
            let at = root.key("mint").key("jwt");
            let mint = here(Site::Mint);
            // That keys are required is p4's to say, with its reason.
            self.source(&jwt.key, &at.key("key"), &type_of("optional signing_key"), mint, none);
            self.source(&jwt.algorithm, &at.key("algorithm"), &closed(&JWT_ALGORITHMS), mint, none);
            self.source(&jwt.ttl, &at.key("ttl"), &type_of("integer"), mint, none);
            if let Some(key_id) = &jwt.key_id {
                self.source(key_id, &at.key("key_id"), &maybe, mint, none);
            }
            for (index, claim) in jwt.claims.iter().enumerate() {
                let at = at.key("claims").index(index);
                match claim {
                    Claim::Named { name, value } => {
                        for (key, part, target) in [("name", name, &string), ("value", value, &maybe)] {
                            if let OrRef::Ref(reference) = part {
                                self.source(reference, &at.key(key), target, mint, none);
                            }
                        }
                    }
                    Claim::Merge(map) => self.source(map, &at.key("$merge"), &type_of("optional map"), mint, none),
                }
            }
        }
        if let Some(sign) = &spec.sign {
            let (at, site) = (root.key("sign"), here(Site::Sign));
            match &sign.mac {
                OrRef::Ref(mac) => self.source(mac, &at.key("mac"), &closed(&MACS), site, none),
                OrRef::Is(mac) if !MACS.contains(&mac.as_str()) => {
                    let found = self.report.error("S3001", at.key("mac"), format!("there is no MAC `{mac}`"));
                    found.label("unknown").legal(mac, MACS);
                }
                OrRef::Is(_) => {}
            }
            self.source(&sign.secret, &at.key("secret"), &maybe, site, none);
            for (name, value) in &sign.headers {
                self.flow(value, &at.key("headers").key(name), &scalar(), site, none);
                self.sent_as_text(value, &at.key("headers").key(name), Wire::Header);
            }
            for (index, name) in sign.signed.iter().enumerate() {
                if name.chars().any(|c| c.is_ascii_uppercase()) {
                    let found = self.report.error(
                        "S3001",
                        at.key("signed").index(index),
                        format!("`{name}` is not lower case"),
                    );
                    found
                        .label("header names are signed in lower case")
                        .help(format!("write `{}`", name.to_ascii_lowercase()));
                }
            }
            for (index, line) in sign.lines.iter().enumerate() {
                let at = at.key("lines").index(index);
                let parts: Vec<(&OrRef<String>, At)> = match line {
                    Line::Is(part) => vec![(part, at)],
                    Line::Words(words) => {
                        words.iter().enumerate().map(|(index, word)| (word, at.key("words").index(index))).collect()
                    }
                    Line::EachSigned(_) => Vec::new(),
                };
                for (part, at) in parts {
                    if let OrRef::Ref(reference) = part {
                        self.source(reference, &at, &scalar(), site, none);
                    }
                }
            }
        }
        self.attach_types(&spec.attach, root, here(Site::Attach));
    }

    fn connection_types(&mut self, spec: &'s Connection, root: &At) {
        let here = Here { owner: Owner::Connection(spec), site: Site::Connection, each: &[] };
        for (name, value) in &spec.headers {
            self.flow(value, &root.key("headers").key(name), &scalar(), here, &mut Inferred::default());
            self.sent_as_text(value, &root.key("headers").key(name), Wire::Header);
        }
        self.attach_types(&spec.attach, root, here);
    }

    fn attach_types(&mut self, attached: &'s [Attach], root: &At, site: Here<'s>) {
        let none = &mut Inferred::default();
        for (index, attach) in attached.iter().enumerate() {
            let at = root.key("attach").index(index);
            let (header, query) = (at.key("header"), at.key("query"));
            let (name, name_at) = match &attach.to {
                AttachTo::Header { name, .. } | AttachTo::Fields { name, .. } => (name, header.key("name")),
                AttachTo::Query { name, .. } => (name, query.key("name")),
            };
            if let OrRef::Ref(reference) = name {
                self.source(reference, &name_at, &type_of("optional string"), site, none);
            }
            match &attach.to {
                AttachTo::Header { value, prefix, .. } => {
                    self.flow(value, &header.key("value"), &scalar(), site, none);
                    self.sent_as_text(value, &header.key("value"), Wire::Header);
                    if let Some(prefix) = prefix {
                        self.flow(prefix, &header.key("prefix"), &type_of("optional string"), site, none);
                        self.sent_as_text(prefix, &header.key("prefix"), Wire::Header);
                    }
                }
                AttachTo::Fields { fields, .. } => {
                    for (name, value) in fields {
                        self.flow(value, &header.key("fields").key(name), &scalar(), site, none);
                        self.sent_as_text(value, &header.key("fields").key(name), Wire::Header);
                    }
                }
                AttachTo::Query { value, .. } => {
                    self.flow(value, &query.key("value"), &scalar(), site, none);
                    self.sent_as_text(value, &query.key("value"), Wire::QueryOrPart);
                }
            }
        }
    }

    /// A test stays inside the closed list of what it tests.
    fn test(&mut self, used: &Use<'_>) {
        let (Some(Test::OneOf(literals)), Role::Test) = (used.test, used.role) else { return };
        let Ok(Meaning::Typed(type_)) = meaning(self.specs, used) else { return };
        let at = used.at.clone();
        match domain(&type_) {
            Some(legal) => {
                let boolean = *bare(&type_) == type_of("boolean");
                for literal in literals {
                    let text = shown(literal);
                    if !legal.contains(&text.as_str()) || (boolean != literal.is_boolean()) {
                        self.report
                            .error("S3003", at.clone(), format!("`{}` is never `{literal}`", used.reference))
                            .label(format!("its values are {}", list(legal.iter().copied())))
                            .legal(&text, legal.iter().copied());
                    }
                }
            }
            None if used.site == Site::Request => {
                self.report
                    .error("S3004", at, format!("`{}` is compared, but its values are no closed list", used.reference))
                    .label(format!("is `{type_}`"))
                    .help("in a request only a choice, a flag or a boolean is compared; anything may be tested with `$present` or `$absent`")
                    .help("what depends on a name is an argument of a converter, or a second protocol");
            }
            None => {
                for literal in literals.iter().filter(|literal| !literal_fits(literal, bare(&type_))) {
                    self.report
                        .error("S3003", at.clone(), format!("`{}` is never `{literal}`", used.reference))
                        .label(format!("is `{type_}`"));
                }
            }
        }
    }
}
