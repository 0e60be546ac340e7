//! What users of the existing plugins complain about, as far as a plugin can cure it. The numbers are those of the
//! survey (`runtime/reference/existing-plugins.md`), section 6.
//!
//! | symptom | test |
//! |---|---|
//! | 2, 6, 22, 23 | `seed_bugs::chat::b_a11_...`, `b_a9_...`, `b_a12_...`, `bad_input::deltas_with_odd_members_are_read` |
//! | 3 | `vectors` |
//! | 5 | `seed_bugs::rerank::b_a13_...` |
//! | 8, 9, 12 | `tests/extended` measures memory, processor time and start |
//! | 10 | the runtime's tests of `ca_certificate`; `lifecycle::a_certificate_file_that_cannot_be_read_is_logged` |
//! | 11 | `lifecycle::proxies_of_the_environment_are_used_in_both_spellings` |
//! | 13 | heartbeats go on while all sessions work: the runtime's tests of `serve` |
//! | 14 | `end_to_end::an_answer_too_long_for_one_line_comes_in_several`, `vectors` |
//! | 20 | the daemon tells a local plugin nothing; `lifecycle::a_plugin_without_a_reader_ends` |
//! | 21 | `bad_input::statuses_become_the_errors_that_dify_acts_on` |
//! | others | here |

use serde_json::{Value, json};
use tests::gateway::reply::{Piece, Reply, chunk, completion, finish, usage};
use tests::package;
use tests::request::{Request, system, user};

use crate::support::{Setting, assert_says};

