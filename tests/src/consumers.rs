//! The consumers whom the embedded gateway knows, and the credentials a Dify user would have stored for each.
//!
//! All keys were made for these tests and open nothing.

use serde_json::{Map, Value, json};

/// The private keys of the JWT consumer, as a JWK set: one for each algorithm, RSA shared.
pub const KEYS: &str = include_str!("../fixtures/keys.json");
/// The API key.
pub const API_KEY: &str = "sk-consumer-7f3a9c51d2";
/// The access key of the HMAC consumer.
pub const ACCESS_KEY: &str = "ak-consumer-b81e6d";
/// The secret key of the HMAC consumer.
pub const SECRET_KEY: &str = "hs-8d1f40e2b7c94a6f";
/// The claim that names the JWT consumer.
pub const CONSUMER_ID: &str = "consumer-42";
/// The issuer the gateway asks for.
pub const ISSUER: &str = "https://dify.example";
/// All algorithms a token may be signed with.
pub const ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
];

/// How a caller proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// An API key.
    ApiKey,
    /// A token signed with this algorithm.
    Jwt(&'static str),
    /// A signature.
    Hmac,
    /// Nothing.
    None,
}

impl Auth {
    /// The gateway's route for it.
    pub fn route(self) -> &'static str {
        match self {
            Auth::ApiKey => "key",
            Auth::Jwt(_) => "jwt",
            Auth::Hmac => "hmac",
            Auth::None => "open",
        }
    }

    /// As a table shows it.
    pub fn name(self) -> String {
        match self {
            Auth::ApiKey => "api_key".to_owned(),
            Auth::Jwt(algorithm) => format!("jwt {algorithm}"),
            Auth::Hmac => "hmac".to_owned(),
            Auth::None => "none".to_owned(),
        }
    }

    /// What Dify has stored, under the variable names of `ai-gateway`.
    pub fn credentials(self, endpoint: &str) -> Map<String, Value> {
        let credentials = match self {
            Auth::ApiKey => json!({"auth_method": "api_key", "api_key": API_KEY}),
            Auth::Jwt(algorithm) => json!({
                "auth_method": "jwt", "jwt_jwks": signing_key(algorithm), "jwt_algorithm": algorithm,
                "jwt_consumer_id": CONSUMER_ID, "jwt_issuer": ISSUER, "jwt_expiration": "7200",
                "jwt_header_name": "Authorization", "jwt_header_prefix": "Bearer",
            }),
            Auth::Hmac => json!({"auth_method": "hmac", "hmac_access_key": ACCESS_KEY, "hmac_secret_key": SECRET_KEY}),
            Auth::None => json!({"auth_method": "none"}),
        };
        at(endpoint, credentials)
    }

    /// The same under the variable names of `higress`, whose endpoints have no version.
    pub fn higress(self, endpoint: &str) -> Map<String, Value> {
        let credentials = match self {
            Auth::ApiKey => json!({"consumer_auth_mode": "api_key", "api_key": API_KEY}),
            Auth::Jwt(algorithm) => json!({
                "consumer_auth_mode": "jwt", "jwt_jwks": signing_key(algorithm), "jwt_algorithm": algorithm,
                "jwt_consumer_id": CONSUMER_ID, "jwt_issuer": ISSUER,
            }),
            Auth::Hmac => json!({"consumer_auth_mode": "hmac", "hmac_key": ACCESS_KEY, "hmac_secret": SECRET_KEY}),
            Auth::None => json!({"consumer_auth_mode": "disabled"}),
        };
        at(endpoint, credentials)
    }
}

fn at(endpoint: &str, credentials: Value) -> Map<String, Value> {
    let Value::Object(mut credentials) = credentials else { return Map::new() };
    credentials.insert("endpoint_url".to_owned(), endpoint.into());
    credentials
}

/// The private key for an algorithm, as JWK text.
///
/// # Panics
/// If there is none.
pub fn signing_key(algorithm: &str) -> String {
    let kid = match algorithm {
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => "rsa".to_owned(),
        other => other.to_lowercase(),
    };
    let keys: Value = serde_json::from_str(KEYS).expect("the fixture is JSON");
    let key = keys["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["kid"] == kid.as_str()));
    key.unwrap_or_else(|| panic!("no key for {algorithm}")).to_string()
}

/// Every text of these credentials that may not be written anywhere: keys, and the private members of a JWK.
pub fn secrets(credentials: &Map<String, Value>) -> Vec<String> {
    const SECRET: [&str; 6] = ["api_key", "hmac_secret_key", "hmac_access_key", "hmac_secret", "hmac_key", "jwt_jwks"];
    const PRIVATE: [&str; 7] = ["k", "d", "p", "q", "dp", "dq", "qi"];
    let texts = SECRET.iter().filter_map(|name| credentials.get(*name)?.as_str());
    let mut secrets: Vec<String> = texts.clone().map(str::to_owned).collect();
    for text in texts {
        let Ok(key) = serde_json::from_str::<Value>(text) else { continue };
        let set = key["keys"].as_array().cloned().unwrap_or_else(|| vec![key]);
        let members = set.iter().flat_map(|key| PRIVATE.iter().filter_map(|name| key[*name].as_str()));
        secrets.extend(members.map(str::to_owned));
    }
    // Shorter texts would be found by chance.
    secrets.retain(|secret| secret.len() >= 8);
    secrets
}
