//! Private keys as people paste them: a key that is taken signs, one that is refused is not shown, and line breaks of a
//! PEM may come in any form.
//!
//! An input is a line such as `RS256 my-kid` (configured algorithm and key id, `-` for none) and what was pasted.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runtime::auth::Moment;
use runtime::auth::jwt::{Key, Order, mint};
use runtime::credentials::{Secret, SigningKey};
use serde_json::Value;

use crate::split_line;

/// Shorter pieces of a key are words.
const SHORTEST_PIECE: usize = 16;

/// Checks one input.
///
/// # Panics
/// If it does not hold.
pub fn check(input: &[u8]) {
    let (how, text) = split_line(input);
    let (Ok(how), Ok(text)) = (std::str::from_utf8(how), std::str::from_utf8(text)) else { return };
    let mut words = how.split(' ').map(|word| Some(word).filter(|word| *word != "-"));
    let (algorithm, key_id) = (words.next().flatten(), words.next().flatten());
    let chosen = Key::choose(text, algorithm, key_id);
    let pasted = text.trim();
    if pasted.contains("-----BEGIN ") && !pasted.starts_with('{') {
        let told = |text: &str| match Key::choose(text, algorithm, key_id) {
            Ok(key) => format!("{:?}", key.algorithm()),
            Err(refusal) => refusal.to_string(),
        };
        if !pasted.contains('\\') {
            assert_eq!(told(&pasted.replace('\n', "\\n")), told(pasted), "line breaks as two characters");
        }
    }
    let key = SigningKey { text: Secret::new(text), label: "Private key" };
    let order = Order {
        key: &key,
        algorithm,
        key_id,
        ttl: Duration::from_secs(600),
        backdate: Duration::from_secs(60),
        claims: vec![("iss".to_owned(), "me".to_owned())],
    };
    let minted = mint(&order, &Moment::now());
    match (chosen, minted) {
        (Err(refusal), minted) => {
            assert!(minted.is_err(), "a key that is refused mints nothing");
            not_shown(text, &refusal.to_string());
        }
        (Ok(_), Err(refusal)) => not_shown(text, &refusal.to_string()),
        (Ok(key), Ok(token)) => {
            let parts: Vec<&str> = token.text.reveal().split('.').collect();
            assert_eq!(parts.len(), 3);
            let header = URL_SAFE_NO_PAD.decode(parts[0]).expect("base64url");
            let header: Value = serde_json::from_slice(&header).expect("JSON");
            assert_eq!(header["alg"], key.algorithm().name());
            assert_eq!(header["kid"].as_str(), key.key_id());
            assert!(URL_SAFE_NO_PAD.decode(parts[2]).is_ok_and(|signature| signature.len() >= 32));
        }
    }
}

/// No piece of the key is in what is said of it.
fn not_shown(key: &str, said: &str) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=');
    let shown = key.split(|c| !is_part(c)).find(|piece| piece.len() >= SHORTEST_PIECE && said.contains(piece));
    assert_eq!(shown, None, "{said}");
}
