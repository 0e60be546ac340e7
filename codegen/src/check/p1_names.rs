//! p1: ids are legal and equal to the path, names are legal, and no two things share a name where one is looked up.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Attach, AttachTo, Auth, Field, Map, Node, OrRef, Plugin, Type, Unlisted};
use crate::diagnostics::At;
use crate::parse::{Place, place};

use super::Checking;
use super::scope::{find, implemented};
use super::uses::actions;

pub fn check(checking: &mut Checking<'_>) {
    let specs = checking.specs;
    for (path, id) in specs.protocols.values().map(|file| (&file.path, &file.spec.id)) {
        checking.id(path, id);
    }
    for (path, id) in specs.model_types.values().map(|file| (&file.path, &file.spec.id)) {
        checking.id(path, id);
    }
    for (path, id) in specs.auth.values().map(|file| (&file.path, &file.spec.id)) {
        checking.id(path, id);
    }
    for (path, id) in specs.plugins.values().map(|file| (&file.path, &file.spec.id)) {
        checking.id(path, id);
    }
    for (name, file) in &specs.parameters {
        checking.name("parameter", name, At::file(&file.path).key(name));
    }
    if let Some(file) = &specs.connection {
        let root = At::file(&file.path);
        checking.fields(&file.spec.credentials, &root);
        for (name, _) in &file.spec.headers {
            checking.header(name, root.key("headers").key(name).on_key());
        }
        checking.attached_headers(&file.spec.attach, &root);
    }
    for file in specs.auth.values() {
        checking.fields(&file.spec.credentials, &At::file(&file.path));
    }
    for file in specs.model_types.values() {
        let root = At::file(&file.path);
        checking.fields(&file.spec.credentials, &root);
        for (_, action, at) in actions(&file.spec, &root) {
            for (name, _) in &action.input {
                checking.name("input", name, at.key("input").key(name));
            }
            for (name, _) in action.output.iter().flat_map(record) {
                checking.name("member of the output", name, at.key("output").key(name));
            }
            for (name, _) in &action.derived {
                let here = at.key("derived").key(name);
                checking.name("derived value", name, here.clone());
                if find(&action.input, name).is_some() {
                    checking
                        .report
                        .error("S1006", here.on_key(), format!("the derived value `{name}` has the name of an input"))
                        .label("taken")
                        .related(at.key("input").key(name).on_key(), "the input")
                        .help("both become `$input.<name>`: choose another name");
                }
            }
        }
    }
    for file in specs.protocols.values() {
        let root = At::file(&file.path);
        checking.fields(&file.spec.credentials, &root);
        let Some((type_, _)) = implemented(specs, &file.spec) else { continue };
        for (name, _) in &file.spec.credentials {
            if find(&type_.spec.credentials, name).is_some() {
                let first = At::file(&type_.path).key("credentials").key(name).on_key();
                checking
                    .report
                    .error(
                        "S1004",
                        root.key("credentials").key(name).on_key(),
                        format!("the field `{name}` is also one of the model type `{}`", type_.spec.id),
                    )
                    .label("taken")
                    .related(first, "declared here")
                    .help("a protocol sees both as `$credential.<name>`: use the field of the model type, or rename this one");
            }
        }
    }
    for file in specs.protocols.values() {
        let at = At::file(&file.path).key("request").key("headers");
        for (name, _) in &file.spec.request.headers {
            checking.header(name, at.key(name).on_key());
        }
        let at = At::file(&file.path).key("task").key("poll").key("headers");
        for (name, _) in file.spec.task.iter().flat_map(|task| &task.poll.headers) {
            checking.header(name, at.key(name).on_key());
        }
        let at = At::file(&file.path).key("request").key("parts");
        for (name, _) in file.spec.request.parts.iter().flatten() {
            checking.part(name, at.key(name).on_key());
        }
    }
    for file in specs.auth.values() {
        checking.auth_headers(&file.spec, &At::file(&file.path));
    }
    for file in specs.plugins.values() {
        checking.variables(&file.spec, &At::file(&file.path));
    }
}

/// The members of a record.
fn record(type_: &Type) -> &[(String, Type)] {
    if let Type::Record(members) = type_ { members } else { &[] }
}

