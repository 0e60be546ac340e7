//! Requests no plugin can serve and replies that are none: exact error types, texts that help, never an empty success.

use serde_json::{Value, json};
use tests::gateway::reply::{Piece, Reply, chunk};
use tests::request::{Request, calls_tool, user};

use crate::support::{Setting, assert_says};

fn bad_request(setting: &Setting, request: &Request) {
    let failure = setting.plugin.call(request).failed().clone();
    assert_eq!(failure.error_type, "InvokeBadRequestError", "{}", failure.message);
}

#[test]
fn requests_that_make_no_sense() {
    let setting = Setting::new();
    let message = |members: Value| json!([members]);
    let bad = [
        // What the daemon makes of a request it could not decode.
        message(json!({"role": "", "content": null, "name": "", "tool_calls": null, "tool_call_id": ""})),
        message(json!({"role": "wizard", "content": "Hi"})),
        message(json!({"content": "Hi"})),
        message(json!({"role": 7, "content": "Hi"})),
        message(json!({"role": "user", "content": {"text": "Hi"}})),
        message(json!({"role": "user", "content": [{"type": "hologram", "data": "x"}]})),
        message(json!({"role": "user", "content": ["Hi"]})),
        message(json!({"role": "user", "content": null})),
        message(json!({"role": "assistant", "content": null, "tool_calls": null})),
        json!("Hi"),
        json!([42]),
        json!({}),
    ];
    for messages in bad {
        bad_request(&setting, &Request::chat("m", setting.open()).with("prompt_messages", messages));
    }
    bad_request(&setting, &Request::chat("m", setting.open()).with("stream", "yes"));
    bad_request(&setting, &Request::chat("m", setting.open()).with("tools", "hammer"));
    bad_request(&setting, &Request::chat("m", setting.open()).with("credentials", "secret-text"));
    bad_request(&setting, &Request::chat("m", setting.open()).with("model_type", "teapot"));
    bad_request(&setting, &Request::rerank("m", setting.open(), &["a"]).with("docs", json!([1, 2])));
    bad_request(&setting, &Request::rerank("m", setting.open(), &["a"]).with("query", json!(["a"])));
    assert!(setting.gateway.seen().is_empty());
}

#[test]
fn no_messages_are_a_bad_request() {
    let setting = Setting::new();
    for messages in [Value::Null, json!([])] {
        bad_request(&setting, &Request::chat("m", setting.open()).with("prompt_messages", messages));
    }
}

#[test]
fn absent_null_and_extra_members_are_taken() {
    let setting = Setting::new();
    let bare = json!([{"role": "user", "content": "Hi"}]);
    let mut request =
        Request::chat("m", setting.open()).with("prompt_messages", bare).with("unknown", json!({"a": [1]}));
    for name in ["model_parameters", "tools", "stop", "json_schema", "user_id"] {
        request = request.without(name);
    }
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    let (mut called, empty) = (calls_tool("1", "w", "{}"), user("Hi"));
    called["content"] = Value::Null;
    let request = Request::chat("m", setting.open())
        .messages([called, empty])
        .with("model_parameters", json!({"temperature": null, "unknown": 3}))
        .with("tools", json!([]))
        .with("stop", json!([]))
        .with("user_id", "");
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    let sent = setting.gateway.seen_for("m").pop().map(|seen| seen.body).unwrap_or_default();
    for name in ["unknown", "temperature", "tools", "stop", "user"] {
        assert!(sent.get(name).is_none(), "{name} in {sent}");
    }
}

#[test]
fn parameters_out_of_bounds_are_a_bad_request() {
    let setting = Setting::new();
    for parameters in [
        json!({"temperature": 9}),
        json!({"temperature": "hot"}),
        json!({"max_tokens": 1.5}),
        json!({"max_tokens": 0}),
        json!({"max_tokens": 5000}),
        json!([]),
        json!({"top_p": -1}),
    ] {
        bad_request(&setting, &Request::chat("m", setting.open()).with("model_parameters", parameters));
    }
    let structured = |parameters: Value| {
        Request::chat("m", setting.open())
            .credential("structured_output_support", "supported")
            .with("model_parameters", parameters)
    };
    bad_request(&setting, &structured(json!({"response_format": "poem"})));
    bad_request(&setting, &structured(json!({"response_format": "json_schema"})));
    bad_request(&setting, &structured(json!({"response_format": "json_schema", "json_schema": "{not json"})));
    assert!(setting.gateway.seen().is_empty());
}

