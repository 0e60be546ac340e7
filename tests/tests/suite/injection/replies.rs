//! Replies that want to be more than text: to reach another host or path, a terminal, a log, or all of the memory.

use serde_json::{Map, Value, json};
use tests::consumers::Auth;
use tests::plugins::{AI_GATEWAY, HIGRESS};
use tests::request::Request;
use tests::upstream::{Upstream, write};

use super::{MARK, Raw, assert_shown, errors, plugin, told};

/// An endpoint with this head (without its end) and body.
fn replying(head: &str, body: &str) -> Upstream {
    let length = body.len();
    Upstream::start(vec![write(format!("{head}\r\ncontent-length: {length}\r\n\r\n")), write(body)])
}

fn json_reply(body: &Value) -> Upstream {
    replying("HTTP/1.1 200 OK\r\ncontent-type: application/json", &body.to_string())
}

/// Stored credentials with a key that may not be shown.
fn row(upstream: &Upstream) -> Map<String, Value> {
    let mut row = Auth::ApiKey.credentials(&upstream.url());
    row.insert("api_key".to_owned(), MARK.into());
    row
}

/// The one error of a call.
fn refused(request: &Request) -> String {
    let mut errors = errors(&told(plugin(AI_GATEWAY), &[request.line("s")]));
    errors.remove("s").unwrap_or_else(|| panic!("no error"))
}

#[test]
fn what_a_reply_says_is_one_line_without_secrets() {
    let odd = format!("a\u{1b}[31m\r\nERROR forged {MARK}\u{2028}b\u{0}\u{202e}");
    let long = format!("{}{MARK}", "y".repeat(300_000));
    let words = [odd.as_str(), &long];
    for words in words {
        for (status, body) in [
            ("500 Oops", json!({"error": {"message": words}, "request_id": words})),
            ("200 OK", json!({"error": {"message": words, "code": words}, "request_id": "r\n1\u{1b}[0m"})),
            ("200 OK", json!({"choices": words})),
            ("200 OK", json!({"choices": [{"message": {"content": {"a": words}}}]})),
            (
                "200 OK",
                json!({"model": "from-security-guard", "choices": [], "blockedDetails": [{"type": words}, {"type": words}]}),
            ),
            ("403 No", json!({"denyMessage": words, "blockedDetails": [{"type": words}]})),
            ("422 No", json!({"detail": [{"loc": [words, 1], "msg": words}]})),
            ("400 No", json!({words: words})),
        ] {
            let upstream = replying(&format!("HTTP/1.1 {status}\r\ncontent-type: application/json"), &body.to_string());
            let message = refused(&Request::chat("m", row(&upstream)).whole());
            assert!(!message.is_empty(), "{body}");
        }
    }
}

#[test]
fn headers_of_a_reply_are_shown_cut_and_without_secrets() {
    let long = "z".repeat(20_000);
    for (status, headers) in [
        ("302 Found", format!("location: http://evil.invalid/{MARK}{long}?key={MARK}")),
        ("200 OK", format!("content-type: text/{MARK}{long}")),
        ("200 OK", format!("content-type: application/json\r\ncontent-encoding: {MARK}{long}")),
        ("401 No", format!("x-ca-error-message: Server StringToSign:`{MARK}{long}`")),
        ("429 No", format!("retry-after: {MARK}{long}\r\nx-request-id: {MARK}{long}")),
        ("401 No", format!("www-authenticate: Basic realm=\"{MARK}\"\r\nset-cookie: {MARK}\r\nserver: envoy{long}")),
    ] {
        let upstream = replying(&format!("HTTP/1.1 {status}\r\n{headers}"), "no");
        for hmac in [false, true] {
            let mut row = row(&upstream);
            if hmac {
                row.insert("auth_method".to_owned(), "hmac".into());
                row.insert("hmac_access_key".to_owned(), "ak-0123456789".into());
                row.insert("hmac_secret_key".to_owned(), MARK.into());
            }
            let message = refused(&Request::chat("m", row).whole());
            assert!(message.len() < 1_500, "{message}");
        }
    }
}

#[test]
fn a_header_given_as_a_parameter_is_masked_when_it_comes_back() {
    for given in
        [json!({ "X-Tenant-Key": MARK }), json!({ "X-Tenant-Key": format!("Token {MARK}") }).to_string().into()]
    {
        let body = json!({"error": {"message": format!("bad key {MARK} or Token {MARK}")}});
        let upstream = replying("HTTP/1.1 400 No\r\ncontent-type: application/json", &body.to_string());
        let request = Request::chat("m", Auth::None.credentials(&upstream.url()))
            .whole()
            .with("model_parameters", json!({ "extra_headers": given }));
        let message = refused(&request);
        assert!(message.contains("bad key ***"), "{message}");
        assert!(upstream.requests()[0].contains(MARK), "it was sent");
    }
}

