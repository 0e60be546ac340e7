//! The draft of a protocol, from the declaration of the action that it serves.

use serde_json::{Map, Value as Json, json};
use tera::Context;

use super::{Draft, GENERATE, Wish, layout, legal, one, render, samples, unknown};
use crate::ast::{Action, Specs, Type};
use crate::check::{bare, members};

pub fn draft(specs: &Specs, wish: &Wish<'_>) -> Result<Draft, String> {
    let (family, name) = path_of(specs, wish.name)?;
    let id = format!("{family}_{name}");
    if let Some(file) = specs.protocols.get(&id) {
        return Err(format!("there is a protocol `{id}` already: {}", file.path));
    }
    let actions = actions(specs);
    let Some(implements) = wish.implements else {
        let what = "a protocol serves a model type, or one of its actions: say which with `--implements`";
        return Err(format!(
            "{what}\n  = help: there are {}",
            crate::diagnostics::list(actions.iter().map(String::as_str))
        ));
    };
    let Some((file, action_name, action)) =
        specs.implemented(implements).filter(|(_, _, action)| action.output.is_some())
    else {
        return Err(unknown("model type or action with a protocol", implements, actions.iter().map(String::as_str)));
    };
    let skeleton = skeleton(action)?;
    let path = format!("specs/protocols/{family}/{name}.yaml");
    let mut context = Context::new();
    context.insert("id", &id);
    context.insert("implements", implements);
    context.insert("action", action_name);
    context.insert("model_type", &file.spec.id);
    context.insert("route", &name.replace('_', "/"));
    context.insert("shape", skeleton.shape);
    context.insert("batch", &skeleton.batch.as_ref().map(layout::flow));
    let parameters: Vec<&str> = file.spec.parameters.iter().map(|(name, _)| name.as_str()).collect();
    let main = action_name == file.spec.action;
    context.insert("parameter", &parameters.first().filter(|_| main));
    let all = format!(
        "Model parameters that are sent, each with the vendor's limits or nothing. The model type has {}.",
        parameters.join(", ")
    );
    context.insert("parameters", &layout::comment(&all));
    let upload = skeleton.shape == "upload";
    context.insert("section", if upload { "parts" } else { "body" });
    context.insert("sent", layout::members(&skeleton.sent, 4).trim_end());
    context.insert("unsent", &skeleton.unsent);
    context.insert("chat", &(skeleton.shape == "chat"));
    let reply = skeleton.reply.as_ref().map(|reply| layout::section("reply", reply, 0).trim_end().to_owned());
    context.insert("reply", &reply);
    let event = skeleton.event.as_ref().map(|event| layout::section("emit", event, 6));
    context.insert("event", &event.as_ref().map(|event| format!("    - {}", event.trim())));
    context.insert("unread", &skeleton.unread);
    let mut examples = String::new();
    skeleton.examples.iter().for_each(|example| layout::item(example, 2, &mut examples));
    context.insert("examples", examples.trim_end());
    let offer = match main {
        true => format!("    {}: {{ protocol: {id} }}", file.spec.id),
        false => format!("    {}: {{ protocol: .., also: [{id}] }}", file.spec.id),
    };
    let steps = vec![
        format!("Edit {path}: path, body and reply of your endpoint, then the examples, which are its tests."),
        format!(
            "Offer it in a plugin, specs/plugins/<id>.yaml, under `offers`, alone or as an option of a choice:\n{offer}"
        ),
        GENERATE.to_owned(),
        format!("Run its examples:\n    cargo test -p generated {id}"),
    ];
    Ok(one(&path, render("protocol.yaml", &context), steps))
}