#[test]
fn statuses_become_the_errors_that_dify_acts_on() {
    let setting = Setting::new();
    let expected = [
        ("401", "InvokeAuthorizationError", "Incorrect API key provided"),
        ("403", "InvokeRateLimitError", "No quota left"),
        ("404", "InvokeBadRequestError", "does not exist"),
        ("429", "InvokeRateLimitError", "7"),
        ("500", "InvokeServerUnavailableError", "The server had an error"),
        ("503", "InvokeServerUnavailableError", "no healthy upstream"),
    ];
    for (model, error_type, part) in expected {
        for request in [
            Request::chat(model, setting.open()),
            Request::completion(model, setting.open()).whole(),
            Request::rerank(model, setting.open(), &["a"]),
        ] {
            let failure = setting.plugin.call(&request).failed().clone();
            assert_eq!(failure.error_type, error_type, "{}", failure.message);
            let id = format!("req-{}", setting.gateway.seen().len());
            assert_says(&failure.message, &[model, part, &id]);
        }
    }
}

#[test]
fn an_endpoint_that_is_not_there_is_a_connection_error() {
    let setting = Setting::new();
    let refused = "http://127.0.0.1:9/v1";
    let request = Request::chat("m", tests::consumers::Auth::None.credentials(refused));
    let failure = setting.plugin.call(&request).failed().clone();
    assert_eq!(failure.error_type, "InvokeConnectionError");
    assert_says(&failure.message, &["127.0.0.1:9"]);
}

#[test]
fn a_path_without_a_route_is_named() {
    let setting = Setting::new();
    let endpoint = format!("{}/nowhere/v1", setting.gateway.root());
    let request = Request::chat("m", tests::consumers::Auth::None.credentials(&endpoint));
    assert_says(&setting.plugin.call(&request).failed().message, &["404", "/nowhere/v1/chat/completions"]);
}

#[test]
fn refusals_inside_a_success_are_failures() {
    let setting = Setting::new();
    for request in [
        Request::chat("refused-200", setting.open()),
        Request::chat("refused-200", setting.open()).whole(),
        Request::rerank("refused-200", setting.open(), &["a"]),
    ] {
        assert_says(&setting.plugin.call(&request).failed().message, &["Too many requests"]);
    }
    let request = Request::chat("error-in-stream", setting.open());
    let outcome = setting.plugin.call(&request);
    assert_eq!(outcome.text(), "Hel");
    assert_says(&outcome.failed().message, &["the model crashed"]);
    for request in [Request::chat("guard", setting.open()), Request::chat("guard", setting.open()).whole()] {
        let failure = setting.plugin.call(&request).failed().clone();
        assert_eq!(failure.error_type, "InvokeBadRequestError");
        assert_says(&failure.message, &["promptAttack"]);
    }
}

/// A reply that is no answer, for every action and both ways of asking.
fn no_answer(setting: &Setting, name: &str, reply: &Reply) {
    let own = reply.clone();
    setting.gateway.script(name, move |_| own.clone());
    for request in [
        Request::chat(name, setting.open()),
        Request::chat(name, setting.open()).whole(),
        Request::completion(name, setting.open()),
        Request::completion(name, setting.open()).whole(),
        Request::rerank(name, setting.open(), &["a"]),
    ] {
        let failure = setting.plugin.call(&request).failed().clone();
        assert!(failure.message.len() < 1000, "{name}: {} bytes", failure.message.len());
        assert!(failure.message.matches('z').count() <= 500, "{name}: {}", failure.message);
        if name.starts_with("cut") {
            let allowed = ["InvokeConnectionError", "InvokeServerUnavailableError"];
            assert!(allowed.contains(&failure.error_type.as_str()), "{name}: {failure:?}");
        } else {
            assert_eq!(failure.error_type, "InvokeServerUnavailableError", "{name}: {}", failure.message);
            assert_says(&failure.message, &[&first_bytes(reply)]);
        }
    }
}

/// The first few bytes, as an error should show them; nothing if they are no text.
fn first_bytes(reply: &Reply) -> String {
    match reply.pieces.first() {
        Some(Piece::Bytes(bytes)) => String::from_utf8(bytes.iter().take(12).copied().collect()).unwrap_or_default(),
        _ => String::new(),
    }
}

