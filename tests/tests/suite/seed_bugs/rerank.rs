//! Rerank.

use crate::support::{Setting, assert_says};
use serde_json::{Value, json};
use tests::consumers::Auth;
use tests::gateway::reply::Reply;
use tests::plugins::HIGRESS;
use tests::request::Request;

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

/// One exact name chose the form of the request, so that other models were out of reach; refusals were bad credentials.
#[test]
fn b_b4_rerank_of_higress_has_a_form_for_every_model() {
    let setting = Setting::of(HIGRESS);
    for (number, (protocol, path)) in [
        ("dashscope_rerank_nested", "/api/v1/services/rerank/text-rerank/text-rerank"),
        ("dashscope_rerank_flat", "/v1/reranks"),
        ("openai_compatible", "/v1/rerank"),
    ]
    .into_iter()
    .enumerate()
    {
        let model = format!("qwen3-rerank-{number}");
        let row = |model: &str| {
            Request::rerank(model, setting.open(), &["a", "b"]).credential("rerank_model_protocol", protocol)
        };
        assert_eq!(setting.plugin.call(&row(&model)).ok().hits().len(), 2, "{protocol}");
        assert!(setting.gateway.only(&model).target.ends_with(path), "{protocol}");
        let named = row("named-in-dify").credential("gateway_model_name", format!("named-{number}"));
        setting.plugin.call(&named).ok();
        setting.gateway.only(&format!("named-{number}"));
        let failure = setting.plugin.call(&row("429")).failed().clone();
        assert_eq!(failure.error_type, "InvokeRateLimitError", "{protocol}");
        assert_says(&failure.message, &["429"]);
    }
}
