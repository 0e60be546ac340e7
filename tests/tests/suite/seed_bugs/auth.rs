//! Authentication, headers and secrets.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{form_field, provider};
use crate::support::{Setting, assert_says};
use serde_json::{Value, json};
use tests::consumers::{self, Auth};
use tests::gateway::reply::Reply;
use tests::package;
use tests::plugins::{AI_GATEWAY, HIGRESS};
use tests::request::{Request, system, user};

/// A signed chat call failed while its parameters were serialised.
#[test]
fn b_a1_chat_works_with_hmac() {
    let setting = Setting::new();
    let request = Request::chat("m", setting.auth(Auth::Hmac)).messages([system("Be brief."), user("Hi")]);
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    assert_eq!(setting.gateway.only("m").consumer.as_deref(), Some(consumers::ACCESS_KEY));
}

/// Chat ignored the header name and prefix of the token.
#[test]
fn b_a2_chat_puts_the_token_where_it_is_configured() {
    let setting = Setting::new();
    let request = Request::chat("m", Auth::Jwt("HS256").credentials(&setting.gateway.url("jwt-header")))
        .credential("jwt_header_name", "X-Auth-Token")
        .credential("jwt_header_prefix", "none");
    assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!");
    let seen = setting.gateway.only("m");
    assert!(seen.header("authorization").is_none() && seen.header("x-auth-token").is_some());
}

/// Tokens and signatures travelled in the JSON body too.
#[test]
fn b_a3_proofs_do_not_stand_in_the_body() {
    let setting = Setting::new();
    for auth in [Auth::ApiKey, Auth::Jwt("ES256"), Auth::Hmac] {
        setting.plugin.call(&Request::chat("m", setting.auth(auth))).ok();
    }
    let proofs = setting.gateway.proofs();
    assert_eq!(proofs.len(), 3);
    for seen in setting.gateway.seen() {
        let body = seen.body.to_string();
        assert!(!body.contains("extra_headers") && proofs.iter().all(|proof| !body.contains(proof)), "{body}");
    }
}

/// The token of a credential check was handed back and stored as the API key, and could be sent later.
#[test]
fn b_a4_tokens_are_neither_handed_back_nor_taken_from_the_api_key() {
    let setting = Setting::new();
    // What an old check left behind.
    let request =
        Request::validate_llm("m", setting.auth(Auth::Jwt("HS256"))).credential("api_key", "eyJhbGciOi.stale.token");
    let credentials = setting.plugin.call(&request).only()["credentials"].clone();
    assert!(
        credentials.is_null() || credentials["api_key"] == "eyJhbGciOi.stale.token" || credentials["api_key"].is_null()
    );
    let seen = setting.gateway.only("m");
    assert_eq!(seen.consumer.as_deref(), Some(consumers::CONSUMER_ID));
    assert!(!seen.header("authorization").unwrap_or_default().contains("stale"));
}

/// Rerank knew nothing but the API key, and sent `Bearer None` without one.
#[test]
fn b_a5_rerank_is_authenticated_like_everything_else() {
    let setting = Setting::new();
    for auth in [Auth::Jwt("RS256"), Auth::Hmac] {
        assert_eq!(setting.plugin.call(&Request::rerank("m", setting.auth(auth), &["a", "b"])).ok().hits().len(), 2);
    }
    // A row without a key is a row for an open route.
    let open = Request::rerank("open", Auth::ApiKey.credentials(&setting.gateway.url("open")), &["a"])
        .credential("api_key", "");
    setting.plugin.call(&open).ok();
    assert_eq!(setting.gateway.only("open").header("authorization"), None);
}

/// The text that was signed had a line too many, a date nobody reads, neither nonce nor time, and no query.
#[test]
fn b_a6_signatures_are_what_the_gateway_verifies() {
    let setting = Setting::new();
    let credentials = Auth::Hmac.credentials(&format!("{}?stage=b&a=1", setting.gateway.url("hmac")));
    setting.plugin.call(&Request::chat("m", credentials)).ok();
    let seen = setting.gateway.only("m");
    for name in ["x-ca-nonce", "x-ca-timestamp", "content-md5", "date", "x-ca-signature-headers"] {
        assert!(seen.header(name).is_some_and(|value| !value.is_empty()), "{name}: {:?}", seen.headers);
    }
    assert!(seen.header("date").is_some_and(|date| date.ends_with(" GMT")));
}

/// One log level away, signatures and tokens stood in the log; private keys were plain text fields.
#[test]
fn b_a7_no_log_level_shows_a_proof() {
    for level in ["debug", "DEBUG", "trace"] {
        let setting = Setting::with(&[("LOG_LEVEL", level), ("RUST_LOG", level)]);
        for auth in [Auth::ApiKey, Auth::Jwt("PS256"), Auth::Hmac] {
            setting.plugin.call(&Request::chat("m", setting.auth(auth))).ok();
            setting.plugin.call(&Request::chat("500", setting.auth(auth))).failed();
        }
        // The plugin looks through all it wrote when it is dropped.
    }
    let provider = provider(AI_GATEWAY);
    for variable in ["api_key", "jwt_jwks", "hmac_access_key", "hmac_secret_key"] {
        let field = form_field(&provider, variable);
        assert_eq!(field["type"].as_str(), Some("secret-input"), "{variable}");
    }
}

