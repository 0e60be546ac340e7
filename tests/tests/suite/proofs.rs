//! Every model type, protocol and action with every auth method: the gateway verifies each proof over what it received,
//! multipart bodies and query strings included.

use serde_json::{Map, Value};
use tests::consumers::{self, Auth};
use tests::demo;
use tests::package;
use tests::plugins::HIGRESS;

use crate::support::Setting;

/// Stored credentials whose endpoint has a query that needs care in a signature.
fn with_query(mut row: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::String(endpoint)) = row.get_mut("endpoint_url") {
        endpoint.push_str("?tenant=a%20b&z=1&b=%2B");
    }
    row
}

#[test]
fn every_call_is_proven_over_the_bytes_and_the_query_that_are_sent() {
    for name in package::plugins() {
        let setting = Setting::of(&name);
        for auth in demo::AUTHS {
            let consumer = match auth {
                Auth::ApiKey => "key-consumer",
                Auth::Jwt(_) => consumers::CONSUMER_ID,
                Auth::Hmac => consumers::ACCESS_KEY,
                Auth::None => "anyone",
            };
            for call in demo::calls(&name) {
                let what = format!("{name} {} {}", call.protocol, auth.name());
                let before = setting.gateway.seen().len();
                let request = (call.request)(with_query(setting.auth(auth)));
                let outcome = setting.plugin.call(&request).ok();
                let said = demo::said(request.action(), &outcome);
                assert!(said.contains(call.expected), "{what}: {said}");
                let seen = &setting.gateway.seen()[before..];
                assert!(!seen.is_empty(), "{what}");
                for seen in seen {
                    assert_eq!((seen.status, seen.consumer.as_deref()), (200, Some(consumer)), "{what}");
                    let query = seen.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
                    for parameter in ["tenant=a%20b", "z=1", "b=%2B"] {
                        assert!(query.split('&').any(|own| own == parameter), "{what}: {}", seen.target);
                    }
                    // Only the hash binds a body to the signature.
                    let hashed = seen.header("content-md5").is_some();
                    assert_eq!(hashed, auth == Auth::Hmac && seen.size > 0, "{what}: {:?}", seen.headers);
                }
            }
        }
    }
}

#[test]
fn no_call_passes_with_a_wrong_proof() {
    for name in package::plugins() {
        let setting = Setting::of(&name);
        let secret = if name == HIGRESS { "hmac_secret" } else { "hmac_secret_key" };
        let wrong = [
            (Auth::ApiKey, "api_key", "sk-not-this-one"),
            (Auth::Jwt("HS256"), "jwt_consumer_id", "somebody-else"),
            (Auth::Hmac, secret, "hs-not-this-one"),
        ];
        for (auth, field, value) in wrong {
            for call in demo::calls(&name) {
                let request = (call.request)(setting.auth(auth)).credential(field, value);
                let failure = setting.plugin.call(&request).failed().clone();
                assert_eq!(failure.error_type, "InvokeAuthorizationError", "{name} {}: {failure:?}", call.protocol);
            }
        }
        assert!(setting.gateway.seen().iter().all(|seen| seen.consumer.is_none()));
    }
}

#[test]
fn no_call_goes_out_without_a_proof_that_is_asked_for() {
    for name in package::plugins() {
        let setting = Setting::of(&name);
        let (access, secret, key) = match name.as_str() {
            HIGRESS => ("hmac_key", "hmac_secret", "jwt_jwks"),
            _ => ("hmac_access_key", "hmac_secret_key", "jwt_jwks"),
        };
        for (auth, field) in [(Auth::Hmac, access), (Auth::Hmac, secret), (Auth::Jwt("HS256"), key)] {
            for call in demo::calls(&name) {
                let request = (call.request)(setting.auth(auth)).credential(field, "  ");
                let failure = setting.plugin.call(&request).failed().clone();
                assert_eq!(failure.error_type, "InvokeBadRequestError", "{name} {}: {failure:?}", call.protocol);
            }
        }
        assert!(setting.gateway.seen().is_empty(), "{name}");
    }
}
