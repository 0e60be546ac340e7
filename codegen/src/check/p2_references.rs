//! p2: every id and every reference resolves, and a root stands only where it is legal.

use crate::ast::{
    Action, Branch, Call, Example, Field, Map, Member, ModelType, Node, Plugin, Property, Protocol, Specs, Value,
};
use crate::catalogue::{self, ACTIONS, CONNECTION_FIELDS, DIFY_MODEL_TYPES, FEATURES, FINISHERS, Function, PROPERTIES};
use crate::diagnostics::At;

use super::Checking;
use super::hints;
use super::scope::{Unknown, bare, fields, find, implemented, meaning, sent_as_headers};
use super::uses::{Owner, Role, Use, actions, uses};
use super::values::calls;

pub fn check(checking: &mut Checking<'_>) {
    let specs = checking.specs;
    for file in specs.parameters.iter() {
        let (name, file) = file;
        if let Some(template) = &file.spec.template {
            let at = At::file(&file.path).key(name).key("template");
            checking.known("S2009", "template of Dify", template, at, catalogue::TEMPLATES);
        }
    }
    if let Some(file) = &specs.connection {
        for (name, _) in &file.spec.credentials {
            let at = At::file(&file.path).key("credentials").key(name).on_key();
            checking.known("S2001", "field of the connection", name, at, CONNECTION_FIELDS);
        }
    }
    for file in specs.auth.values() {
        let root = At::file(&file.path);
        for (index, example) in file.spec.examples.iter().enumerate() {
            let at = root.key("examples").index(index).key("credentials");
            checking.example_names("field", &example.credentials, &at, fields(specs, Owner::Auth(&file.spec)));
        }
    }
    for file in specs.model_types.values() {
        let (spec, root) = (&file.spec, At::file(&file.path));
        let exists = checking.known("S2001", "model type of Dify", &spec.dify, root.key("dify"), DIFY_MODEL_TYPES);
        for (name, action, at) in actions(spec, &root) {
            let legal = ACTIONS.iter().filter(|(_, type_)| *type_ == spec.dify).map(|(action, _)| *action);
            let place = if name == spec.action { at.key("action") } else { at.on_key() };
            if exists {
                checking.known("S2001", "action of this model type of Dify", name, place, legal);
            }
            checking.action(action, &at);
        }
        let schema = root.key("schema");
        for (feature, _) in &spec.schema.features {
            checking.known("S2005", "feature of Dify", feature, schema.key("features").key(feature).on_key(), FEATURES);
        }
        checking.properties(&spec.schema.properties, &schema.key("properties"));
        for (name, _) in &spec.parameters {
            checking.parameter(name, root.key("parameters").key(name));
        }
        for (name, _) in &spec.probe.parameters {
            checking.parameter(name, root.key("probe").key("parameters").key(name));
        }
        for (input, asset) in recordings(spec) {
            checking.recording(asset, root.key("probe").key("input").key(input));
        }
    }
    for file in specs.protocols.values() {
        checking.protocol(&file.spec, &At::file(&file.path));
    }
    for file in specs.plugins.values() {
        checking.plugin(&file.spec, &At::file(&file.path));
    }
    for used in uses(specs) {
        checking.reference(&used);
    }
}

