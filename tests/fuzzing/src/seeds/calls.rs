//! Calls of every protocol of both plugins: what the daemon asks, and what the examples of the specs answer.

use std::sync::OnceLock;

use runtime::credentials::{Field, Stored};
use runtime::plugin::{Leaf, Offer, Plugin};
use serde_json::{Map, Value, json};

use crate::answers::{DIVIDER, SESSION};
use crate::{PLUGINS, specs};

/// What a credential is where it must be one.
const KEY: &str = "s3cr3t-key-of-a-tenant";

/// One example of a protocol, as a call of a plugin.
pub struct Call {
    /// The plugin's place in [`PLUGINS`].
    plugin: usize,
    protocol: String,
    /// The `data` of the request.
    data: Map<String, Value>,
    /// All actions of the model.
    actions: Vec<&'static str>,
    /// Whole replies, one after the other.
    replies: Vec<String>,
    /// Events of a stream.
    events: Vec<String>,
}

/// Every example of every protocol, with every plugin that offers it.
pub fn all() -> Vec<Call> {
    let mut calls = Vec::new();
    for (number, plugin) in PLUGINS.iter().enumerate() {
        for (model_type, offer) in plugin.offers {
            let selected = common(plugin);
            of_offer(number, model_type, offer, &selected, &mut calls);
        }
    }
    calls
}

/// What every model has stored.
fn common(plugin: &Plugin) -> Map<String, Value> {
    let mut stored = Map::new();
    for (id, text) in [("connection.endpoint", "https://gw.example/v1"), ("api_key.key", KEY)] {
        stored.extend(field(plugin, id).map(|field| (field.variable.to_owned(), text.into())));
    }
    stored.insert(plugin.auth.variable.to_owned(), "api_key".into());
    stored
}

fn field(plugin: &Plugin, id: &str) -> Option<&'static Field> {
    plugin.fields.iter().find(|field| field.id == id)
}

fn of_offer(plugin: usize, model_type: &str, offer: &Offer, stored: &Map<String, Value>, calls: &mut Vec<Call>) {
    match offer {
        Offer::Branch(select) => {
            for (word, offer) in select.options {
                let mut stored = stored.clone();
                stored.insert(select.variable.to_owned(), (*word).into());
                of_offer(plugin, model_type, offer, &stored, calls);
            }
        }
        Offer::Leaf(leaf) => calls.extend(of_leaf(plugin, model_type, leaf, stored)),
    }
}

fn of_leaf(number: usize, model_type: &str, leaf: &Leaf, stored: &Map<String, Value>) -> Vec<Call> {
    let plugin = PLUGINS[number];
    let actions: Vec<&'static str> = leaf.operations.iter().map(|operation| operation.action()).collect();
    let call = |action: &str, protocol: &str, example: &Value| {
        let mut credentials = stored.clone();
        for (name, value) in members(&example["credentials"]) {
            let named = plugin.fields.iter().find(|field| field.id.rsplit('.').next() == Some(&name));
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            credentials.extend(named.map(|field| (field.variable.to_owned(), text.into())));
        }
        let mut data = probe(plugin, leaf, &credentials);
        // A recording is named in an example, and is in the probe.
        data.extend(members(&example["input"]).into_iter().filter(|(name, _)| name != "file"));
        data.extend([
            ("action".to_owned(), action.into()),
            ("model_type".to_owned(), model_type.into()),
            ("model".to_owned(), "m".into()),
            ("user_id".to_owned(), "u".into()),
            ("model_parameters".to_owned(), Value::Object(members(&example["parameters"]))),
            ("credentials".to_owned(), Value::Object(credentials)),
        ]);
        let texts = |name: &str| match &example[name] {
            Value::Array(list) => list.iter().map(Value::to_string).collect(),
            Value::Null => Vec::new(),
            one => vec![one.to_string()],
        };
        let replies = [texts("receives"), texts("polls")].concat();
        let (protocol, actions, events) = (protocol.to_owned(), actions.clone(), texts("streams"));
        Call { plugin: number, protocol, data, actions, replies, events }
    };
    let mut calls = Vec::new();
    for (number, action) in actions.iter().enumerate() {
        // Only the main action's protocol is named; another has one of its own.
        let wanted = |spec: &Value| match number {
            0 => spec["id"] == leaf.protocol,
            _ => spec["implements"].as_str().is_some_and(|implements| implements.ends_with(&format!(".{action}"))),
        };
        if let Some(spec) = protocols().iter().find(|spec| wanted(spec)) {
            let id = spec["id"].as_str().unwrap_or_default();
            calls.extend(spec["examples"].as_array().into_iter().flatten().map(|example| call(action, id, example)));
        }
    }
    calls
}

fn probe(plugin: &'static Plugin, leaf: &Leaf, credentials: &Map<String, Value>) -> Map<String, Value> {
    let stored = Stored::new(plugin.fields, credentials, true).expect("anything is usable for a schema");
    (leaf.probe)(&stored).ok().and_then(|probe| serde_json::from_slice(&probe).ok()).unwrap_or_default()
}

