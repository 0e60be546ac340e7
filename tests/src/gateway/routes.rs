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
//! | `hmac-apisix` | the signature of `hmac-auth-apisix`, over the time and the hash of the body too |
//!
//! Anything may stand before the route; what comes after it, without a version, is the model service's path.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::verify::{Answer, Incoming, Verdict, apisix, hmac, jwt, key};
use crate::consumers;

/// How far the clock of a signed request may be off, in seconds.
const CLOCK: i64 = 300;

/// What stands between the route and the paths of an OpenAI-compatible service.
const VERSIONS: [&str; 4] = ["v1/", "compatible-mode/v1/", "compatible-api/v1/", "api/paas/v4/"];

/// Where paths begin that stand below the route without such a version: DashScope's, Cohere's, Text Embeddings Inference's,
/// Ollama's.
const NATIVE: [&str; 4] = ["api/v1/", "v2/", "rerank", "api/chat"];

/// Files that an answer links to; as links of an object store they ask for nothing.
const FILES: &str = "files/";

/// A request that may pass.
#[derive(Debug)]
pub struct Admitted {
    /// Who calls.
    pub consumer: String,
    /// The model service's path: without version for the paths of OpenAI, whole for those of others (`api/v1/`).
    pub path: String,
}

/// Finds the route and asks for its proof.
///
/// # Errors
/// What the gateway answers to a caller it refuses, or who asks for a route or a version it does not have.
pub fn admit(request: &Incoming<'_>) -> Result<Admitted, Answer> {
    let no_route = || Answer { status: 404, body: String::new(), headers: Vec::new() };
    let path = request.path_and_query.split('?').next().unwrap_or_default().trim_start_matches('/');
    if path.starts_with(FILES) {
        return Ok(Admitted { consumer: "anyone".to_owned(), path: path.to_owned() });
    }
    let segments =
        path.match_indices('/').map(|(end, _)| (&path[path[..end].rfind('/').map_or(0, |at| at + 1)..end], end));
    let mut proofs = segments.filter_map(|(segment, end)| Some((prove(segment, request)?, &path[end + 1..])));
    let (verdict, rest) = proofs.next().ok_or_else(no_route)?;
    let plain = VERSIONS.iter().find_map(|version| rest.strip_prefix(version));
    let path = plain.or_else(|| NATIVE.iter().any(|own| rest.starts_with(own)).then_some(rest)).ok_or_else(no_route)?;
    Ok(Admitted { consumer: verdict?, path: path.to_owned() })
}
fn prove(route: &str, request: &Incoming<'_>) -> Option<Verdict> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs().cast_signed());
    Some(match route {
        "open" => Ok("anyone".to_owned()),
        "key" => key::verify(request, &keys("authorization", format!("Bearer {}", consumers::API_KEY))),
        "key-header" => key::verify(request, &keys("x-api-key", consumers::API_KEY.to_owned())),
        "key-query" => key::verify(request, &keys("apikey", consumers::API_KEY.to_owned())),
        "jwt" => jwt::verify(request, &tokens("authorization", "Bearer "), now),
        "jwt-header" => jwt::verify(request, &tokens("x-auth-token", ""), now),
        "hmac" => hmac::verify(request, &signatures(), now),
        "hmac-mapped" => {
            let rewritten = [request.body, b" "].concat();
            hmac::verify(&Incoming { body: &rewritten, ..*request }, &signatures(), now)
        }
        "hmac-apisix" => apisix::verify(request, &apisix_signatures(), now),
        _ => return None,
    })
}

fn keys(name: &str, credential: String) -> key::Config {
    key::Config {
        names: vec![name.to_owned()],
        in_header: name != "apikey",
        in_query: name == "apikey",
        consumers: HashMap::from([(credential, "key-consumer".to_owned())]),
        allow: Vec::new(),
        realm: "gateway".to_owned(),
    }
}

fn tokens(header: &str, prefix: &str) -> jwt::Config {
    let claim = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let consumer = jwt::Consumer {
        name: consumers::CONSUMER_ID.to_owned(),
        jwks: public_keys(),
        claims: vec![claim("uid", consumers::CONSUMER_ID), claim("iss", consumers::ISSUER)],
        clock_skew: 60,
    };
    let from_headers = vec![(header.to_owned(), prefix.to_owned())];
    jwt::Config { from_headers, from_params: Vec::new(), ..jwt::Config::usual(vec![consumer]) }
}

fn signatures() -> hmac::Config {
    let of_consumer = |value: &str| HashMap::from([(consumers::ACCESS_KEY.to_owned(), value.to_owned())]);
    hmac::Config {
        secrets: of_consumer(consumers::SECRET_KEY),
        names: of_consumer(consumers::ACCESS_KEY),
        allow: Vec::new(),
        date_offset: CLOCK,
    }
}

fn apisix_signatures() -> apisix::Config {
    apisix::Config {
        secrets: HashMap::from([(consumers::ACCESS_KEY.to_owned(), consumers::SECRET_KEY.to_owned())]),
        signed_headers: ["@request-target", "date", "digest"].map(str::to_owned).to_vec(),
        clock_skew: CLOCK,
        validate_body: true,
    }
}

/// What the gateway knows of the consumers' keys: the public halves.
fn public_keys() -> Value {
    const PRIVATE: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];
    let mut keys: Value = serde_json::from_str(consumers::KEYS).expect("the fixture is JSON");
    for key in keys["keys"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        PRIVATE.iter().for_each(|name| {
            key.shift_remove(*name);
        });
    }
    keys
}
