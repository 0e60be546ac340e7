//! AK/SK signatures as `hmac-auth-apisix` checks them: one `Authorization` header names the key, the algorithm and what
//! is signed.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

use super::{Answer, Incoming, Verdict, date};

/// A route's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Key id to secret key.
    pub secrets: HashMap<String, String>,
    /// Headers that every caller must sign.
    pub signed_headers: Vec<String>,
    /// How far the request's time may be off, in seconds; 0 for no check.
    pub clock_skew: i64,
    /// Whether a body needs a `digest` that fits.
    pub validate_body: bool,
}

/// Checks the signature, and the hash of the body if the route asks for it. `now` in seconds since 1970. The consumer is
/// called as its key.
///
/// # Errors
/// The gateway's answer to a request it refuses.
pub fn verify(request: &Incoming<'_>, config: &Config, now: i64) -> Verdict {
    let header = request.header("authorization");
    if header.is_empty() {
        return refused("missing Authorization header");
    }
    let Some(fields) = header.strip_prefix("Signature ") else {
        return refused("Authorization header does not start with 'Signature '");
    };
    let (key, signature) = (field(fields, "keyId"), field(fields, "signature"));
    if key.is_empty() || signature.is_empty() {
        return refused("keyId or signature missing");
    }
    let algorithm = match field(fields, "algorithm") {
        "" => return refused("algorithm missing"),
        "hmac-sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "hmac-sha256" => hmac::HMAC_SHA256,
        "hmac-sha512" => hmac::HMAC_SHA512,
        _ => return refused("Invalid algorithm"),
    };
    let Some(secret) = config.secrets.get(key) else { return refused("Invalid keyId") };
    if config.clock_skew > 0 {
        match (request.header("date"), date::seconds(request.header("date"))) {
            ("", _) => return refused("Date header missing. failed to validate clock skew"),
            (_, None) => return refused("Invalid GMT format time"),
            (_, Some(at)) if at.abs_diff(now) > config.clock_skew.unsigned_abs() => {
                return refused("Clock skew exceeded");
            }
            _ => {}
        }
    }
    let names: Vec<&str> = field(fields, "headers").split_whitespace().collect();
    if let Some(missing) = config.signed_headers.iter().find(|name| !names.contains(&name.as_str())) {
        return refused(&format!("expected header \"{missing}\" missing in signing"));
    }
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), text(request, key, &names).as_bytes());
    if STANDARD.encode(tag) != signature {
        return refused("Invalid signature");
    }
    let hash = || format!("SHA-256={}", STANDARD.encode(digest::digest(&digest::SHA256, request.body)));
    if config.validate_body && !request.body.is_empty() && request.header("digest") != hash() {
        return refused("Invalid digest");
    }
    Ok(key.to_owned())
}

/// What is signed: the key, then a line for each listed name that the request has.
fn text(request: &Incoming<'_>, key: &str, names: &[&str]) -> String {
    let mut text = format!("{key}\n");
    for name in names {
        match (*name, request.header(&name.to_lowercase())) {
            ("@request-target", _) => text.push_str(&format!("{} {}\n", request.method, request.path_and_query)),
            (_, "") => {}
            (name, value) => text.push_str(&format!("{name}: {value}\n")),
        }
    }
    text
}

/// The value of `name="value"`; empty if there is none.
fn field<'a>(fields: &'a str, name: &str) -> &'a str {
    let mut parts = fields.split('"');
    while let (Some(before), Some(value)) = (parts.next(), parts.next()) {
        if before.trim_start_matches([',', ' ']).strip_suffix('=') == Some(name) {
            return value;
        }
    }
    ""
}

fn refused(reason: &str) -> Verdict {
    let body = format!("{{\"message\":\"client request can't be validated: {}\"}}", reason.replace('"', "\\\""));
    Err(Answer::text(401, &body))
}
