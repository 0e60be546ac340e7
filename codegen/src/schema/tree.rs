//! What a schema knows from the specs: ids, fields, parameters, and the references that each place takes.

use serde_json::{Map, Value as Json, json};

use super::references::{Legal, fields_of, inputs_of, overlay_with};
use crate::ast::{self, Action, ModelType, Specs, Text, Type};
use crate::catalogue::{self, Site};
use crate::check::members;
use crate::parse::DIRECTIVES;

/// Conditions that a schema adds to what its structs say.
#[derive(Default)]
struct Added {
    definitions: Vec<(String, Json)>,
    rules: Vec<Json>,
}

impl Added {
    /// Declares the references of a place.
    fn place(&mut self, name: &str, legal: &Legal) -> Place {
        self.definitions.extend(legal.overlay(name));
        Place::named(name)
    }

    /// Declares a place like another one, in a file with credential fields of its own.
    fn place_with_own(&mut self, other: &str) -> Place {
        let name = format!("{other}.own");
        self.definitions.extend(overlay_with(&name, other, "credential"));
        Place::named(&name)
    }

    /// Keys of every file, or of those for which a condition holds.
    fn rule(&mut self, condition: Option<Json>, properties: Json) {
        self.rules.push(match condition {
            Some(condition) => json!({ "if": condition, "then": { "properties": properties } }),
            None => json!({ "properties": properties }),
        });
    }

    fn add_to(self, schema: &mut Json) {
        if !schema["definitions"].is_object() {
            schema["definitions"] = json!({});
        }
        for (name, definition) in self.definitions {
            schema["definitions"][name] = definition;
        }
        schema["allOf"] = Json::Array(self.rules);
    }
}

/// Schemas of the references of a place.
struct Place {
    value: Json,
    condition: Json,
}

impl Place {
    fn named(name: &str) -> Place {
        let to = |end: &str| json!({ "$ref": format!("#/definitions/{name}{end}") });
        Place { value: to(""), condition: to(".condition") }
    }
}

/// One of a few words, each with what it means.
fn closed<'a>(words: impl IntoIterator<Item = (&'a str, String)>) -> Json {
    let words = words.into_iter();
    let words: Vec<Json> = words.map(|(word, about)| json!({ "const": word, "description": about })).collect();
    match words.as_slice() {
        [] => json!(false),
        _ => json!({ "oneOf": words }),
    }
}

/// Adds a closed list to a key that has a description.
fn close(schema: &mut Json, words: Json) {
    if let (Some(schema), Json::Object(words)) = (schema.as_object_mut(), words) {
        schema.extend(words);
    }
}

/// Turns a table with any keys into one with these.
fn table<'a>(schema: &mut Json, keys: impl IntoIterator<Item = (&'a str, String)>) {
    let value = schema["additionalProperties"].take();
    let row = |(key, about): (&str, String)| (key.to_owned(), json!({ "description": about, "allOf": [value] }));
    schema["properties"] = Json::Object(keys.into_iter().map(row).collect());
    schema["additionalProperties"] = json!(false);
}

fn text(text: Option<&Text>) -> String {
    text.map(|text| text.en_us.clone()).unwrap_or_default()
}

fn about(text: Option<&String>) -> String {
    text.cloned().unwrap_or_default()
}

fn parameters(specs: &Specs) -> Vec<(&str, String)> {
    let about = |spec: &ast::Parameter| format!("{}. {}", spec.label.en_us, text(spec.help.as_ref())).trim_end().into();
    specs.parameters.iter().map(|(name, file)| (name.as_str(), about(&file.spec))).collect()
}

fn is(key: &str, words: &[&str]) -> Json {
    json!({ "properties": { key: { "enum": words } }, "required": [key] })
}

/// The actions of a model type that protocols implement, each with the words that name it.
fn implementable<'s>(id: &str, spec: &'s ModelType) -> Vec<(Vec<String>, &'s Action)> {
    let main = (vec![id.to_owned(), format!("{id}.{}", spec.action)], &spec.main);
    let also = spec.also.iter().map(|(name, action)| (vec![format!("{id}.{name}")], action));
    std::iter::once(main).chain(also).filter(|(_, action)| action.output.is_some()).collect()
}

