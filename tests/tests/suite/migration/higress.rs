//! Rows of `higress/higress`, whose endpoints have no version.

use generated::plugins::higress::PLUGIN;
use serde_json::{Value, json};
use tests::consumers;
use tests::gateway::Seen;

use super::{MODEL, Row, Then, anything, check, open};

/// What the first version's form stored for a language model, with these changes; null takes a key away.
fn form(changes: Value) -> Value {
    changed(
        json!({
            "llm_usage_scenario": "text_generation", "text_model_protocol": "openai_compatible",
            "consumer_auth_mode": "api_key", "api_key": consumers::API_KEY, "gateway_model_name": "upstream",
        }),
        &changes,
    )
}

fn rerank(changes: Value) -> Value {
    changed(
        json!({
            "rerank_usage_scenario": "rerank", "rerank_model_protocol": "dashscope_rerank",
            "consumer_auth_mode": "api_key", "api_key": consumers::API_KEY,
        }),
        &changes,
    )
}

fn changed(mut stored: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().into_iter().flatten() {
        stored[name] = value.clone();
    }
    if let Some(stored) = stored.as_object_mut() {
        stored.retain(|_, value| !value.is_null());
    }
    stored
}

const CHAT: &str = "/v1/chat/completions";
const NATIVE: &str = "/api/v1/services/rerank/text-rerank/text-rerank";

fn llm(about: &'static str, route: &'static str, stored: Value, then: Then) -> Row {
    Row { about, model_type: "llm", route, stored, then }
}

fn key(seen: &Seen) {
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {}", consumers::API_KEY).as_str()));
}

#[test]
fn language_models() {
    let sent = |look: fn(&Seen)| Then::Sends(CHAT, "upstream", look);
    let modern = json!({ "function_calling_type": "tool_call", "agent_thought_support": "supported", "multimodal_support": "support" });
    check(
        &PLUGIN,
        false,
        &[
            llm("the first form", "key", form(json!({})), sent(key)),
            llm("the last form", "key", form(modern), sent(|seen| assert_eq!(seen.body["max_tokens"], Value::Null))),
            llm(
                "no passthrough name",
                "key",
                form(json!({ "gateway_model_name": null })),
                Then::Sends(CHAT, MODEL, key),
            ),
            llm(
                "an empty passthrough name",
                "key",
                form(json!({ "gateway_model_name": "" })),
                Then::Sends(CHAT, MODEL, key),
            ),
            llm("nothing but the route", "open", json!({}), Then::Sends(CHAT, MODEL, open)),
            llm(
                "a mode that the form never offered",
                "key",
                form(json!({ "mode": "completion" })),
                Then::Sends("/v1/completions", "upstream", key),
            ),
            llm("a mode of somebody else", "key", form(json!({ "mode": "responses" })), Then::Names("Completion mode")),
            llm(
                "a scenario of somebody else",
                "key",
                form(json!({ "llm_usage_scenario": "video" })),
                Then::Names("Usage Scenario"),
            ),
            llm(
                "the other plugin's spelling",
                "key",
                form(json!({ "agent_though_support": "only_thinking_supported" })),
                sent(|seen| {
                    assert_eq!(seen.body["chat_template_kwargs"]["enable_thinking"], true);
                }),
            ),
            llm(
                "garbage for a number",
                "key",
                form(json!({ "context_size": "8k" })),
                Then::Names("Model context size"),
            ),
            llm(
                "knobs without a field",
                "key",
                form(
                    json!({ "stream_mode_auth": "use", "stream_mode_delimiter": "\n\n", "temperature": "0.7", "top_k": 50, "extra_headers": { "X-Tenant": "t1" } }),
                ),
                sent(|seen| {
                    assert_eq!(seen.header("x-tenant"), Some("t1"));
                }),
            ),
        ],
    );
}