/// The specs of all protocols.
pub fn protocols() -> &'static [Value] {
    static PROTOCOLS: OnceLock<Vec<Value>> = OnceLock::new();
    PROTOCOLS.get_or_init(|| {
        let tree = specs::tree();
        let paths = tree.paths().filter(|path| path.starts_with("specs/protocols/"));
        paths.filter_map(|path| serde_yaml::from_str(tree.text(path)?).ok()).collect()
    })
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn line(session: &str, data: &Map<String, Value>) -> String {
    json!({"session_id": session, "app_id": "a", "event": "request", "data": data}).to_string()
}

impl Call {
    fn answered(&self, answer: &str) -> Vec<u8> {
        format!("{}{}\n{answer}", self.plugin, line(SESSION, &self.data)).into_bytes()
    }

    /// The events of a stream of its protocol, with these line ends.
    fn stream(&self, end: &str) -> String {
        let (before, after) = if self.protocol.starts_with("ollama") { ("", "") } else { ("data: ", end) };
        self.events.iter().map(|event| format!("{before}{event}{end}{after}")).collect()
    }
}

/// A request of the session `s` that a plugin serves with a protocol, its answer streamed.
///
/// # Panics
/// If no plugin offers it.
pub fn streaming(protocol: &str) -> (&'static Plugin, Vec<u8>) {
    let calls = all();
    let call = calls.iter().find(|call| call.protocol == protocol).expect("a protocol that a plugin offers");
    let mut data = call.data.clone();
    data.insert("stream".to_owned(), true.into());
    (PLUGINS[call.plugin], line(SESSION, &data).into_bytes())
}

/// Inputs of the target `answers`.
pub fn answers(calls: &[Call]) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for (number, call) in calls.iter().enumerate() {
        if !call.replies.is_empty() {
            let each = call.replies.iter().map(|reply| format!("200 9 40\ncontent-type: application/json\n\n{reply}"));
            inputs.push(call.answered(&each.collect::<Vec<_>>().join(DIVIDER)));
        }
        if !call.events.is_empty() {
            let media_type =
                if call.protocol.starts_with("ollama") { "application/x-ndjson" } else { "text/event-stream" };
            let end = ["\n", "\r\n", "\r"][number % 3];
            let done =
                if call.protocol.starts_with("openai") { format!("data: [DONE]{end}{end}") } else { String::new() };
            inputs
                .push(call.answered(&format!("200 7 1 30\ncontent-type: {media_type}\n\n{}{done}", call.stream(end))));
        }
    }
    let refusals = [
        format!(
            "401\ncontent-type: application/json\nx-request-id: r-1\n\n{{\"error\":{{\"message\":\"bad key {KEY}\"}}}}"
        ),
        "400\n\n{\"error\":{\"message\":\"Unsupported parameter: 'temperature'\",\"param\":\"temperature\"}}"
            .to_owned(),
        "429\nretry-after: 7\n\nslow down".to_owned(),
        "302\nlocation: https://other.example/?key=1\n\n".to_owned(),
        "503\nserver: istio-envoy\n\nno healthy upstream".to_owned(),
        "200\ncontent-type: text/html\n\n<html><body>log in</body></html>".to_owned(),
        "200 3 !\ncontent-type: text/event-stream\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\nda"
            .to_owned(),
        "200\ncontent-type: audio/mpeg\n\nID3 sound".to_owned(),
        "413\n\n{\"message\":\"request body too large\"}".to_owned(),
    ];
    let other = calls.iter().step_by(5).zip(refusals.iter().cycle());
    inputs.extend(other.map(|(call, refusal)| call.answered(refusal)));
    inputs
}

/// Inputs of the target `events`.
pub fn events(calls: &[Call]) -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = calls
        .iter()
        .map(|call| {
            let documents = [call.replies.as_slice(), &call.events, &call.events].concat().join("\n");
            format!("{} 400 application/json\n{documents}", call.protocol).into_bytes()
        })
        .collect();
    inputs.sort_unstable();
    inputs.dedup();
    inputs
}

/// Inputs of the target `frames`.
pub fn frames(calls: &[Call]) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    let streaming = calls.iter().filter(|call| call.plugin == 0 && !call.events.is_empty());
    for (number, call) in streaming.enumerate() {
        let how = if call.protocol.starts_with("ollama") { "ndjson" } else { "sse" };
        let mark = ["", "\u{feff}"][number % 2];
        for (end, limit) in [("\n", 1000), ("\r\n", 200), ("\r", 60)] {
            let separator = (number + limit) % 8;
            inputs.push(format!("{how} {limit} {separator} 7 1 30\n{mark}{}", call.stream(end)).into_bytes());
        }
    }
    inputs
}

/// Inputs of the target `lines`.
pub fn lines(calls: &[Call]) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    for call in calls {
        let others = ["validate_model_credentials", "validate_provider_credentials", "get_ai_model_schemas"];
        let actions = call.actions.iter().chain(&others);
        let lines = actions.enumerate().map(|(number, action)| {
            let mut data = call.data.clone();
            data.insert("action".to_owned(), (*action).into());
            line(&format!("s{number}"), &data)
        });
        inputs.push(format!("{}{}\n", call.plugin, lines.collect::<Vec<_>>().join("\n")).into_bytes());
    }
    inputs.push(
        b"0{}\n\n  \n{\"session_id\":\"a\"}\n{\"session_id\":\"a\",\"event\":\"backwards_response\"}\nnot JSON\xff"
            .to_vec(),
    );
    inputs
}