/// Promised settings did nothing, and extra headers went into the body.
#[test]
fn b_a16_extra_headers_are_headers() {
    let setting = Setting::new();
    let headers = json!({"X-Tenant": "t-7"});
    let stored = Request::chat("m", setting.open()).credential("extra_headers", headers.to_string());
    let advanced = json!({"connection.extra_headers": headers});
    let advanced = Request::rerank("m", setting.auth(Auth::Hmac), &["a"]).credential("advanced", advanced.to_string());
    for request in [stored, advanced] {
        setting.plugin.call(&request).ok();
    }
    for seen in setting.gateway.seen() {
        assert_eq!(seen.header("x-tenant"), Some("t-7"));
        assert!(seen.body.get("extra_headers").is_none());
    }
}

/// A netrc file replaced the key of the row, and gave one to a row without.
#[test]
fn b_a19_a_netrc_file_is_not_read() {
    let home = package::own_scratch().join("home");
    fs::create_dir_all(&home).expect("a directory can be made");
    let netrc = home.join(".netrc");
    fs::write(&netrc, "machine 127.0.0.1 login other password of-somebody-else\n").expect("the file can be written");
    // Whoever reads it by itself takes only one that nobody else may read.
    fs::set_permissions(&netrc, fs::Permissions::from_mode(0o600)).expect("the mode can be set");
    let [home, netrc] = [home, netrc].map(|path| path.display().to_string());
    let setting = Setting::with(&[("HOME", &home), ("NETRC", &netrc)]);
    setting.plugin.call(&Request::chat("key", setting.auth(Auth::ApiKey))).ok();
    let key = format!("Bearer {}", consumers::API_KEY);
    assert_eq!(setting.gateway.only("key").header("authorization"), Some(key.as_str()));
    setting.plugin.call(&Request::chat("open", setting.open())).ok();
    assert_eq!(setting.gateway.only("open").header("authorization"), None);
}

/// A redirect repeated the request elsewhere with its key.
#[test]
fn b_a19_redirects_are_not_followed() {
    let setting = Setting::new();
    let elsewhere = setting.gateway.url("open");
    setting.gateway.script("moved", move |_| {
        Reply::new(302, "text/plain", "").header("location", &format!("{elsewhere}/chat/completions"))
    });
    let outcome = setting.plugin.call(&Request::chat("moved", setting.auth(Auth::ApiKey)));
    assert_says(&outcome.failed().message, &["302"]);
    assert_eq!(setting.gateway.seen().len(), 1);
}

/// The key came back in the text of an error.
#[test]
fn b_a20_echoed_keys_are_masked() {
    let setting = Setting::new();
    setting
        .gateway
        .script("echo", |_| Reply::error(401, &format!("Incorrect API key provided: {}", consumers::API_KEY)));
    let outcome = setting.plugin.call(&Request::chat("echo", setting.auth(Auth::ApiKey)));
    assert_says(&outcome.failed().message, &["Incorrect API key provided"]);
}

/// Missing keys and unknown methods sent the request without any proof.
#[test]
fn b_b3_nothing_is_sent_unsigned() {
    let setting = Setting::new();
    for (auth, field, label) in [
        (Auth::Hmac, "hmac_access_key", "HMAC Access Key"),
        (Auth::Hmac, "hmac_secret_key", "HMAC Secret Key"),
        (Auth::Jwt("HS256"), "jwt_jwks", "JWT JWKS"),
    ] {
        for value in [json!(""), json!("   "), Value::Null] {
            let request = Request::chat("m", setting.auth(auth)).credential(field, value);
            assert_says(&setting.plugin.call(&request).failed().message, &[label]);
        }
        assert_says(
            &setting
                .plugin
                .call(&Request::rerank("m", setting.auth(auth), &["a"]).no_credential(field))
                .failed()
                .message,
            &[label],
        );
    }
    let unknown = Request::chat("m", setting.open()).credential("auth_method", "oauth");
    assert_says(&setting.plugin.call(&unknown).failed().message, &["Authentication Method"]);
    assert!(setting.gateway.seen().is_empty());
}

/// The same in the names of Higress, where a JWT was no method at all.
#[test]
fn b_b3_nothing_is_sent_unsigned_to_higress() {
    let setting = Setting::of(HIGRESS);
    for (auth, field, label) in [
        (Auth::ApiKey, "api_key", "API Key"),
        (Auth::Hmac, "hmac_key", "Access Key (Key)"),
        (Auth::Hmac, "hmac_secret", "Secret Key (Secret)"),
        (Auth::Jwt("HS256"), "jwt_jwks", "JWT"),
    ] {
        for value in [json!(""), json!("   "), Value::Null] {
            let row = setting.auth(auth);
            for request in [Request::chat("m", row.clone()), Request::rerank("m", row, &["a"])] {
                let request = request.credential(field, value.clone());
                assert_says(&setting.plugin.call(&request).failed().message, &[label]);
            }
        }
    }
    let unknown = Request::chat("m", setting.open()).credential("consumer_auth_mode", "oauth");
    assert_says(&setting.plugin.call(&unknown).failed().message, &["Consumer Auth Strategy"]);
    assert!(setting.gateway.seen().is_empty());
    setting.plugin.call(&Request::chat("m", setting.auth(Auth::Jwt("HS256")))).ok();
    assert_eq!(setting.gateway.only("m").consumer.as_deref(), Some(consumers::CONSUMER_ID));
}
