//! What a request of Dify says: model, ids, parameters, texts, files, voices, languages, tools.

use serde_json::{Map, Value, json};
use tests::consumers::Auth;
use tests::demo::{Call, calls};
use tests::plugins::{AI_GATEWAY, HIGRESS};
use tests::request::{Request, calls_tool, part, parts, text_part, tool, tool_result, user};

use super::{May, Trials, hostile, plugin, told};

#[test]
fn what_ai_gateway_is_asked_stays_where_it_belongs() {
    what_is_asked(AI_GATEWAY);
}

#[test]
fn what_higress_is_asked_stays_where_it_belongs() {
    what_is_asked(HIGRESS);
}

fn what_is_asked(name: &'static str) {
    let mut trials = Trials::of(name);
    let mut tried = Vec::new();
    for call in calls(name) {
        let action = whole(&call, &trials).action().to_owned();
        let few = tried.contains(&action);
        tried.push(action);
        let about = format!("{name} {}", call.protocol);
        let line = whole(&call, &trials).line(&trials.session());
        let model = trials.add(about.clone(), "", May::Values, None, line);
        let parameters = parameters(name, whole(&call, &trials));
        for hostile in hostile(few) {
            let cut: String = hostile.chars().take(60).collect();
            for change in changes(&call, &parameters) {
                let (what, request) = change(whole(&call, &trials), &hostile);
                let about = format!("{about}, {what}: {cut:?}");
                let line = request.line(&trials.session());
                let label = what.split([' ', '_']).find(|word| *word != "parameter").unwrap_or_default();
                trials.add(about, label, may(&what), Some(model), line);
            }
            // The ids of a line.
            for id in ["app_id", "conversation_id", "message_id"] {
                let line = whole(&call, &trials).line(&trials.session());
                let (before, after) = line.split_once(&format!("\"{id}\":")).expect("every line has it");
                let (_, after) = after.split_once(',').expect("more follows");
                let line = format!("{before}\"{id}\":{},{after}", json!(hostile));
                trials.add(format!("{about}, {id}: {cut:?}"), id, May::Name(header_of(id)), Some(model), line);
            }
        }
    }
    trials.check();
}

/// Not streamed, so that one reply serves all.
fn whole(call: &Call, trials: &Trials) -> Request {
    (call.request)(trials.row(Auth::Hmac)).whole()
}

fn header_of(id: &str) -> String {
    format!("x-dify-{}", id.trim_end_matches("_id"))
}

fn may(what: &str) -> May {
    match what {
        "user_id" => May::Name(header_of(what)),
        // An object is what is asked for there.
        "parameter extra_headers" => May::Name("x-mark".to_owned()),
        _ => May::Values,
    }
}

type Change = Box<dyn Fn(Request, &str) -> (String, Request)>;

fn changes(call: &Call, parameters: &[String]) -> Vec<Change> {
    let action = (call.request)(Map::new()).action().to_owned();
    let mut changes: Vec<Change> = Vec::new();
    let mut member = |name: &'static str, value: fn(&str) -> Value| {
        changes.push(Box::new(move |request, text| (name.to_owned(), request.with(name, value(text)))));
    };
    member("model", |text| json!(text));
    member("user_id", |text| json!(text));
    match action.as_str() {
        "invoke_llm" => {
            member("prompt_messages", |text| json!([user(text)]));
            member("stop", |text| json!([text]));
            member("tools", |text| json!([tool(text)]));
            member("prompt_messages", |text| json!([user("a"), calls_tool(text, text, text), tool_result(text, text)]));
            member("prompt_messages", |text| {
                let named =
                    [("url", text), ("filename", text), ("mime_type", text), ("format", text), ("detail", text)];
                json!([parts([text_part("a"), part("image", &named)])])
            });
            for name in parameters {
                let name = name.clone();
                changes.push(Box::new(move |request, text| {
                    let value = match name.as_str() {
                        "extra_headers" if !text.starts_with('{') => json!({ "x-mark": text }),
                        _ => json!(text),
                    };
                    (format!("parameter {name}"), request.with("model_parameters", json!({ &name: value })))
                }));
            }
        }
        "invoke_tts" => {
            member("voice", |text| json!(text));
            member("content_text", |text| json!(text));
        }
        "invoke_rerank" => member("query", |text| json!(text)),
        "invoke_text_embedding" => {
            member("texts", |text| json!([text]));
            member("input_type", |text| json!(text));
        }
        "invoke_moderation" => member("text", |text| json!(text)),
        _ => {}
    }
    changes
}

/// The parameters that a model has.
fn parameters(name: &str, request: Request) -> Vec<String> {
    let answers = told(plugin(name), &[request.with("action", "get_ai_model_schemas").line("schema")]);
    let schema = answers.iter().find(|answer| answer["data"]["type"] == "stream").expect("a schema");
    let rules = schema["data"]["data"]["model_schema"]["parameter_rules"].as_array().cloned().unwrap_or_default();
    rules.iter().filter_map(|rule| Some(rule["name"].as_str()?.to_owned())).collect()
}