pub fn protocol(specs: &Specs, schema: &mut Json) {
    let mut added = Added::default();
    let implemented = specs.model_types.iter().flat_map(|(id, file)| {
        let about = about(file.spec.about.as_ref());
        let words = implementable(id, &file.spec).into_iter().flat_map(|(words, _)| words);
        words.map(move |word| (word, about.clone())).collect::<Vec<_>>()
    });
    let implemented: Vec<(String, String)> = implemented.collect();
    let words = implemented.iter().map(|(word, about)| (word.as_str(), about.clone()));
    close(&mut schema["properties"]["implements"], closed(words));
    table(&mut schema["properties"]["parameters"], parameters(specs));
    table(&mut schema["definitions"]["Example"]["properties"]["parameters"], parameters(specs));

    let [reply, event] = [("reply", Site::Reply), ("event", Site::Events)].map(|(name, site)| {
        let place = added.place(name, &Legal::of(site));
        (place.value, place.condition)
    });
    let fails = added.place("fails", &Legal::of(Site::Fails)).condition;
    let poll = added.place("poll", &Legal::of(Site::Poll)).value;
    let probe = added.place("probe", &Legal::of(Site::OwnProbe)).value;
    added.rule(
        None,
        json!({
            "fails": { "items": fails },
            "stream": { "properties": { "events": { "items": { "properties": { "when": event.1, "emit": event.0 } } } } },
            "reply": reply.0,
            "task": { "properties": { "keep": reply.0, "state": reply.0, "error": reply.0, "poll": poll } },
            "probe": { "properties": { "body": probe } }
        }),
    );
    for (id, file) in &specs.model_types {
        for (words, action) in implementable(id, &file.spec) {
            let name = words.last().map_or(id.as_str(), String::as_str);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let fields = fields_of(&file.spec.credentials);
            let request = Legal::of(Site::Request)
                .with("input", inputs_of(action))
                .with("param", parameters(specs).into_iter().map(|(name, about)| (name.to_owned(), about)));
            let request = request.with("credential", fields.clone());
            let settings = Legal::of(Site::Settings).with("credential", fields);
            let strict = [
                added.place(&format!("{name}.request"), &request),
                added.place(&format!("{name}.settings"), &settings),
            ];
            // A protocol with fields of its own may name these too.
            let own =
                [added.place_with_own(&format!("{name}.request")), added.place_with_own(&format!("{name}.settings"))];
            for (has_own, [request, settings]) in [(false, strict), (true, own)] {
                let mut condition = is("implements", &words);
                match has_own {
                    true => condition["required"] = json!(["implements", "credentials"]),
                    false => condition["not"] = json!({ "required": ["credentials"] }),
                }
                let (request, settings) = (request.value, settings.value);
                let properties = json!({
                    "request": request, "properties": settings,
                    "batch": { "properties": { "over": request, "size": settings, "parallel": settings } },
                    "stream": { "properties": { "separator": settings } }
                });
                added.rule(Some(condition), properties);
            }
            let inputs =
                action.input.iter().map(|(name, type_)| (name.clone(), json!({ "description": format!("`{type_}`") })));
            let inputs: Map<String, Json> = inputs.collect();
            let mut properties = json!({
                "examples": { "items": { "properties": { "input": {
                    "type": "object", "properties": inputs, "additionalProperties": false
                } } } }
            });
            if let Some(output) = &action.output {
                let built = built(output);
                properties["reply"] = built.clone();
                properties["stream"] =
                    json!({ "properties": { "events": { "items": { "properties": { "emit": built } } } } });
            }
            added.rule(Some(is("implements", &words)), properties);
        }
    }
    added.add_to(schema);
}

/// Members that a value of a type may have, beside directives.
fn built(type_: &Type) -> Json {
    if let Type::List(inner) | Type::Optional(inner) = type_ {
        let mut inner = built(inner);
        if matches!(type_, Type::List(_)) && inner["properties"].is_object() {
            inner["items"] = json!({ "properties": inner["properties"], "propertyNames": inner["propertyNames"] });
        }
        return inner;
    }
    let members = members(type_);
    if members.is_empty() {
        return json!({});
    }
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).chain(DIRECTIVES).collect();
    let member = |(name, type_): &(String, Type)| {
        let mut schema = built(type_);
        schema["description"] = Json::from(format!("`{type_}`"));
        (name.clone(), schema)
    };
    json!({ "properties": members.iter().map(member).collect::<Map<_, _>>(), "propertyNames": { "enum": names } })
}

