//! One test for each bug of the plugins this one replaces, as far as it concerns large language models, rerank or
//! authentication. The ids are those of the survey of the existing plugins, sections 5.1 (a) and 5.2 (b).
//!
//! | id | here |
//! |---|---|
//! | B-a1 to B-a14, B-a18 to B-a20, B-a22 | a test of the same name; B-a4, B-a11 to B-a13 and B-a18 have several parts |
//! | B-a15 | the timeout of language models; speech has none of this plugin's code yet |
//! | B-a16 | extra headers and display name; voices and languages belong to speech |
//! | B-a17 | text embedding: not offered yet |
//! | B-a21 | `b_a21_...` for the help link, the methods and the icons |
//! | B-b1, B-b3, B-b4, B-b7, B-b8, B-b9, B-b12 | a test of the same name |
//! | B-b2, B-b10 | image generation, text embedding: not offered yet |
//! | B-b5 | video, audio and documents: B-a18 |
//! | B-b6 | the code of (b) is a copy of (a)'s: B-a8, B-a10, B-a11, B-a12 |
//! | B-b11 | `mode` and `structured_output_support` stand in the form: `b_b11_...` |

use serde_json::{Value, json};
use tests::consumers::{self, Auth};
use tests::daemon::Outcome;
use tests::gateway::reply::{Piece, Reply, chunk, completion, finish, usage};
use tests::package;
use tests::request::{Request, assistant, calls_tool, part, parts, system, text_part, tool, tool_result, user};

use crate::support::{Setting, assert_says};

/// A signed chat call failed while its parameters were serialised.
#[test]
fn b_a1_chat_works_with_hmac() {
    let setting = Setting::new();
    let request = Request::chat("m", setting.auth(Auth::Hmac)).messages([system("Be brief."), user("Hi")]);
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    assert_eq!(setting.gateway.only("m").consumer.as_deref(), Some(consumers::ACCESS_KEY));
}

/// Chat ignored the header name and prefix of the token.
#[test]
fn b_a2_chat_puts_the_token_where_it_is_configured() {
    let setting = Setting::new();
    let request = Request::chat("m", Auth::Jwt("HS256").credentials(&setting.gateway.url("jwt-header")))
        .credential("jwt_header_name", "X-Auth-Token")
        .credential("jwt_header_prefix", "none");
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    let seen = setting.gateway.only("m");
    assert!(seen.header("authorization").is_none() && seen.header("x-auth-token").is_some());
}

/// Tokens and signatures travelled in the JSON body too.
#[test]
fn b_a3_proofs_do_not_stand_in_the_body() {
    let setting = Setting::new();
    for auth in [Auth::ApiKey, Auth::Jwt("ES256"), Auth::Hmac] {
        setting.plugin.call(&Request::chat("m", setting.auth(auth))).ok();
    }
    let proofs = setting.gateway.proofs();
    assert_eq!(proofs.len(), 3);
    for seen in setting.gateway.seen() {
        let body = seen.body.to_string();
        assert!(!body.contains("extra_headers") && proofs.iter().all(|proof| !body.contains(proof)), "{body}");
    }
}

/// The token of a credential check was handed back and stored as the API key, and could be sent later.
#[test]
fn b_a4_tokens_are_neither_handed_back_nor_taken_from_the_api_key() {
    let setting = Setting::new();
    // What an old check left behind.
    let request =
        Request::validate_llm("m", setting.auth(Auth::Jwt("HS256"))).credential("api_key", "eyJhbGciOi.stale.token");
    let credentials = setting.plugin.call(&request).only()["credentials"].clone();
    assert!(
        credentials.is_null() || credentials["api_key"] == "eyJhbGciOi.stale.token" || credentials["api_key"].is_null()
    );
    let seen = setting.gateway.only("m");
    assert_eq!(seen.consumer.as_deref(), Some(consumers::CONSUMER_ID));
    assert!(!seen.header("authorization").unwrap_or_default().contains("stale"));
}

/// Rerank knew nothing but the API key, and sent `Bearer None` without one.
#[test]
fn b_a5_rerank_is_authenticated_like_everything_else() {
    let setting = Setting::new();
    for auth in [Auth::Jwt("RS256"), Auth::Hmac] {
        assert_eq!(setting.plugin.call(&Request::rerank("m", setting.auth(auth), &["a", "b"])).ok().hits().len(), 2);
    }
    // A row without a key is a row for an open route.
    let open = Request::rerank("open", Auth::ApiKey.credentials(&setting.gateway.url("open")), &["a"])
        .credential("api_key", "");
    setting.plugin.call(&open).ok();
    assert_eq!(setting.gateway.only("open").header("authorization"), None);
}

