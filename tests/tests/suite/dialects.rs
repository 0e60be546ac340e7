//! Chats that are not OpenAI's, through `higress`: Anthropic's Messages and Ollama's own.

use serde_json::{Value, json};
use tests::consumers::{API_KEY, Auth};
use tests::gateway::reply::Reply;
use tests::gateway::scripts::{anthropic, ollama};
use tests::plugins::HIGRESS;
use tests::request::{Request, assistant, calls_tool, part, parts, system, text_part, tool, tool_result, user};

use crate::support::{Setting, assert_says};

fn claude(setting: &Setting, model: &str) -> Request {
    Request::chat(model, setting.open()).credential("text_model_protocol", "anthropic")
}

fn llama(setting: &Setting, model: &str) -> Request {
    Request::chat(model, setting.open()).credential("text_model_protocol", "ollama")
}

/// A conversation with everything that both take.
fn conversation(request: Request) -> Request {
    let image = part("image", &[("base64_data", "iVBORw0KGgo="), ("mime_type", "image/png"), ("format", "png")]);
    request
        .credential("function_calling_type", "tool_call")
        .credential("multimodal_support", "support")
        .with("tools", json!([tool("weather")]))
        .with("stop", json!(["END"]))
        .with("model_parameters", json!({"temperature": 0.5, "max_tokens": 20}))
        .messages([
            system("Be brief."),
            parts([text_part("Weather here?"), image]),
            calls_tool("call_1", "weather", "{\"city\":\"Rome\"}"),
            tool_result("call_1", "rain"),
            assistant("<think>Rain.</think>Rain."),
            user("And now?"),
        ])
}

