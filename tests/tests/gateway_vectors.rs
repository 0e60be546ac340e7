//! The embedded gateway's checks against the published vectors: what a gateway must accept, what it must refuse, and
//! with which words.

#[path = "../src/gateway/verify/mod.rs"]
mod verify;

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use verify::{Answer, Incoming, apisix, hmac, jwt, key};

fn section(name: &str) -> Vec<Value> {
    let file = include_str!("../../runtime/tests/data/auth-vectors.json").replace("~~~~~", "-----");
    let mut file: Value = serde_json::from_str(&file).unwrap();
    let Value::Array(vectors) = file[name].take() else { panic!("no section {name}") };
    assert_eq!(Some(vectors.len() as u64), file["counts"][name].as_u64(), "{name}");
    vectors
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let pair = |pair: &Value| (text(&pair[0]).to_lowercase(), text(&pair[1]).to_owned());
    value.as_array().unwrap().iter().map(pair).collect()
}

fn texts(value: &Value) -> HashMap<String, String> {
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value).to_owned())).collect()
}

fn one_consumer(access_key: &str, secret: &Value) -> hmac::Config {
    let secrets = HashMap::from([(access_key.to_owned(), text(secret).to_owned())]);
    hmac::Config { secrets, ..hmac::Config::default() }
}

#[test]
fn signed_requests_pass_and_tampered_ones_do_not() {
    for vector in section("hmac") {
        let (input, name) = (&vector["input"], &vector["name"]);
        let headers = [pairs(&vector["expected"]["headers"]), pairs(&input["extra_headers"])].concat();
        let body = STANDARD.decode(text(&input["body_base64"])).unwrap();
        let config = one_consumer(text(&input["access_key"]), &input["secret"]);
        let (method, path_and_query) = (text(&input["method"]), text(&input["path_and_query"]));
        let request = Incoming { method, path_and_query, headers: &headers, body: &body };
        assert_eq!(hmac::verify(&request, &config, 0), Ok(text(&input["access_key"]).to_owned()), "{name}");

        let longer = format!("/x{path_and_query}");
        let refused = hmac::verify(&Incoming { path_and_query: &longer, ..request }, &config, 0).unwrap_err();
        assert_eq!((refused.status, refused.body.as_str()), (400, "Invalid Signature"), "{name}");
        if !vector["expected"]["content_md5"].is_null() {
            let other = [&body[..], b" "].concat();
            let refused = hmac::verify(&Incoming { body: &other, ..request }, &config, 0).unwrap_err();
            assert_eq!(refused.body, "Invalid Content-MD5", "{name}");
        }
    }
    for vector in section("hmac_known_answers") {
        let input = &vector["request"];
        let mut headers = pairs(&input["headers"]);
        headers.push(("x-ca-signature".to_owned(), text(&vector["expected"]["signature"]).to_owned()));
        let access_key = headers.iter().find(|(name, _)| name == "x-ca-key").unwrap().1.clone();
        let request = Incoming {
            method: text(&input["method"]),
            path_and_query: text(&input["path_and_query"]),
            headers: &headers,
            body: text(&input["body_utf8"]).as_bytes(),
        };
        let config = one_consumer(&access_key, &vector["secret"]);
        assert_eq!(hmac::verify(&request, &config, 0), Ok(access_key), "{}", vector["name"]);
    }
}

#[test]
fn refused_signatures() {
    for vector in section("hmac_server_rejects") {
        let (input, server, expected) = (&vector["request"], &vector["server"], &vector["expected"]);
        let headers = pairs(&input["headers"]);
        let seen = server["body_seen_base64"].as_str().unwrap_or_else(|| text(&input["body_base64"]));
        let body = STANDARD.decode(seen).unwrap();
        let config = hmac::Config {
            secrets: texts(&server["credentials"]),
            names: texts(&server["consumer_names"]),
            allow: server["allow"].as_array().map_or_else(Vec::new, |a| a.iter().map(|n| text(n).to_owned()).collect()),
            date_offset: server["date_offset_seconds"].as_i64().unwrap(),
        };
        let (method, path_and_query) = (text(&input["method"]), text(&input["path_and_query"]));
        let request = Incoming { method, path_and_query, headers: &headers, body: &body };
        let wanted = Answer {
            status: expected["status"].as_u64().unwrap() as u16,
            body: text(&expected["body"]).to_owned(),
            headers: texts(&expected["headers"]).into_iter().collect(),
        };
        let answer = hmac::verify(&request, &config, server["now_unix"].as_i64().unwrap_or_default());
        assert_eq!(answer, Err(wanted), "{}", vector["name"]);
    }
}