/// The text that was signed had a line too many, a date nobody reads, neither nonce nor time, and no query.
#[test]
fn b_a6_signatures_are_what_the_gateway_verifies() {
    let setting = Setting::new();
    let credentials = Auth::Hmac.credentials(&format!("{}?stage=b&a=1", setting.gateway.url("hmac")));
    setting.plugin.call(&Request::chat("m", credentials)).ok();
    let seen = setting.gateway.only("m");
    for name in ["x-ca-nonce", "x-ca-timestamp", "content-md5", "date", "x-ca-signature-headers"] {
        assert!(seen.header(name).is_some_and(|value| !value.is_empty()), "{name}: {:?}", seen.headers);
    }
    assert!(seen.header("date").is_some_and(|date| date.ends_with(" GMT")));
}

/// One log level away, signatures and tokens stood in the log; private keys were plain text fields.
#[test]
fn b_a7_no_log_level_shows_a_proof() {
    for level in ["debug", "DEBUG", "trace"] {
        let setting = Setting::with(&[("LOG_LEVEL", level), ("RUST_LOG", level)]);
        for auth in [Auth::ApiKey, Auth::Jwt("PS256"), Auth::Hmac] {
            setting.plugin.call(&Request::chat("m", setting.auth(auth))).ok();
            setting.plugin.call(&Request::chat("500", setting.auth(auth))).failed();
        }
        // The plugin looks through all it wrote when it is dropped.
    }
    let provider = provider();
    for variable in ["api_key", "jwt_jwks", "hmac_access_key", "hmac_secret_key"] {
        let field = form_field(&provider, variable);
        assert_eq!(field["type"].as_str(), Some("secret-input"), "{variable}");
    }
}

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
    let cases: [(&str, Vec<Value>, &[(&str, &str)]); 5] = [
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

/// Scores were spread between 0 and 1 within each answer: the worst document, and a single one, got 0.
#[test]
fn b_a13_scores_are_passed_on_as_they_are() {
    let setting = Setting::new();
    setting.gateway.script("single", |_| Reply::json(&json!({"results": [{"index": 0, "relevance_score": 0.42}]})));
    let request = Request::rerank("single", setting.open(), &["a"]).with("score_threshold", 0.3);
    assert_eq!(setting.plugin.call(&request).ok().hits(), [(0, 0.42)]);
    setting.gateway.script("none", |_| Reply::json(&json!({"results": []})));
    let none = setting.plugin.call(&Request::rerank("none", setting.open(), &["a"])).ok();
    assert!(none.hits().is_empty());
    // Logits, and no threshold: nothing is dropped.
    let logits = json!({"results": [{"index": 0, "relevance_score": -3.5}, {"index": 1, "relevance_score": 7}]});
    setting.gateway.script("logits", move |_| Reply::json(&logits));
    let hits = setting.plugin.call(&Request::rerank("logits", setting.open(), &["a", "b"])).ok().hits();
    assert_eq!(hits, [(1, 7.0), (0, -3.5)]);
}

/// `top_n: null` was sent, and the endpoint's query was lost.
#[test]
fn b_a13_rerank_sends_no_empty_limit_and_keeps_the_query() {
    let setting = Setting::new();
    let endpoint = format!("{}?tenant=7", setting.gateway.url("open"));
    for top_n in [Value::Null, json!(0)] {
        let request = Request::rerank("m", Auth::None.credentials(&endpoint), &["a", "b"]).with("top_n", top_n);
        setting.plugin.call(&request).ok();
    }
    for seen in setting.gateway.seen() {
        assert!(seen.body.get("top_n").is_none());
        assert_eq!(seen.target, "/open/v1/rerank?tenant=7");
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

/// Promised settings did nothing, and extra headers went into the body.
#[test]
fn b_a16_extra_headers_are_headers() {
    let setting = Setting::new();
    let headers = json!({"X-Tenant": "t-7"});
    let stored = Request::chat("m", setting.open()).credential("extra_headers", headers.to_string());
    let advanced = json!({"connection.extra_headers": headers});
    let advanced = Request::rerank("m", setting.auth(Auth::Hmac), &["a"]).credential("advanced", advanced.to_string());
    for request in [stored, advanced] {
        setting.plugin.call(&request).ok();
    }
    for seen in setting.gateway.seen() {
        assert_eq!(seen.header("x-tenant"), Some("t-7"));
        assert!(seen.body.get("extra_headers").is_none());
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

/// With tools switched off, the turns that used them became empty objects.
#[test]
fn b_a18_tool_turns_without_tool_calling_are_no_empty_messages() {
    let setting = Setting::new();
    let turns =
        [user("Hi"), calls_tool("1", "w", "{}"), tool_result("1", "rain"), assistant("Rain."), user("And now?")];
    setting.plugin.call(&Request::chat("m", setting.open()).messages(turns)).ok();
    let sent = setting.gateway.only("m").body;
    for message in sent["messages"].as_array().into_iter().flatten() {
        assert!(message["role"].is_string() && !message["content"].is_null(), "{sent}");
    }
}

/// A redirect repeated the request elsewhere with its key; a netrc file replaced the key.
#[test]
fn b_a19_redirects_are_not_followed() {
    let setting = Setting::new();
    let elsewhere = setting.gateway.url("open");
    setting.gateway.script("moved", move |_| {
        Reply::new(302, "text/plain", "").header("location", &format!("{elsewhere}/chat/completions"))
    });
    let outcome = setting.plugin.call(&Request::chat("moved", setting.auth(Auth::ApiKey)));
    assert_says(&outcome.failed().message, &["302"]);
    assert_eq!(setting.gateway.seen().len(), 1);
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

/// The key came back in the text of an error.
#[test]
fn b_a20_echoed_keys_are_masked() {
    let setting = Setting::new();
    setting
        .gateway
        .script("echo", |_| Reply::error(401, &format!("Incorrect API key provided: {}", consumers::API_KEY)));
    let outcome = setting.plugin.call(&Request::chat("echo", setting.auth(Auth::ApiKey)));
    assert_says(&outcome.failed().message, &["Incorrect API key provided"]);
}

/// The help link was a placeholder, models were promised that do not exist, the dark icon was the light one.
#[test]
fn b_a21_the_manifest_says_what_is_true() {
    let provider = provider();
    assert_says(provider["help"]["url"]["en_US"].as_str().unwrap_or_default(), &["https://"]);
    assert_eq!(json!(provider["configurate_methods"]), json!(["customizable-model"]));
    let manifest = manifest();
    let icon = |name: &str| {
        let file = manifest[name].as_str().unwrap_or_default();
        std::fs::read(package::installed().directory.join("_assets").join(file)).unwrap_or_default()
    };
    assert!(!icon("icon").is_empty() && !icon("icon_dark").is_empty() && icon("icon") != icon("icon_dark"));
}

/// A check passed on status 200 alone, without reading the answer.
#[test]
fn b_a22_a_check_reads_its_answer() {
    let setting = Setting::new();
    for model in ["html", "error-in-stream", "empty", "refused-200"] {
        let request = Request::validate_llm(model, setting.open()).credential("stream_mode_auth", "use");
        assert_eq!(setting.plugin.call(&request).failed().error_type, "CredentialsValidateFailedError", "{model}");
        assert_eq!(setting.gateway.only(model).body["stream"], true);
    }
    let request = Request::validate_llm("m", setting.open()).credential("stream_mode_auth", "use");
    assert_eq!(setting.plugin.call(&request).only()["result"], true);
}

/// No limit of the answer, and no context size, so the host kept 2,000 tokens of memory.
#[test]
fn b_b1_the_schema_has_a_token_limit_and_a_context_size() {
    let setting = Setting::new();
    let schema =
        setting.plugin.call(&Request::llm_schema("m", setting.open()).credential("context_size", "32768")).only();
    let schema = &schema["model_schema"];
    assert_eq!(schema["model_properties"]["context_size"], 32768);
    assert!(
        schema["parameter_rules"].as_array().is_some_and(|rules| rules.iter().any(|rule| rule["name"] == "max_tokens"))
    );
    setting.plugin.call(&Request::chat("m", setting.open()).with("model_parameters", json!({"max_tokens": 7}))).ok();
    assert_eq!(setting.gateway.only("m").body["max_tokens"], 7);
}

/// Missing keys and unknown methods sent the request without any proof.
#[test]
fn b_b3_nothing_is_sent_unsigned() {
    let setting = Setting::new();
    for (auth, field, label) in [
        (Auth::Hmac, "hmac_access_key", "HMAC Access Key"),
        (Auth::Hmac, "hmac_secret_key", "HMAC Secret Key"),
        (Auth::Jwt("HS256"), "jwt_jwks", "JWT JWKS"),
    ] {
        for value in [json!(""), json!("   "), Value::Null] {
            let request = Request::chat("m", setting.auth(auth)).credential(field, value);
            assert_says(&setting.plugin.call(&request).failed().message, &[label]);
        }
        assert_says(
            &setting
                .plugin
                .call(&Request::rerank("m", setting.auth(auth), &["a"]).no_credential(field))
                .failed()
                .message,
            &[label],
        );
    }
    let unknown = Request::chat("m", setting.open()).credential("auth_method", "oauth");
    assert_says(&setting.plugin.call(&unknown).failed().message, &["Authentication Method"]);
    assert!(setting.gateway.seen().is_empty());
}

/// The rerank model was a fixed one whatever Dify said.
#[test]
fn b_b4_rerank_names_the_model_of_dify_or_of_the_endpoint() {
    let setting = Setting::new();
    setting.plugin.call(&Request::rerank("qwen3-rerank-large", setting.open(), &["a"])).ok();
    setting.gateway.only("qwen3-rerank-large");
    for (stored, sent) in [("gte-rerank", "gte-rerank"), ("", "named-in-dify"), ("  ", "named-in-dify")] {
        let request =
            Request::rerank("named-in-dify", setting.open(), &["a"]).credential("endpoint_model_name", stored);
        assert_eq!(setting.plugin.call(&request).ok().pieces[0]["model"], "named-in-dify");
        assert_eq!(setting.gateway.seen().last().map(|seen| seen.body["model"].clone()), Some(json!(sent)));
    }
}

/// Think tags had no line feeds and stayed open before tool calls and at the end.
#[test]
fn b_b7_think_tags_are_always_closed() {
    let setting = Setting::new();
    let thought = chunk(json!({"reasoning": "Hm."}));
    let call = chunk(json!({"tool_calls": [{"index": 0, "id": "1", "function": {"name": "w", "arguments": "{}"}}]}));
    let cases = [("ends", vec![thought.clone(), finish("stop")]), ("calls", vec![thought, call, finish("tool_calls")])];
    for (name, events) in cases {
        setting.gateway.script(name, move |_| Reply::events(&events));
        let request = Request::chat(name, setting.open())
            .credential("function_calling_type", "tool_call")
            .with("tools", json!([tool("w")]));
        let outcome = setting.plugin.call(&request).ok();
        assert_eq!(outcome.text(), "<think>\nHm.\n</think>", "{name}");
        let texts: Vec<bool> = outcome.pieces.iter().map(|piece| piece["delta"]["message"]["content"] != "").collect();
        let calls = outcome.pieces.iter().position(|piece| piece["delta"]["message"]["tool_calls"] != json!([]));
        assert!(calls.is_none_or(|calls| !texts[calls..].contains(&true)), "{name}: the tag closes before the call");
    }
}

/// A check had no limit of tokens and never read the answer.
#[test]
fn b_b8_a_check_is_cheap() {
    let setting = Setting::new();
    for stream in ["use", "not_use"] {
        setting.plugin.call(&Request::validate_llm("m", setting.open()).credential("stream_mode_auth", stream)).ok();
    }
    let limits: Vec<_> = setting.gateway.seen_for("m").iter().map(|seen| seen.body["max_tokens"].clone()).collect();
    assert_eq!(limits, [json!(16), json!(16)]);
}

/// Rights were asked for that nothing used.
#[test]
fn b_b9_no_rights_are_asked_for() {
    let permission = &manifest()["resource"]["permission"];
    let granted = serde_json::to_string(permission).unwrap_or_default();
    assert!(
        !granted.contains("true") || permission["model"]["enabled"] == true && !granted.contains("storage"),
        "{granted}"
    );
}

/// Settings were read that no form offered.
#[test]
fn b_b11_the_form_offers_mode_and_structured_output() {
    let provider = provider();
    for variable in ["mode", "structured_output_support", "display_name", "advanced"] {
        assert!(!form_field(&provider, variable).is_null(), "{variable}");
    }
}

/// Checks showed the whole body of the answer.
#[test]
fn b_b12_the_text_of_a_failed_check_is_short() {
    let setting = Setting::new();
    setting.gateway.script("long", |_| Reply::new(400, "text/plain", "y".repeat(5000)));
    let failure = setting.plugin.call(&Request::validate_llm("long", setting.auth(Auth::ApiKey))).failed().clone();
    assert!(failure.message.len() < 1000, "{}", failure.message);
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

fn provider() -> serde_yaml::Value {
    yaml("provider/ai-gateway.yaml")
}

fn manifest() -> serde_yaml::Value {
    yaml("manifest.yaml")
}

fn yaml(name: &str) -> serde_yaml::Value {
    serde_yaml::from_str(&package::installed().read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn form_field(provider: &serde_yaml::Value, variable: &str) -> serde_yaml::Value {
    let fields = provider["model_credential_schema"]["credential_form_schemas"].as_sequence();
    let field = fields.into_iter().flatten().find(|field| field["variable"].as_str() == Some(variable));
    field.cloned().unwrap_or(serde_yaml::Value::Null)
}
