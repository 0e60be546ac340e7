//! What the plugin does when all goes well, through `python -m main` in an extracted package.

use serde_json::{Value, json};
use tests::consumers::{ALGORITHMS, Auth};
use tests::demo;
use tests::gateway::reply::{Piece, Reply, chunk, completion, finish, usage};
use tests::package;
use tests::plugins::AI_GATEWAY;
use tests::request::{Request, assistant, calls_tool, part, parts, system, text_part, tool, tool_result, user};

use crate::support::Setting;

#[test]
fn every_model_type_and_protocol_with_every_auth_method() {
    for name in package::plugins() {
        let setting = Setting::of(&name);
        let rows = demo::embedded((&name, &setting.plugin), &setting.gateway);
        assert!(rows.iter().all(|row| row.result.is_ok()), "{}", demo::table(&rows));
        assert_eq!(rows.len(), demo::AUTHS.len() * demo::calls(&name).len());
    }
}

#[test]
fn the_models_of_a_list_are_called_on_any_gateway() {
    let setting = Setting::new();
    let list = json!([
        {"model_type": "llm", "model": "m", "credentials": {"auth_method": "none"}, "parameters": {"max_tokens": 9}},
        {"model_type": "llm", "model": "m", "credentials": {"auth_method": "none", "mode": "completion"}},
        {"model_type": "rerank", "model": "m", "credentials": setting.auth(Auth::Hmac)},
        {"model_type": "llm", "model": "500", "credentials": {"auth_method": "none"}},
    ]);
    let running = [(AI_GATEWAY, &setting.plugin)];
    let rows = demo::real(&running, &setting.gateway.url("open"), &list).unwrap_or_default();
    let failed: Vec<bool> = rows.iter().map(|row| row.result.is_err()).collect();
    assert_eq!(failed, [false, false, false, false, false, true, true], "{}", demo::table(&rows));
    assert_eq!(setting.gateway.seen()[0].body["max_tokens"], 9);
    assert!(demo::real(&running, "", &json!([{"model_type": "llm"}])).is_err());
}

#[test]
fn a_token_of_every_algorithm_is_accepted() {
    let setting = Setting::new();
    for algorithm in ALGORITHMS {
        let outcome = setting.plugin.call(&Request::chat("m", setting.auth(Auth::Jwt(algorithm))));
        assert_eq!(outcome.ok().text(), "Hello, world!", "{algorithm}");
    }
}

#[test]
fn a_thousand_chunks_arrive_in_order() {
    let setting = Setting::new();
    let outcome = setting.plugin.call(&Request::chat("chunks-1000", setting.open())).ok();
    // What arrives together may come as one chunk, but nothing is missing, repeated or out of place.
    let expected: String = (0..1000).map(|index| format!("{index} ")).collect();
    assert_eq!(outcome.text(), expected);
    assert!(outcome.pieces.len() > 2, "{} chunks", outcome.pieces.len());
    assert_eq!(outcome.finishes(), ["stop"]);
    assert_eq!(outcome.usage(), (3, 1000));
    assert!(outcome.pieces.iter().all(|piece| piece["model"] == "chunks-1000"));
}

#[test]
fn parallel_tool_calls_arrive_once_and_complete() {
    let setting = Setting::new();
    let request = Request::chat("tools-parallel", setting.open())
        .credential("function_calling_type", "tool_call")
        .with("tools", json!([tool("weather")]));
    for request in [request.clone(), request.whole()] {
        let outcome = setting.plugin.call(&request).ok();
        let call = |id: &str, city: &str| (id.to_owned(), "weather".to_owned(), format!("{{\"city\":\"{city}\"}}"));
        assert_eq!(outcome.tool_calls(), [call("call_a", "Paris"), call("call_b", "Rome")]);
        assert_eq!(outcome.text(), "");
        assert_eq!(outcome.usage(), (20, 9));
        assert_eq!(outcome.finishes(), ["tool_calls"]);
    }
    let sent = &setting.gateway.seen()[0].body;
    assert_eq!(sent["tool_choice"], "auto");
    assert_eq!(sent["tools"][0]["function"]["name"], "weather");
    assert_eq!(sent["stream_options"], json!({"include_usage": true}));
}

