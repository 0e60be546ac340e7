//! Image generation through language models: at once, as a task that is waited for, as a task that Dify polls.

use serde_json::{Value, json};
use tests::consumers::Auth;
use tests::daemon::Outcome;
use tests::demo;
use tests::plugins::HIGRESS;
use tests::request::{Request, user};

use crate::support::{Setting, assert_says};

const PROTOCOLS: [&str; 3] = ["dashscope_image_generation", "dashscope_image_task", "openai_images"];
const TASK: &str = "dashscope_image_task";

/// Stored credentials for images.
fn row(setting: &Setting, auth: Auth, protocol: &str, model: &str) -> serde_json::Map<String, Value> {
    let mut row = setting.auth(auth);
    row.insert("llm_usage_scenario".to_owned(), "image_generation".into());
    row.insert("gateway_model_name".to_owned(), model.into());
    row.insert("image_model_protocol".to_owned(), protocol.into());
    row
}

fn paint(setting: &Setting, protocol: &str, model: &str) -> Request {
    Request::chat("painter", row(setting, Auth::Hmac, protocol, model)).messages([user("a cat"), user("in a hat")])
}

fn shown(outcome: &Outcome) -> String {
    demo::said("invoke_llm", outcome)
}

#[test]
fn images_come_with_every_protocol() {
    let setting = Setting::of(HIGRESS);
    for protocol in PROTOCOLS {
        for request in [paint(&setting, protocol, protocol), paint(&setting, protocol, protocol).whole()] {
            let outcome = setting.plugin.call(&request).ok();
            assert_says(&shown(&outcome), &["/files/", "-1.png"]);
        }
        let sent = setting.gateway.seen_for(protocol)[0].body.to_string();
        assert_says(&sent, &["a cat", "in a hat"]);
    }
}

#[test]
fn a_task_is_waited_for_and_every_poll_is_signed_anew() {
    let setting = Setting::of(HIGRESS);
    assert_says(&shown(&setting.plugin.call(&paint(&setting, TASK, "slow")).ok()), &["/files/"]);
    let seen = setting.gateway.seen_for("slow");
    let methods: Vec<&str> = seen.iter().map(|seen| seen.method.as_str()).collect();
    assert_eq!(methods, ["POST", "GET", "GET", "GET"]);
    let mut nonces: Vec<_> = seen.iter().map(|seen| seen.header("x-ca-nonce")).collect();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "no signature is used twice");
    assert!(seen.iter().all(|seen| seen.status == 200));
}

#[test]
fn dify_polls_a_task_itself() {
    let setting = Setting::of(HIGRESS);
    let row = |model| row(&setting, Auth::Jwt("HS256"), TASK, model);
    let start = Request::start_polling("slow", row("slow")).messages([user("a cat")]);
    let mut data = setting.plugin.call(&start).only();
    let mut states = Vec::new();
    while data["status"] == "running" && states.len() < 10 {
        states.push(data["plugin_state"].clone());
        data = setting.plugin.call(&Request::check_polling("slow", row("slow"), &data["plugin_state"])).only();
    }
    assert_eq!((states.len(), &data["status"]), (3, &json!("succeeded")), "{data}");
    assert_says(&data["result"]["message"]["content"].to_string(), &["/files/"]);
    // A task that never ends: every check says so, and Dify counts them.
    let mut data =
        setting.plugin.call(&Request::start_polling("endless", row("endless")).messages([user("a cat")])).only();
    for _ in 0..3 {
        assert_eq!(data["status"], "running");
        data = setting.plugin.call(&Request::check_polling("endless", row("endless"), &data["plugin_state"])).only();
    }
}

#[test]
fn tasks_that_fail_or_are_cancelled_say_so() {
    let setting = Setting::of(HIGRESS);
    for (model, says) in [("fails", "inappropriate content"), ("cancelled", "CANCELED"), ("unknown", "UNKNOWN")] {
        let failure = setting.plugin.call(&paint(&setting, TASK, model)).failed().clone();
        assert!(failure.message.to_lowercase().contains(&says.to_lowercase()), "{model}: {}", failure.message);
        let row = || row(&setting, Auth::None, TASK, model);
        let mut data = setting.plugin.call(&Request::start_polling(model, row()).messages([user("a cat")])).only();
        for _ in 0..5 {
            if data["status"] == "running" {
                data = setting.plugin.call(&Request::check_polling(model, row(), &data["plugin_state"])).only();
            }
        }
        assert_eq!(data["status"], "failed", "{model}: {data}");
    }
}

#[test]
fn an_answer_without_an_image_is_a_failure_and_a_part_of_them_is_not() {
    let setting = Setting::of(HIGRESS);
    for protocol in ["dashscope_image_generation", "openai_images"] {
        let outcome = setting.plugin.call(&paint(&setting, protocol, "no-image"));
        assert!(outcome.failure.is_some(), "{protocol}: {}", shown(&outcome));
    }
    assert_says(&shown(&setting.plugin.call(&paint(&setting, TASK, "partial")).ok()), &["-1.png"]);
}

#[test]
fn images_in_base64_are_delivered() {
    let setting = Setting::of(HIGRESS);
    for model in ["base64-image", "gpt-image-1"] {
        let outcome = setting.plugin.call(&paint(&setting, "openai_images", model)).ok();
        assert_says(&shown(&outcome), &["data:image/png;base64,iVBORw0KGgo"]);
    }
}

/// B-b2: sizes and all the rest could not be set, and a check made an image that was paid for.
#[test]
fn b_b2_images_have_parameters_and_checks_make_none() {
    let setting = Setting::of(HIGRESS);
    let parameters = json!({"size": "1664*928", "n": 2, "negative_prompt": "blur", "watermark": true, "prompt_extend": false, "seed": 7});
    let request = paint(&setting, "dashscope_image_generation", "").with("model_parameters", parameters.clone());
    let outcome = setting.plugin.call(&request).ok();
    assert_says(&shown(&outcome), &["-1.png", "-2.png"]);
    let sent = &setting.gateway.only("qwen-image-plus").body["parameters"];
    assert_eq!(sent, &parameters);
    for protocol in PROTOCOLS {
        let before = setting.gateway.seen().len();
        let check =
            |auth| setting.plugin.call(&Request::validate("llm", "checked", row(&setting, auth, protocol, "checked")));
        assert_eq!(check(Auth::ApiKey).only()["result"], true, "{protocol}");
        let seen = &setting.gateway.seen()[before..];
        assert!(!seen.is_empty() && seen.iter().all(|seen| seen.status != 200), "{protocol}: an image was made");
        let wrong = Request::validate("llm", "checked", row(&setting, Auth::ApiKey, protocol, "checked"))
            .credential("api_key", "sk-no");
        assert_eq!(setting.plugin.call(&wrong).failed().error_type, "CredentialsValidateFailedError", "{protocol}");
    }
}
