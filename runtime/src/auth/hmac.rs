//! Signing a request with a message authentication code: the MAC itself and the facts of a request that go into the
//! signed text, exactly as Higress `hmac_auth` and API Gateway compute them (gateway reference 1.1).
//!
//! It does not know which facts are signed, in which order, or where the result is put: that is the auth spec.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use md5::{Digest, Md5};
use sha2::Sha256;

use crate::credentials::Secret;
use crate::request::Request;

/// The hash of the MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mac {
    HmacSha1,
    HmacSha256,
    HmacSha512,
}

/// How the MAC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Standard alphabet, padded.
    Base64,
    /// Lower-case digits.
    Hex,
}

impl Mac {
    /// The MAC of `text`. The secret is used as its UTF-8 bytes.
    pub fn sign(self, secret: &Secret, text: &str, encoding: Encoding) -> String {
        let (key, text) = (secret.reveal().as_bytes(), text.as_bytes());
        let bytes = match self {
            Mac::HmacSha1 => digest::<Hmac<sha1::Sha1>>(key, text),
            Mac::HmacSha256 => digest::<Hmac<sha2::Sha256>>(key, text),
            Mac::HmacSha512 => digest::<Hmac<sha2::Sha512>>(key, text),
        };
        match encoding {
            Encoding::Base64 => STANDARD.encode(bytes),
            Encoding::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

fn digest<M: hmac::Mac + hmac::digest::KeyInit>(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = <M as hmac::Mac>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// Base64 of the MD5 of the body; absent for an empty body or a form (`$request.body.md5`).
pub fn body_md5(request: &Request) -> Option<String> {
    has_content(request).then(|| STANDARD.encode(Md5::digest(&request.body)))
}

/// The SHA-256 of the body in lower-case hexadecimal; absent for an empty body or a form (`$request.body.sha256`).
pub fn body_sha256(request: &Request) -> Option<String> {
    has_content(request).then(|| Sha256::digest(&request.body).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The value of a `digest` header, `SHA-256=<base64>`; absent for an empty body or a form (`$request.body.digest`).
pub fn body_digest(request: &Request) -> Option<String> {
    has_content(request).then(|| format!("SHA-256={}", STANDARD.encode(Sha256::digest(&request.body))))
}

fn has_content(request: &Request) -> bool {
    !request.body.is_empty() && !is_form(request)
}

/// Path and query as they are sent, nothing decoded (`$request.target`).
pub fn target(request: &Request) -> String {
    match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    }
}

/// Path, then decoded parameters sorted by name (`$request.sorted_target`, gateway reference 1.1).
///
/// Path bytes as sent; names in byte order; the first of several equal names counts; a form body adds its fields after
/// the query. Bytes that decode to no UTF-8 text become U+FFFD: such a parameter cannot be signed correctly.
pub fn sorted_target(request: &Request) -> String {
    let mut parameters = BTreeMap::new();
    collect(request.url.query().unwrap_or_default().as_bytes(), &mut parameters);
    if is_form(request) {
        collect(&request.body, &mut parameters);
    }
    let mut target = request.url.path().as_bytes().to_vec();
    let mut mark = b'?';
    for (name, value) in parameters {
        target.push(mark);
        target.extend(name);
        target.push(b'=');
        target.extend(value);
        mark = b'&';
    }
    String::from_utf8_lossy(&target).into_owned()
}

/// The names of the signed headers that the request has, in the order given, joined with `,` (`$signed`). What is not
/// sent is not signed.
pub fn signed_names(request: &Request, names: &[&str]) -> String {
    let sent = names.iter().filter(|name| request.header(name).is_some());
    sent.copied().collect::<Vec<_>>().join(",")
}

/// One line per signed header that the request has, in the order given: the name, `separator`, the value (spec:
/// `each_signed`).
pub fn each_signed(request: &Request, names: &[&str], separator: &str) -> Vec<String> {
    names.iter().filter_map(|name| Some(format!("{name}{separator}{}", request.header(name)?))).collect()
}

fn is_form(request: &Request) -> bool {
    request
        .header("content-type")
        .is_some_and(|value| value.to_ascii_lowercase().contains("application/x-www-form-urlencoded"))
}

/// Adds the parameters of `a=1&b=2`. One `&` at the end adds nothing, an empty segment adds an empty name, and a
/// segment without `=` is kept undecoded.
fn collect(mut rest: &[u8], parameters: &mut BTreeMap<Vec<u8>, Vec<u8>>) {
    while !rest.is_empty() {
        let (segment, after) = cut(rest, b'&').unwrap_or((rest, &[]));
        let (name, value) = match cut(segment, b'=') {
            Some((name, value)) => (decode(name), decode(value)),
            None => (segment.to_vec(), Vec::new()),
        };
        parameters.entry(name).or_insert(value);
        rest = after;
    }
}

fn cut(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = memchr::memchr(at, bytes)?;
    Some((&bytes[..index], &bytes[index + 1..]))
}

/// Percent-decodes as the gateway does: `+` stays, `%` before fewer than two bytes stays, and digits are not checked
/// (what is no digit is still computed with, so that both sides get the same wrong byte).
fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        match after {
            [high, low, tail @ ..] if byte == b'%' => {
                out.push(digit(*high).wrapping_mul(16).wrapping_add(digit(*low)));
                rest = tail;
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

fn digit(byte: u8) -> u8 {
    if byte.is_ascii_digit() { byte - b'0' } else { byte.to_ascii_uppercase().wrapping_sub(b'A').wrapping_add(10) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::Url;

    use super::*;

    fn get(url: &str) -> Request {
        Request { method: "GET", url: Url::parse(url).unwrap(), headers: Vec::new(), body: bytes::Bytes::new() }
    }

    #[test]
    fn known_macs_in_both_encodings() {
        // RFC 4231 and RFC 2202, test case 2.
        let (secret, text) = (Secret::new("Jefe"), "what do ya want for nothing?");
        assert_eq!(Mac::HmacSha1.sign(&secret, text, Encoding::Hex), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert_eq!(
            Mac::HmacSha256.sign(&secret, text, Encoding::Hex),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = Mac::HmacSha512.sign(&secret, text, Encoding::Hex);
        assert!(long.starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"));
        assert_eq!(Mac::HmacSha1.sign(&secret, text, Encoding::Base64), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
    }

    #[test]
    fn the_body_is_named_by_its_hash_unless_it_is_empty_or_a_form() {
        let mut request = get("https://gw/v1/rerank?a=%2F&b");
        assert_eq!((body_md5(&request), body_sha256(&request), body_digest(&request)), (None, None, None));
        request.body = bytes::Bytes::from_static(b"abc");
        // FIPS 180-2, B.1.
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(body_sha256(&request).as_deref(), Some(hex));
        assert_eq!(body_digest(&request).as_deref(), Some("SHA-256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="));
        request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        assert_eq!((body_md5(&request), body_digest(&request)), (None, None));
        assert_eq!(target(&request), "/v1/rerank?a=%2F&b");
    }

    #[test]
    fn a_percent_sign_without_two_bytes_after_it_stays() {
        assert_eq!(sorted_target(&get("https://gw/p?a=%4&b=%&c=%41")), "/p?a=%4&b=%&c=A");
    }

    #[test]
    fn what_is_not_sent_is_not_signed() {
        let mut request = get("https://gw/p");
        request.headers.push(("date".into(), "Thu, 01 Jan 2026 00:00:00 GMT".into()));
        assert_eq!(each_signed(&request, &["date", "digest"], ": "), ["date: Thu, 01 Jan 2026 00:00:00 GMT"]);
        assert_eq!(signed_names(&request, &["date", "digest"]), "date");
        assert!(each_signed(&request, &["digest"], ":").is_empty());
    }

    proptest! {
        #[test]
        fn any_target_can_be_signed(query in "\\PC*", body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut request = get("https://gw/p");
            request.url.set_query(Some(&query));
            request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
            request.body = body.into();
            prop_assert!(sorted_target(&request).starts_with("/p"));
        }

        #[test]
        fn what_we_add_to_a_query_is_what_the_gateway_reads(name in "[a-z%+&= é]{1,8}", value in "\\PC{1,12}") {
            let mut request = get("https://gw/p");
            request.add_query(&name, &value);
            prop_assert_eq!(sorted_target(&request), format!("/p?{name}={value}"));
        }
    }
}