#[test]
fn all_roles_and_images_reach_the_model() {
    let setting = Setting::new();
    let image = part(
        "image",
        &[("base64_data", "iVBORw0KGgo="), ("mime_type", "image/png"), ("format", "png"), ("detail", "high")],
    );
    let elsewhere = part("image", &[("url", "https://e.example/a.png?x=1&y=<2>"), ("detail", "low")]);
    let request = Request::chat("m", setting.open())
        .credential("function_calling_type", "tool_call")
        .credential("vision_support", "support")
        .with("tools", json!([tool("weather")]))
        .with("tool_choice", json!({"mode": "tool", "name": "weather"}))
        .with("stop", json!(["END"]))
        .with("model_parameters", json!({"temperature": 1, "top_p": 0.5, "max_tokens": 20}))
        .messages([
            system("Be brief."),
            parts([text_part("What is this?"), image, elsewhere]),
            calls_tool("call_1", "weather", "{\"city\":\"Rome\"}"),
            tool_result("call_1", "rain"),
            assistant("Rain."),
            user("And now?"),
        ]);
    setting.plugin.call(&request).ok();
    let sent = setting.gateway.only("m").body;
    let messages = sent["messages"].as_array().cloned().unwrap_or_default();
    let roles: Vec<&str> = messages.iter().filter_map(|message| message["role"].as_str()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "assistant", "user"]);
    assert_eq!(messages[1]["content"][0], json!({"type": "text", "text": "What is this?"}));
    let image = &messages[1]["content"][1]["image_url"];
    assert_eq!(image["url"], "data:image/png;base64,iVBORw0KGgo=");
    assert_eq!(image["detail"], "high");
    assert_eq!(messages[1]["content"][2]["image_url"]["url"], "https://e.example/a.png?x=1&y=<2>");
    assert_eq!(messages[2]["tool_calls"][0]["function"]["arguments"], "{\"city\":\"Rome\"}");
    assert_eq!(messages[3]["tool_call_id"], "call_1");
    assert_eq!(sent["tool_choice"], json!({"type": "function", "function": {"name": "weather"}}));
    assert_eq!(sent["stop"], json!(["END"]));
    assert_eq!(sent["temperature"].as_f64(), Some(1.0));
    assert_eq!((&sent["top_p"], &sent["max_tokens"]), (&json!(0.5), &json!(20)));
    assert_eq!(sent["user"], "user-1");
}

#[test]
fn reasoning_comes_between_think_tags() {
    let setting = Setting::new();
    let request =
        Request::chat("reasoning", setting.open()).credential("agent_though_support", "only_thinking_supported");
    for request in [request.clone(), request.whole()] {
        let outcome = setting.plugin.call(&request).ok();
        assert_eq!(outcome.text(), "<think>\nA greeting. Short.\n</think>Hello");
    }
    let sent = &setting.gateway.seen()[0].body;
    assert_eq!(sent["chat_template_kwargs"], json!({"enable_thinking": true, "thinking": true}));
}

#[test]
fn a_json_schema_goes_into_the_request_and_the_system_prompt() {
    let setting = Setting::new();
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}}}"#;
    let request = Request::chat("m", setting.open())
        .credential("structured_output_support", "supported")
        .with("model_parameters", json!({"response_format": "json_schema", "json_schema": schema}));
    setting.plugin.call(&request).ok();
    let sent = setting.gateway.only("m").body;
    let format = &sent["response_format"];
    assert_eq!(format["type"], "json_schema");
    assert_eq!(format["json_schema"]["schema"], serde_json::from_str::<Value>(schema).unwrap_or_default());
    assert!(format["json_schema"]["name"].is_string());
    assert_eq!(sent["messages"][0]["role"], "system");
    assert!(sent["messages"][0]["content"].as_str().is_some_and(|text| text.contains(schema)), "{sent}");
    assert!(sent["json_schema"].is_null(), "{sent}");
}

#[test]
fn an_answer_too_long_for_one_line_comes_in_several() {
    let setting = Setting::new();
    let long = "0123456789abcde\n".repeat(400_000);
    let text = long.clone();
    setting.gateway.script("long", move |asked| {
        if asked.body["stream"] == true {
            return Reply::events(&[chunk(json!({"content": text})), finish("stop"), usage(1, 2)]);
        }
        Reply::json(&completion(json!({"role": "assistant", "content": text}), "stop", Some((1, 2))))
    });
    let request = Request::chat("long", setting.open());
    for request in [request.clone(), request.whole()] {
        let outcome = setting.plugin.call(&request).ok();
        assert!(outcome.text() == long, "{} of {} bytes arrived", outcome.text().len(), long.len());
        assert_eq!(outcome.usage(), (1, 2));
    }
}