impl Checking<'_> {
    /// Reports a word that is not in a closed list.
    pub fn known<'a>(
        &mut self,
        code: &'static str,
        what: &str,
        written: &str,
        at: At,
        legal: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        let legal: Vec<&str> = legal.into_iter().collect();
        if legal.contains(&written) {
            return true;
        }
        self.report
            .error(code, at, format!("there is no {what} called `{written}`"))
            .label("unknown")
            .legal(written, legal);
        false
    }

    /// A recording that a probe names.
    fn recording(&mut self, asset: &str, at: At) {
        let stem = asset.strip_suffix(".wav").filter(|stem| !stem.is_empty());
        let is_name = stem.is_some_and(|stem| stem.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)));
        let content = self.sources.bytes(&format!("specs/assets/{asset}")).filter(|_| is_name);
        let problem = match content {
            None => "is not in `specs/assets/`",
            Some([b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..]) => return,
            Some(_) => "is no WAV recording",
        };
        self.report
            .error("S2008", at, format!("the recording `{asset}` {problem}"))
            .label("no such recording")
            .help("in a probe a recording is the name of a `.wav` file in `specs/assets/`; it goes into the executable, so keep it short");
    }

    fn parameter(&mut self, name: &str, at: At) {
        let specs = self.specs;
        self.known("S2001", "parameter", name, at.on_key(), specs.parameters.keys().map(String::as_str));
    }

    fn properties(&mut self, properties: &Map<Property>, at: &At) {
        for (name, property) in properties {
            if let Property::Derived(derived) = property {
                self.call(catalogue::CONVERTERS, "converter", &derived.as_, &at.key(name).key("$as"));
            }
            let legal = PROPERTIES.iter().map(|(name, _)| *name);
            self.known("S2006", "property of Dify", name, at.key(name).on_key(), legal);
        }
    }

    fn action(&mut self, action: &Action, at: &At) {
        for (name, derived) in &action.derived {
            self.call(catalogue::CONVERTERS, "converter", &derived.as_, &at.key("derived").key(name).key("$as"));
        }
        if let Some(finish) = &action.finish {
            self.call(FINISHERS, "finisher", finish, &at.key("finish"));
        }
        if let Some(crate::ast::Deliver::Answer(answer)) = &action.deliver {
            for (call, at) in calls(answer, &at.key("deliver")) {
                self.call(catalogue::CONVERTERS, "converter", call, &at);
            }
        }
    }

    fn call(&mut self, table: &'static [Function], what: &str, call: &Call, at: &At) {
        let place = if call.arguments.is_empty() { at.clone() } else { at.key(&call.name).on_key() };
        if !self.known("S2004", what, &call.name, place, table.iter().map(|function| function.name)) {
            return;
        }
        let Some(function) = catalogue::function(table, &call.name) else { return };
        for (name, _) in &call.arguments {
            let legal = function.arguments.iter().map(|argument| argument.name);
            let what = format!("argument of `{}`", call.name);
            self.known("S2004", &what, name, at.key(&call.name).key(name).on_key(), legal);
        }
    }

    fn protocol(&mut self, spec: &Protocol, root: &At) {
        self.retreat(spec, &root.key("request").key("retreat"));
        let specs = self.specs;
        let at = root.key("implements");
        if implemented(specs, spec).is_none() {
            match spec
                .implements
                .split_once('.')
                .and_then(|(type_, action)| Some((specs.model_types.get(type_)?, action)))
            {
                Some((file, action)) => {
                    let also = file.spec.also.iter().map(|(name, _)| name.as_str());
                    let what = format!("action of `{}`", file.spec.id);
                    self.known("S2001", &what, action, at, also.chain([file.spec.action.as_str()]));
                }
                None => {
                    let ids = specs.model_types.keys().map(String::as_str);
                    self.known("S2001", "model type", &spec.implements, at, ids);
                }
            }
        }
        for (index, feature) in spec.features.iter().enumerate() {
            self.known("S2005", "feature of Dify", feature, root.key("features").index(index), FEATURES);
        }
        self.properties(&spec.properties, &root.key("properties"));
        for (name, _) in &spec.parameters {
            self.parameter(name, root.key("parameters").key(name));
        }
        let body = spec.request.body.iter().map(|body| (body, root.key("request").key("body")));
        let reply = spec.reply.iter().map(|reply| (reply, root.key("reply")));
        for (value, at) in body.chain(reply).chain(super::task::values(spec, root)) {
            for (call, at) in calls(value, &at) {
                self.call(catalogue::CONVERTERS, "converter", call, &at);
            }
        }
        for (name, value) in spec.request.parts.iter().flatten() {
            for (call, at) in calls(value, &root.key("request").key("parts").key(name)) {
                self.call(catalogue::CONVERTERS, "converter", call, &at);
            }
        }
        for (index, rule) in spec.stream.iter().flat_map(|stream| &stream.events).enumerate() {
            for (call, at) in calls(&rule.emit, &root.key("stream").key("events").index(index).key("emit")) {
                self.call(catalogue::CONVERTERS, "converter", call, &at);
            }
        }
        for (index, example) in spec.examples.iter().enumerate() {
            self.example(spec, example, &root.key("examples").index(index));
        }
    }

    fn example(&mut self, spec: &Protocol, example: &Example, at: &At) {
        let specs = self.specs;
        self.example_names("field", &example.credentials, &at.key("credentials"), fields(specs, Owner::Protocol(spec)));
        // Where a listed parameter is misspelt, the examples are right.
        if spec.parameters.iter().all(|(name, _)| specs.parameters.contains_key(name)) {
            let at = at.key("parameters");
            self.example_names("parameter of this protocol", &example.parameters, &at, names(&spec.parameters));
        }
        if let (Some((_, action)), Some(input)) = (implemented(specs, spec), example.input.as_object()) {
            let input: Map<()> = input.keys().map(|name| (name.clone(), ())).collect();
            self.example_names("input of the action", &input, &at.key("input"), names(&action.input));
        }
    }

    fn example_names<T, U>(&mut self, what: &str, written: &Map<T>, at: &At, legal: Vec<(&str, U)>) {
        for (name, _) in written {
            self.known("S2011", what, name, at.key(name).on_key(), legal.iter().map(|(name, _)| *name));
        }
    }

    fn plugin(&mut self, plugin: &Plugin, root: &At) {
        let specs = self.specs;
        let auth = root.key("auth");
        for (name, option) in &plugin.auth.options {
            let at = auth.key("options").key(name).key("auth");
            self.known("S2001", "auth method", &option.auth, at, specs.auth.keys().map(String::as_str));
        }
        let options = plugin.auth.options.iter().map(|(name, _)| name.as_str());
        self.known("S2010", "option", &plugin.auth.default, auth.key("default"), options);
        for (type_, node) in &plugin.offers {
            let at = root.key("offers").key(type_);
            if self.known("S2001", "model type", type_, at.on_key(), specs.model_types.keys().map(String::as_str)) {
                self.node(type_, node, &at, 0);
            }
        }
        let groups = groups(specs);
        let all: Vec<&str> = groups.iter().map(|(name, _)| name.as_str()).collect();
        for (name, changed) in &plugin.credentials {
            let at = root.key("credentials").key(name);
            let of_name: Vec<&str> = all
                .iter()
                .copied()
                .filter(|field| field.split_once('.').is_some_and(|(_, field)| field == name))
                .collect();
            if !of_name.is_empty() {
                self.report
                    .error("S2007", at.on_key(), format!("the field `{name}` lacks its group"))
                    .label("whose field?")
                    .help(format!(
                        "write {}",
                        of_name.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
                    ));
                continue;
            }
            if !self.known("S2007", "field", name, at.on_key(), near(&all, name)) {
                continue;
            }
            if let Some(other) = &changed.same_as {
                self.known("S2007", "field", other, at.key("same_as"), near(&all, other));
            }
            let Some((_, field)) = groups.iter().find(|(known, _)| known == name) else { continue };
            for (option, _) in changed.stored.iter().flatten() {
                let legal = field.options.iter().flatten().map(|(option, _)| option.as_str());
                self.known("S2010", "option", option, at.key("stored").key(option).on_key(), legal);
            }
        }
        for (name, _) in &plugin.parameters {
            self.parameter(name, root.key("parameters").key(name));
        }
    }

    fn node(&mut self, type_: &str, node: &Node, at: &At, depth: usize) {
        match node {
            Node::Leaf { protocol, also, .. } => {
                self.offered(type_, protocol, at.key("protocol"), true);
                for (index, protocol) in also.iter().enumerate() {
                    self.offered(type_, protocol, at.key("also").index(index), false);
                }
                self.one_each(also, &at.key("also"));
            }
            Node::Branch(Branch { default, options, .. }) => {
                if depth == 3 {
                    self.report
                        .error("S2012", at.key("select"), "this choice is too deep")
                        .label("the fourth choice below each other")
                        .help("at most three choices stand below each other");
                    return;
                }
                let names = options.iter().map(|(name, _)| name.as_str());
                self.known("S2010", "option", default, at.key("default"), names);
                for (name, node) in options {
                    self.node(type_, node, &at.key("options").key(name), depth + 1);
                }
            }
        }
    }

    /// Each action is served by one protocol: of two the second would never be called.
    fn one_each(&mut self, also: &[String], at: &At) {
        let mut served: Vec<(&Action, &str)> = Vec::new();
        for (index, protocol) in also.iter().enumerate() {
            let Some(file) = self.specs.protocols.get(protocol) else { continue };
            let Some((_, action)) = implemented(self.specs, &file.spec) else { continue };
            if let Some((_, first)) = served.iter().find(|(known, _)| std::ptr::eq(*known, action)) {
                self.report
                    .error("S2013", at.index(index), format!("`{protocol}` serves what `{first}` serves already"))
                    .label(format!("`{}` again", file.spec.implements))
                    .help("keep one of them; a choice between two is `{ select, default, options }`");
            }
            served.push((action, protocol));
        }
    }

    fn offered(&mut self, type_: &str, protocol: &str, at: At, main: bool) {
        let specs = self.specs;
        let fitting = || specs.protocols.values().filter(|file| file.spec.implements.split('.').next() == Some(type_));
        let Some(file) = specs.protocols.get(protocol) else {
            let ids = fitting().map(|file| file.spec.id.as_str());
            self.known("S2001", "protocol", protocol, at, ids);
            return;
        };
        let Some((implemented, action)) = implemented(specs, &file.spec) else { return };
        let is_main = std::ptr::eq(action, &implemented.spec.main);
        if implemented.spec.id != type_ || main != is_main {
            let fits = fitting().map(|file| file.spec.id.as_str());
            self.report
                .error("S2013", at, format!("the protocol `{protocol}` does not serve this action of `{type_}`"))
                .label(format!("implements `{}`", file.spec.implements))
                .related(At::file(&file.path).key("implements"), "says what it implements")
                .legal(protocol, fits);
        }
    }

    fn reference(&mut self, used: &Use<'_>) {
        let (reference, place) = (used.reference, used.site.name());
        let merged = used.role == Role::Merge && reference.root == "param" && reference.path.is_empty();
        if merged && matches!(used.site, catalogue::Site::Request) {
            return;
        }
        match meaning(self.specs, used) {
            Ok(_) => {}
            // Without a model type nothing of it resolves, and that is reported once.
            Err(Unknown::Member(..)) if matches!(used.owner, Owner::Protocol(spec) if implemented(self.specs, spec).is_none()) =>
                {}
            Err(Unknown::Root) => {
                let legal: Vec<String> = catalogue::ROOTS
                    .iter()
                    .filter(|root| root.sites.contains(&used.site))
                    .map(|root| format!("${}", root.name))
                    .collect();
                let meant = hints::rooted(self.specs, used);
                let found = self
                    .report
                    .error("S2002", used.at.clone(), format!("there is no root `${}`", reference.root))
                    .label("unknown");
                if !meant.is_empty() {
                    let meant: Vec<String> = meant.iter().map(|meant| format!("`{meant}`")).collect();
                    found.help(format!("write {}", meant.join(" or ")));
                    return;
                }
                found.legal(&format!("${}", reference.root), legal.iter().map(String::as_str));
            }
            Err(Unknown::Place) if reference.root == "item" => {
                self.report
                    .error("S2002", used.at.clone(), "`$item` stands outside `$each`")
                    .label("no element here")
                    .help("`$item` is the element of the enclosing `$each`");
            }
            Err(Unknown::Place) if reference.root == "batch" && used.site == catalogue::Site::Request => {
                self.report
                    .error("S2002", used.at.clone(), "`$batch` stands for nothing here")
                    .label("no slice here")
                    .help("`$batch` is a slice of `batch.over`: say `batch: { over: $input.<list>, size: <number> }`");
            }
            Err(Unknown::Place) => {
                let roots = catalogue::ROOTS.iter().filter(|root| root.sites.contains(&used.site));
                let roots: Vec<String> = roots.map(|root| format!("`${}`", root.name)).collect();
                self.report
                    .error("S2002", used.at.clone(), format!("`${}` is not legal in {place}", reference.root))
                    .label("not known here")
                    .help(format!("legal in {place}: {}", roots.join(", ")));
            }
            Err(Unknown::Bare) => {
                let help = match reference.root.as_str() {
                    "param" => "name a parameter, or insert all of them with `$merge: $param`".to_owned(),
                    root => format!("name a member, `${root}.<name>`, if it has any"),
                };
                self.report
                    .error("S2003", used.at.clone(), format!("`{reference}` cannot stand like this"))
                    .label("not a value")
                    .help(help);
            }
            Err(Unknown::Member(member, legal)) => {
                let label = hints::label(self.specs, used);
                let field = hints::field(self.specs, used).filter(|_| reference.root == "credential");
                let found = self
                    .report
                    .error("S2003", used.at.clone(), format!("`{reference}` does not resolve: there is no `{member}`"))
                    .label(label);
                if !legal.is_empty() || reference.root != "param" {
                    found.legal(&member, legal.iter().map(String::as_str));
                }
                if let Some(help) = field {
                    found.help(help);
                } else if reference.root == "param" && sent_as_headers(self.specs, &member) {
                    found.help("it is sent as headers, and never in a body: list it, and refer to it nowhere");
                } else if reference.root == "param" && self.specs.parameters.contains_key(&member) {
                    found.help(format!("list it under `parameters:` of this protocol: `{member}:`"));
                }
            }
        }
    }
}