#[test]
fn signatures_of_the_other_kind_bind_key_target_time_and_body() {
    for vector in section("hmac_apisix") {
        let (input, expected, name) = (&vector["input"], &vector["expected"], &vector["name"]);
        let mut headers = pairs(&input["headers"]);
        headers.push(("authorization".to_owned(), text(&expected["authorization"]).to_owned()));
        let body = text(&input["body_utf8"]).as_bytes();
        let (method, path_and_query) = (text(&input["method"]), text(&input["request_target"]));
        let request = Incoming { method, path_and_query, headers: &headers, body };
        let date = headers.iter().find(|(name, _)| name == "date").map(|(_, date)| date.clone()).unwrap();
        let now = verify::date::seconds(&date).unwrap();
        let key = text(&input["key_id"]);
        let config = apisix::Config {
            secrets: HashMap::from([(key.to_owned(), text(&input["secret"]).to_owned())]),
            clock_skew: 300,
            validate_body: expected["digest"].is_string(),
            ..apisix::Config::default()
        };
        assert_eq!(apisix::verify(&request, &config, now), Ok(key.to_owned()), "{name}");

        let refused = |request: Incoming<'_>, config: &apisix::Config, now: i64, reason: &str| {
            let answer = apisix::verify(&request, config, now).unwrap_err();
            assert!(answer.status == 401 && answer.body.contains(reason), "{name}: {answer:?}");
        };
        refused(Incoming { path_and_query: "/other", ..request }, &config, now, "Invalid signature");
        refused(request, &config, now + 301, "Clock skew exceeded");
        refused(Incoming { headers: &headers[..headers.len() - 1], ..request }, &config, now, "missing Authorization");
        let strict = apisix::Config { signed_headers: vec!["x-more".to_owned()], ..config.clone() };
        refused(request, &strict, now, "x-more");
        if config.validate_body {
            refused(Incoming { body: b"other", ..request }, &config, now, "Invalid digest");
        }
        let unknown = apisix::Config { secrets: HashMap::new(), ..config };
        refused(request, &unknown, now, "Invalid keyId");
    }
}

#[test]
fn the_time_window_is_closed_at_both_ends() {
    let vector = section("hmac").into_iter().find(|v| v["name"] == "timestamp_only_no_date").unwrap();
    let input = &vector["input"];
    let headers = pairs(&vector["expected"]["headers"]);
    let body = STANDARD.decode(text(&input["body_base64"])).unwrap();
    let (method, path_and_query) = (text(&input["method"]), text(&input["path_and_query"]));
    let request = Incoming { method, path_and_query, headers: &headers, body: &body };
    let config = hmac::Config { date_offset: 900, ..one_consumer("test-ak-0001", &input["secret"]) };
    let made = 1_767_226_881;
    for (now, passes) in [(made + 900, true), (made + 901, false), (made - 899, true), (made - 901, false)] {
        assert_eq!(hmac::verify(&request, &config, now).is_ok(), passes, "{}", now - made);
    }
}

fn consumer(jwks: &Value, claims: &Value, clock_skew: i64) -> jwt::Consumer {
    jwt::Consumer { name: "c".to_owned(), jwks: jwks.clone(), claims: texts(claims).into_iter().collect(), clock_skew }
}

#[test]
fn tokens_as_both_plugins_see_them() {
    for vector in section("jwt_server") {
        let (name, input, expected) = (&vector["name"], &vector["input"], &vector["expected"]);
        let consumer =
            consumer(&input["jwks"], &input["required_claims"], input["clock_skew_seconds"].as_i64().unwrap());
        let (token, now) = (text(&input["token"]), input["now_unix"].as_i64().unwrap());

        let headers = [("authorization".to_owned(), format!("Bearer {token}"))];
        let request = Incoming { method: "POST", path_and_query: "/v1/x", headers: &headers, body: b"" };
        let verdict = jwt::verify(&request, &jwt::Config::usual(vec![consumer.clone()]), now);
        let (status, body) = verdict.map_or_else(|refused| (refused.status, refused.body), |_| (200, String::new()));
        assert_eq!(json!({"status": status, "body": body}), expected["higress_cpp_jwt_auth"], "{name}");

        let go = jwt::check_as_go(token, &consumer, now);
        let (status, body) = go.map_or_else(|words| (401, words), |()| (200, ""));
        assert_eq!(json!({"status": status, "body": body}), expected["higress_go_jwt_auth"], "{name}");
    }
}

