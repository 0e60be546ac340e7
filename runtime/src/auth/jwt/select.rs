//! Which key of what was pasted signs, and with which algorithm (gateway reference 2.2).

use serde_json::{Map, Value};

use super::algorithm::{Algorithm, Kind};
use super::key::{PrivateKey, has_private_part, jwk_kind};
use super::pem;
use super::refusal::Refusal;
use crate::credentials::Wiped;

/// A chosen key with its algorithm and `kid`.
#[derive(Debug)]
pub struct Key {
    pub(super) private: PrivateKey,
    algorithm: Algorithm,
    key_id: Option<String>,
    index: usize,
}

impl Key {
    /// Reads `text` and chooses. A configured `key_id` must match exactly; else the first key that can sign and fits
    /// the configured algorithm; else the first that can sign. The algorithm is the key's, else the configured one,
    /// else the usual one for its kind; where both are given they must agree.
    ///
    /// # Errors
    /// Why nothing in `text` can sign.
    pub fn choose(text: &str, algorithm: Option<&str>, key_id: Option<&str>) -> Result<Self, Refusal> {
        let wanted = present(algorithm).map(named).transpose()?;
        let key_id = present(key_id);
        let text = text.trim_start_matches('\u{feff}').trim();
        if pem::is_pem(text) {
            return Self::finish(pem::read(text)?, None, wanted, key_id.map(str::to_owned), 0);
        }
        // Line breaks inside a JSON text are a pasted PEM's: blanks do as well there and everywhere else.
        let text = zeroize::Zeroizing::new(text.replace(['\n', '\r', '\t'], " "));
        let value: Value = serde_json::from_str(&text).map_err(|error| Refusal::InvalidJson(Some(error.column())))?;
        let Value::Object(document) = value else {
            return Err(Refusal::InvalidJson(None));
        };
        let document = Wiped::from(document);
        let entry = match document.get("keys") {
            Some(Value::Array(keys)) => from_set(keys, wanted, key_id)?,
            Some(_) => return Err(Refusal::NoUsableKey),
            None => single(&document, key_id)?,
        };
        let own = entry.algorithm().map(named).transpose()?;
        let id = entry.key_id().or(key_id).map(str::to_owned);
        Self::finish(entry.load()?, own, wanted, id, entry.index)
    }

    fn finish(
        private: PrivateKey,
        own: Option<Algorithm>,
        wanted: Option<Algorithm>,
        key_id: Option<String>,
        index: usize,
    ) -> Result<Self, Refusal> {
        for algorithm in [wanted, own].into_iter().flatten() {
            algorithm.check(private.kind)?;
        }
        let algorithm = match (own, wanted) {
            (Some(key), Some(configured)) if key != configured => {
                return Err(Refusal::AlgDisagrees { key, configured });
            }
            (own, wanted) => own.or(wanted).unwrap_or_else(|| private.kind.default_algorithm()),
        };
        Ok(Key { private, algorithm, key_id, index })
    }

    /// The algorithm it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `kid` of tokens it signs.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Its position in the set; 0 where there is no set.
    pub fn index(&self) -> usize {
        self.index
    }
}

/// One key of a document, not yet read.
#[derive(Clone, Copy)]
struct Entry<'a> {
    index: usize,
    members: &'a Map<String, Value>,
}

impl<'a> Entry<'a> {
    fn text(self, name: &str) -> Option<&'a str> {
        present(self.members.get(name).and_then(Value::as_str))
    }

    fn key_id(self) -> Option<&'a str> {
        self.text("kid")
    }

    fn algorithm(self) -> Option<&'a str> {
        self.text("alg")
    }

    fn is_for_signing(self) -> bool {
        self.text("use").is_none_or(|purpose| purpose == "sig")
            && self.algorithm().is_none_or(|name| Algorithm::named(name).is_some())
    }

    /// The kind of a key that has its private part.
    fn private_kind(self) -> Option<Kind> {
        match self.members.get("private_key") {
            Some(_) => self.load().ok().map(|key| key.kind),
            None => jwk_kind(self.members).ok().filter(|kind| has_private_part(self.members, *kind)),
        }
    }

    fn fits(self, wanted: Algorithm) -> bool {
        match self.algorithm() {
            Some(own) => own == wanted.name(),
            None => self.private_kind().is_some_and(|kind| wanted.takes(kind)),
        }
    }

    fn load(self) -> Result<PrivateKey, Refusal> {
        match self.members.get("private_key") {
            Some(Value::String(text)) => pem::read(text),
            Some(_) => Err(Refusal::InvalidPem("`private_key` is not a text")),
            None => PrivateKey::of_jwk(self.members),
        }
    }
}

fn single<'a>(members: &'a Map<String, Value>, key_id: Option<&str>) -> Result<Entry<'a>, Refusal> {
    let entry = Entry { index: 0, members };
    match (entry.key_id(), key_id) {
        (Some(own), Some(wanted)) if own != wanted => Err(Refusal::KidNotFound),
        _ if entry.text("use").is_some_and(|purpose| purpose != "sig") => Err(Refusal::NoUsableKey),
        _ => Ok(entry),
    }
}