#[test]
fn nothing_that_a_reply_names_is_fetched() {
    let elsewhere = Upstream::start(vec![write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")]);
    let url = elsewhere.url();
    let reply = json!({
        "output": {
            "task_id": "t", "task_status": "SUCCEEDED", "results": [{"url": url}], "audio": {"url": url},
            "choices": [{"message": {"content": [{"image": url}]}, "finish_reason": "stop"}],
        },
        "data": [{"url": url}],
        "choices": [{"message": {"role": "assistant", "content": url}, "finish_reason": "stop"}],
    });
    for call in tests::demo::calls(HIGRESS) {
        let upstream = json_reply(&reply);
        let request = (call.request)(Auth::ApiKey.higress(&upstream.url())).whole();
        told(plugin(HIGRESS), &[request.line("s")]);
        assert!(!upstream.requests().is_empty(), "{}", call.protocol);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn the_id_of_a_task_is_one_segment_of_its_path() {
    for id in [
        "../../evil",
        "..",
        ".",
        "",
        "t?x=1#y",
        "a\r\nx-evil: 1",
        "//evil.invalid/x",
        "%2e%2e/x",
        "\u{202e}t\u{0}",
        MARK,
    ] {
        let upstream = json_reply(&json!({"output": {"task_id": id, "task_status": "RUNNING"}}));
        let row = Auth::None.higress(&upstream.url());
        let polled = |request: Request| {
            request
                .credential("llm_usage_scenario", "image_generation")
                .credential("image_model_protocol", "dashscope_image_task")
                .credential("polling", "supported")
        };
        let state = json!({ "id": id });
        let answers = told(plugin(HIGRESS), &[polled(Request::check_polling("m", row, &state)).line("s")]);
        let errors = errors(&answers);
        match upstream.requests().as_slice() {
            [] => assert!(errors.contains_key("s"), "{id:?}: {answers:?}"),
            [request] => {
                let raw = Raw::read(request);
                let segment =
                    raw.line.strip_prefix("GET /api/v1/tasks/").and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
                let segment = segment.unwrap_or_else(|| panic!("{id:?}: {raw:?}"));
                let is_one = !segment.is_empty() && !segment.contains(['/', '?', '#', '\\']) && segment != "..";
                assert!(is_one && !raw.names().contains(&"x-evil"), "{id:?}: {raw:?}");
            }
            many => panic!("{id:?}: {many:?}"),
        }
    }
}

#[test]
fn what_a_failed_task_says_is_one_line() {
    let odd = format!("a\u{1b}[31m\r\nforged {MARK}\u{2028}");
    let upstream =
        json_reply(&json!({"output": {"task_id": odd, "task_status": "FAILED", "code": odd, "message": odd}}));
    let mut row = Auth::ApiKey.higress(&upstream.url());
    row.insert("api_key".to_owned(), MARK.into());
    let request = Request::check_polling("m", row, &json!({ "id": odd }))
        .credential("llm_usage_scenario", "image_generation")
        .credential("image_model_protocol", "dashscope_image_task");
    let answers = told(plugin(HIGRESS), &[request.line("s")]);
    let step = answers.iter().find(|answer| answer["data"]["type"] == "stream");
    let error = step.unwrap_or_else(|| panic!("{answers:?}"))["data"]["data"]["error"].as_str().unwrap_or_default();
    assert!(error.contains("ended as"), "{error}");
    assert_shown(error);
}

#[test]
fn nobody_else_says_who_asks() {
    let reply = json!({"choices": [{"message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}]});
    for (identity, named) in [("enabled", false), ("disabled", true)] {
        let upstream = json_reply(&reply);
        let request = Request::chat("m", Auth::None.credentials(&upstream.url()))
            .whole()
            .without("user_id")
            .credential("identity", identity)
            .with("model_parameters", json!({"extra_headers": {"X-Dify-User": "admin", "X-Dify-App": "other"}}));
        told(plugin(AI_GATEWAY), &[request.line("s")]);
        let raw = Raw::read(&upstream.requests()[0]);
        let (user, app) = if named { (vec!["admin"], vec!["other"]) } else { (vec![], vec!["a-1"]) };
        assert_eq!((raw.values("x-dify-user"), raw.values("x-dify-app")), (user, app), "{identity}");
    }
}