/// Family and name: a family that is there goes before the first `_`.
fn path_of<'n>(specs: &Specs, name: &'n str) -> Result<(&'n str, &'n str), String> {
    let families = specs.protocols.values().filter_map(|file| file.path.split('/').nth(2));
    let known =
        families.filter_map(|family| name.strip_prefix(family)?.strip_prefix('_').map(|rest| (family.len(), rest)));
    let split = match known.max_by_key(|(length, _)| *length) {
        Some((length, rest)) => Some((&name[..length], rest)),
        None => name.split_once('/').or_else(|| name.split_once('_')),
    };
    let missing = || {
        format!(
            "`{name}` has no family\n  = help: a protocol is called `<family>_<name>`, for example `cohere_{name}`, and \
             lives in `specs/protocols/<family>/<name>.yaml`"
        )
    };
    let (family, rest) = split.filter(|(family, rest)| !family.is_empty() && !rest.is_empty()).ok_or_else(missing)?;
    legal(family, "a family", false)?;
    legal(rest, "a protocol", false)?;
    Ok((family, rest))
}

/// What `--implements` takes: model types, and their other actions that protocols serve.
fn actions(specs: &Specs) -> Vec<String> {
    let mut all = Vec::new();
    for (id, file) in &specs.model_types {
        all.push(id.clone());
        let also = file.spec.also.iter().filter(|(_, action)| action.output.is_some());
        all.extend(also.map(|(name, _)| format!("{id}.{name}")));
    }
    all
}

struct Skeleton {
    shape: &'static str,
    batch: Option<Json>,
    /// Body or parts.
    sent: Json,
    /// Optional inputs, each with its type.
    unsent: Vec<String>,
    reply: Option<Json>,
    event: Option<Json>,
    /// Members of the output that are left to the editor, each with its type.
    unread: Vec<String>,
    examples: Vec<Json>,
}

fn skeleton(action: &Action) -> Result<Skeleton, String> {
    let output = action.output.clone().unwrap_or(Type::Record(Vec::new()));
    let is = |name: &str| *bare(&output) == Type::Named(name.to_owned());
    let has_file = action.input.iter().any(|(_, type_)| *type_ == Type::Named("audio_file".to_owned()));
    let shape = match () {
        () if has_file => "upload",
        () if is("chat") => "chat",
        () if is("audio") => "bytes",
        () => "json",
    };
    let mut sent = Map::from_iter([("model".to_owned(), json!("$model"))]);
    let (mut given, mut wire) = (Map::new(), Map::from_iter([("model".to_owned(), json!("m"))]));
    let (mut unsent, mut batch) = (Vec::new(), None);
    for (name, type_) in &action.input {
        if matches!(type_, Type::Optional(_)) {
            unsent.push(format!("`$input.{name}`: {type_}"));
            continue;
        }
        let source = last_derived(action, name);
        let mut one = samples::sent(name, type_, &source)
            .map_err(|type_| format!("no draft knows how an input of type `{type_}` is sent (`{name}`)"))?;
        // What is derived of an input is a list of pieces, or the list of the input made ready.
        if source != *name && batch.is_none() && matches!(shape, "json" | "bytes") {
            batch = Some(match type_ {
                Type::List(_) => json!({ "over": format!("$input.{source}"), "size": 16 }),
                _ => json!({ "over": format!("$input.{source}") }),
            });
            one.value = json!("$batch");
        }
        sent.insert(name.clone(), one.value);
        given.insert(name.clone(), one.given);
        wire.insert(name.clone(), one.wire);
    }
    let answer = |root: &str| answer(&output, root);
    let mut unread = Vec::new();
    if shape == "chat" {
        let left = members(&output).into_iter().filter(|(_, type_)| left_out(type_));
        unread = left.map(|(name, type_)| format!("`{name}`: {type_}")).collect();
    }
    let mut examples = Vec::new();
    let mut example =
        |name: &str, given: &Map<String, Json>, wire: &Map<String, Json>, key: &str, came: Json, yields: Json| {
            examples.push(json!({ "name": name, "input": given, "sends": wire, key: came, "yields": yields }));
        };
    let (mut reply, mut event) = (None, None);
    if shape == "bytes" {
        example("raw audio", &given, &wire, "receives", json!("494433040000"), json!("494433040000"));
    } else {
        let read = answer("$reply");
        example("a whole answer", &given, &wire, "receives", read.document.clone(), read.yields.clone());
        if shape == "chat" {
            for values in [&mut given, &mut wire] {
                values.values_mut().filter(|value| value.is_boolean()).for_each(|value| *value = json!(true));
            }
            event = Some(answer("$event").spec);
            example("a streamed answer", &given, &wire, "streams", streamed(&read.document), read.yields);
        }
        reply = Some(read.spec);
    }
    Ok(Skeleton { shape, batch, sent: sent.into(), unsent, reply, event, unread, examples })
}

