//! The routes of the embedded gateway: each asks for another proof of who calls.
//!
//! | route | asks for |
//! |---|---|
//! | `open` | nothing |
//! | `key` | `Authorization: Bearer <key>` |
//! | `key-header` | `X-API-Key: <key>` |
//! | `key-query` | `?apikey=<key>` |
//! | `jwt` | a token in `Authorization` after `Bearer` |
//! | `jwt-header` | a bare token in `X-Auth-Token` |
//! | `hmac` | the signature of Higress `hmac-auth`, with a clock check |
//! | `hmac-mapped` | the same on a route that rewrites the body before it checks |
//!
//! Anything may stand before the route, and everything after `/v1/` is the model service's path.

use std::sync::OnceLock;

use serde_json::Value;

use super::verify::{self, Answer};
use crate::consumers;

/// A request that may pass.
#[derive(Debug)]
pub struct Admitted {
    /// Who calls.
    pub consumer: String,
    /// The model service's path.
    pub path: String,
}

/// Finds the route and asks for its proof.
///
/// # Errors
/// What the gateway answers to a caller it refuses, or who asks for a route it does not have.
pub fn admit(method: &str, target: &str, headers: &[(String, String)], body: &[u8]) -> Result<Admitted, Answer> {
    let path = target.split('?').next().unwrap_or(target);
    let (route, rest) = path.split_once("/v1/").ok_or_else(no_route)?;
    let route = route.rsplit('/').next().unwrap_or(route);
    let consumer = match route {
        "open" => Ok("anyone".to_owned()),
        _ => prove(route, method, target, headers, body),
    }?;
    Ok(Admitted { consumer, path: rest.to_owned() })
}

fn prove(
    route: &str,
    _method: &str,
    _target: &str,
    _headers: &[(String, String)],
    _body: &[u8],
) -> Result<String, Answer> {
    let _ = (public_keys(), consumers::API_KEY);
    match route {
        "key" | "key-header" | "key-query" | "jwt" | "jwt-header" | "hmac" | "hmac-mapped" => {
            todo!("verify")
        }
        _ => Err(no_route()),
    }
}

fn no_route() -> Answer {
    verify::Answer { status: 404, body: String::new(), headers: Vec::new() }
}

/// What the gateway knows of the consumers' keys: the public halves.
fn public_keys() -> &'static str {
    static KEYS: OnceLock<String> = OnceLock::new();
    KEYS.get_or_init(|| {
        const PRIVATE: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];
        let mut keys: Value = serde_json::from_str(consumers::KEYS).expect("the fixture is JSON");
        for key in keys["keys"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            PRIVATE.iter().for_each(|name| {
                key.shift_remove(*name);
            });
        }
        keys.to_string()
    })
}
