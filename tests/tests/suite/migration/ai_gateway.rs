//! Rows of `aliyun/ai-gateway`.

use generated::plugins::ai_gateway::PLUGIN;
use serde_json::{Value, json};
use tests::consumers;
use tests::gateway::Seen;

use super::{MODEL, Row, Then, anything, check, open};

/// What the form stores for a language model, with these changes; null takes a key away.
fn form(changes: Value) -> Value {
    let mut stored = json!({
        "auth_method": "api_key", "api_key": consumers::API_KEY, "endpoint_model_name": "upstream",
        "mode": "chat", "context_size": "4096", "max_tokens_to_sample": "4096",
        "agent_though_support": "not_supported", "function_calling_type": "no_call",
        "stream_function_calling": "not_supported", "vision_support": "no_support",
        "structured_output_support": "not_supported", "stream_mode_auth": "not_use", "stream_mode_delimiter": "\\n\\n",
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        stored[name] = value.clone();
    }
    if let Some(stored) = stored.as_object_mut() {
        stored.retain(|_, value| !value.is_null());
    }
    stored
}

fn jwt() -> Value {
    json!({
        "auth_method": "jwt", "jwt_jwks": consumers::signing_key("HS256"), "jwt_algorithm": "HS256",
        "jwt_consumer_id": consumers::CONSUMER_ID, "jwt_issuer": consumers::ISSUER, "jwt_expiration": "7200",
    })
}

fn with(mut stored: Value, name: &str, value: &str) -> Value {
    stored[name] = value.into();
    stored
}

/// `thinking` of the flags that vLLM and SGLang read.
fn thinking(seen: &Seen) -> &Value {
    &seen.body["chat_template_kwargs"]["enable_thinking"]
}

const CHAT: &str = "/v1/chat/completions";

fn row(about: &'static str, route: &'static str, stored: Value, then: Then) -> Row {
    Row { about, model_type: "llm", route, stored, then }
}

#[test]
fn language_models() {
    let sent = |look: fn(&Seen)| Then::Sends(CHAT, "upstream", look);
    check(
        &PLUGIN,
        true,
        &[
            row("the form as it was", "key", form(json!({})), sent(|seen| assert_eq!(thinking(seen), &json!(false)))),
            row("no mode, which was an error", "key", form(json!({ "mode": null })), sent(anything)),
            row(
                "completion",
                "key",
                form(json!({ "mode": "completion" })),
                Then::Sends("/v1/completions", "upstream", anything),
            ),
            row("a mode of somebody else", "key", form(json!({ "mode": "responses" })), Then::Names("Completion mode")),
            row(
                "an empty model name, sent as it was",
                "key",
                form(json!({ "endpoint_model_name": "" })),
                Then::Sends(CHAT, MODEL, anything),
            ),
            row("no auth method", "key", form(json!({ "auth_method": null })), sent(anything)),
            row("no key: an open route", "open", form(json!({ "api_key": null })), sent(open)),
            row("an empty key", "open", form(json!({ "api_key": "" })), sent(open)),
            row(
                "a method of somebody else",
                "open",
                form(json!({ "auth_method": "oauth" })),
                Then::Names("Authentication Method"),
            ),
            row(
                "thinking, in the seed's spelling",
                "key",
                form(json!({ "agent_though_support": "only_thinking_supported" })),
                sent(|seen| assert_eq!(thinking(seen), &json!(true))),
            ),
            row(
                "thinking, spelled right",
                "key",
                form(json!({ "agent_though_support": null, "agent_thought_support": "only_thinking_supported" })),
                sent(|seen| assert_eq!(thinking(seen), &json!(true))),
            ),
            row(
                "both kinds of thinking: the user's choice, and none was made",
                "key",
                form(json!({ "agent_though_support": "supported" })),
                sent(|seen| assert_eq!(thinking(seen), &Value::Null)),
            ),
            row(
                "words for no of other plugins",
                "key",
                form(
                    json!({ "vision_support": "not_support", "structured_output_support": "no", "stream_mode_auth": "" }),
                ),
                sent(anything),
            ),
            row(
                "numbers that are numbers, not text",
                "key",
                form(json!({ "context_size": 8192, "max_tokens_to_sample": 100.0 })),
                sent(anything),
            ),
            row("numbers between blanks", "key", form(json!({ "context_size": " 8192 " })), sent(anything)),
            row(
                "empty numbers",
                "key",
                form(json!({ "context_size": "", "max_tokens_to_sample": "" })),
                sent(anything),
            ),
            row(
                "garbage for a number",
                "key",
                form(json!({ "context_size": "8k" })),
                Then::Names("Model context size"),
            ),
            row(
                "garbage for another",
                "key",
                form(json!({ "max_tokens_to_sample": "lots" })),
                Then::Names("Upper bound for max tokens"),
            ),
            row("other separators", "key", form(json!({ "stream_mode_delimiter": "\\r\\n\\r\\n" })), sent(anything)),
            row(
                "keys of other versions",
                "key",
                form(
                    json!({ "display_name": "Nice", "compatibility_mode": "strict", "voices": "alloy", "temperature": "0.7" }),
                ),
                sent(anything),
            ),
            row("an object where nothing was", "key", form(json!({ "api_version": {} })), sent(anything)),
            row(
                "a list where a word was",
                "key",
                form(json!({ "function_calling_type": [] })),
                Then::Names("Function Call Type"),
            ),
            row(
                "headers, stored by hand",
                "key",
                form(json!({ "extra_headers": { "X-Tenant": "t1" } })),
                sent(|seen| assert_eq!(seen.header("x-tenant"), Some("t1"))),
            ),
        ],
    );
}

#[test]
fn minted_tokens_and_signatures() {
    let token = |seen: &Seen| {
        let value = seen.header("authorization").unwrap_or_default();
        assert!(value.starts_with("Bearer ey") && !value.contains("stale"), "{value}");
        assert_eq!(seen.consumer.as_deref(), Some(consumers::CONSUMER_ID));
        assert_eq!(seen.body["extra_headers"], Value::Null, "the token stood in the body, too");
    };
    let hmac = json!({ "auth_method": "hmac", "hmac_access_key": consumers::ACCESS_KEY, "hmac_secret_key": consumers::SECRET_KEY, "api_key": "" });
    let signed = |seen: &Seen| assert_eq!(seen.consumer.as_deref(), Some(consumers::ACCESS_KEY));
    check(
        &PLUGIN,
        true,
        &[
            row("a token", "jwt", jwt(), Then::Sends(CHAT, MODEL, token)),
            row(
                "one minted long ago, stored as API key",
                "jwt",
                with(jwt(), "api_key", "eyJhbGciOiJIUzI1NiJ9.stale.x"),
                Then::Sends(CHAT, MODEL, token),
            ),
            row(
                "a lifetime of years",
                "jwt",
                with(jwt(), "jwt_expiration", "99999999"),
                Then::Sends(CHAT, MODEL, token),
            ),
            row(
                "no lifetime, which was an error",
                "jwt",
                with(jwt(), "jwt_expiration", ""),
                Then::Sends(CHAT, MODEL, token),
            ),
            row(
                "garbage for a lifetime",
                "jwt",
                with(jwt(), "jwt_expiration", "2h"),
                Then::Names("JWT Expiration (seconds)"),
            ),
            row(
                "no key at all, but an old API key",
                "jwt",
                with(json!({ "auth_method": "jwt" }), "api_key", "sk-old"),
                Then::Names("JWT JWKS"),
            ),
            row("a signature", "hmac", hmac.clone(), Then::Sends(CHAT, MODEL, signed)),
            row(
                "a signature without its secret",
                "hmac",
                with(hmac.clone(), "hmac_secret_key", " "),
                Then::Names("HMAC Secret Key"),
            ),
            Row {
                about: "rerank with JWT was called openly",
                model_type: "rerank",
                route: "open",
                stored: jwt(),
                then: Then::Sends("/v1/rerank", MODEL, anything),
            },
            Row {
                about: "rerank with a signature",
                model_type: "rerank",
                route: "hmac",
                stored: hmac.clone(),
                then: Then::Sends("/v1/rerank", MODEL, signed),
            },
            Row {
                about: "transcription with a signature",
                model_type: "speech2text",
                route: "hmac",
                stored: hmac,
                then: Then::Sends("/v1/audio/transcriptions", MODEL, signed),
            },
        ],
    );
}

#[test]
fn other_model_types() {
    let key = || json!({ "auth_method": "api_key", "api_key": consumers::API_KEY, "context_size": "4096" });
    let of = |about, model_type, stored, then| Row { about, model_type, route: "key", stored, then };
    check(
        &PLUGIN,
        true,
        &[
            of("embedding", "text-embedding", key(), Then::Sends("/v1/embeddings", MODEL, anything)),
            of(
                "rerank",
                "rerank",
                key(),
                Then::Sends("/v1/rerank", MODEL, |seen| {
                    assert_eq!(
                        seen.body,
                        json!({ "model": MODEL, "query": "q", "documents": ["a", "b"] }),
                        "no null, no limit of 0"
                    );
                }),
            ),
            of(
                "transcription",
                "speech2text",
                key(),
                Then::Sends("/v1/audio/transcriptions", MODEL, |seen| {
                    assert!(seen.parts.iter().all(|part| part.name != "language"), "it was always en");
                }),
            ),
        ],
    );
}