fn from_set<'a>(keys: &'a [Value], wanted: Option<Algorithm>, key_id: Option<&str>) -> Result<Entry<'a>, Refusal> {
    let entries = || {
        let objects = keys.iter().enumerate().filter_map(|(index, key)| Some((index, key.as_object()?)));
        objects.map(|(index, members)| Entry { index, members })
    };
    if key_id.is_some() {
        let entry = entries().find(|entry| entry.key_id() == key_id).ok_or(Refusal::KidNotFound)?;
        return if entry.is_for_signing() { Ok(entry) } else { Err(Refusal::NoUsableKey) };
    }
    let signing = || entries().filter(|entry| entry.is_for_signing());
    let usable = || signing().filter(|entry| entry.private_kind().is_some());
    let fitting = wanted.and_then(|wanted| usable().find(|entry| entry.fits(wanted)));
    if let Some(entry) = fitting.or_else(|| usable().next()) {
        return Ok(entry);
    }
    // Nothing signs: say why with the words of the one key there is, or with the usual mistake.
    match keys {
        [_] => signing().next().ok_or(Refusal::NoUsableKey),
        _ if signing().any(|entry| jwk_kind(entry.members).is_ok()) => Err(Refusal::MissingPrivatePart),
        _ => Err(Refusal::NoUsableKey),
    }
}

fn named(name: &str) -> Result<Algorithm, Refusal> {
    Algorithm::named(name).ok_or(Refusal::UnsupportedAlg)
}

fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str, algorithm: Option<&str>, key_id: Option<&str>) -> &'static str {
        Key::choose(text, algorithm, key_id).unwrap_err().label()
    }

    #[test]
    fn a_lone_key_answers_to_its_own_kid_or_takes_the_configured_one() {
        let own = r#"{"kty":"oct","k":"c2VjcmV0","kid":"a"}"#;
        assert_eq!(refusal(own, None, Some("b")), "kid_not_found");
        let none = r#"{"kty":"oct","k":"c2VjcmV0"}"#;
        assert_eq!(Key::choose(none, None, Some("b")).unwrap().key_id(), Some("b"));
        assert_eq!(Key::choose(none, Some(" "), Some("")).unwrap().key_id(), None);
    }

    #[test]
    fn algorithms_of_one_family_must_agree() {
        let key = r#"{"kty":"oct","k":"c2VjcmV0","alg":"HS512"}"#;
        assert_eq!(refusal(key, Some("HS256"), None), "alg_kty_mismatch");
        assert_eq!(Key::choose(key, None, None).unwrap().algorithm(), Algorithm::HS512);
    }

    #[test]
    fn debug_output_hides_the_key() {
        let key = Key::choose(r#"{"kty":"oct","k":"c2VjcmV0"}"#, None, None).unwrap();
        assert_eq!(format!("{key:?}"), "Key { private: Oct ***, algorithm: HS256, key_id: None, index: 0 }");
    }

    #[test]
    fn a_key_made_by_hand_may_have_bits_that_no_byte_takes() {
        assert!(Key::choose(r#"{"kty":"oct","k":"my-gateway-key-2025"}"#, None, None).is_ok());
    }

    #[test]
    fn blanks_and_padding_are_forgiven() {
        let key = "\u{feff} {\"kty\":\"oct\",\n\"k\":\"c2Vj\ncmV0MQ==\"} ";
        assert!(Key::choose(key, None, None).is_ok());
    }

    #[test]
    fn a_set_of_one_says_what_is_wrong_with_it() {
        assert_eq!(refusal(r#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}"#, None, None), "missing_private_part");
        assert_eq!(refusal(r#"{"keys":[{"k":"AQ"}]}"#, None, None), "missing_kty");
        assert_eq!(refusal(r#"{"keys":[{"kty":"oct","k":"AQ","use":"enc"}]}"#, None, None), "no_usable_key");
        assert_eq!(refusal(r#"{"keys":[7]}"#, None, None), "no_usable_key");
        assert_eq!(refusal(r#"{"keys":7}"#, None, None), "no_usable_key");
        assert_eq!(refusal("[]", None, None), "invalid_json");
    }

    #[test]
    fn senseless_rsa_numbers_are_refused() {
        for (n, e, d) in [("AA", "AQAB", "AA"), ("AQ", "AQ", "AQ"), ("_____w", "AQAB", "_____w"), ("AQ", "AA", "AQ")] {
            let key = format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}","d":"{d}"}}"#);
            assert_eq!(refusal(&key, None, None), "invalid_key");
        }
        let large = "_".repeat(342);
        for e in ["AQAB", "Aw", "AQAC", "_____w"] {
            for d in [&large, &large[..171]] {
                let key = format!(r#"{{"kty":"RSA","n":"{large}","e":"{e}","d":"{d}"}}"#);
                let label = refusal(&key, None, None);
                assert!(["invalid_key", "invalid_base64url"].contains(&label), "{label}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_key_or_refused(text in "\\PC*", inner in "[-A-Za-z0-9+/=\\\\ ]*") {
            let _ = Key::choose(&text, None, None);
            let _ = Key::choose(&format!("-----BEGIN PRIVATE KEY-----{inner}-----END PRIVATE KEY-----"), None, None);
            let _ = Key::choose(&format!("-----BEGIN EC PRIVATE KEY-----{inner}-----END EC PRIVATE KEY-----"), None, None);
            let _ = Key::choose(&format!("-----BEGIN RSA PRIVATE KEY-----{inner}-----END RSA PRIVATE KEY-----"), None, None);
        }
    }
}