#[test]
fn a_request_line_of_twenty_megabytes_is_read() {
    let setting = Setting::new();
    let base64 = "QUJD".repeat(5 << 20);
    let image = part("image", &[("base64_data", &base64), ("mime_type", "image/png"), ("format", "png")]);
    let request = Request::chat("m", setting.open())
        .credential("vision_support", "support")
        .messages([parts([text_part("What is this?"), image])]);
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    let seen = setting.gateway.only("m");
    let url = seen.body["messages"][0]["content"][1]["image_url"]["url"].as_str().unwrap_or_default();
    assert!(url.strip_prefix("data:image/png;base64,") == Some(&base64), "{} bytes arrived", url.len());
}

#[test]
fn a_session_that_fails_does_not_touch_its_neighbour() {
    let setting = Setting::new();
    setting.gateway.script("gated", |_| {
        Reply::stream([format!("data: {}\n\n", chunk(json!({"content": "before "})))])
            .then(Piece::Gate("neighbour failed".to_owned()))
            .then(Piece::Bytes(
                format!("data: {}\n\ndata: [DONE]\n\n", chunk(json!({"content": "after"}))).into_bytes(),
            ))
    });
    let going = setting.plugin.send(&Request::chat("gated", setting.open()));
    assert_eq!(going.next()["delta"]["message"]["content"], "before ");
    let failed = setting.plugin.call(&Request::chat("500", setting.open()));
    assert_eq!(failed.failed().error_type, "InvokeServerUnavailableError");
    setting.gateway.open("neighbour failed");
    assert_eq!(going.wait().ok().text(), "after");
}

#[test]
fn a_hundred_sessions_run_at_once() {
    let setting = Setting::new();
    setting.gateway.script("crowd", |asked| {
        let who = asked.body["messages"][0]["content"].clone();
        let mut reply = Reply::stream([format!("data: {}\n\n", chunk(json!({"content": who})))])
            .then(Piece::Gate("all here".to_owned()));
        reply.pieces.extend(
            (0..20).map(|n| {
                Piece::Bytes(format!("data: {}\n\n", chunk(json!({"content": format!(" {n}")}))).into_bytes())
            }),
        );
        reply.then(Piece::Bytes(b"data: [DONE]\n\n".to_vec()))
    });
    let request = |who: usize| Request::chat("crowd", setting.open()).messages([user(&format!("I am {who}."))]);
    let sessions: Vec<_> = (0..100).map(|who| setting.plugin.send(&request(who))).collect();
    setting.gateway.wait_for("crowd", 100);
    setting.gateway.open("all here");
    let numbers: String = (0..20).map(|n| format!(" {n}")).collect();
    for (who, session) in sessions.into_iter().enumerate() {
        assert_eq!(session.wait().ok().text(), format!("I am {who}.{numbers}"));
    }
}

#[test]
fn connections_are_used_again() {
    let setting = Setting::new();
    for _ in 0..3 {
        setting.plugin.call(&Request::rerank("m", setting.open(), &["a", "b"])).ok();
    }
    let mut ports: Vec<u16> = setting.gateway.seen().iter().map(|seen| seen.port).collect();
    ports.dedup();
    assert_eq!(ports.len(), 1, "{ports:?}");
}

#[test]
fn good_credentials_are_accepted_with_a_cheap_request_and_come_back_unchanged() {
    let setting = Setting::new();
    for auth in demo::AUTHS {
        for request in
            [Request::validate_llm("m", setting.auth(auth)), Request::validate_rerank("m", setting.auth(auth))]
        {
            let data = setting.plugin.call(&request).only();
            assert_eq!(data["result"], true, "{auth:?}");
        }
    }
    let seen = setting.gateway.seen();
    let chats: Vec<_> = seen.iter().filter(|seen| !seen.body["messages"].is_null()).collect();
    assert_eq!(chats.len(), demo::AUTHS.len());
    assert!(chats.iter().all(|seen| seen.body["max_tokens"].as_u64().is_some_and(|limit| limit <= 16)));
    assert_eq!(setting.plugin.call(&Request::validate_provider()).only()["result"], true);
}