pub fn model_type(specs: &Specs, schema: &mut Json) {
    let mut added = Added::default();
    let dify = catalogue::DIFY_MODEL_TYPES.iter().map(|name| (*name, format!("Dify's `{name}` models.")));
    close(&mut schema["properties"]["dify"], closed(dify));
    let actions = || catalogue::ACTIONS.iter().map(|(name, type_)| (*name, format!("An action of `{type_}`.")));
    close(&mut schema["properties"]["action"], closed(actions()));
    table(&mut schema["properties"]["also"], actions());
    table(&mut schema["properties"]["parameters"], parameters(specs));
    table(&mut schema["definitions"]["Probe"]["properties"]["parameters"], parameters(specs));
    let one = |id: &str, spec: Option<&ModelType>, added: &mut Added| {
        let fields = || spec.map(|spec| fields_of(&spec.credentials)).unwrap_or_default();
        let main = spec.map(|spec| inputs_of(&spec.main)).unwrap_or_default();
        let mut place = |end: &str, site: Site| {
            let legal = Legal::of(site).with_more("input", main.clone()).with_more("credential", fields());
            added.place(&format!("{id}.{end}"), &legal)
        };
        let (derived, deliver) = (place("derived", Site::Derived).value, place("deliver", Site::Deliver).value);
        let (settings, probe) = (place("settings", Site::Settings), place("probe", Site::Probe).value);
        let action = json!({ "derived": derived, "finish": derived, "deliver": deliver });
        let parameter = json!({
            "when": settings.condition, "min": settings.value, "max": settings.value, "default": settings.value,
            "fixed": { "items": { "properties": { "when": settings.condition } } }
        });
        json!({
            "derived": derived, "finish": derived, "deliver": deliver,
            "also": { "additionalProperties": { "properties": action } },
            "schema": { "properties": {
                "features": { "additionalProperties": settings.condition },
                "properties": settings.value, "pricing": settings.value
            } },
            "parameters": { "additionalProperties": { "properties": parameter } },
            "probe": { "properties": { "input": probe } }
        })
    };
    let known: Vec<&str> = specs.model_types.keys().map(String::as_str).collect();
    for (id, file) in &specs.model_types {
        let properties = one(id, Some(&file.spec), &mut added);
        added.rule(Some(is("id", &[id])), properties);
    }
    let properties = one("any", None, &mut added);
    added.rule(Some(json!({ "not": is("id", &known) })), properties);
    added.add_to(schema);
}

pub fn auth(specs: &Specs, schema: &mut Json) {
    let mut added = Added::default();
    let sign = |fields: Vec<(String, String)>| Legal::of(Site::Sign).with_more("credential", fields);
    let mint = |fields: Vec<(String, String)>| Legal::of(Site::Mint).with_more("credential", fields);
    let attach = |fields: Vec<(String, String)>| Legal::of(Site::Attach).with_more("credential", fields);
    let rule = |added: &mut Added, id: &str, condition: Json, fields: Vec<(String, String)>| {
        let mint = added.place(&format!("{id}.mint"), &mint(fields.clone())).value;
        let sign = added.place(&format!("{id}.sign"), &sign(fields.clone())).value;
        let attach = added.place(&format!("{id}.attach"), &attach(fields)).value;
        added.rule(Some(condition), json!({ "mint": mint, "sign": sign, "attach": attach }));
    };
    let known: Vec<&str> = specs.auth.keys().map(String::as_str).collect();
    for (id, file) in &specs.auth {
        rule(&mut added, id, is("id", &[id]), fields_of(&file.spec.credentials));
    }
    rule(&mut added, "any", json!({ "not": is("id", &known) }), Vec::new());
    let mac = catalogue::MACS.iter().map(|name| (*name, format!("`{name}`")));
    schema["definitions"]["Sign"]["properties"]["mac"]["anyOf"] = json!([
        closed(mac), { "type": "string", "pattern": r"^\$credential\.[A-Za-z0-9_-]+$" }
    ]);
    if let Some(mac) = schema["definitions"]["Sign"]["properties"]["mac"].as_object_mut() {
        mac.remove("allOf");
        mac.remove("$ref");
    }
    added.add_to(schema);
}