/// The assets that a probe names, each with its input.
pub fn recordings(spec: &ModelType) -> impl Iterator<Item = (&str, &str)> {
    let written = match &spec.probe.input {
        Value::Mapping(mapping) => mapping.members.as_slice(),
        _ => &[],
    };
    written.iter().filter_map(|member| {
        let Member::Named(name, Value::Literal(asset)) = member else { return None };
        let type_ = find(&spec.main.input, name).map(bare)?;
        Some((name.as_str(), asset.as_str().filter(|_| *type_ == catalogue::type_of("audio_file"))?))
    })
}

fn names<T>(map: &Map<T>) -> Vec<(&str, ())> {
    map.iter().map(|(name, _)| (name.as_str(), ())).collect()
}

/// The fields of the group that was written, or the whole list if there is no such group.
fn near<'a>(all: &[&'a str], written: &str) -> Vec<&'a str> {
    let group = written.split_once('.').map(|(group, _)| format!("{group}.")).unwrap_or_default();
    let same: Vec<&str> = all.iter().copied().filter(|name| !group.is_empty() && name.starts_with(&group)).collect();
    if same.is_empty() { all.to_vec() } else { same }
}

/// Every field of every group, as `<group>.<field>`.
pub fn groups(specs: &Specs) -> Vec<(String, &Field)> {
    let connection = specs.connection.iter().map(|file| ("connection", &file.spec.credentials));
    let auth = specs.auth.iter().map(|(id, file)| (id.as_str(), &file.spec.credentials));
    let types = specs.model_types.iter().map(|(id, file)| (id.as_str(), &file.spec.credentials));
    let protocols = specs.protocols.iter().map(|(id, file)| (id.as_str(), &file.spec.credentials));
    connection
        .chain(auth)
        .chain(types)
        .chain(protocols)
        .flat_map(|(group, fields)| fields.iter().map(move |(name, field)| (format!("{group}.{name}"), field)))
        .collect()
}
