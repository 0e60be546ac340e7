//! Text embedding and moderation: batches, order, long and many texts, answers that are none.

use serde_json::{Value, json};
use tests::consumers::Auth;
use tests::gateway::reply::Reply;
use tests::gateway::scripts::vectors::vector;
use tests::request::{Request, image_content, text_content};

use crate::support::{Setting, assert_says};

/// A PNG as far as its first bytes tell, in base64.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUg==";

/// So many texts that the gateway's vectors tell apart from their neighbours.
fn texts(count: usize) -> Vec<String> {
    let first = |index: usize| char::from(b'a' + u8::try_from(index % 26).unwrap_or(0));
    (0..count).map(|index| format!("{}{}", first(index), "x".repeat(index % 50))).collect()
}

fn embed(setting: &Setting, model: &str, texts: &[String]) -> Request {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Request::embedding(model, setting.open(), &texts)
}

fn expected(texts: &[String]) -> Vec<Vec<f64>> {
    texts.iter().map(|text| vector(text, 3)).collect()
}

#[test]
fn every_text_gets_its_vector_in_order() {
    let setting = Setting::new();
    let texts = texts(7);
    for model in ["m", "shuffled", "base64", "no-usage"] {
        let outcome = setting.plugin.call(&embed(&setting, model, &texts)).ok();
        assert_eq!(outcome.vectors(), expected(&texts), "{model}");
        let usage = &outcome.pieces[0]["usage"];
        assert!(usage["total_tokens"].as_u64().is_some_and(|tokens| tokens > 0), "{model}: {usage}");
        assert_eq!(setting.gateway.only(model).body["input"].as_array().map(Vec::len), Some(7), "one request");
    }
}

#[test]
fn requests_carry_as_many_texts_as_the_row_says() {
    let setting = Setting::new();
    let texts = texts(25);
    let sizes = |model: &str| {
        let mut sizes: Vec<usize> = (setting.gateway.seen_for(model).iter())
            .map(|seen| seen.body["input"].as_array().map_or(0, Vec::len))
            .collect();
        sizes.sort_unstable();
        sizes
    };
    for (model, stored, expected_sizes) in [("usual", None, vec![5, 10, 10]), ("twenty", Some("20"), vec![5, 20])] {
        let mut request = embed(&setting, model, &texts);
        if let Some(stored) = stored {
            request = request.credential("max_chunks", stored);
        }
        assert_eq!(setting.plugin.call(&request).ok().vectors(), expected(&texts), "{model}");
        assert_eq!(sizes(model), expected_sizes, "{model}");
        let schema = setting.plugin.call(&Request::schema("text-embedding", model, request.credentials())).only();
        let shown = stored.unwrap_or("10").parse().unwrap_or(0);
        assert_eq!(schema["model_schema"]["model_properties"]["max_chunks"], json!(shown));
    }
}

#[test]
fn a_service_that_takes_fewer_texts_gets_fewer() {
    let setting = Setting::new();
    let texts = texts(25);
    let outcome = setting.plugin.call(&embed(&setting, "batch-4", &texts)).ok();
    assert_eq!(outcome.vectors(), expected(&texts));
}

#[test]
fn a_thousand_texts_and_a_megabyte() {
    let setting = Setting::new();
    let texts = texts(1000);
    let outcome = setting.plugin.call(&embed(&setting, "m", &texts)).ok();
    assert!(outcome.vectors() == expected(&texts));
    // The end of what is longer than the model's context is left out.
    let long = vec!["word ".repeat(200_000), "short".to_owned()];
    let vectors = setting.plugin.call(&embed(&setting, "long", &long)).ok().vectors();
    assert!(vectors[0][0] > 1000.0 && vectors[0][0] < 40_000.0, "{} characters were sent", vectors[0][0]);
    assert_eq!(vectors[1], vector("short", 3));
}

#[test]
fn no_texts_ask_nobody_and_empty_ones_are_not_lost() {
    let setting = Setting::new();
    for texts in [json!([]), Value::Null] {
        let data = setting.plugin.call(&embed(&setting, "none", &[]).with("texts", texts)).only();
        assert_eq!(data["embeddings"], json!([]));
    }
    assert!(setting.gateway.seen().is_empty());
    let outcome = setting.plugin.call(&embed(&setting, "m", &["".to_owned(), "a".to_owned()]));
    match &outcome.failure {
        Some(failure) => assert_eq!(failure.error_type, "InvokeBadRequestError", "{}", failure.message),
        None => assert_eq!(outcome.vectors().len(), 2),
    }
}

#[test]
fn an_answer_too_long_for_a_line_is_refused_with_advice() {
    let setting = Setting::new();
    let failure = setting.plugin.call(&embed(&setting, "wide-1024", &texts(1000))).failed().clone();
    assert_says(&failure.message, &["fewer inputs"]);
    assert!(failure.message.len() < 1000, "{}", failure.message);
    // The process lives on.
    assert_eq!(setting.plugin.call(&embed(&setting, "wide-1024", &texts(3))).ok().vectors()[2].len(), 1024);
}

