//! What is searched for: a secret whole, and the parts of it that prove as much.
//!
//! Parts of fewer than [`SHORTEST`] bytes are not masked: they keep nothing secret, and masking them would garble every
//! message.

use serde_json::Map;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::spellings;
use crate::connection::DIRECT;
use crate::credentials::values::{LONGEST_HEADERS, plain_text};
use crate::credentials::{FieldType, Wiped};

/// Shorter texts are no secrets.
const SHORTEST: usize = 4;
/// Shorter values of headers are words more often than secrets.
const SHORTEST_VALUE: usize = 8;
/// Pieces of a key or of header values shorter than this are words, not secrets.
const SHORTEST_PIECE: usize = 12;
/// Longer values of a URL's query are keys, whatever their name.
const LONG_VALUE: usize = 20;

/// Names of query parameters that hold a key.
const KEY_NAMES: [&str; 7] = ["key", "token", "secret", "sign", "auth", "pass", "cred"];

/// Texts to search for.
#[derive(Default, ZeroizeOnDrop)]
pub(super) struct Parts(Vec<Zeroizing<String>>);

impl Parts {
    /// All of them, each once.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &str> {
        self.0.sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
        self.0.dedup();
        self.0.iter().map(|part| part.as_str())
    }

    /// Adds what must not be shown of a stored text: a secret whole, a key and header values in pieces too, of a URL
    /// what proves the caller.
    pub(super) fn add_stored(&mut self, kind: FieldType, text: &str) {
        match kind {
            FieldType::Secret if text.trim().eq_ignore_ascii_case(DIRECT) => {}
            FieldType::Secret => self.add(text),
            FieldType::SigningKey => {
                self.add(text);
                self.add_pieces(text);
            }
            FieldType::Headers => {
                if text.len() > LONGEST_HEADERS {
                    return;
                }
                let values = Wiped::from(serde_json::from_str::<Map<_, _>>(text).unwrap_or_default());
                values.values().filter_map(plain_text).for_each(|value| self.add_header(&value));
                self.add_pieces(text);
            }
            FieldType::Url => {
                self.add_user_info(text);
                let query = text.split_once('?').map_or("", |(_, query)| query);
                for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
                    let name = name.to_ascii_lowercase();
                    if value.len() >= LONG_VALUE || KEY_NAMES.iter().any(|word| name.contains(word)) {
                        self.add(value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Adds one secret: as it is, without percent-encoding, without the scheme before it (`Bearer sk-1` holds `sk-1`, and so
    /// does the whole line of a header), the parts of a token, user name and password of a URL, which may lack its scheme.
    pub(super) fn add(&mut self, text: &str) {
        let text = text.trim();
        self.add_spelled(text);
        for (_, bare) in [text.split_once(' '), text.rsplit_once(' ')].into_iter().flatten() {
            if bare.trim().len() >= SHORTEST_PIECE {
                self.add_spelled(bare.trim());
            }
        }
        if text.contains("://") || text.split_once(':').is_some_and(|(_, rest)| rest.contains('@')) {
            self.add_user_info(text);
        }
    }

    /// Adds a text as it is and without percent-encoding, and the parts of a token.
    fn add_spelled(&mut self, text: &str) {
        self.push(text);
        let decoded = Zeroizing::new(spellings::percent_decoded(text).into_owned());
        if decoded.as_str() != text {
            self.push(&decoded);
        }
        let parts: Vec<&str> = text.split('.').collect();
        if let [_, payload, signature] = parts.as_slice()
            && parts.iter().all(|part| part.len() >= SHORTEST_PIECE && part.bytes().all(spellings::is_base64))
        {
            self.push(payload);
            self.push(signature);
        }
    }

    /// Adds the value of a header that somebody gave, whole and in pieces, unless it is a mere word.
    pub(super) fn add_header(&mut self, value: &str) {
        if value.trim().len() >= SHORTEST_VALUE {
            self.add(value);
            self.add_pieces(value);
        }
    }

    /// Adds user name and password of a URL, as they are written and as they are sent.
    pub(super) fn add_user_info(&mut self, url: &str) {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        let Some((user_info, _)) = authority.rsplit_once('@') else { return };
        if let Some((_, password)) = user_info.split_once(':') {
            self.add_spelled(password);
        }
        self.add_spelled(user_info);
    }

    fn add_pieces(&mut self, text: &str) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=' | '.');
        for piece in text.split(|c| !is_part(c)).filter(|piece| piece.len() >= SHORTEST_PIECE) {
            self.push(piece);
        }
    }

    fn push(&mut self, text: &str) {
        if text.len() >= SHORTEST {
            self.0.push(Zeroizing::new(text.to_owned()));
        }
    }
}