/// Headers that nobody else may set.
const OWN_HEADERS: [&str; 9] =
    ["host", "content-length", "connection", "transfer-encoding", "expect", "keep-alive", "te", "trailer", "upgrade"];

/// When a variable is in the form: two scopes that cannot hold at once may share a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    Always,
    Auth(String),
    ModelType(String),
}

impl Scope {
    fn meets(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::Auth(a), Scope::Auth(b)) | (Scope::ModelType(a), Scope::ModelType(b)) => a == b,
            _ => true,
        }
    }
}

impl Checking<'_> {
    fn id(&mut self, path: &str, id: &str) {
        let at = At::file(path).key("id");
        let place = place(path);
        let (expected, dash) = match &place {
            Place::Plugin(id) => (id, true),
            Place::ModelType(id) | Place::Protocol(id) | Place::Auth(id) => (id, false),
            _ => return,
        };
        if id != expected {
            self.report
                .error("S1002", at, format!("the id `{id}` does not match the path"))
                .label(format!("the path gives `{expected}`"))
                .help(format!("write `id: {expected}`, or rename the file"));
        } else if !legal(id, dash) {
            self.report
                .error("S1001", at, format!("`{id}` is not a legal id"))
                .label("illegal")
                .help("lower case letters, digits and `_` (in plugins also `-`), beginning with a letter");
        }
    }

    fn name(&mut self, what: &str, name: &str, at: At) {
        if !legal(name, false) {
            self.report
                .error("S1001", at.on_key(), format!("`{name}` is not a legal name of a {what}"))
                .label("illegal")
                .help("lower case letters, digits and `_`, beginning with a letter");
        }
    }

    /// The name of a part stands between quotation marks.
    fn part(&mut self, name: &str, at: At) {
        let legal = |c: char| c.is_ascii_alphanumeric() || "_-.[]".contains(c);
        if name.is_empty() || !name.chars().all(legal) {
            self.report
                .error("S1001", at, format!("`{name}` is not a legal name of a part"))
                .label("illegal")
                .help("letters, digits, `_`, `-`, `.`, `[` and `]`");
        }
    }

    fn auth_headers(&mut self, spec: &Auth, root: &At) {
        for (name, _) in spec.sign.iter().flat_map(|sign| &sign.headers) {
            self.header(name, root.key("sign").key("headers").key(name).on_key());
        }
        for (index, name) in spec.sign.iter().flat_map(|sign| &sign.signed).enumerate() {
            self.header(name, root.key("sign").key("signed").index(index));
        }
        self.attached_headers(&spec.attach, root);
    }

    fn attached_headers(&mut self, attached: &[Attach], root: &At) {
        for (index, attach) in attached.iter().enumerate() {
            if let AttachTo::Header { name: OrRef::Is(name), .. } | AttachTo::Fields { name: OrRef::Is(name), .. } =
                &attach.to
            {
                self.header(name, root.key("attach").index(index).key("header").key("name"));
            }
        }
    }

    /// A name that can stand in a request.
    fn header(&mut self, name: &str, at: At) {
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if name.is_empty() || !name.chars().all(token) {
            self.report
                .error("S1007", at, format!("`{name}` is no name of a header"))
                .label("illegal")
                .help("letters, digits and `-`");
        } else if OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            self.report
                .error("S1007", at, format!("`{name}` follows from the request"))
                .label("set by the connection")
                .help("take it out");
        }
    }

    fn fields(&mut self, fields: &Map<Field>, root: &At) {
        for (name, _) in fields {
            self.name("field", name, root.key("credentials").key(name));
        }
    }

    /// One variable, one meaning at a time.
    fn variables(&mut self, plugin: &Plugin, root: &At) {
        let specs = self.specs;
        let mut bound: BTreeMap<String, Vec<(Scope, String, At)>> = BTreeMap::new();
        let mut bind = |variable: &str, scope: Scope, what: String, at: At| {
            bound.entry(variable.to_owned()).or_default().push((scope, what, at));
        };
        // A field that has the name of one of its model type is S1004.
        let none = Map::new();
        let mut group =
            |group: &str, prefix: &str, fields: &Map<Field>, taken: &Map<Field>, path: &str, scope: &Scope| {
                for (name, field) in fields.iter().filter(|(name, _)| find(taken, name).is_none()) {
                    let key = format!("{group}.{name}");
                    let changed = find(&plugin.credentials, &key);
                    if changed.is_some_and(|changed| changed.same_as.is_some()) {
                        continue;
                    }
                    let own = changed.and_then(|changed| changed.field.variable.as_ref());
                    let at = match own {
                        Some(_) => root.key("credentials").key(&key).key("variable"),
                        None => At::file(path).key("credentials").key(name).on_key(),
                    };
                    let derived = format!("{prefix}{name}");
                    let variable = own.or(field.variable.as_ref()).unwrap_or(&derived);
                    bind(variable, scope.clone(), format!("`{key}`"), at);
                }
            };
        if let Some(file) = &specs.connection {
            group("connection", "", &file.spec.credentials, &none, &file.path, &Scope::Always);
        }
        // One method may stand behind two stored values.
        let methods: BTreeSet<&String> = plugin.auth.options.iter().map(|(_, option)| &option.auth).collect();
        for id in methods {
            if let Some(file) = specs.auth.get(id) {
                group(id, &format!("{id}_"), &file.spec.credentials, &none, &file.path, &Scope::Auth(id.clone()));
            }
        }
        for (id, node) in &plugin.offers {
            let scope = Scope::ModelType(id.clone());
            let own = specs.model_types.get(id);
            if let Some(file) = own {
                group(id, "", &file.spec.credentials, &none, &file.path, &scope);
            }
            let mut protocols = Vec::new();
            leaves(node, &mut protocols);
            protocols.sort_unstable();
            protocols.dedup();
            for file in protocols.into_iter().filter_map(|id| specs.protocols.get(id)) {
                let taken = own.map_or(&none, |own| &own.spec.credentials);
                group(&file.spec.id, "", &file.spec.credentials, taken, &file.path, &scope);
            }
        }
        bind(
            &plugin.auth.select,
            Scope::Always,
            "the choice of authentication".to_owned(),
            root.key("auth").key("select"),
        );
        for (id, node) in &plugin.offers {
            let mut found = Vec::new();
            selectors(node, &root.key("offers").key(id), &mut found);
            for (select, at) in found {
                bind(select, Scope::ModelType(id.clone()), format!("the choice of `{id}`"), at);
            }
        }
        for (variable, all) in bound {
            for (index, (scope, what, at)) in all.iter().enumerate() {
                if let Some((_, other, first)) = all[..index].iter().find(|(earlier, _, _)| earlier.meets(scope)) {
                    self.report
                        .error(
                            "S1005",
                            at.clone(),
                            format!("two settings are stored as `{variable}`: {other} and {what}"),
                        )
                        .label("stored under the same name")
                        .related(first.clone(), "also stored under it")
                        .help(format!(
                            "give one of them another `variable`, or say `same_as` under `credentials` of `{}`",
                            plugin.id
                        ));
                }
            }
        }
    }
}

/// All protocols that a node offers.
pub fn leaves<'s>(node: &'s Node, found: &mut Vec<&'s str>) {
    match node {
        Node::Leaf { protocol, also, .. } => {
            found.push(protocol);
            found.extend(also.iter().map(String::as_str));
        }
        Node::Branch(branch) => branch.options.iter().for_each(|(_, node)| leaves(node, found)),
    }
}

/// The variables that choices are stored under, each once: the branches of a choice may ask the same. One that takes
/// any value reads a text that is stored for something else.
fn selectors<'s>(node: &'s Node, at: &At, found: &mut Vec<(&'s str, At)>) {
    let Node::Branch(branch) = node else { return };
    let known = found.iter().any(|(select, _)| *select == branch.select);
    if !known && branch.unlisted == Unlisted::Error {
        found.push((&branch.select, at.key("select")));
    }
    for (value, node) in &branch.options {
        selectors(node, &at.key("options").key(value), found);
    }
}

/// Whether a name is legal as an id, in plugins also with `-`.
pub fn legal(name: &str, dash: bool) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || (dash && c == '-'))
}
