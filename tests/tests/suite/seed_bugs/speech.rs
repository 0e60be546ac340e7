//! Speech in both directions.

use super::{form_field, provider};
use crate::support::Setting;
use serde_json::json;
use tests::consumers::{self, Auth};
use tests::demo::AUDIO;
use tests::gateway::reply::{Piece, Reply};
use tests::plugins::AI_GATEWAY;
use tests::request::Request;

/// Rows with JWT or HMAC sent no proof at all.
#[test]
fn b_a5_speech_is_authenticated_like_everything_else() {
    let setting = Setting::new();
    for (auth, consumer) in [(Auth::Jwt("RS256"), consumers::CONSUMER_ID), (Auth::Hmac, consumers::ACCESS_KEY)] {
        setting.plugin.call(&Request::speech("m", setting.auth(auth), "Hello.", "alloy")).ok();
        let seen = setting.gateway.seen().pop();
        assert_eq!(seen.and_then(|seen| seen.consumer).as_deref(), Some(consumer));
    }
}

/// An upload was signed as if it were empty, and called JSON, so that nobody could read it.
#[test]
fn b_a6_uploads_are_signed_as_they_are_sent() {
    let setting = Setting::new();
    setting.plugin.call(&Request::transcription("m", setting.auth(Auth::Hmac), AUDIO)).ok();
    let seen = setting.gateway.only("m");
    assert_eq!(seen.consumer.as_deref(), Some(consumers::ACCESS_KEY));
    assert!(seen.header("content-type").is_some_and(|kind| kind.starts_with("multipart/form-data; boundary=")));
    assert_eq!(seen.part("file").bytes, AUDIO);
}

/// Nothing ended a call to a service that hangs.
#[test]
fn b_a15_b_c13_the_read_timeout_ends_hanging_speech() {
    let setting = Setting::new();
    let hangs = |kind: &str| Reply::new(200, kind, "").then(Piece::Gate("never".to_owned()));
    setting.gateway.script("hears", move |_| hangs("application/json"));
    setting.gateway.script("speaks", move |_| hangs("audio/mpeg"));
    for request in [
        Request::transcription("hears", setting.open(), AUDIO),
        Request::speech("speaks", setting.open(), "Hello.", "alloy"),
    ] {
        let request = request.credential("advanced", r#"{"connection.read_timeout": 1}"#);
        assert_eq!(setting.plugin.call(&request).failed().error_type, "InvokeConnectionError");
    }
}

/// No fields for voices and language: every voice was `alloy`, every language English.
#[test]
fn b_a16_the_form_offers_voices_and_a_language() {
    let provider = provider(AI_GATEWAY);
    for variable in ["voices", "language"] {
        assert!(!form_field(&provider, variable).is_null(), "{variable}");
    }
    let setting = Setting::new();
    setting.plugin.call(&Request::transcription("m", setting.open(), AUDIO)).ok();
    let seen = setting.gateway.only("m");
    assert!(!seen.parts.iter().any(|part| part.name == "language" || part.name == "prompt"), "{:?}", seen.parts);
    let voices = setting.plugin.call(&Request::voices("m", setting.open()).credential("voices", "nova, echo")).only();
    assert_eq!(voices["voices"][1], json!({"name": "echo", "value": "echo"}));
}

/// A sentence longer than the limit was sent whole, after an empty one.
#[test]
fn long_sentences_are_cut_and_nothing_empty_is_spoken() {
    let setting = Setting::new();
    let text = format!("{}. b", "a".repeat(5000));
    setting.plugin.call(&Request::speech("m", setting.open(), &text, "alloy")).ok();
    let inputs: Vec<String> = (setting.gateway.seen_for("m").iter())
        .map(|seen| seen.body["input"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(inputs.len() > 1 && inputs.iter().all(|input| (1..=4096).contains(&input.chars().count())), "{inputs:?}");
    let letters = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(letters(&inputs.concat()), letters(&text));
}