/// The last value that is derived from an input, one from the other, or the input itself.
fn last_derived(action: &Action, input: &str) -> String {
    let mut last = input.to_owned();
    for (name, derived) in &action.derived {
        if derived.from.root == "input" && derived.from.path.first() == Some(&last) {
            last.clone_from(name);
        }
    }
    last
}

/// How a type is read, a document that it is read from, and what comes of it.
struct Read {
    spec: Json,
    document: Json,
    yields: Json,
}

/// Optional lists are left to the editor: how they are written differs most.
fn left_out(type_: &Type) -> bool {
    matches!(type_, Type::Optional(inner) if matches!(**inner, Type::List(_)))
}

fn answer(output: &Type, root: &str) -> Read {
    let alone = |name: &str| {
        let read = read(name, bare(output), &format!("{root}.{name}"), 0);
        Read { document: json!({ name: read.document }), ..read }
    };
    match bare(output) {
        Type::List(_) => alone("results"),
        type_ if members(type_).is_empty() => alone("result"),
        type_ => read("", type_, root, 0),
    }
}

fn read(name: &str, type_: &Type, path: &str, position: usize) -> Read {
    if let Type::List(element) = bare(type_) {
        let elements = [0, 1].map(|position| read(name, element, "$item", position));
        let element = elements[0].spec.clone();
        let mut spec = Map::from_iter([("$each".to_owned(), json!(path))]);
        match element {
            Json::Object(members) => spec.extend(members),
            // A list of what is no object holds objects with a member of the list's own name.
            _ => drop(spec.insert("$yield".to_owned(), json!(format!("$item.{name}")))),
        }
        let objects = elements[0].document.is_object();
        let documents = elements.each_ref().map(|read| match objects {
            true => read.document.clone(),
            false => json!({ name: read.document.clone() }),
        });
        return Read { spec: spec.into(), document: json!(documents), yields: json!(elements.map(|read| read.yields)) };
    }
    let parts = members(type_);
    if parts.is_empty() {
        let value = samples::answered(name, &bare(type_).to_string(), position);
        return Read { spec: json!(path), document: value.clone(), yields: value };
    }
    let (mut spec, mut document, mut yields) = (Map::new(), Map::new(), Map::new());
    for (name, type_) in parts.into_iter().filter(|(_, type_)| !left_out(type_)) {
        let read = read(&name, &type_, &format!("{path}.{name}"), position);
        spec.insert(name.clone(), read.spec);
        document.insert(name.clone(), read.document);
        yields.insert(name, read.yields);
    }
    Read { spec: spec.into(), document: document.into(), yields: yields.into() }
}

/// A document in two events: of the first text the first half, then all the rest.
fn streamed(document: &Json) -> Json {
    let (mut first, mut rest) = (Map::new(), Map::new());
    for (name, value) in document.as_object().into_iter().flatten() {
        match value.as_str().filter(|text| first.is_empty() && text.len() > 2) {
            Some(text) => {
                let (start, end) = text.split_at(text.char_indices().nth(2).map_or(0, |(at, _)| at));
                first.insert(name.clone(), json!(start));
                rest.insert(name.clone(), json!(end));
            }
            None => drop(rest.insert(name.clone(), value.clone())),
        }
    }
    json!([first, rest])
}