/// Timeouts could not be set, and nobody said which one had fired.
#[test]
fn symptom_1_timeouts_are_settings_and_name_themselves() {
    let setting = Setting::new();
    setting.gateway.script("hangs", |_| Reply::new(200, "application/json", "").then(Piece::Gate("never".to_owned())));
    let request = Request::chat("hangs", setting.open()).credential("advanced", r#"{"connection.read_timeout": 1}"#);
    let failure = setting.plugin.call(&request).failed().clone();
    assert_eq!(failure.error_type, "InvokeConnectionError");
    assert_says(&failure.message, &["1 s", "read timeout"]);
}

/// A service without a rerank endpoint answered 200 with an error, and the user read `'results'`.
#[test]
fn symptom_4_unexpected_rerank_answers_are_shown() {
    let setting = Setting::new();
    let replies = [
        ("error-object", json!({"error": "Unexpected endpoint or method. (POST /v1/rerank)"}), "Unexpected endpoint"),
        ("elsewhere", json!({"message": "it works", "status": 1}), "it works"),
        ("no-such-path", json!({"status": 1}), "/open/v1/rerank"),
    ];
    for (name, reply, says) in replies {
        setting.gateway.script(name, move |_| Reply::json(&reply));
        let failure = setting.plugin.call(&Request::rerank(name, setting.open(), &["a"])).failed().clone();
        assert_says(&failure.message, &[says]);
    }
    let limited = Request::rerank("m", setting.open(), &["a", "b"]).with("top_n", 50);
    assert_eq!(setting.plugin.call(&limited).ok().hits().len(), 2, "a limit beyond the documents is none");
}

/// Packages were downloaded while a plugin was installed.
#[test]
fn symptom_7_packages_require_nothing() {
    for name in package::plugins() {
        let requirements = package::installed_of(&name).read("requirements.txt");
        let wanted: Vec<&str> = requirements.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        assert!(wanted.iter().all(|line| line.trim().is_empty()), "{name}: {wanted:?}");
        for file in ["pyproject.toml", "uv.lock"] {
            assert!(!package::installed_of(&name).directory.join(file).exists(), "{name}: {file}");
        }
    }
}

/// Thinking was lost when a server called it otherwise, in one piece, or beside the answer in one chunk.
#[test]
fn symptom_16_thinking_is_read_by_all_its_names() {
    let setting = Setting::new();
    for member in ["reasoning", "reasoning_content"] {
        let streamed = [
            chunk(json!({member: "Hm", "content": ""})),
            chunk(json!({member: ".", "content": "Hel"})),
            chunk(json!({"content": "lo"})),
            finish("stop"),
            usage(3, 4),
        ];
        let whole = completion(json!({"role": "assistant", member: "Hm.", "content": "Hello"}), "stop", Some((3, 4)));
        setting.gateway.script(member, move |asked| match asked.body["stream"] == true {
            true => Reply::events(&streamed),
            false => Reply::json(&whole),
        });
        for request in [Request::chat(member, setting.open()), Request::chat(member, setting.open()).whole()] {
            let text = setting.plugin.call(&request).ok().text();
            assert_eq!(text, "<think>\nHm.\n</think>Hello", "{member}");
        }
    }
}

/// Streams counted nothing; services that refuse to be asked for counts refused the call.
#[test]
fn symptom_17_streams_are_counted_or_estimated_over_all_messages() {
    let setting = Setting::new();
    setting.gateway.script("strict", |asked| match asked.body.get("stream_options") {
        Some(_) => Reply::error(400, "Unknown parameter: 'stream_options'."),
        None => Reply::events(&[chunk(json!({"content": "Hello"})), finish("stop")]),
    });
    let request = Request::chat("strict", setting.open()).messages([system("You are."), user("Hi")]);
    let outcome = setting.plugin.call(&request).ok();
    assert_eq!((outcome.text().as_str(), outcome.usage()), ("Hello", (15, 1)));
    assert_eq!(setting.gateway.seen_for("strict").len(), 2);
}

/// Newer models refuse `max_tokens`, and could not even be added.
#[test]
fn symptom_18_the_limit_has_the_name_that_the_model_takes() {
    let setting = Setting::new();
    setting.gateway.script("renamed", |asked| match asked.body.get("max_tokens") {
        Some(_) => Reply::error(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
        None => Reply::json(&completion(json!({"role": "assistant", "content": "Hello"}), "stop", Some((1, 1)))),
    });
    let check = setting.plugin.call(&Request::validate_llm("renamed", setting.open()));
    assert_eq!(check.only()["result"], true);
    for seen in setting.gateway.seen_for("renamed") {
        let limit = seen.body["max_tokens"].as_u64().or_else(|| seen.body["max_completion_tokens"].as_u64());
        assert!(limit.is_some_and(|limit| limit >= 16), "{}", seen.body);
    }
    for model in ["gpt-5", "openai/o4-mini"] {
        let request = Request::chat(model, setting.open()).with("model_parameters", json!({"max_tokens": 20}));
        setting.plugin.call(&request).ok();
        let body = setting.gateway.only(model).body;
        assert_eq!((&body["max_tokens"], &body["max_completion_tokens"]), (&Value::Null, &json!(20)), "{model}");
    }
}

/// The time of one call was that of another: all shared one start.
#[test]
fn symptom_24_every_call_has_a_clock_of_its_own() {
    let setting = Setting::new();
    setting.gateway.script("slow", |_| {
        Reply::stream([format!("data: {}\n\n", chunk(json!({"content": "a"})))])
            .then(Piece::Gate("others are done".to_owned()))
            .then(Piece::Bytes(format!("data: {}\n\ndata: [DONE]\n\n", finish("stop")).into_bytes()))
    });
    let latency = |pieces: &[Value]| {
        let usage = pieces.iter().rev().find_map(|piece| piece["delta"]["usage"]["latency"].as_f64());
        usage.unwrap_or_else(|| panic!("no latency in {pieces:?}"))
    };
    let slow = setting.plugin.send(&Request::chat("slow", setting.open()));
    slow.next();
    let inner: f64 =
        (0..5).map(|_| latency(&setting.plugin.call(&Request::chat("m", setting.open())).ok().pieces)).sum();
    setting.gateway.open("others are done");
    let outer = latency(&slow.wait().ok().pieces);
    assert!(outer > 0.0 && outer >= inner, "{outer} s for a call that outlasted calls of {inner} s");
}

/// Other shapes of rerank were not understood.
#[test]
fn symptom_25_rerank_answers_of_other_shapes_are_read() {
    let setting = Setting::new();
    let replies = [
        ("bare-list", json!([{"index": 1, "score": 0.9}, {"index": 0, "score": 0.2}])),
        ("score", json!({"results": [{"index": 1, "score": 0.9}, {"index": 0, "score": 0.2}]})),
        (
            "documents",
            json!({"results": [{"index": 1, "relevance_score": 0.9, "document": {"text": "b"}},
            {"index": 0, "relevance_score": 0.2, "document": null}]}),
        ),
    ];
    for (name, reply) in replies {
        setting.gateway.script(name, move |_| Reply::json(&reply));
        let hits = setting.plugin.call(&Request::rerank(name, setting.open(), &["a", "b"])).ok().hits();
        assert_eq!(hits, [(1, 0.9), (0, 0.2)], "{name}");
    }
}
