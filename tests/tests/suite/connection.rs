//! What the connection puts on every request, and how it gets to the endpoint.

use serde_json::{Map, Value, json};
use tests::consumers::Auth;
use tests::daemon::{Plugin, Start};
use tests::gateway::Gateway;
use tests::gateway::reply::{Reply, chunk, finish};
use tests::package;
use tests::request::Request;

use crate::support::{Setting, assert_says};

fn advanced(settings: Value) -> String {
    settings.to_string()
}

#[test]
fn who_asks_is_told_only_when_that_is_wanted_and_is_signed_with_the_rest() {
    let setting = Setting::new();
    let names = ["x-dify-user", "x-dify-app", "x-dify-conversation", "x-dify-message"];
    for auth in [Auth::ApiKey, Auth::Jwt("ES256"), Auth::Hmac, Auth::None] {
        let model = format!("quiet {}", auth.name());
        setting.plugin.call(&Request::chat(&model, setting.auth(auth))).ok();
        let seen = setting.gateway.only(&model);
        assert!(names.iter().all(|name| seen.header(name).is_none()), "{seen:?}");

        let model = format!("named {}", auth.name());
        let request = Request::chat(&model, setting.auth(auth))
            .with("user_id", "张三 a%b")
            .credential("advanced", advanced(json!({"connection.identity": "enabled"})));
        setting.plugin.call(&request).ok();
        let seen = setting.gateway.only(&model);
        let told = names.map(|name| seen.header(name));
        assert_eq!(told, [Some("%E5%BC%A0%E4%B8%89%20a%25b"), Some("a-1"), Some("c-1"), None]);
    }
}

#[test]
fn a_trace_is_passed_on_and_what_is_none_is_not() {
    let setting = Setting::new();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (model, said, passed) in [("traced", trace, Some(trace)), ("odd", "00-nothing", None), ("none", "", None)] {
        let request = Request::rerank(model, setting.auth(Auth::Hmac), &["a"]).context(json!({"traceparent": said}));
        setting.plugin.call(&request).ok();
        assert_eq!(setting.gateway.only(model).header("traceparent"), passed);
    }
}

#[test]
fn a_nonce_header_has_a_fresh_value_for_each_attempt() {
    let setting = Setting::new();
    // Refused once for a member, so that there are two attempts.
    setting.gateway.script("strict", |asked| match asked.body.get("stream_options") {
        Some(_) => Reply::new(400, "text/plain", "unknown field stream_options"),
        None => Reply::events(&[chunk(json!({"content": "Hi"})), finish("stop")]),
    });
    for auth in [Auth::Hmac, Auth::ApiKey] {
        let request = Request::chat("strict", setting.auth(auth))
            .credential("advanced", advanced(json!({"connection.nonce_header": "X-Higress-Nonce"})));
        setting.plugin.call(&request).ok();
    }
    let seen = setting.gateway.seen_for("strict");
    let mut nonces: Vec<&str> = seen.iter().filter_map(|seen| seen.header("x-higress-nonce")).collect();
    assert_eq!(nonces.len(), seen.len());
    assert!(seen.len() >= 4, "{seen:?}");
    // Replay protection asks for 8 to 128 characters, and may ask for base64.
    assert!(nonces.iter().all(|nonce| nonce.len() == 32 && nonce.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), seen.len());
}

/// A plugin whose environment is made when the gateway's address is known.
fn between(gateway: &Gateway, environment: &[(&str, &str)]) -> Plugin {
    let place = gateway.root().replace("http://", "");
    let environment: Vec<(&str, String)> =
        environment.iter().map(|(name, value)| (*name, value.replace("GATEWAY", &place))).collect();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Plugin::start_with(package::installed(), &Start { environment: &environment, ..Start::default() })
}

fn at(endpoint: &str) -> Map<String, Value> {
    Auth::None.credentials(endpoint)
}

#[test]
fn symptom_11_proxies_of_the_environment_are_used_in_either_spelling() {
    let gateway = Gateway::start();
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let plugin = between(&gateway, &[(name, "http://GATEWAY")]);
        let model = format!("through {name}");
        plugin.call(&Request::rerank(&model, at("http://gateway.invalid/open/v1"), &["a"])).ok();
        assert_eq!(gateway.only(&model).host, "gateway.invalid", "{name}");
    }
    // The environment's proxy leads nowhere, and there are ways around it.
    for name in ["NO_PROXY", "no_proxy"] {
        let plugin = between(&gateway, &[("HTTP_PROXY", "http://127.0.0.1:9"), (name, "127.0.0.1")]);
        let model = format!("around {name}");
        plugin.call(&Request::rerank(&model, at(&gateway.url("open")), &["a"])).ok();
        gateway.only(&model);
    }
    let plugin = between(&gateway, &[("HTTP_PROXY", "http://127.0.0.1:9")]);
    let request = Request::rerank("direct", at(&gateway.url("open")), &["a"]);
    assert_eq!(plugin.call(&request).failed().error_type, "InvokeConnectionError");
    plugin.call(&request.credential("advanced", advanced(json!({"connection.proxy": "direct"})))).ok();
    gateway.only("direct");
}

#[test]
fn symptom_11_a_model_may_have_a_proxy_of_its_own() {
    let setting = Setting::new();
    let proxy = setting.gateway.root().replace("http://", "http://user:pr0xy%26pass@");
    let request = Request::rerank("proxied", at("http://gateway.invalid/open/v1"), &["a"])
        .credential("advanced", advanced(json!({"connection.proxy": proxy})));
    setting.plugin.call(&request).ok();
    let seen = setting.gateway.only("proxied");
    assert_eq!(seen.host, "gateway.invalid");
    let failed = setting.plugin.call(
        &Request::rerank("lost", at("http://gateway.invalid/open/v1"), &["a"])
            .credential("advanced", advanced(json!({"connection.proxy": "http://user:pr0xy%26pass@127.0.0.1:9"}))),
    );
    assert_says(&failed.failed().message, &["no connection through the proxy 127.0.0.1:9"]);
}

#[test]
fn symptom_10_certificates_that_cannot_be_used_say_so() {
    let setting = Setting::new();
    let request = Request::validate_rerank("m", at(&setting.gateway.url("open")))
        .credential("advanced", advanced(json!({"connection.ca_certificate": "/etc/ssl/certs/ca.pem"})));
    assert_says(&setting.plugin.call(&request).failed().message, &["CA certificate (PEM)", "not the name of a file"]);
}
