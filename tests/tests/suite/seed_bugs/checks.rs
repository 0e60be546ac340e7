//! Declarations and the check of credentials.

use super::{form_field, manifest, provider};
use crate::support::{Setting, assert_says};
use serde_json::json;
use tests::consumers::Auth;
use tests::gateway::reply::Reply;
use tests::package;
use tests::request::Request;

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
