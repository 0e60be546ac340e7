//! Tokens as the two open-source plugins check them: the C++ `jwt_auth` (which guards the embedded gateway's routes)
//! and the Go `jwt-auth`, whose answers differ.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::signature::{ALGORITHMS, verifies};
use super::{Answer, Incoming, Verdict, allowed};

/// One consumer.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// Its public keys: an object with `keys`.
    pub jwks: Value,
    /// Claims that must be there with exactly these texts; an issuer is the claim `iss`.
    pub claims: Vec<(String, String)>,
    /// How far clocks may differ, in seconds.
    pub clock_skew: i64,
}

/// A route's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who may hold a token.
    pub consumers: Vec<Consumer>,
    /// Header names in lower case with the prefix before the token.
    pub from_headers: Vec<(String, String)>,
    /// Query parameters that hold a token.
    pub from_params: Vec<String>,
    /// Consumers that may pass; all if empty.
    pub allow: Vec<String>,
}

impl Config {
    /// Where tokens are looked for by default: `Authorization: Bearer`, and the parameter `access_token`.
    pub fn usual(consumers: Vec<Consumer>) -> Self {
        Config {
            consumers,
            from_headers: vec![("authorization".to_owned(), "Bearer ".to_owned())],
            from_params: vec!["access_token".to_owned()],
            allow: Vec::new(),
        }
    }
}

/// Checks every token found, as the C++ plugin does. `now` in seconds since 1970.
///
/// # Errors
/// The gateway's answer to a request it refuses: the first consumer's problem.
pub fn verify(request: &Incoming<'_>, config: &Config, now: i64) -> Verdict {
    let realm: String = format!("http://gateway{}", request.path_and_query).chars().take(256).collect();
    let challenge = format!("Bearer realm=\"{realm}\"");
    let tokens = tokens(request, config);
    if tokens.is_empty() {
        return Err(Answer::text(401, "Jwt is missing").with("www-authenticate", challenge));
    }
    let mut problem = None;
    for consumer in &config.consumers {
        match tokens.iter().try_for_each(|token| check(token, consumer, now)) {
            Ok(()) if allowed(&config.allow, &consumer.name) => return Ok(consumer.name.clone()),
            Ok(()) => return Err(Answer::text(403, "Access Denied")),
            Err(text) => problem = problem.or(Some(text)),
        }
    }
    let problem = problem.unwrap_or("Jwt verification fails");
    Err(Answer::text(401, problem).with("www-authenticate", challenge + ", error=\"invalid_token\""))
}

fn tokens(request: &Incoming<'_>, config: &Config) -> Vec<String> {
    let in_token = |c: &char| c.is_ascii_alphanumeric() || "-_.=".contains(*c);
    let of_header = |(name, prefix): &(String, String)| {
        let (_, token) = request.header(name).split_once(prefix.as_str())?;
        Some(token.chars().skip_while(|c| *c == ' ').take_while(in_token).collect::<String>())
    };
    let headers = config.from_headers.iter().filter_map(of_header);
    let parameters = config.from_params.iter().filter_map(|name| request.parameter(name));
    headers.chain(parameters).filter(|token| !token.is_empty()).collect()
}

/// A token in parts, its signature not yet checked.
struct Parsed<'a> {
    algorithm: String,
    key_id: Option<String>,
    claims: Map<String, Value>,
    message: &'a str,
    signature: Vec<u8>,
}

impl Parsed<'_> {
    fn time(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim).and_then(Value::as_i64)
    }

    fn is(&self, claim: &str, value: &str) -> bool {
        self.claims.get(claim).and_then(Value::as_str) == Some(value)
    }

    fn is_signed_with(&self, jwk: &Value) -> bool {
        verifies(&self.algorithm, jwk, self.message, &self.signature)
    }
}