#[test]
fn replies_that_are_no_vectors_are_failures() {
    let setting = Setting::new();
    let texts = texts(2);
    let data = |list: Value| Reply::json(&json!({"data": list, "usage": {"total_tokens": 1}}));
    let one = |index: i32, value: Value| json!({"index": index, "embedding": value});
    let replies = [
        ("beyond", data(json!([one(0, json!([1.0])), one(7, json!([1.0]))]))),
        ("texts", data(json!([one(0, json!(["a"])), one(1, json!(["b"]))]))),
        ("half-base64", data(json!([one(0, json!("AACA")), one(1, json!("AACA"))]))),
        ("nothing", data(json!([]))),
        ("null", data(Value::Null)),
        ("refusal", Reply::json(&json!({"code": -1, "msg": "Too many requests"}))),
        ("html", Reply::new(200, "text/html", "<p>Log in")),
    ];
    for (name, reply) in replies {
        setting.gateway.script(name, move |_| reply.clone());
        let outcome = setting.plugin.call(&embed(&setting, name, &texts));
        assert!(outcome.failure.is_some(), "{name}: {:?}", outcome.vectors());
    }
    assert!(setting.plugin.call(&embed(&setting, "short", &texts)).failure.is_some());
}

#[test]
fn tokens_of_texts_are_counted_without_a_request() {
    let setting = Setting::new();
    let data = setting.plugin.call(&Request::embedding_tokens(setting.open(), &["Hello", "你好", ""])).only();
    // Figures of the plugin this one replaces (survey 3.11).
    assert_eq!(data["num_tokens"], json!([1, 4, 0]));
    assert!(setting.gateway.seen().is_empty());
}

#[test]
fn texts_and_images_are_embedded_together() {
    let setting = Setting::new();
    let documents = json!([text_content("a cat"), image_content(PNG), text_content("a dog")]);
    for model in ["m", "parts-usage"] {
        let request = Request::multimodal_embedding(model, setting.auth(Auth::Hmac), documents.clone());
        let outcome = setting.plugin.call(&request).ok();
        assert_eq!((outcome.vectors().len(), &outcome.pieces[0]["usage"]["total_tokens"]), (3, &json!(43)), "{model}");
        let sent = setting.gateway.only(model).body;
        assert_eq!(sent["input"]["contents"][1], json!({"image": format!("data:image/png;base64,{PNG}")}));
    }
}

#[test]
fn documents_of_a_kind_nobody_takes_are_refused() {
    let setting = Setting::new();
    for documents in [
        json!([{"content": "x", "content_type": "video"}]),
        json!([{"content": 7, "content_type": "text"}]),
        json!(["x"]),
    ] {
        let request = Request::multimodal_embedding("m", setting.open(), documents.clone());
        let failure = setting.plugin.call(&request).failed().clone();
        assert_eq!(failure.error_type, "InvokeBadRequestError", "{documents}: {}", failure.message);
    }
    assert!(setting.gateway.seen().is_empty());
}

#[test]
fn a_text_is_unsafe_if_any_piece_is() {
    let setting = Setting::new();
    let long = |end: &str| format!("{}{end}", "harmless words ".repeat(700));
    for (text, flagged) in [
        ("an attack".to_owned(), true),
        ("a walk".to_owned(), false),
        (long("an attack"), true),
        (long("a walk"), false),
    ] {
        let data = setting.plugin.call(&Request::moderation("m", setting.auth(Auth::ApiKey), &text)).only();
        assert_eq!(data["result"], flagged, "{} characters", text.len());
    }
    for seen in setting.gateway.seen() {
        let pieces = seen.body["input"].as_array().cloned().unwrap_or_default();
        let longest = pieces.iter().filter_map(Value::as_str).map(|piece| piece.chars().count()).max();
        assert!(longest.is_some_and(|longest| longest <= 2000), "{longest:?}");
    }
    let megabyte = "a walk in the park ".repeat(55_000);
    assert_eq!(setting.plugin.call(&Request::moderation("m", setting.open(), &megabyte)).only()["result"], false);
}

#[test]
fn a_moderation_that_says_nothing_is_a_failure() {
    let setting = Setting::new();
    let replies = [
        ("no-results", json!({"results": []})),
        ("no-flag", json!({"results": [{"categories": {}}]})),
        ("empty-object", json!({})),
    ];
    for (name, reply) in replies {
        setting.gateway.script(name, move |_| Reply::json(&reply));
        let outcome = setting.plugin.call(&Request::moderation(name, setting.open(), "a walk"));
        // Unsafe text must not pass because nobody judged it.
        assert!(outcome.failure.is_some(), "{name}: {:?}", outcome.pieces);
    }
    let empty = setting.plugin.call(&Request::moderation("m", setting.open(), ""));
    match &empty.failure {
        Some(failure) => assert_eq!(failure.error_type, "InvokeBadRequestError", "{}", failure.message),
        None => assert_eq!(empty.pieces[0]["result"], false),
    }
}
