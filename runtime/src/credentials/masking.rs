//! Replaces secrets in texts that people see, however a server spells them when it sends them back.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::FieldType;
use crate::request::encode_query;

/// Shorter texts are no secrets, and masking them would garble the message.
const SHORTEST: usize = 4;
/// Shorter values of headers are words more often than secrets.
const SHORTEST_VALUE: usize = 8;
/// Pieces of a key or of header values shorter than this are words, not secrets.
const SHORTEST_PIECE: usize = 12;

/// Texts that nobody may see. `Debug` shows nothing of them.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// Adds what must not be shown of a stored text: a secret whole, a key and header values in pieces too.
    pub(super) fn add_stored(&mut self, kind: FieldType, text: &str) {
        match kind {
            FieldType::Secret => self.add(text),
            FieldType::SigningKey => {
                self.add(text);
                self.add_pieces(text);
            }
            FieldType::Headers => {
                let values: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
                let texts = values.values().filter_map(Value::as_str);
                texts.filter(|value| value.trim().len() >= SHORTEST_VALUE).for_each(|value| self.add(value));
                self.add_pieces(text);
            }
            _ => {}
        }
    }

    /// Adds one secret: as it is, as it stands in a URL, in JSON and in base64, and without the scheme before it
    /// (`Bearer sk-1` holds `sk-1`).
    pub(crate) fn add(&mut self, text: &str) {
        let text = text.trim();
        if text.len() < SHORTEST {
            return;
        }
        self.push(text.to_owned());
        let encoded = encode_query(text);
        if encoded != text {
            self.push(encoded.to_ascii_lowercase());
            self.push(encoded);
            let quoted = Value::from(text).to_string();
            self.push(quoted.trim_matches('"').to_owned());
        }
        // The last character depends on what follows.
        let whole = text.len() * 4 / 3;
        for base64 in [STANDARD_NO_PAD.encode(text), URL_SAFE_NO_PAD.encode(text)] {
            self.push(base64.get(..whole).unwrap_or_default().to_owned());
        }
        if let Some((_, bare)) = text.split_once(' ').filter(|(_, bare)| bare.trim().len() >= SHORTEST_PIECE) {
            self.add(bare);
        }
    }

    /// Adds user name and password of a URL, as they are written and as they are sent.
    pub(crate) fn add_user_info(&mut self, url: &str) {
        let Some((before, _)) = url.rsplit_once('@') else { return };
        let user = before.split_once("://").map_or(before, |(_, user)| user);
        self.add(user);
        if let Some((_, password)) = user.split_once(':') {
            self.add(password);
        }
    }

    /// Adds others.
    pub(crate) fn extend(&mut self, others: &Secrets) {
        self.0.extend_from_slice(&others.0);
    }

    fn add_pieces(&mut self, text: &str) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=' | '.');
        for piece in text.split(|c| !is_part(c)).filter(|piece| piece.len() >= SHORTEST_PIECE) {
            self.push(piece.to_owned());
        }
    }

    fn push(&mut self, text: String) {
        if text.len() >= SHORTEST {
            self.0.push(Zeroizing::new(text));
        }
    }

    /// `text` with every secret replaced by `***`, the longest first. Mask before cutting: half a secret is none that
    /// could be found.
    pub(crate) fn mask(&self, text: &str) -> String {
        let mut found: Vec<&str> = self.0.iter().map(|secret| secret.as_str()).collect();
        found.retain(|secret| text.contains(secret));
        found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let mut text = text.to_owned();
        for secret in found {
            text = text.replace(secret, "***");
        }
        text
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