fn parse(token: &str) -> Result<Parsed<'_>, &'static str> {
    let parts: Vec<&str> = token.split('.').collect();
    let &[header, payload, signature] = parts.as_slice() else {
        return Err("Jwt is not in the form of Header.Payload.Signature");
    };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok().filter(|bytes| !bytes.is_empty());
    let object = |part: &str| serde_json::from_slice::<Map<String, Value>>(&bytes(part)?).ok();
    let header = object(header).ok_or("Jwt header is an invalid JSON")?;
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !ALGORITHMS.contains(&algorithm.as_str()) {
        return Err("Jwt header [alg] is not supported");
    }
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err("Jwt header [kid] field is not a string"),
    };
    let claims = object(payload).ok_or("Jwt payload is an invalid JSON")?;
    let text_fails = |name: &&str| claims.get(*name).is_some_and(|value| !value.is_string());
    let time_fails = |name: &&str| claims.get(*name).is_some_and(|value| value.as_f64().is_none_or(|time| time < 0.0));
    if ["iss", "sub", "jti"].iter().any(text_fails) || ["iat", "nbf", "exp"].iter().any(time_fails) {
        return Err("Jwt payload has a field of the wrong type");
    }
    let signature = bytes(signature).ok_or("Jwt signature is an invalid Base64")?;
    let message = &token[..token.rfind('.').unwrap_or(0)];
    Ok(Parsed { algorithm, key_id, claims, message, signature })
}

/// What the C++ plugin finds wrong with a token, in its order: form, claims, time, signature.
///
/// # Errors
/// Its words.
pub fn check(token: &str, consumer: &Consumer, now: i64) -> Result<(), &'static str> {
    let token = parse(token)?;
    if consumer.claims.iter().any(|(name, value)| !token.is(name, value)) {
        return Err("Jwt verification fails");
    }
    if token.time("nbf").is_some_and(|nbf| now + consumer.clock_skew < nbf) {
        return Err("Jwt not yet valid");
    }
    if token.time("exp").is_some_and(|exp| exp != 0 && now > exp + consumer.clock_skew) {
        return Err("Jwt is expired");
    }
    // Both sides must name the same, where both name something.
    let meets = |own: Option<&str>, theirs: Option<&str>| own.is_none() || theirs.is_none() || own == theirs;
    let mut candidates = keys(consumer).filter(|jwk| {
        meets(token.key_id.as_deref(), jwk["kid"].as_str()) && meets(Some(&token.algorithm), jwk["alg"].as_str())
    });
    match candidates.clone().next() {
        None => Err("Jwks doesn't have key to match kid or alg from Jwt"),
        Some(_) if candidates.any(|jwk| token.is_signed_with(jwk)) => Ok(()),
        Some(_) => Err("Jwt verification fails"),
    }
}

/// What the Go plugin finds wrong with a token, in its order: signature, issuer, time.
///
/// # Errors
/// Its words.
pub fn check_as_go(token: &str, consumer: &Consumer, now: i64) -> Result<(), &'static str> {
    const FAILS: &str = "Request denied by JWT Auth check. JWT verification fails";
    let token = parse(token).map_err(|_| FAILS)?;
    let named = keys(consumer).find(|jwk| token.key_id.is_some() && jwk["kid"].as_str() == token.key_id.as_deref());
    let key = named.or_else(|| keys(consumer).next());
    let issuer = consumer.claims.iter().find(|(name, _)| name == "iss");
    if !key.is_some_and(|jwk| token.is_signed_with(jwk)) || !issuer.is_none_or(|(_, value)| token.is("iss", value)) {
        return Err(FAILS);
    }
    let begun = |claim| token.time(claim).is_none_or(|time| time <= now + consumer.clock_skew);
    let running = token.time("exp").is_none_or(|exp| now <= exp + consumer.clock_skew);
    if begun("nbf") && begun("iat") && running {
        Ok(())
    } else {
        Err("Request denied by JWT Auth check. JWT is expired.")
    }
}

fn keys(consumer: &Consumer) -> impl Iterator<Item = &Value> + Clone {
    consumer.jwks["keys"].as_array().into_iter().flatten()
}
