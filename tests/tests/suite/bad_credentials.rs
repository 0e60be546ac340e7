//! Stored credentials that cannot be used: an error that names the field as the form does, and no request.

use serde_json::{Value, json};
use tests::consumers::Auth;
use tests::daemon::check::Failure;
use tests::request::Request;

use crate::support::{Setting, assert_says};

/// The call and the check of credentials both fail and name `label`, and nothing is sent.
fn refused(setting: &Setting, auth: Auth, field: &str, value: &Value, label: &str) -> Failure {
    let before = setting.gateway.seen().len();
    let call = Request::chat("m", setting.auth(auth)).credential(field, value.clone());
    let call = setting.plugin.call(&call).failed().clone();
    let check = Request::validate_llm("m", setting.auth(auth)).credential(field, value.clone());
    let check = setting.plugin.call(&check).failed().clone();
    assert_eq!(call.error_type, "InvokeBadRequestError", "{field} = {value}: {}", call.message);
    assert_eq!(check.error_type, "CredentialsValidateFailedError", "{field} = {value}: {}", check.message);
    for failure in [&call, &check] {
        assert_says(&failure.message, &[label]);
        assert!(failure.message.len() < 700, "{}", failure.message);
    }
    assert_eq!(setting.gateway.seen().len(), before, "{field} = {value}: a request was sent");
    call
}

#[test]
fn endpoints() {
    let setting = Setting::new();
    let bad = [
        "",
        "   ",
        "not a url",
        "gateway",
        "ftp://gw.example/v1",
        "file:///etc/passwd",
        "http://",
        "https:///v1",
        "http://user:pass-word-1@gw.example/v1",
        "http://gw.example/v1#part",
        "http://gw.example/../v1",
    ];
    for endpoint in bad {
        refused(&setting, Auth::None, "endpoint_url", &json!(endpoint), "API endpoint URL");
    }
    let missing = Request::rerank("m", setting.open(), &["a"]).no_credential("endpoint_url");
    assert_says(&setting.plugin.call(&missing).failed().message, &["API endpoint URL"]);
}

#[test]
fn numbers() {
    let setting = Setting::new();
    for value in ["many", "12k", "-5", "0", "1.5", "1e99"] {
        refused(&setting, Auth::None, "context_size", &json!(value), "Model context size");
    }
    refused(&setting, Auth::None, "max_tokens_to_sample", &json!("lots"), "Upper bound for max tokens");
    refused(&setting, Auth::Jwt("HS256"), "jwt_expiration", &json!("soon"), "JWT Expiration (seconds)");
    refused(&setting, Auth::Jwt("HS256"), "jwt_expiration", &json!("0"), "JWT Expiration (seconds)");
    refused(&setting, Auth::Jwt("HS256"), "jwt_expiration", &json!("-60"), "JWT Expiration (seconds)");
}

#[test]
fn signing_keys() {
    let setting = Setting::new();
    let public = r#"{"kty":"RSA","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1Wl","e":"AQAB"}"#;
    let pem = "{\"private_key\":\"-----BEGIN PRIVATE KEY-----\\nbm90IGEga2V5\\n-----END PRIVATE KEY-----\"}";
    let bad = [
        "not json",
        "{",
        "[]",
        "42",
        "\"text\"",
        "{}",
        r#"{"keys":[]}"#,
        r#"{"kty":"oct"}"#,
        r#"{"kty":"oct","k":""}"#,
        r#"{"kty":"oct","k":"not+base64/url=="}"#,
        r#"{"kty":"unknown","k":"AAAA"}"#,
        public,
        pem,
        r#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA","d":"AA"}"#,
    ];
    for key in bad {
        refused(&setting, Auth::Jwt("HS256"), "jwt_jwks", &json!(key), "JWT JWKS");
    }
}

#[test]
fn keys_and_algorithms_that_do_not_fit() {
    let setting = Setting::new();
    for (key, algorithm) in
        [("HS256", "RS256"), ("RS256", "ES256"), ("ES256", "ES384"), ("EdDSA", "HS256"), ("HS256", "EdDSA")]
    {
        let request = Request::chat("m", setting.auth(Auth::Jwt(key))).credential("jwt_algorithm", algorithm);
        let failure = setting.plugin.call(&request).failed().clone();
        assert_eq!(failure.error_type, "InvokeBadRequestError", "{key} and {algorithm}: {}", failure.message);
        assert_says(&failure.message, &[algorithm]);
        assert!(
            failure.message.contains("JWT JWKS") || failure.message.contains("JWT Algorithm"),
            "{}",
            failure.message
        );
    }
    refused(&setting, Auth::Jwt("HS256"), "jwt_algorithm", &json!("HS1024"), "JWT Algorithm");
    assert!(setting.gateway.seen().is_empty());
}

#[test]
fn header_names_and_values() {
    let setting = Setting::new();
    for name in ["X-Auth\r\nX-Evil: 1", "X Auth", "Grüße", "X:Auth"] {
        refused(&setting, Auth::Jwt("HS256"), "jwt_header_name", &json!(name), "JWT Header Name");
    }
    refused(&setting, Auth::Jwt("HS256"), "jwt_header_prefix", &json!("Bearer\nX-Evil: 1"), "JWT Header Prefix");
    refused(&setting, Auth::ApiKey, "api_key", &json!("sk-first-line\nX-Evil: 1"), "API Key");
    refused(&setting, Auth::Hmac, "hmac_access_key", &json!("ak-first\r\nline"), "HMAC Access Key");
    for headers in ["not json", "[]", r#"{"X-Evil\r\nX-Other":"1"}"#, r#"{"X-Tenant":"a\nb"}"#] {
        refused(&setting, Auth::None, "extra_headers", &json!(headers), "Extra headers");
    }
}

#[test]
fn choices() {
    let setting = Setting::new();
    refused(&setting, Auth::None, "auth_method", &json!("oauth"), "Authentication Method");
    refused(&setting, Auth::None, "mode", &json!("poetry"), "Completion mode");
    // Of no other word is it guessed whether the body is to be signed.
    for word in ["off", "Never", "supported"] {
        let failure = refused(&setting, Auth::Hmac, "hmac_sign_body", &json!(word), "Sign the body");
        assert_says(&failure.message, &[word, "none of auto, never"]);
    }
}

#[test]
fn advanced_settings() {
    let setting = Setting::new();
    for advanced in ["not json", "[]", "7"] {
        refused(&setting, Auth::None, "advanced", &json!(advanced), "Advanced settings (JSON)");
    }
    let failure =
        refused(&setting, Auth::None, "advanced", &json!(r#"{"connection.read_timeout": "long"}"#), "Read timeout");
    assert_eq!(failure.error_type, "InvokeBadRequestError");
}

#[test]
fn absent_and_extra_rows_are_normal() {
    let setting = Setting::new();
    // Only what an old row must have, and things no form knows.
    let endpoint = setting.gateway.url("open");
    let row =
        json!({"endpoint_url": endpoint, "unknown": "x", "voices": "alloy", "unit": "", "stream_mode_auth": "use"});
    let request = Request::chat("m", serde_json::Map::new()).with("credentials", row);
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    let nothing = Request::chat("m", serde_json::Map::new()).with("credentials", Value::Null);
    assert_says(&setting.plugin.call(&nothing).failed().message, &["API endpoint URL"]);
    // Numbers and booleans instead of texts.
    let typed = Request::chat("m", setting.open()).credential("context_size", 4096).credential("vision_support", true);
    assert_eq!(setting.plugin.call(&typed).ok().text(), "Hello, world!");
}