#[test]
fn the_schema_of_a_chat_model_follows_its_credentials() {
    let setting = Setting::new();
    let request = Request::llm_schema("my-model", setting.open())
        .credential("context_size", " 32000 ")
        .credential("max_tokens_to_sample", "8000")
        .credential("function_calling_type", "tool_call")
        .credential("stream_function_calling", "supported")
        .credential("vision_support", "support")
        .credential("agent_though_support", "supported")
        .credential("structured_output_support", "supported");
    let schema = setting.plugin.call(&request).only()["model_schema"].clone();
    assert_eq!(schema["model"], "my-model");
    assert_eq!(schema["label"]["en_US"], "my-model");
    assert_eq!(schema["fetch_from"], "customizable-model");
    assert_eq!(schema["model_type"], "llm");
    assert_eq!(schema["model_properties"], json!({"mode": "chat", "context_size": 32000}));
    let mut features: Vec<&str> =
        schema["features"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    features.sort_unstable();
    assert_eq!(features, ["agent-thought", "multi-tool-call", "stream-tool-call", "structured-output", "vision"]);
    let rules = schema["parameter_rules"].as_array().cloned().unwrap_or_default();
    let rule = |name: &str| rules.iter().find(|rule| rule["name"] == name).cloned().unwrap_or_default();
    for name in [
        "temperature",
        "top_p",
        "frequency_penalty",
        "presence_penalty",
        "top_k",
        "seed",
        "response_format",
        "json_schema",
        "enable_thinking",
        "thinking_budget",
        "reasoning_effort",
        "parallel_tool_calls",
        "extra_headers",
    ] {
        assert!(rule(name)["label"]["zh_Hans"].is_string(), "{name} in {schema}");
    }
    assert_eq!((&rule("max_tokens")["min"], &rule("max_tokens")["max"]), (&json!(1), &json!(8000)));

    let plain = setting.plugin.call(&Request::llm_schema("m", setting.open()).credential("mode", "completion")).only();
    let plain = &plain["model_schema"];
    assert_eq!(plain["model_properties"], json!({"mode": "completion", "context_size": 4096}));
    assert_eq!(plain["features"].as_array().map(Vec::len), Some(0));
    assert!(!plain.to_string().contains("enable_thinking") && !plain.to_string().contains("json_schema"), "{plain}");

    let named = Request::rerank_schema("rr", setting.open()).credential("display_name", "My reranker");
    let schema = setting.plugin.call(&named).only()["model_schema"].clone();
    assert_eq!((&schema["model"], &schema["label"]["en_US"]), (&json!("rr"), &json!("My reranker")));
    assert_eq!(schema["model_type"], "rerank");
}

#[test]
fn unusable_numbers_do_not_hide_a_model() {
    let setting = Setting::new();
    let request = Request::llm_schema("m", setting.open())
        .credential("context_size", "many")
        .credential("max_tokens_to_sample", "");
    let schema = setting.plugin.call(&request).only();
    assert_eq!(schema["model_schema"]["model_properties"]["context_size"], 4096);
}

#[test]
fn tokens_are_counted_over_all_messages_and_tools() {
    let setting = Setting::new();
    let count = |messages: Value, tools: Value| {
        let request = Request::tokens(messages, setting.open()).with("tools", tools);
        setting.plugin.call(&request).only()["num_tokens"].as_u64().unwrap_or_default()
    };
    let one = count(json!([user("Hello, world!")]), Value::Null);
    let two = count(json!([user("Hello, world!"), user("Hello, world!")]), Value::Null);
    let more = count(json!([user("Hello, world!")]), json!([tool("weather")]));
    assert!(one > 3 && two > one && more > one, "{one} {two} {more}");
    // Figures of the plugin this one replaces (survey 3.11).
    assert_eq!(count(json!([system("You are."), user("Hi")]), Value::Null), 15);
    assert!(setting.gateway.seen().is_empty(), "counting asks nobody");
}

#[test]
fn rerank_passes_scores_on_best_first() {
    let setting = Setting::new();
    let docs = ["Berlin", "Rome", "Paris"];
    for model in ["m", "data-shape", "output-shape"] {
        let outcome = setting.plugin.call(&Request::rerank(model, setting.open(), &docs)).ok();
        assert_eq!(outcome.hits(), [(2, 0.5), (1, 0.3), (0, 0.1)], "{model}");
        assert_eq!(outcome.pieces[0]["docs"][0]["text"], "Paris");
        assert_eq!(outcome.pieces[0]["model"], model);
        assert!(setting.gateway.only(model).body.get("top_n").is_none(), "0 means all and is not sent");
    }
    let limited = Request::rerank("limit", setting.open(), &docs).with("top_n", 2).with("score_threshold", 0.4);
    assert_eq!(setting.plugin.call(&limited).ok().hits(), [(2, 0.5)]);
    assert_eq!(setting.gateway.only("limit").body["top_n"], 2);
}

#[test]
fn no_documents_are_answered_without_a_request() {
    let setting = Setting::new();
    for docs in [json!([]), Value::Null] {
        let data = setting.plugin.call(&Request::rerank("m", setting.open(), &[]).with("docs", docs)).only();
        assert_eq!(data["docs"], json!([]));
    }
    assert!(setting.gateway.seen().is_empty());
}
