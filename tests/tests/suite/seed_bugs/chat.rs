//! Chat: counts, streams, tool calls, media, thinking.

use super::PLUGINS;
use crate::support::{Setting, assert_says};
use serde_json::{Value, json};
use tests::daemon::Outcome;
use tests::gateway::reply::{Piece, Reply, chunk, completion, finish, usage};
use tests::request::{Request, assistant, calls_tool, part, parts, system, text_part, tool, tool_result, user};

/// Without counts from the service, tokens of a whole answer were counted by letters.
#[test]
fn b_a8_missing_counts_of_a_whole_answer_are_estimated_from_it() {
    let setting = Setting::new();
    let request = Request::chat("no-usage", setting.open()).messages([system("You are."), user("Hi")]).whole();
    assert_eq!(setting.plugin.call(&request).ok().usage(), (15, 1));
}

/// Counting downloaded a vocabulary.
#[test]
fn b_a9_counting_needs_no_network() {
    let nowhere = "http://127.0.0.1:9";
    let setting = Setting::with(&[("HTTPS_PROXY", nowhere), ("HTTP_PROXY", nowhere), ("NO_PROXY", "127.0.0.1")]);
    let data = setting.plugin.call(&Request::tokens(json!([user("Hi")]), setting.open())).only();
    assert!(data["num_tokens"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(setting.plugin.call(&Request::chat("no-usage", setting.open())).ok().usage().1, 1);
}

/// Streams did not ask for counts, and the estimate looked at the first message only.
#[test]
fn b_a10_streams_ask_for_counts_and_estimates_cover_all_messages() {
    let setting = Setting::new();
    let request = Request::chat("no-usage", setting.open());
    let short = setting.plugin.call(&request.clone().messages([system("You are.")])).ok().usage();
    let long = setting.plugin.call(&request.messages([system("You are."), user("Hi")])).ok().usage();
    assert_eq!((long.0, long.1), (15, 1));
    assert!(short.0 < long.0);
    for seen in setting.gateway.seen() {
        assert_eq!(seen.body["stream_options"], json!({"include_usage": true}));
    }
}

/// Line ends, event names and comments that the parser did not expect made empty answers.
#[test]
fn b_a11_streams_are_read_however_they_are_framed() {
    let setting = Setting::new();
    let events = [chunk(json!({"content": "Hel"})), chunk(json!({"content": "lo"})), finish("stop"), usage(9, 2)];
    let framings: [(&str, &str, &str, &str); 7] = [
        ("lf", "", "data: ", "\n\n"),
        ("crlf", "", "data: ", "\r\n\r\n"),
        ("cr", "", "data: ", "\r\r"),
        ("named", "event: message\nid: 7\nretry: 10\n", "data: ", "\n\n"),
        ("comments", ": ping\n", "data:", "\n\n"),
        ("comments-between", ": ping\n\n:\n\n", "data: ", "\n\n"),
        ("no-blank-line-after-bom", "", "data:", "\n\n\n"),
    ];
    for (name, before, data, after) in framings {
        let bom = if name.ends_with("bom") { "\u{feff}" } else { "" };
        let body: String = events.iter().map(|event| format!("{before}{data}{event}{after}")).collect();
        let body = format!("{bom}{body}{data}[DONE]");
        setting.gateway.script(name, move |_| Reply::stream([body.as_str()]));
        let outcome = setting.plugin.call(&Request::chat(name, setting.open())).ok();
        assert_eq!(
            (outcome.text().as_str(), outcome.usage(), outcome.finishes().len()),
            ("Hello", (9, 2), 1),
            "{name}"
        );
    }
}

/// The bytes of one event came in pieces, also within a letter.
#[test]
fn b_a11_events_may_be_cut_anywhere() {
    let setting = Setting::new();
    let body = format!("data: {}\r\n\r\ndata: [DONE]\r\n\r\n", chunk(json!({"content": "Grüße, 世界"})));
    setting.gateway.script("bytes", move |_| Reply::stream(body.bytes().map(|byte| [byte])));
    assert_eq!(setting.plugin.call(&Request::chat("bytes", setting.open())).ok().text(), "Grüße, 世界");
}

/// A service that answers a stream request with one JSON document gave an empty answer.
#[test]
fn b_a11_a_document_instead_of_a_stream_is_an_answer() {
    let setting = Setting::new();
    let outcome = setting.plugin.call(&Request::chat("json-for-stream", setting.open())).ok();
    assert_eq!((outcome.text().as_str(), outcome.usage()), ("Hello, world!", (9, 4)));
}

/// A stored delimiter of another framing still works.
#[test]
fn b_a11_the_stored_delimiter_is_understood() {
    let setting = Setting::new();
    let lines = format!("{}\n{}\n", chunk(json!({"content": "Hel"})), chunk(json!({"content": "lo"})));
    setting
        .gateway
        .script("plain", move |_| Reply::stream([format!("data: {lines}data: [DONE]\n").replace("\n{", "\ndata: {")]));
    for delimiter in ["\\n", "\\n\\n", "\\r\\n\\r\\n", ""] {
        let request = Request::chat("plain", setting.open()).credential("stream_mode_delimiter", delimiter);
        let outcome = setting.plugin.call(&request);
        if delimiter == "\\n" {
            assert_eq!(outcome.ok().text(), "Hello");
        } else if let Some(failure) = &outcome.failure {
            assert_eq!(failure.error_type, "InvokeServerUnavailableError", "{delimiter}");
        } else {
            assert_eq!(outcome.text(), "Hello", "{delimiter}");
        }
    }
}

fn merged(setting: &Setting, name: &str, deltas: Vec<Value>) -> Outcome {
    let mut events: Vec<Value> = deltas.into_iter().map(|call| chunk(json!({"tool_calls": call}))).collect();
    events.push(finish("tool_calls"));
    setting.gateway.script(name, move |_| Reply::events(&events));
    let request = Request::chat(name, setting.open())
        .credential("function_calling_type", "tool_call")
        .with("tools", json!([tool("w"), tool("x")]));
    setting.plugin.call(&request).ok()
}

/// Fragments of tool calls were joined by place in the stream: mixed up, multiplied, or a crash.
#[test]
fn b_a12_tool_calls_are_joined_by_index_and_id() {
    let setting = Setting::new();
    let two = [("w", "{\"a\":0}"), ("x", "{\"b\":1}")];
    type Calls<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Vec<Value>, Calls<'_>); 5] = [
        (
            "interleaved",
            vec![
                json!([{"index": 0, "id": "1", "function": {"name": "w", "arguments": ""}}]),
                json!([{"index": 1, "id": "2", "function": {"name": "x", "arguments": ""}}]),
                json!([{"index": 0, "function": {"arguments": "{\"a\":0}"}}, {"index": 1, "function": {"arguments": "{\"b\":1}"}}]),
            ],
            &two,
        ),
        (
            "name repeated",
            vec![
                json!([{"index": 0, "function": {"name": "w", "arguments": "{\"a\""}}]),
                json!([{"index": 0, "function": {"name": "w", "arguments": ":0}"}}]),
            ],
            &two[..1],
        ),
        (
            "nothing but an index first",
            vec![
                json!([{"index": 0}]),
                json!([{"index": 0, "id": "1", "function": {"name": "w", "arguments": "{\"a\":0}"}}]),
            ],
            &two[..1],
        ),
        (
            "all of index 0",
            vec![
                json!([{"index": 0, "id": "1", "function": {"name": "w", "arguments": "{\"a\":0}"}}]),
                json!([{"index": 0, "id": "2", "function": {"name": "x", "arguments": "{\"b\":1}"}}]),
            ],
            &two,
        ),
        (
            "empty id later",
            vec![
                json!([{"index": 0, "id": "1", "function": {"name": "w", "arguments": "{\"a\""}}]),
                json!([{"index": 0, "id": "", "function": {"name": null, "arguments": ":0}"}}]),
            ],
            &two[..1],
        ),
    ];
    for (name, deltas, expected) in cases {
        let calls = merged(&setting, name, deltas).tool_calls();
        let found: Vec<(&str, &str)> =
            calls.iter().map(|(_, name, arguments)| (name.as_str(), arguments.as_str())).collect();
        assert_eq!(found, expected, "{name}");
        let mut ids: Vec<&String> = calls.iter().map(|(id, _, _)| id).collect();
        ids.dedup();
        assert!(ids.len() == calls.len() && ids.iter().all(|id| !id.is_empty()), "{name}: {calls:?}");
    }
}

/// Thinking flags went to every service and into completions; strict services refused them.
#[test]
fn b_a14_thinking_flags_go_to_chat_and_are_dropped_where_they_are_refused() {
    let setting = Setting::new();
    setting.plugin.call(&Request::completion("m", setting.open())).ok();
    assert!(setting.gateway.only("m").body.get("chat_template_kwargs").is_none());
    assert_eq!(setting.plugin.call(&Request::chat("strict-kwargs", setting.open())).ok().text(), "Hello, world!");
    let sent = setting.gateway.seen_for("strict-kwargs");
    assert_eq!(sent[0].body["chat_template_kwargs"], json!({"enable_thinking": false, "thinking": false}));
    assert!(sent.len() == 2 && sent[1].body.get("chat_template_kwargs").is_none());
}

/// A service that hangs held the call for minutes.
#[test]
fn b_a15_the_read_timeout_ends_a_hanging_call() {
    let setting = Setting::new();
    setting.gateway.script("hangs", |_| Reply::new(200, "application/json", "").then(Piece::Gate("never".to_owned())));
    setting.gateway.script("stalls", |_| {
        Reply::stream([format!("data: {}\n\n", chunk(json!({"content": "Hel"})))]).then(Piece::Gate("never".to_owned()))
    });
    for model in ["hangs", "stalls"] {
        let request = Request::chat(model, setting.open()).credential("advanced", r#"{"connection.read_timeout": 1}"#);
        assert_eq!(setting.plugin.call(&request).failed().error_type, "InvokeConnectionError", "{model}");
    }
}

/// Media the model cannot be sent were dropped without a word.
#[test]
fn b_a18_media_are_sent_or_refused_but_never_dropped() {
    let setting = Setting::new();
    for (kind, mime) in [("video", "video/mp4"), ("audio", "audio/mpeg"), ("document", "application/pdf")] {
        let file = part(kind, &[("base64_data", "SUQz"), ("mime_type", mime), ("filename", "a.bin")]);
        let request = Request::chat(kind, setting.open()).messages([parts([text_part("What is it?"), file])]);
        let outcome = setting.plugin.call(&request);
        match &outcome.failure {
            Some(failure) => {
                assert_eq!(failure.error_type, "InvokeBadRequestError");
                assert_says(&failure.message, &[kind]);
            }
            None => assert_says(&setting.gateway.only(kind).body.to_string(), &["SUQz"]),
        }
    }
}

/// A header of a request may not take the place of what the plugin sets, and is no part of the body.
#[test]
fn b_a3_headers_of_a_request_are_headers_and_nothing_else() {
    let setting = Setting::new();
    let with = |model: &'static str, headers: &str| {
        Request::chat(model, setting.open()).with("model_parameters", json!({"extra_headers": headers}))
    };
    setting.plugin.call(&with("m", r#"{"X-Tenant": "blue"}"#)).ok();
    let seen = setting.gateway.only("m");
    assert_eq!(seen.header("x-tenant"), Some("blue"));
    assert!(!seen.body.to_string().contains("blue") && seen.body.get("extra_headers").is_none(), "{}", seen.body);
    for (headers, says) in [
        (r#"{"Host": "evil"}"#, "host"),
        (r#"{"Content-Length": "1"}"#, "content-length"),
        (r#"{"Authorization": "Bearer other"}"#, "authorization"),
        (r#"{"x-a": "b\r\nx-evil: 1"}"#, "x-a"),
        ("x-a: b", "JSON object"),
    ] {
        let outcome = setting.plugin.call(&with("refused", headers));
        let failure = outcome.failed();
        assert_eq!(failure.error_type, "InvokeBadRequestError", "{headers}");
        assert_says(&failure.message, &["extra_headers", says]);
    }
    assert!(setting.gateway.seen_for("refused").is_empty());
}

/// With tools switched off, the turns that used them became empty objects.
#[test]
fn b_a18_tool_turns_without_tool_calling_are_no_empty_messages() {
    let setting = Setting::new();
    let turns =
        [user("Hi"), calls_tool("1", "w", "{}"), tool_result("1", "rain"), assistant("Rain."), user("And now?")];
    setting.plugin.call(&Request::chat("m", setting.open()).messages(turns)).ok();
    let sent = setting.gateway.only("m").body;
    let messages = sent["messages"].as_array().cloned().unwrap_or_default();
    let roles: Vec<&str> = messages.iter().filter_map(|message| message["role"].as_str()).collect();
    // What a turn called stands before its result.
    assert_eq!(roles, ["user", "user", "assistant", "user"], "{sent}");
    assert!(messages.iter().all(|message| message["content"].as_str().is_some_and(|text| !text.is_empty())), "{sent}");
    assert_says(&sent.to_string(), &["rain", "And now?"]);
}

/// Whole bodies went into messages and logs.
#[test]
fn b_a20_bodies_of_errors_are_cut() {
    let setting = Setting::new();
    let body = format!("START{}END", "x".repeat(5000));
    setting.gateway.script("long", move |_| Reply::new(500, "text/plain", body.as_str()));
    let message = setting.plugin.call(&Request::chat("long", setting.open())).failed().message.clone();
    assert_says(&message, &["START"]);
    assert!(message.matches('x').count() <= 500 && !message.contains("END"), "{message}");
    assert!(setting.plugin.logs().iter().all(|(_, line)| line.matches('x').count() <= 510));
}

/// Think tags had no line feeds and stayed open before tool calls and at the end.
#[test]
fn b_b7_think_tags_are_always_closed() {
    PLUGINS.into_iter().for_each(think_tags_are_closed);
}

fn think_tags_are_closed(plugin: &str) {
    let setting = Setting::of(plugin);
    let thought = chunk(json!({"reasoning": "Hm."}));
    let call = chunk(json!({"tool_calls": [{"index": 0, "id": "1", "function": {"name": "w", "arguments": "{}"}}]}));
    let cases = [("ends", vec![thought.clone(), finish("stop")]), ("calls", vec![thought, call, finish("tool_calls")])];
    for (name, events) in cases {
        setting.gateway.script(name, move |_| Reply::events(&events));
        let request = Request::chat(name, setting.open())
            .credential("agent_thought_support", "supported")
            .credential("function_calling_type", "tool_call")
            .with("tools", json!([tool("w")]));
        let outcome = setting.plugin.call(&request).ok();
        assert_eq!(outcome.text(), "<think>\nHm.\n</think>", "{plugin}: {name}");
        let texts: Vec<bool> = outcome.pieces.iter().map(|piece| piece["delta"]["message"]["content"] != "").collect();
        let calls = outcome.pieces.iter().position(|piece| piece["delta"]["message"]["tool_calls"] != json!([]));
        assert!(calls.is_none_or(|calls| !texts[calls..].contains(&true)), "{name}: the tag closes before the call");
    }
}

/// An answer that began with a block of thinking and never ended it was swallowed.
#[test]
fn b_b7_b_c10_an_unfinished_block_of_thinking_is_shown() {
    for plugin in PLUGINS {
        let setting = Setting::of(plugin);
        let said = "<think>Hm, it is Paris.";
        let events =
            [chunk(json!({"content": "<think>Hm, "})), chunk(json!({"content": "it is Paris."})), finish("stop")];
        setting.gateway.script("unfinished", move |asked| match asked.body["stream"] == true {
            true => Reply::events(&events),
            false => Reply::json(&completion(json!({"role": "assistant", "content": said}), "stop", Some((1, 1)))),
        });
        for support in ["not_supported", "supported", "only_thinking_supported"] {
            let request = Request::chat("unfinished", setting.open()).credential("agent_thought_support", support);
            for request in [request.clone(), request.whole()] {
                assert_eq!(setting.plugin.call(&request).ok().text(), said, "{plugin}: {support}");
            }
        }
    }
}

/// Counts that the service gives are kept as they are.
#[test]
fn counts_of_the_service_win() {
    let setting = Setting::new();
    setting
        .gateway
        .script("counted", |_| Reply::json(&completion(json!({"content": "Hello"}), "stop", Some((298, 7)))));
    assert_eq!(setting.plugin.call(&Request::chat("counted", setting.open()).whole()).ok().usage(), (298, 7));
}
