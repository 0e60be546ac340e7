//! Who the gateway takes the caller for: every place a proof can stand in, and what is refused.

use serde_json::json;
use tests::consumers::{self, Auth};
use tests::gateway::reply::Reply;
use tests::request::Request;

use crate::support::{Setting, assert_says};

#[test]
fn a_wrong_proof_is_an_authorization_error() {
    let setting = Setting::new();
    let wrong = [
        Request::chat("m", setting.auth(Auth::ApiKey)).credential("api_key", "sk-not-this-one"),
        Request::chat("m", setting.auth(Auth::Jwt("HS256"))).credential("jwt_consumer_id", "somebody-else"),
        Request::chat("m", setting.auth(Auth::Jwt("HS256")))
            .credential("jwt_jwks", r#"{"kty":"oct","k":"bm90LXRoZS1rZXktb2YtdGhlLWNvbnN1bWVyLTQyIQ"}"#),
        Request::chat("m", setting.auth(Auth::Hmac)).credential("hmac_access_key", "ak-not-this-one"),
        Request::chat("m", setting.auth(Auth::Hmac)).credential("hmac_secret_key", "hs-not-this-one"),
    ];
    for request in wrong {
        let failure = setting.plugin.call(&request).failed().clone();
        assert_eq!(failure.error_type, "InvokeAuthorizationError", "{}", failure.message);
    }
}

#[test]
fn wrong_proofs_fail_the_check_of_credentials() {
    let setting = Setting::new();
    let wrong = [
        Request::validate_llm("m", setting.auth(Auth::ApiKey)).credential("api_key", "sk-not-this-one"),
        Request::validate_rerank("m", setting.auth(Auth::Hmac)).credential("hmac_secret_key", "hs-not-this-one"),
        Request::validate_llm("404", setting.open()),
    ];
    for request in wrong {
        assert_eq!(setting.plugin.call(&request).failed().error_type, "CredentialsValidateFailedError");
    }
}

#[test]
fn a_refused_signature_shows_where_the_texts_differ() {
    let setting = Setting::new();
    // The secret differs but the texts do not.
    let request = Request::chat("m", setting.auth(Auth::Hmac)).credential("hmac_secret_key", "hs-not-this-one");
    let same = setting.plugin.call(&request).failed().message.clone();
    assert_says(&same, &["Invalid Signature"]);
    // A gateway that saw another path, as behind a prefix that was cut off.
    setting.gateway.script("elsewhere", |_| {
        let server = "POST#text/event-stream##application/json##/other/chat/completions";
        Reply::new(400, "text/plain", "Invalid Signature")
            .header("x-ca-error-message", &format!("Server StringToSign:`{server}`"))
    });
    let differs = setting.plugin.call(&Request::chat("elsewhere", setting.auth(Auth::Hmac))).failed().clone();
    assert_eq!(differs.error_type, "InvokeAuthorizationError");
    assert!(differs.message.len() > same.len() / 2 && differs.message != same, "{}", differs.message);
}

#[test]
fn api_keys_go_to_the_header_or_parameter_that_is_asked_for() {
    let setting = Setting::new();
    let key = |route: &str, advanced: serde_json::Value| {
        let credentials = Auth::ApiKey.credentials(&setting.gateway.url(route));
        let request = Request::chat("m", credentials).credential("advanced", advanced.to_string());
        assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!", "{route}");
    };
    key("key-header", json!({"api_key.header_name": "X-API-Key"}));
    key("key-query", json!({"api_key.query_name": "apikey"}));
    let seen = setting.gateway.seen();
    assert!(seen.iter().all(|seen| seen.header("authorization").is_none()), "a key goes to one place only: {seen:?}");
    assert!(seen[1].target.contains(consumers::API_KEY));
}

#[test]
fn tokens_go_to_the_header_that_is_asked_for() {
    let setting = Setting::new();
    let credentials = Auth::Jwt("ES256").credentials(&setting.gateway.url("jwt-header"));
    let request = Request::chat("m", credentials)
        .credential("jwt_header_name", "X-Auth-Token")
        .credential("jwt_header_prefix", "none");
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    assert_eq!(setting.gateway.only("m").header("authorization"), None);
}

#[test]
fn a_token_serves_many_calls() {
    let setting = Setting::new();
    for _ in 0..3 {
        setting.plugin.call(&Request::chat("m", setting.auth(Auth::Jwt("RS256")))).ok();
    }
    let mut tokens = setting.gateway.proofs();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
}

#[test]
fn keys_may_come_as_a_set() {
    let setting = Setting::new();
    for algorithm in consumers::ALGORITHMS {
        let request = Request::chat("m", setting.auth(Auth::Jwt(algorithm))).credential("jwt_jwks", consumers::KEYS);
        assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!", "{algorithm}");
    }
}

#[test]
fn no_signature_is_used_twice() {
    let setting = Setting::new();
    for _ in 0..2 {
        setting.plugin.call(&Request::rerank("m", setting.auth(Auth::Hmac), &["a"])).ok();
    }
    let seen = setting.gateway.seen_for("m");
    assert_ne!(seen[0].header("x-ca-nonce"), seen[1].header("x-ca-nonce"));
    assert_ne!(seen[0].header("x-ca-signature"), seen[1].header("x-ca-signature"));
}

#[test]
fn a_query_of_the_endpoint_is_kept_and_signed() {
    let setting = Setting::new();
    let credentials = Auth::Hmac.credentials(&format!("{}?tenant=a%20b&z=1&b=%2B", setting.gateway.url("hmac")));
    assert_eq!(setting.plugin.call(&Request::chat("m", credentials)).ok().text(), "Hello, world!");
    assert_says(&setting.gateway.only("m").target, &["/hmac/v1/chat/completions?", "tenant=a%20b", "z=1", "b=%2B"]);
}

#[test]
fn body_signing_can_be_switched_off() {
    let setting = Setting::new();
    let credentials = Auth::Hmac.credentials(&setting.gateway.url("hmac-mapped"));
    let signed = setting.plugin.call(&Request::chat("m", credentials.clone()));
    let failure = signed.failed();
    assert_eq!(failure.error_type, "InvokeAuthorizationError");
    assert_says(&failure.message, &["Content-MD5"]);
    let unsigned = Request::chat("m", credentials).credential("hmac_sign_body", "never");
    assert_eq!(setting.plugin.call(&unsigned).ok().text(), "Hello, world!");
    assert_eq!(setting.gateway.seen()[1].header("content-md5"), None);
}

#[test]
fn endpoints_are_taken_as_users_paste_them() {
    let setting = Setting::new();
    let root = setting.gateway.url("hmac");
    for endpoint in
        [format!("{root}/"), format!("{root}//"), format!(" {root}/chat/completions "), format!("{root}/rerank")]
    {
        let outcome = setting.plugin.call(&Request::chat("m", Auth::Hmac.credentials(&endpoint)));
        assert_eq!(outcome.ok().text(), "Hello, world!", "{endpoint}");
    }
}