#[test]
fn who_calls() {
    let hmac = json!({ "consumer_auth_mode": "hmac", "api_key": null, "hmac_key": consumers::ACCESS_KEY, "hmac_secret": consumers::SECRET_KEY });
    let signed = |seen: &Seen| assert_eq!(seen.consumer.as_deref(), Some(consumers::ACCESS_KEY));
    let sent = |look: fn(&Seen)| Then::Sends(CHAT, "upstream", look);
    check(
        &PLUGIN,
        false,
        &[
            llm(
                "disabled, with a key that is left over",
                "open",
                form(json!({ "consumer_auth_mode": "disabled" })),
                sent(open),
            ),
            llm(
                "no strategy, with a key that is left over",
                "open",
                form(json!({ "consumer_auth_mode": null })),
                sent(open),
            ),
            llm("a signature", "hmac", form(hmac.clone()), sent(signed)),
            // These went out without any authentication.
            llm("an empty key", "open", form(json!({ "api_key": "" })), Then::Names("API Key")),
            llm("no key", "open", form(json!({ "api_key": null })), Then::Names("API Key")),
            llm(
                "a signature without its secret",
                "open",
                form(changed(hmac, &json!({ "hmac_secret": "" }))),
                Then::Names("Secret Key (Secret)"),
            ),
            llm(
                "a token without a key",
                "open",
                form(json!({ "consumer_auth_mode": "jwt" })),
                Then::Names("JWT signing key"),
            ),
            llm(
                "a strategy nobody knows",
                "open",
                form(json!({ "consumer_auth_mode": "mtls" })),
                Then::Names("Consumer Auth Strategy"),
            ),
        ],
    );
}

#[test]
fn embeddings() {
    let of = |about, stored, then| Row { about, model_type: "text-embedding", route: "key", stored, then };
    let form = |changes: Value| {
        let stored = json!({
            "embedding_usage_scenario": "embedding", "embedding_model_protocol": "openai_compatible",
            "consumer_auth_mode": "api_key", "api_key": consumers::API_KEY,
        });
        changed(stored, &changes)
    };
    check(
        &PLUGIN,
        false,
        &[
            of("the form as it was", form(json!({})), Then::Sends("/v1/embeddings", MODEL, key)),
            of(
                "a passthrough name",
                form(json!({ "gateway_model_name": "upstream" })),
                Then::Sends("/v1/embeddings", "upstream", key),
            ),
            of(
                "only authentication",
                form(json!({ "embedding_usage_scenario": null, "embedding_model_protocol": null })),
                Then::Sends("/v1/embeddings", MODEL, key),
            ),
            of(
                "knobs without a field",
                form(json!({ "context_size": "8192", "max_chunks": "1", "document_prefix": "d:" })),
                Then::Sends("/v1/embeddings", MODEL, |seen| {
                    assert_eq!(seen.body["input"], json!(["d: a"]));
                }),
            ),
            of("garbage for a number", form(json!({ "max_chunks": "all" })), Then::Names("Texts per request")),
        ],
    );
}

#[test]
fn rerankers() {
    let of = |about, stored, then| Row { about, model_type: "rerank", route: "key", stored, then };
    check(
        &PLUGIN,
        false,
        &[
            of(
                "no passthrough name: the seed's model",
                rerank(json!({})),
                Then::Sends(NATIVE, "gte-rerank-v2", |seen| {
                    assert_eq!(seen.body["input"], json!({ "query": "q", "documents": ["a", "b"] }));
                }),
            ),
            of(
                "another model",
                rerank(json!({ "gateway_model_name": "qwen3-vl-rerank" })),
                Then::Sends(NATIVE, "qwen3-vl-rerank", anything),
            ),
            of(
                "the model that had a form of its own",
                rerank(json!({ "gateway_model_name": "qwen3-rerank" })),
                Then::Sends("/v1/reranks", "qwen3-rerank", |seen| {
                    assert_eq!(seen.body["documents"], json!(["a", "b"]));
                }),
            ),
            of(
                "nothing but authentication",
                json!({ "consumer_auth_mode": "api_key", "api_key": consumers::API_KEY }),
                Then::Sends(NATIVE, "gte-rerank-v2", key),
            ),
            of(
                "a protocol of somebody else",
                rerank(json!({ "rerank_model_protocol": "tei" })),
                Then::Names("Model Protocol"),
            ),
            of(
                "the flat form for any model",
                rerank(json!({ "rerank_model_protocol": "dashscope_rerank_flat" })),
                Then::Sends("/v1/reranks", MODEL, anything),
            ),
            of(
                "the nested form for that model",
                rerank(
                    json!({ "rerank_model_protocol": "dashscope_rerank_nested", "gateway_model_name": "qwen3-rerank" }),
                ),
                Then::Sends(NATIVE, "qwen3-rerank", anything),
            ),
        ],
    );
}