#[test]
fn replies_that_are_no_answers() {
    let setting = Setting::new();
    let json = |text: &str| Reply::new(200, "application/json", text);
    let replies = [
        ("html", Reply::new(200, "text/html", "<!doctype html><p>Log in")),
        ("text", Reply::new(200, "text/plain", "It works!")),
        ("empty", json("")),
        ("no-type", Reply::new(200, "", "")),
        ("half", json(r#"{"choices":[{"message":{"content":"Hel"#)),
        ("empty-object", json("{}")),
        ("null", json("null")),
        ("list", json("[7]")),
        ("number", json("42")),
        ("wrong-types", json(r#"{"choices":"many","results":7}"#)),
        (
            "wrong-inside",
            json(r#"{"choices":[{"message":7,"text":{}}],"results":[{"index":"first","relevance_score":"high"}]}"#),
        ),
        ("bytes", Reply::new(200, "application/octet-stream", vec![0xff, 0xfe, 0x00, 0x80])),
        ("huge-text", Reply::new(200, "text/plain", "z".repeat(100_000))),
        ("deep", json(&format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)))),
        ("cut-short", json(r#"{"choices":[{"mess"#).header("content-length", "5000")),
        ("cut-off", json(r#"{"choices":[{"mess"#).then(Piece::Cut)),
    ];
    for (name, reply) in &replies {
        no_answer(&setting, name, reply);
    }
}

#[test]
fn streams_that_are_no_answers() {
    let setting = Setting::new();
    let text = format!("data: {}\n\n", chunk(json!({"content": "Hel"})));
    let streams = [
        ("nothing", Reply::stream([""])),
        ("only-done", Reply::stream(["data: [DONE]\n\n"])),
        ("only-comments", Reply::stream([": ping\n\n: ping\n\n"])),
        ("no-json", Reply::stream(["data: Hello\n\n", "data: [DONE]\n\n"])),
        ("half-json", Reply::stream(["data: {\"choices\":[{\"delta\":\n\n", "data: [DONE]\n\n"])),
        ("wrong-types", Reply::stream(["data: {\"choices\":7}\n\n", "data: [DONE]\n\n"])),
        ("ends-early", Reply::stream([text.clone()])),
        ("ends-in-event", Reply::stream([text.clone(), "data: {\"choices\":[{\"del".to_owned()])),
        ("breaks", Reply::stream([text]).then(Piece::Cut)),
    ];
    for (name, reply) in streams {
        setting.gateway.script(name, move |_| reply.clone());
        let failure = setting.plugin.call(&Request::chat(name, setting.open())).failed().clone();
        let allowed = ["InvokeServerUnavailableError", "InvokeConnectionError"];
        assert!(allowed.contains(&failure.error_type.as_str()), "{name}: {failure:?}");
        assert!(failure.message.len() < 1000, "{name}: {}", failure.message);
    }
}

#[test]
fn deltas_with_odd_members_are_read() {
    let setting = Setting::new();
    let events = [
        json!({"choices": []}),
        json!({"choices": [{"delta": null}]}),
        json!({"choices": [{"delta": {"role": "assistant", "content": null, "tool_calls": null}}]}),
        json!({"choices": [{"delta": {"content": "Hello"}, "finish_reason": ""}], "usage": null, "extra": [1]}),
        json!({"choices": [{"finish_reason": "stop"}]}),
        json!({"choices": [{"delta": {}, "finish_reason": null}], "usage": {"prompt_tokens": 5.0, "completion_tokens": 1}}),
    ];
    setting.gateway.script("odd", move |_| Reply::events(&events));
    let outcome = setting.plugin.call(&Request::chat("odd", setting.open())).ok();
    assert_eq!(
        (outcome.text().as_str(), outcome.usage(), outcome.finishes()),
        ("Hello", (5, 1), vec!["stop".to_owned()])
    );
}

#[test]
fn gigantic_replies_end_with_an_error() {
    let setting = Setting::new();
    let filling = |times| Piece::Repeat(vec![b' '; 1 << 20], times);
    setting.gateway.script("endless", move |asked| {
        let kind = if asked.body["stream"] == true { "text/event-stream" } else { "application/json" };
        Reply::new(200, kind, "{\"choices\":[").then(filling(300))
    });
    for request in [
        Request::chat("endless", setting.open()).whole(),
        Request::rerank("endless", setting.open(), &["a"]),
        // One event that never ends.
        Request::chat("endless", setting.open()),
    ] {
        let failure = setting.plugin.call(&request).failed().clone();
        assert_eq!(failure.error_type, "InvokeServerUnavailableError", "{}", failure.message);
        assert!(failure.message.len() < 1000);
    }
}
