//! Declarations and the check of credentials.

use super::{PLUGINS, form_field, manifest, provider};
use crate::support::{Setting, assert_says};
use serde_json::json;
use tests::consumers::Auth;
use tests::gateway::reply::{Reply, chunk};
use tests::package;
use tests::plugins::{AI_GATEWAY, HIGRESS};
use tests::request::Request;

/// The help link was a placeholder, models were promised that do not exist, the dark icon was the light one.
#[test]
fn b_a21_the_manifest_says_what_is_true() {
    let provider = provider(AI_GATEWAY);
    assert_says(provider["help"]["url"]["en_US"].as_str().unwrap_or_default(), &["https://"]);
    assert_eq!(json!(provider["configurate_methods"]), json!(["customizable-model"]));
    let manifest = manifest(AI_GATEWAY);
    let icon = |name: &str| {
        let file = manifest[name].as_str().unwrap_or_default();
        std::fs::read(package::installed().directory.join("_assets").join(file)).unwrap_or_default()
    };
    assert!(!icon("icon").is_empty() && !icon("icon_dark").is_empty() && icon("icon") != icon("icon_dark"));
}

/// A check passed on status 200 alone, without reading the answer.
#[test]
fn b_a22_a_check_reads_its_answer() {
    check_reads_its_answer(AI_GATEWAY);
}

fn check_reads_its_answer(plugin: &str) {
    let setting = Setting::of(plugin);
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
    for plugin in PLUGINS {
        let setting = Setting::of(plugin);
        for (stored, size) in [(json!("32768"), 32768), (json!(null), 4096)] {
            let request = Request::llm_schema("m", setting.open()).credential("context_size", stored);
            let schema = setting.plugin.call(&request).only()["model_schema"].clone();
            assert_eq!(schema["model_properties"]["context_size"], size, "{plugin}");
            let rules = schema["parameter_rules"].as_array().cloned().unwrap_or_default();
            assert!(rules.iter().any(|rule| rule["name"] == "max_tokens"), "{plugin}: {rules:?}");
        }
        let request = Request::chat("m", setting.open()).with("model_parameters", json!({"max_tokens": 7}));
        setting.plugin.call(&request).ok();
        assert_eq!(setting.gateway.only("m").body["max_tokens"], 7, "{plugin}");
        let provider = provider(plugin);
        for variable in ["context_size", "max_tokens_to_sample"] {
            assert!(!form_field(&provider, variable).is_null(), "{plugin}: {variable}");
        }
    }
}

/// A check had no limit of tokens and never read the answer.
#[test]
fn b_b8_a_check_is_cheap_and_reads_its_answer() {
    for plugin in PLUGINS {
        let setting = Setting::of(plugin);
        for stream in ["use", "not_use"] {
            let request = Request::validate_llm("m", setting.open()).credential("stream_mode_auth", stream);
            setting.plugin.call(&request).ok();
        }
        let limits: Vec<_> = setting.gateway.seen_for("m").iter().map(|seen| seen.body["max_tokens"].clone()).collect();
        assert_eq!(limits, [json!(16), json!(16)], "{plugin}");
    }
    check_reads_its_answer(HIGRESS);
}

/// Rights were asked for that nothing used.
#[test]
fn b_b9_no_rights_are_asked_for() {
    for plugin in PLUGINS {
        let resource = &manifest(plugin)["resource"];
        assert!(resource["memory"].is_u64() && resource["permission"].is_null(), "{plugin}: {resource:?}");
    }
}

/// Settings were read that no form offered.
#[test]
fn b_b11_the_form_offers_what_is_read() {
    // Hidden on purpose: streams are cut at every kind of line end without a delimiter, and Higress's forms never had
    // a mode. Rows that hold them are read all the same.
    let hidden = ["mode", "stream_mode_delimiter"];
    for (plugin, offered, hidden) in [
        (AI_GATEWAY, &["structured_output_support", "display_name", "advanced", "mode"][..], &hidden[1..]),
        (HIGRESS, &["structured_output_support", "display_name", "advanced"], &hidden),
    ] {
        let provider = provider(plugin);
        for (variables, is_offered) in [(offered, true), (hidden, false)] {
            for variable in variables {
                assert_eq!(!form_field(&provider, variable).is_null(), is_offered, "{plugin}: {variable}");
            }
        }
    }
}

/// What the form of Higress hides on purpose is read where it is stored, and what it offers is offered to the model.
#[test]
fn b_b11_stored_settings_are_read() {
    let setting = Setting::of(HIGRESS);
    for (support, offers) in [("supported", true), ("not_supported", false)] {
        let request = Request::llm_schema("m", setting.open()).credential("structured_output_support", support);
        let schema = setting.plugin.call(&request).only().to_string();
        assert_eq!(schema.contains("json_schema"), offers, "{support}: {schema}");
    }
    setting.plugin.call(&Request::completion("completed", setting.open())).ok();
    assert_says(&setting.gateway.only("completed").target, &["/v1/completions"]);
    let [first, second] = ["Hel", "lo"].map(|text| chunk(json!({"content": text})));
    let lines = format!("data: {first}\ndata: {second}\ndata: [DONE]\n");
    setting.gateway.script("lines", move |_| Reply::stream([lines.clone()]));
    let request = Request::chat("lines", setting.open()).credential("stream_mode_delimiter", "\\n");
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello");
}

/// Checks showed the whole body of the answer.
#[test]
fn b_b12_the_text_of_a_failed_check_is_short() {
    for plugin in PLUGINS {
        let setting = Setting::of(plugin);
        setting.gateway.script("long", |_| Reply::new(400, "text/plain", "y".repeat(5000)));
        let failure = setting.plugin.call(&Request::validate_llm("long", setting.auth(Auth::ApiKey))).failed().clone();
        assert!(failure.message.len() < 1000, "{plugin}: {}", failure.message);
        assert_says(&failure.message, &["400", "yyy"]);
    }
}
