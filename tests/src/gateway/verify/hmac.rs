//! AK/SK signatures as `hmac_auth` checks them.
//!
//! Stricter in one point: a form without a body, which the original never verifies, is verified here.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use ring::hmac;

use super::{Answer, Incoming, Verdict, allowed, date, pairs};

const FIXED: [&str; 4] = ["accept", "content-md5", "content-type", "date"];
const LARGEST_BODY: usize = 32 << 20;

/// A route's configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Access key to secret key.
    pub secrets: HashMap<String, String>,
    /// Access key to consumer name.
    pub names: HashMap<String, String>,
    /// Consumers that may pass; all if empty.
    pub allow: Vec<String>,
    /// How far the request's time may be off, in seconds; 0 for no check.
    pub date_offset: i64,
}

/// Checks the signature and, if there is one, the hash of the body. `now` in seconds since 1970.
///
/// # Errors
/// The gateway's answer to a request it refuses.
pub fn verify(request: &Incoming<'_>, config: &Config, now: i64) -> Verdict {
    let key = request.header("x-ca-key");
    let secret = config.secrets.get(key).ok_or_else(|| Answer::text(401, "Invalid Key"))?;
    let name = config.names.get(key);
    if name.is_some_and(|name| !allowed(&config.allow, name)) {
        return Err(Answer::text(403, "Unauthorized Consumer"));
    }
    let form = request.header("content-type").to_lowercase().contains("application/x-www-form-urlencoded");
    if form {
        check_body(request, true)?;
        check_signature(request, secret, config.date_offset, now, true)?;
    } else {
        check_signature(request, secret, config.date_offset, now, false)?;
        check_body(request, false)?;
    }
    Ok(name.map_or(key, String::as_str).to_owned())
}

fn check_body(request: &Incoming<'_>, form: bool) -> Result<(), Answer> {
    let claimed = request.header("content-md5");
    if (form || !claimed.is_empty()) && request.body.len() > LARGEST_BODY {
        return Err(Answer::text(413, "Request Body Too Large"));
    }
    let fits = || !request.body.is_empty() && STANDARD.encode(Md5::digest(request.body)) == claimed;
    if claimed.is_empty() || fits() { Ok(()) } else { Err(Answer::text(400, "Invalid Content-MD5")) }
}

fn check_signature(request: &Incoming<'_>, secret: &str, date_offset: i64, now: i64, form: bool) -> Result<(), Answer> {
    let signature = request.header("x-ca-signature");
    if signature.is_empty() {
        return Err(Answer::text(401, "Empty Signature"));
    }
    let late = |at: i64| at.abs_diff(now * 1000) > date_offset.unsigned_abs() * 1000;
    if date_offset > 0 && request_millis(request).is_none_or(late) {
        return Err(Answer::text(400, "Invalid Date"));
    }
    let algorithm = match request.header("x-ca-signature-method") {
        "HmacSHA1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        _ => hmac::HMAC_SHA256,
    };
    let text = string_to_sign(request, form);
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), &text);
    if STANDARD.encode(tag) == signature {
        return Ok(());
    }
    let shown = String::from_utf8_lossy(&text).replace('\n', "#");
    Err(Answer::text(400, "Invalid Signature").with("x-ca-error-message", format!("Server StringToSign:`{shown}`")))
}

/// When the request says it was made, in milliseconds since 1970.
fn request_millis(request: &Incoming<'_>) -> Option<i64> {
    let date = request.header("date");
    if !date.is_empty() {
        return date::seconds(date).map(|seconds| seconds * 1000);
    }
    let stamp = request.header("x-ca-timestamp");
    let number: i64 = stamp.parse().ok()?;
    number.checked_mul(if stamp.len() < 13 { 1000 } else { 1 })
}

fn string_to_sign(request: &Incoming<'_>, form: bool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut line = |parts: &[&str]| {
        parts.iter().for_each(|part| text.extend_from_slice(part.as_bytes()));
        text.push(b'\n');
    };
    line(&[request.method]);
    for name in FIXED {
        line(&[request.header(name)]);
    }
    let listed = request.header("x-ca-signature-headers").to_lowercase();
    let unsigned = ["", ":method", "x-ca-signature", "x-ca-signature-headers"];
    let mut names: Vec<&str> =
        listed.split(',').filter(|name| !unsigned.contains(name) && !FIXED.contains(name)).collect();
    names.sort_unstable();
    for name in names {
        line(&[name, ":", request.header(name)]);
    }

    let mut parameters = BTreeMap::new();
    let fields = if form { pairs(request.body) } else { Vec::new() };
    // The first of a name counts, so insert from the back.
    parameters.extend(request.parameters().into_iter().chain(fields).rev());
    text.extend_from_slice(request.path().as_bytes());
    for (index, (name, value)) in parameters.into_iter().enumerate() {
        text.push(if index == 0 { b'?' } else { b'&' });
        text.extend([name, value].join(&b'='));
    }
    text
}