#[test]
fn minted_tokens_pass_in_header_and_query() {
    let vectors = [section("jwt_mint"), section("jwt_sample")].concat();
    for vector in vectors {
        let (name, expected) = (&vector["name"], &vector["expected"]);
        let token = text(expected.get("token").unwrap_or(&expected["sample_token"]));
        let consumer = consumer(&json!({"keys": [expected["verify_jwk"]]}), &json!({}), 60);
        let config = jwt::Config {
            from_headers: vec![("x-auth-token".to_owned(), String::new())],
            ..jwt::Config::usual(vec![consumer])
        };
        let target = format!("/v1/x?access_token={token}");
        // The first character of the signature changed, so that everything before the signature is fine.
        let (message, signature) = token.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { 'B' } else { 'A' };
        let forged = format!("{message}.{first}{}", &signature[1..]);
        for (header, path_and_query, status) in [
            (token, "/v1/x", 200),
            ("", &target, 200),
            (token, &target, 200),
            ("", "/v1/x", 401),
            (&forged, "/v1/x", 401),
            (&forged, &target, 401),
            (token, &target.replace(token, &forged), 401),
        ] {
            let headers = [("x-auth-token".to_owned(), header.to_owned())];
            let request = Incoming { method: "GET", path_and_query, headers: &headers, body: b"" };
            let verdict = jwt::verify(&request, &config, 1_767_225_600);
            let words = match (status, header) {
                (200, _) => "c",
                (_, "") => "Jwt is missing",
                _ => "Jwt verification fails",
            };
            let answer = verdict.map_or_else(|refused| (refused.status, refused.body), |name| (200, name));
            assert_eq!(answer, (status, words.to_owned()), "{name} {path_and_query}");
        }
        let not_allowed = jwt::Config { allow: vec!["other".to_owned()], ..config };
        let headers = [("x-auth-token".to_owned(), token.to_owned())];
        let request = Incoming { method: "GET", path_and_query: "/", headers: &headers, body: b"" };
        let refused = jwt::verify(&request, &not_allowed, 1_767_225_600).unwrap_err();
        assert_eq!((refused.status, refused.body.as_str()), (403, "Access Denied"));
    }
}

#[test]
fn api_keys_are_compared_verbatim() {
    let mut seen = 0;
    for vector in section("credential_placement") {
        let expected = &vector["expected"];
        let Some(credential) = expected["gateway_credential_must_be"].as_str() else { continue };
        let mut config = key::Config {
            names: vec!["authorization".to_owned(), "x-api-key".to_owned(), "apikey".to_owned()],
            in_header: true,
            in_query: true,
            consumers: HashMap::from([(credential.to_owned(), "c".to_owned())]),
            allow: Vec::new(),
            realm: "gw".to_owned(),
        };
        let headers = if expected["header"].is_null() { Vec::new() } else { pairs(&json!([expected["header"]])) };
        let query = expected["query"].as_array().map(|pair| format!("?{}={}", text(&pair[0]), text(&pair[1])));
        let target = format!("/v1/x{}", query.unwrap_or_default());
        let request = Incoming { method: "POST", path_and_query: &target, headers: &headers, body: b"" };
        assert_eq!(key::verify(&request, &config), Ok("c".to_owned()), "{}", vector["name"]);

        config.allow.push("other".to_owned());
        let answer = key::verify(&request, &config).unwrap_err();
        assert_eq!((answer.status, answer.body.as_str()), (403, ""));
        config.consumers = HashMap::from([(format!("{credential}x"), "c".to_owned())]);
        let answer = key::verify(&request, &config).unwrap_err();
        assert_eq!((answer.status, &answer.headers[0].1[..]), (401, "Key realm=gw"));
        seen += 1;
    }
    assert_eq!(seen, 5);
}
