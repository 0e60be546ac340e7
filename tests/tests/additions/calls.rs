//! The packed plugins of the copy, installed and called: what the examples do not prove.

use std::path::Path;

use serde_json::{Map, Value, json};
use tests::consumers::{ACCESS_KEY, Auth, SECRET_KEY};
use tests::daemon::Plugin;
use tests::daemon::install::Installed;
use tests::demo::AUDIO;
use tests::gateway::Gateway;
use tests::gateway::reply::Reply;
use tests::request::Request;

const DOCS: [&str; 3] = ["Berlin", "Rome", "Paris"];

/// The model type, the parameter, the protocols and the auth method.
pub fn higress(package: &Path) {
    let (gateway, plugin) = start(package);
    let open = || Auth::None.higress(&gateway.base("open"));

    let moderated = plugin.call(&Request::moderation("m", open(), "an attack")).only();
    assert_eq!(moderated["result"], true, "{moderated}");

    let chat = Request::chat("penalised", open()).with("model_parameters", json!({"repetition_penalty": 1.2}));
    plugin.call(&chat).ok();
    assert_eq!(gateway.only("penalised").body["repetition_penalty"], 1.2);
    let beyond = Request::chat("m", open()).with("model_parameters", json!({"repetition_penalty": 2.5}));
    assert!(plugin.call(&beyond).failed().message.contains("repetition_penalty"), "its limit is known");

    gateway.script("cohere", |asked| {
        assert_eq!(asked.path, "v2/rerank");
        Reply::json(&json!({"results": [{"index": 2, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.2}]}))
    });
    let request = Request::rerank("cohere", open(), &DOCS).credential("rerank_model_protocol", "cohere");
    assert_eq!(plugin.call(&request).ok().hits(), [(2, 0.9), (0, 0.2)]);

    // This one names no model. It takes 32 texts, and scores them by their length here.
    gateway.script("", |asked| {
        assert_eq!(asked.path, "rerank");
        let texts = asked.body["texts"].as_array().cloned().unwrap_or_default();
        let size = |text: &Value| text.as_str().map_or(0, str::len);
        assert!(texts.len() <= 32);
        let hits = texts.iter().enumerate().map(|(index, text)| json!({"index": index, "score": size(text)}));
        Reply::json(&hits.collect())
    });
    let texts: Vec<String> = (1..=40).map(|length| "x".repeat(length)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let request = Request::rerank("tei", open(), &texts).credential("rerank_model_protocol", "tei").with("top_n", 2);
    assert_eq!(plugin.call(&request).ok().hits(), [(39, 40.0), (38, 39.0)]);
    assert_eq!(gateway.seen_for("").len(), 2);

    gateway.script("native", |asked| {
        assert_eq!(asked.path, "api/v1/services/aigc/text-generation/generation");
        assert!(asked.headers.contains(&("x-dashscope-sse".to_owned(), "enable".to_owned())), "{:?}", asked.headers);
        let event = |text: &str, finish: &str| {
            let choice = json!({"message": {"role": "assistant", "content": text}, "finish_reason": finish});
            let usage = json!({"input_tokens": 3, "output_tokens": 2, "total_tokens": 5});
            let event = json!({"output": {"choices": [choice]}, "usage": usage, "request_id": "r-1"});
            format!("id:1\nevent:result\n:HTTP_STATUS/200\ndata:{event}\n\n")
        };
        Reply::new(200, "text/event-stream;charset=UTF-8", event("Hello", "null") + &event(", world!", "stop"))
    });
    let outcome = plugin.call(&Request::chat("native", open()).credential("text_model_protocol", "dashscope")).ok();
    assert_eq!((outcome.text().as_str(), outcome.usage()), ("Hello, world!", (3, 2)));
    assert_eq!(outcome.finishes(), ["stop"]);

    signed_in_the_other_way(&gateway, &plugin);
    plugin.keep_secrets(gateway.proofs());
}

/// The auth method: JSON, a form, and polls that have no body. The gateway verifies with code of its own.
fn signed_in_the_other_way(gateway: &Gateway, plugin: &Plugin) {
    let endpoint = format!("{}?b=2&a=%20", gateway.base("hmac-apisix"));
    let row = || -> Map<String, Value> {
        let row = json!({"consumer_auth_mode": "hmac_apisix", "hmac_apisix_key_id": ACCESS_KEY,
            "hmac_apisix_secret_key": SECRET_KEY, "endpoint_url": endpoint});
        row.as_object().cloned().unwrap_or_default()
    };
    let task = [("llm_usage_scenario", "image_generation"), ("image_model_protocol", "dashscope_image_task")];
    let task = task.into_iter().fold(Request::chat("m", row()), |task, (name, value)| task.credential(name, value));
    let before = gateway.seen().len();
    for request in [Request::chat("m", row()), Request::transcription("m", row(), AUDIO), task] {
        plugin.call(&request).ok();
    }
    let seen = gateway.seen().split_off(before);
    assert!(seen.iter().all(|seen| seen.consumer.as_deref() == Some(ACCESS_KEY)), "{seen:#?}");
    for (method, has_digest) in [("POST", true), ("GET", false)] {
        let mut calls = seen.iter().filter(|seen| seen.method == method).peekable();
        assert!(calls.peek().is_some(), "no {method}");
        assert!(calls.all(|seen| seen.header("digest").is_some() == has_digest), "{method}");
    }

    let wrong = Request::chat("m", row()).credential("hmac_apisix_secret_key", "hs-not-this-one");
    assert_eq!(plugin.call(&wrong).failed().error_type, "InvokeAuthorizationError");
    let none = Request::chat("m", row()).credential("hmac_apisix_secret_key", "");
    assert_eq!(plugin.call(&none).failed().error_type, "InvokeBadRequestError");
}

/// The plugin: each model type with each auth method.
pub fn litellm(package: &Path) {
    let (gateway, plugin) = start(package);
    let keyed = json!({"auth": "api_key", "api_key": tests::consumers::API_KEY, "api_base": gateway.base("key")});
    let open = json!({"auth": "none", "api_base": gateway.base("open")});
    for row in [keyed, open] {
        let row = || row.as_object().cloned().unwrap_or_default();
        assert_eq!(plugin.call(&Request::chat("m", row())).ok().text(), "Hello, world!");
        assert_eq!(plugin.call(&Request::embedding("m", row(), &["Hello", "you"])).ok().vectors().len(), 2);
        assert_eq!(plugin.call(&Request::rerank("m", row(), &DOCS)).ok().hits().first(), Some(&(2, 0.5)));
    }
    let wrong = json!({"auth": "api_key", "api_key": "sk-not-this-one", "api_base": gateway.base("key")});
    let wrong = Request::chat("m", wrong.as_object().cloned().unwrap_or_default());
    assert_eq!(plugin.call(&wrong).failed().error_type, "InvokeAuthorizationError");
    plugin.keep_secrets(gateway.proofs());
}

/// The plugin of the tutorial.
pub fn voyage(package: &Path) {
    let (gateway, plugin) = start(package);
    gateway.script("rerank-2.5", |asked| {
        assert_eq!(asked.path, "rerank");
        assert_eq!((&asked.body["documents"], &asked.body["top_k"]), (&json!(DOCS), &json!(1)));
        Reply::json(
            &json!({"object": "list", "data": [{"index": 2, "relevance_score": 0.92}], "usage": {"total_tokens": 26}}),
        )
    });
    let row = json!({"auth_method": "api_key", "api_key_key": tests::consumers::API_KEY, "endpoint_url": gateway.base("key")});
    let request = Request::rerank("rerank-2.5", row.as_object().cloned().unwrap_or_default(), &DOCS).with("top_n", 1);
    assert_eq!(plugin.call(&request).ok().hits(), [(2, 0.92)]);
    plugin.keep_secrets(gateway.proofs());
}

fn start(package: &Path) -> (Gateway, Plugin) {
    let directory = package.parent().expect("a package lies in a directory").join("installed");
    (Gateway::start(), Plugin::start(&Installed::new(package, &directory)))
}