#[test]
fn a_conversation_reaches_claude() {
    let setting = Setting::of(HIGRESS);
    setting.plugin.call(&conversation(claude(&setting, "m")).with("tool_choice", json!({"mode": "required"}))).ok();
    let seen = setting.gateway.only("m");
    assert_eq!(seen.target, "/open/v1/messages");
    assert_eq!(seen.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(seen.header("accept"), Some("text/event-stream"));
    let sent = &seen.body;
    assert_eq!(
        (&sent["system"], &sent["max_tokens"], &sent["stream"]),
        (&json!("Be brief."), &json!(20), &json!(true))
    );
    assert_eq!(sent["messages"][0]["content"][1]["source"]["data"], "iVBORw0KGgo=");
    assert_eq!(sent["messages"][1]["content"][0]["input"], json!({"city": "Rome"}));
    assert_eq!(sent["messages"][2]["content"][0]["tool_use_id"], "call_1");
    assert_eq!(sent["messages"][3], json!({"role": "assistant", "content": "Rain."}));
    assert_eq!(sent["tools"][0]["input_schema"]["required"], json!(["city"]));
    assert_eq!((&sent["tool_choice"], &sent["stop_sequences"]), (&json!({"type": "any"}), &json!(["END"])));
    assert_eq!(sent["metadata"], json!({"user_id": "user-1"}));
    assert!(sent["thinking"].is_null(), "a model of which nothing is known is told nothing: {sent}");
}

#[test]
fn a_conversation_reaches_ollama() {
    let setting = Setting::of(HIGRESS);
    setting.plugin.call(&conversation(llama(&setting, "m"))).ok();
    let seen = setting.gateway.only("m");
    assert_eq!(seen.target, "/open/api/chat");
    assert_eq!(seen.header("accept"), Some("application/x-ndjson"));
    let sent = &seen.body;
    assert_eq!(sent["options"], json!({"temperature": 0.5, "num_predict": 20, "stop": ["END"]}));
    assert_eq!(sent["messages"][1], json!({"role": "user", "content": "Weather here?", "images": ["iVBORw0KGgo="]}));
    assert_eq!(sent["messages"][2]["tool_calls"][0]["function"]["arguments"], json!({"city": "Rome"}));
    assert_eq!(sent["messages"][3], json!({"role": "tool", "content": "rain", "tool_name": "weather"}));
    assert_eq!(sent["tools"][0]["function"]["name"], "weather");
}

#[test]
fn parallel_calls_and_counts_arrive_whole() {
    let setting = Setting::of(HIGRESS);
    for (request, ids) in [(claude(&setting, "tools-parallel"), true), (llama(&setting, "tools-parallel"), false)] {
        let request = request.credential("function_calling_type", "tool_call").with("tools", json!([tool("weather")]));
        for request in [request.clone(), request.whole()] {
            let outcome = setting.plugin.call(&request).ok();
            let calls = outcome.tool_calls();
            let cities: Vec<Value> =
                calls.iter().filter_map(|(_, _, arguments)| serde_json::from_str(arguments).ok()).collect();
            assert_eq!(cities, [json!({"city": "Paris"}), json!({"city": "Rome"})]);
            assert!(calls.iter().all(|(id, name, _)| name == "weather" && !id.is_empty()), "{calls:?}");
            assert!(calls[0].0 != calls[1].0, "{calls:?}");
            assert!(!ids || calls[0].0 == "toolu_a", "{calls:?}");
            assert_eq!(outcome.usage(), (20, 9));
        }
    }
}

#[test]
fn thinking_comes_between_think_tags_and_a_limit_leaves_room_for_it() {
    let setting = Setting::of(HIGRESS);
    for request in [claude(&setting, "reasoning"), llama(&setting, "reasoning")] {
        let request = request
            .credential("agent_thought_support", "only_thinking_supported")
            .with("model_parameters", json!({"max_tokens": 100}));
        for request in [request.clone(), request.whole()] {
            assert_eq!(setting.plugin.call(&request).ok().text(), "<think>\nA greeting.\n</think>Hello");
        }
    }
    let seen = setting.gateway.seen();
    assert_eq!(seen[0].body["thinking"], json!({"type": "enabled", "budget_tokens": 1024}));
    assert_eq!(seen[0].body["max_tokens"], 1124);
    assert_eq!((&seen[2].body["think"], &seen[2].body["options"]["num_predict"]), (&json!(true), &json!(100)));
}

/// What thinking forbids is left out, and a turn whose thinking is gone is answered without.
#[test]
fn what_claude_refuses_beside_thinking_is_left_out() {
    let setting = Setting::of(HIGRESS);
    let request = claude(&setting, "hot").credential("agent_thought_support", "only_thinking_supported");
    setting.plugin.call(&request.with("model_parameters", json!({"temperature": 0.2}))).ok();
    let seen = setting.gateway.seen_for("hot");
    assert_eq!(seen.len(), 2);
    assert!(seen[1].body["temperature"].is_null() && seen[1].body["thinking"].is_object());

    let request = claude(&setting, "agent")
        .credential("agent_thought_support", "only_thinking_supported")
        .credential("function_calling_type", "tool_call")
        .with("tools", json!([tool("weather")]));
    let history = [user("Weather?"), calls_tool("c1", "weather", "{}"), tool_result("c1", "rain")];
    setting.plugin.call(&request.clone().messages(history.clone())).ok();
    let seen = setting.gateway.seen_for("agent");
    assert!(seen[0].body["thinking"].is_object() && seen[1].body["thinking"].is_null(), "{seen:?}");

    // The last round of an agent has no tools on offer.
    setting.plugin.call(&request.with("tools", Value::Null).messages(history)).ok();
    let last = setting.gateway.seen_for("agent").pop().unwrap_or_else(|| panic!("no request"));
    assert_says(&last.body["messages"].to_string(), &["Result of the tool weather"]);
}

#[test]
fn a_stream_that_breaks_off_or_fails_is_an_error_after_what_came() {
    let setting = Setting::of(HIGRESS);
    let hel = [anthropic::start(9), anthropic::block(0, json!({"type": "text", "text": ""})), anthropic::text("Hel")];
    let overloaded = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let limited = json!({"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}});
    let with = |last: &Value| anthropic::events(&[hel.as_slice(), std::slice::from_ref(last)].concat());
    let unnamed: Vec<String> = hel.iter().chain([&limited]).map(|event| format!("data: {event}\n\n")).collect();
    let cases = [
        ("cut", anthropic::events(&hel), "InvokeServerUnavailableError", "cut off"),
        ("overloaded", with(&overloaded), "InvokeServerUnavailableError", "Overloaded"),
        ("limited", with(&limited), "InvokeRateLimitError", "slow down"),
        ("limited-unnamed", Reply::stream(unnamed), "InvokeRateLimitError", "slow down"),
    ];
    for (model, reply, class, says) in cases {
        setting.gateway.script(model, move |_| reply.clone());
        let outcome = setting.plugin.call(&claude(&setting, model));
        assert_eq!((outcome.text().as_str(), outcome.failed().error_type.as_str()), ("Hel", class), "{model}");
        assert_says(&outcome.failed().message, &[says]);
    }
    let cases = [
        ("o-cut", ollama::lines(&[ollama::text("Hel")]), "InvokeServerUnavailableError", "cut off"),
        (
            "o-error",
            ollama::lines(&[ollama::text("Hel"), json!({"error": "llama runner process has terminated"})]),
            "InvokeServerUnavailableError",
            "llama runner",
        ),
        (
            "o-half",
            Reply::stream([format!("{}\n{{\"mess", ollama::text("Hel"))]),
            "InvokeServerUnavailableError",
            "cut off",
        ),
    ];
    for (model, mut reply, class, says) in cases {
        reply.headers = vec![("content-type".to_owned(), "application/x-ndjson".to_owned())];
        setting.gateway.script(model, move |_| reply.clone());
        let outcome = setting.plugin.call(&llama(&setting, model));
        assert_eq!((outcome.text().as_str(), outcome.failed().error_type.as_str()), ("Hel", class), "{model}");
        assert_says(&outcome.failed().message, &[says]);
    }
}

#[test]
fn pings_unknown_events_and_odd_arguments_are_no_errors() {
    let setting = Setting::of(HIGRESS);
    let call = json!({"type": "tool_use", "id": "toolu_a", "name": "weather", "input": {}});
    let mut events = vec![
        json!({"type": "ping"}),
        anthropic::start(9),
        json!({"type": "ping"}),
        json!({"type": "invented_event", "message": {"content": [{"type": "text", "text": "no"}]}}),
        anthropic::block(0, json!({"type": "invented_block", "data": 1})),
        anthropic::delta(0, json!({"type": "invented_delta", "value": "no"})),
        anthropic::delta(0, json!({"type": "text_delta", "text": "Let me see."})),
        anthropic::block(1, call),
        anthropic::delta(1, json!({"type": "input_json_delta", "partial_json": "{\"city\": Rome"})),
    ];
    events.extend(anthropic::end("an_invented_reason", 5));
    // What comes behind the end is nobody's.
    events.push(json!({"type": "error", "error": {"type": "api_error", "message": "late"}}));
    setting.gateway.script("odd", move |_| anthropic::events(&events));
    let outcome = setting.plugin.call(&claude(&setting, "odd")).ok();
    assert_eq!((outcome.text().as_str(), outcome.usage()), ("Let me see.", (9, 5)));
    assert_eq!(outcome.tool_calls(), [("toolu_a".to_owned(), "weather".to_owned(), "{\"city\": Rome".to_owned())]);
}

#[test]
fn lines_may_be_cut_anywhere_and_end_with_crlf_or_nothing() {
    let setting = Setting::of(HIGRESS);
    let lines =
        [ollama::text("Grüße, "), ollama::text("世界"), ollama::done("stop", 9, 2)].map(|line| line.to_string());
    let body = format!("\r\n{}\r\n\r\n{}\n{}", lines[0], lines[1], lines[2]);
    for (model, content_type) in [("typed", "application/x-ndjson"), ("plain", "text/plain")] {
        let mut reply = Reply::stream(body.bytes().map(|byte| [byte]));
        reply.headers = vec![("content-type".to_owned(), content_type.to_owned())];
        setting.gateway.script(model, move |_| reply.clone());
        let outcome = setting.plugin.call(&llama(&setting, model)).ok();
        assert_eq!((outcome.text().as_str(), outcome.usage()), ("Grüße, 世界", (9, 2)), "{model}");
    }
}

#[test]
fn what_a_service_refuses_has_its_class() {
    let setting = Setting::of(HIGRESS);
    let cases = [
        (401, "authentication_error", "invalid x-api-key", "InvokeAuthorizationError"),
        (400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", "InvokeBadRequestError"),
        (429, "rate_limit_error", "slow down", "InvokeRateLimitError"),
        (529, "overloaded_error", "Overloaded", "InvokeServerUnavailableError"),
    ];
    for (status, kind, message, class) in cases {
        setting.gateway.script(kind, move |_| anthropic::error(status, kind, message));
        let failure = setting.plugin.call(&claude(&setting, kind)).failed().clone();
        assert_eq!(failure.error_type, class, "{kind}");
        assert_says(&failure.message, &[message]);
    }
    let missing = || Reply { status: 404, ..Reply::json(&json!({"error": "model 'gone' not found"})) };
    setting.gateway.script("gone", move |_| missing());
    let failure = setting.plugin.call(&llama(&setting, "gone")).failed().clone();
    assert_eq!(failure.error_type, "InvokeBadRequestError");
    assert_says(&failure.message, &["model 'gone' not found", "does not know a model"]);
    let image = part("image", &[("url", "https://e.example/a.png")]);
    let request = llama(&setting, "m").credential("multimodal_support", "support").messages([parts([image])]);
    assert_says(&setting.plugin.call(&request).failed().message, &["an image", "base64"]);
}

#[test]
fn keys_endpoints_and_checks_are_as_with_any_protocol() {
    let setting = Setting::of(HIGRESS);
    let row = Auth::ApiKey.higress(&setting.gateway.base("key-header"));
    let request = Request::chat("keyed", row)
        .credential("text_model_protocol", "anthropic")
        .credential("advanced", r#"{"api_key.header_name": "x-api-key"}"#);
    setting.plugin.call(&request).ok();
    let seen = setting.gateway.only("keyed");
    assert_eq!((seen.header("x-api-key"), seen.header("authorization")), (Some(API_KEY), None));

    for (protocol, pasted, path) in [
        ("anthropic", "", "/v1/messages"),
        ("anthropic", "/v1", "/v1/messages"),
        ("anthropic", "/v1/messages", "/v1/messages"),
        ("ollama", "", "/api/chat"),
        ("ollama", "/v1", "/api/chat"),
        ("ollama", "/api/chat", "/api/chat"),
        // With another protocol that is the prefix of a route.
        ("openai_compatible", "/api/chat", "/api/chat/v1/chat/completions"),
    ] {
        let row = Auth::None.higress(&format!("{}{pasted}", setting.gateway.base("open")));
        setting.plugin.call(&Request::chat("pasted", row).credential("text_model_protocol", protocol));
        let seen = setting.gateway.seen();
        assert_eq!(
            seen.last().map(|seen| seen.target.as_str()),
            Some(format!("/open{path}").as_str()),
            "{protocol} {pasted}"
        );
    }

    for protocol in ["anthropic", "ollama"] {
        let request = Request::validate_llm("m", setting.auth(Auth::Hmac)).credential("text_model_protocol", protocol);
        assert_eq!(setting.plugin.call(&request).only()["result"], true, "{protocol}");
    }
}

#[test]
fn the_schema_shows_what_the_protocol_can() {
    let setting = Setting::of(HIGRESS);
    let request = Request::llm_schema("m", setting.open())
        .credential("function_calling_type", "tool_call")
        .credential("multimodal_support", "support")
        .credential("agent_thought_support", "supported")
        .credential("structured_output_support", "supported");
    for (protocol, document, offers, lacks) in [
        ("anthropic", true, ["thinking_budget", "top_k"], ["seed", "num_ctx"]),
        ("ollama", false, ["num_ctx", "repeat_penalty"], ["thinking_budget", "parallel_tool_calls"]),
    ] {
        let data = setting.plugin.call(&request.clone().credential("text_model_protocol", protocol)).only();
        let schema = &data["model_schema"];
        let features: Vec<&str> =
            schema["features"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for feature in ["multi-tool-call", "stream-tool-call", "vision", "structured-output", "agent-thought"] {
            assert!(features.contains(&feature), "{protocol}: {features:?}");
        }
        assert_eq!(features.contains(&"document"), document, "{protocol}");
        assert!(!features.contains(&"video") && !features.contains(&"audio"), "{protocol}: {features:?}");
        let rules = schema["parameter_rules"].as_array().cloned().unwrap_or_default();
        let has = |name: &str| rules.iter().any(|rule| rule["name"] == name);
        assert!(offers.iter().all(|name| has(name)) && !lacks.iter().any(|name| has(name)), "{protocol}: {rules:?}");
    }
}