pub fn connection(specs: &Specs, schema: &mut Json) {
    let mut added = Added::default();
    let fields = specs.connection.iter().flat_map(|file| fields_of(&file.spec.credentials)).collect::<Vec<_>>();
    let labels = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, about)| about.clone());
    let known = catalogue::CONNECTION_FIELDS.iter().map(|name| (*name, labels(name).unwrap_or_default()));
    table(&mut schema["properties"]["credentials"], known);
    let place = added.place("attached", &Legal::of(Site::Connection).with_more("credential", fields)).value;
    added.rule(None, json!({ "headers": place, "attach": place }));
    added.add_to(schema);
}

pub fn plugin(specs: &Specs, schema: &mut Json) {
    let words = |list: &[(&str, Option<&String>)]| closed(list.iter().map(|(id, text)| (*id, about(*text))));
    let methods: Vec<_> = specs.auth.iter().map(|(id, file)| (id.as_str(), file.spec.about.as_ref())).collect();
    close(&mut schema["definitions"]["AuthOption"]["properties"]["auth"], words(&methods));
    table(&mut schema["properties"]["parameters"], parameters(specs));
    let groups = groups(specs);
    table(&mut schema["properties"]["credentials"], groups.iter().map(|(name, about)| (name.as_str(), about.clone())));
    let names: Vec<&String> = groups.iter().map(|(name, _)| name).collect();
    let same = &mut schema["definitions"]["FieldOverride"]["properties"]["same_as"];
    close(same, json!({ "enum": names }));
    // A node of each model type, which names the protocols of that type.
    let node = schema["definitions"]["Node"].take();
    let mut offers = Map::new();
    for (id, file) in &specs.model_types {
        let (main, also): (Vec<_>, Vec<_>) = specs
            .protocols
            .values()
            .filter_map(|protocol| {
                let (type_, _, action) = specs.implemented(&protocol.spec.implements)?;
                let here = type_.spec.id == *id;
                here.then(|| (std::ptr::eq(action, &file.spec.main), protocol))
            })
            .map(|(main, protocol)| (main, (protocol.spec.id.as_str(), protocol.spec.about.as_ref())))
            .partition(|(main, _)| *main);
        let [main, also] = [main, also].map(|list| list.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>());
        let name = format!("offer.{id}");
        let to = json!({ "$ref": format!("#/definitions/{name}") });
        let mut node = node.clone();
        close(&mut node["properties"]["protocol"], words(&main));
        if !also.is_empty() {
            node["properties"]["also"]["items"] = words(&also);
        }
        node["properties"]["options"]["additionalProperties"] = to.clone();
        schema["definitions"][name] = node;
        offers.insert(id.clone(), json!({ "description": about(file.spec.about.as_ref()), "allOf": [to] }));
    }
    if let Some(definitions) = schema["definitions"].as_object_mut() {
        definitions.remove("Node");
    }
    schema["properties"]["offers"]["properties"] = Json::Object(offers);
    schema["properties"]["offers"]["additionalProperties"] = json!(false);
    close(&mut schema["properties"]["tags"]["items"], json!({ "enum": crate::dify::TAGS }));
}

/// `<group>.<field>` of all fields, each with what it is.
fn groups(specs: &Specs) -> Vec<(String, String)> {
    let connection = specs.connection.iter().map(|file| ("connection", &file.spec.credentials));
    let auth = specs.auth.iter().map(|(id, file)| (id.as_str(), &file.spec.credentials));
    let types = specs.model_types.iter().map(|(id, file)| (id.as_str(), &file.spec.credentials));
    let protocols = specs.protocols.iter().map(|(id, file)| (id.as_str(), &file.spec.credentials));
    let all = connection.chain(auth).chain(types).chain(protocols);
    all.flat_map(|(group, fields)| {
        fields_of(fields).into_iter().map(move |(name, about)| (format!("{group}.{name}"), about))
    })
    .collect()
}
