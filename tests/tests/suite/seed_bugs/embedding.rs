//! Text embedding.

use super::PLUGINS;
use crate::support::{Setting, assert_says};
use serde_json::json;
use tests::consumers::{self, Auth};
use tests::gateway::reply::Reply;
use tests::gateway::scripts::vectors::vector;
use tests::request::Request;

/// Rows with JWT or HMAC sent no proof at all.
#[test]
fn b_a5_embedding_is_authenticated_like_everything_else() {
    let setting = Setting::new();
    for (auth, consumer) in [(Auth::Jwt("RS256"), consumers::CONSUMER_ID), (Auth::Hmac, consumers::ACCESS_KEY)] {
        setting.plugin.call(&Request::embedding("m", setting.auth(auth), &["a"])).ok();
        let seen = setting.gateway.seen().pop();
        assert_eq!(seen.and_then(|seen| seen.consumer).as_deref(), Some(consumer));
    }
}

/// One text a request, whatever the row said.
#[test]
fn b_a17_b_b10_b_c1_texts_share_requests() {
    for plugin in PLUGINS {
        let setting = Setting::of(plugin);
        let request = Request::embedding("m", setting.open(), &["a", "b", "c"]).credential("max_chunks", "2");
        assert_eq!(setting.plugin.call(&request).ok().vectors().len(), 3, "{plugin}");
        assert_eq!(setting.gateway.seen_for("m").len(), 2, "{plugin}");
    }
}

/// The prefix of documents stood before queries too.
#[test]
fn b_a17_queries_have_their_own_prefix() {
    let setting = Setting::new();
    for (kind, expected) in [("document", "passage: text"), ("query", "query: text")] {
        let request = Request::embedding(kind, setting.open(), &["text"])
            .with("input_type", kind)
            .credential("document_prefix", "passage:")
            .credential("query_prefix", "query:");
        setting.plugin.call(&request).ok();
        assert_eq!(setting.gateway.only(kind).body["input"], json!([expected]));
    }
}

/// Vectors came in the order of the answer, not of their `index`; an answer without counts was a failure.
#[test]
fn b_a17_index_is_heeded_and_counts_may_be_missing() {
    let setting = Setting::new();
    let outcome = setting.plugin.call(&Request::embedding("shuffled", setting.open(), &["a", "bb"])).ok();
    assert_eq!(outcome.vectors(), [vector("a", 3), vector("bb", 3)]);
    setting.plugin.call(&Request::embedding("no-usage", setting.open(), &["a"])).ok();
}

/// Every status was a bad request, and the body of the refusal was not shown.
#[test]
fn b_c5_statuses_of_embedding_are_dify_s_errors() {
    let setting = Setting::new();
    for (model, error) in
        [("401", "InvokeAuthorizationError"), ("429", "InvokeRateLimitError"), ("500", "InvokeServerUnavailableError")]
    {
        let failure = setting.plugin.call(&Request::embedding(model, setting.open(), &["a"])).failed().clone();
        assert_eq!(failure.error_type, error);
        assert_says(&failure.message, &[model]);
    }
}

/// Without a key, an empty `Authorization` was sent; long texts were not cut; nobody knew the user.
#[test]
fn b_c8_embedding_sends_what_is_there_and_nothing_empty() {
    let setting = Setting::new();
    let row = Auth::ApiKey.credentials(&setting.gateway.url("open"));
    let long = "word ".repeat(2000);
    let request = Request::embedding("m", row, &[&long]).credential("api_key", "").credential("context_size", "100");
    setting.plugin.call(&request).ok();
    let seen = setting.gateway.only("m");
    assert_eq!((seen.header("authorization"), &seen.body["user"]), (None, &json!("user-1")));
    assert!(seen.body["input"][0].as_str().is_some_and(|text| !text.is_empty() && text.len() < 1000), "{}", seen.size);
}

/// Images were looked for in texts, and only if they named an IP address.
#[test]
fn b_c14_texts_stay_texts() {
    let setting = Setting::new();
    let text = "![x](http://127.0.0.1/a.png) and {\"text\": 1, \"image\": \"http://127.0.0.1/b.png\"}";
    setting.plugin.call(&Request::embedding("m", setting.open(), &[text])).ok();
    assert_eq!(setting.gateway.only("m").body["input"], json!([text]));
}

/// A document without a score got 0 instead of an error.
#[test]
fn b_c9_a_missing_score_is_an_error() {
    let setting = Setting::new();
    setting.gateway.script("no-score", |_| Reply::json(&json!({"results": [{"index": 0}, {"index": 1}]})));
    let outcome = setting.plugin.call(&Request::rerank("no-score", setting.open(), &["a", "b"]));
    assert_eq!(outcome.failed().error_type, "InvokeServerUnavailableError");
}
