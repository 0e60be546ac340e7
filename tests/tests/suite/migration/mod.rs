//! Rows that the Python plugins have stored, as they are: with absent, empty, extra and stale values. Each gives a
//! model schema, and calls what it called before, or says which field is wrong.
//!
//! The plugins run inside this process; how packages start is the matter of other tests.

mod ai_gateway;
mod higress;

use std::sync::Arc;

use runtime::log::{Level, Log};
use runtime::outbox::Outbox;
use runtime::plugin::Plugin;
use runtime::serve::{Limits, Link, Server};
use runtime::transport::memory;
use serde_json::{Map, Value, json};
use tests::gateway::{Gateway, Seen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// One stored row and what becomes of it.
struct Row {
    about: &'static str,
    model_type: &'static str,
    /// The gateway's route, and what stands between its address and the path.
    route: &'static str,
    stored: Value,
    then: Then,
}

/// What a call does.
enum Then {
    /// Sends one request, to this path after the route, for this upstream model; then a look at it.
    Sends(&'static str, &'static str, fn(&Seen)),
    /// Fails, names this label, and sends nothing.
    Names(&'static str),
}

/// The name of every model in Dify.
const MODEL: &str = "dify-name";

/// Nothing more to look at.
fn anything(_: &Seen) {}

/// Nobody says who calls.
fn open(seen: &Seen) {
    for name in ["authorization", "x-ca-key", "x-api-key"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
}

/// Answers of one line after another.
fn ask(plugin: &'static Plugin, data: &Value) -> Vec<Value> {
    let line = json!({ "session_id": "s", "event": "request", "data": data });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a tokio runtime");
    let written = runtime.block_on(async {
        let (mut daemon, reader, writer) = memory::pair(1 << 20);
        let outbox = Arc::new(Outbox::default());
        let server = Server::new(plugin, Limits::default(), Log::to_daemon(Level::Error, outbox.clone()));
        let line = format!("{line}\n");
        daemon.requests.write_all(line.as_bytes()).await.expect("the plugin reads");
        drop(daemon.requests);
        let mut written = String::new();
        let serving = server.serve(Link::Pipes, reader, writer, outbox, std::future::pending());
        let reading = daemon.answers.read_to_string(&mut written);
        let (_, read) = tokio::join!(serving, reading);
        read.expect("the plugin writes text");
        written
    });
    let lines = written.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["event"] == "session").map(|line| line["data"].clone()).collect()
}

/// The request of the main action of a model type, as Dify makes it.
fn invoke(model_type: &str) -> Value {
    match model_type {
        "llm" => {
            json!({ "action": "invoke_llm", "prompt_messages": [{ "role": "user", "content": "Hi" }], "stream": false })
        }
        "rerank" => {
            json!({ "action": "invoke_rerank", "query": "q", "docs": ["a", "b"], "score_threshold": 0, "top_n": 0 })
        }
        "speech2text" => json!({ "action": "invoke_speech2text", "file": "524946462400000057415645666d7420" }),
        "text-embedding" => json!({ "action": "invoke_text_embedding", "texts": ["a"], "input_type": "document" }),
        "tts" => json!({ "action": "invoke_tts", "content_text": "Hi.", "voice": "", "tenant_id": "t" }),
        other => panic!("no call for {other}"),
    }
}

/// A request with what all have.
fn data(row: &Row, credentials: &Map<String, Value>, of_action: Value) -> Value {
    let mut data = json!({ "type": "model", "user_id": "u", "model": MODEL, "model_type": row.model_type, "credentials": credentials });
    if let (Some(data), Value::Object(members)) = (data.as_object_mut(), of_action) {
        data.extend(members);
    }
    data
}

/// Every row of a plugin gives a schema, and does what it says.
fn check(plugin: &'static Plugin, with_version: bool, rows: &[Row]) {
    for row in rows {
        let gateway = Gateway::start();
        let endpoint = if with_version { gateway.url(row.route) } else { gateway.base(row.route) };
        let mut credentials = row.stored.as_object().cloned().unwrap_or_default();
        credentials.entry("endpoint_url").or_insert_with(|| endpoint.into());
        let schema = ask(plugin, &data(row, &credentials, json!({ "action": "get_ai_model_schemas" })));
        assert_eq!(schema[0]["data"]["model_schema"]["model"], MODEL, "{}: no schema in {schema:?}", row.about);

        let answers = ask(plugin, &data(row, &credentials, invoke(row.model_type)));
        let failed = answers.iter().find(|answer| answer["type"] == "error");
        match (&row.then, gateway.seen().as_slice()) {
            (Then::Sends(path, model, look), [seen]) => {
                assert!(failed.is_none(), "{}: {failed:?}", row.about);
                assert_eq!(seen.target, format!("/{}{path}", row.route), "{}", row.about);
                assert_eq!(seen.model, *model, "{}", row.about);
                look(seen);
            }
            (Then::Names(label), []) => {
                let message = failed.and_then(|error| error["data"]["message"].as_str()).unwrap_or_default();
                assert!(message.starts_with(label), "{}: {message:?} does not name {label}", row.about);
            }
            (_, seen) => panic!("{}: {} requests, {answers:?}", row.about, seen.len()),
        }
    }
}
