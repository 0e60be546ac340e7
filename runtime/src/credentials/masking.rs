//! What nobody may see of stored values and of requests, and texts with it taken out.
//!
//! A server may send a secret back in any spelling, so that no list of spellings would do: [`search`] reads the text
//! instead, in every way that gives back what was sent.

mod parts;
mod search;
mod spellings;

use std::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::FieldType;
use parts::Parts;

/// Texts that nobody may see. What to search for is only made of them when there is a text to search: most calls show
/// nothing. `Debug` shows nothing of them.
#[derive(Clone, Default, ZeroizeOnDrop)]
pub(crate) struct Secrets(Vec<Secret>);

#[derive(Clone, PartialEq, ZeroizeOnDrop)]
struct Secret {
    #[zeroize(skip)]
    kind: Kind,
    text: Zeroizing<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    Header,
    UserInfo,
    Stored(FieldType),
}

impl Secrets {
    /// Whether stored texts of this kind hold any.
    pub(super) fn are_in(kind: FieldType) -> bool {
        matches!(kind, FieldType::Secret | FieldType::SigningKey | FieldType::Headers | FieldType::Url)
    }

    /// Adds what must not be shown of a stored text: a secret whole, a key and header values in pieces too, of a URL
    /// what proves the caller.
    pub(super) fn add_stored(&mut self, kind: FieldType, text: &str) {
        self.push(Kind::Stored(kind), text);
    }

    /// Adds one secret: as it is, without percent-encoding, without the scheme before it (`Bearer sk-1` holds `sk-1`),
    /// the parts of a token, user name and password of a URL.
    pub(crate) fn add(&mut self, text: &str) {
        self.push(Kind::Whole, text);
    }

    /// Adds the value of a header that somebody gave, whole and in pieces, unless it is a mere word.
    pub(crate) fn add_header(&mut self, value: &str) {
        self.push(Kind::Header, value);
    }

    /// Adds user name and password of a URL, as they are written and as they are sent.
    pub(crate) fn add_user_info(&mut self, url: &str) {
        self.push(Kind::UserInfo, url);
    }

    /// Adds others.
    pub(crate) fn extend(&mut self, others: &Secrets) {
        others.0.iter().for_each(|Secret { kind, text }| self.push(*kind, text));
    }

    fn push(&mut self, kind: Kind, text: &str) {
        if !text.is_empty() && !self.0.iter().any(|known| known.kind == kind && known.text.as_str() == text) {
            self.0.push(Secret { kind, text: Zeroizing::new(text.to_owned()) });
        }
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::default();
        for Secret { kind, text } in &self.0 {
            match kind {
                Kind::Whole => parts.add(text),
                Kind::Header => parts.add_header(text),
                Kind::UserInfo => parts.add_user_info(text),
                Kind::Stored(kind) => parts.add_stored(*kind, text),
            }
        }
        parts
    }

    /// `text` with every secret in it replaced by `***`, in whatever spelling it stands there. Mask before cutting: of
    /// half a secret only its beginning is found, and only at the end of the text.
    pub(crate) fn mask(&self, text: &str) -> String {
        let mut parts = self.parts();
        let mut found = search::find(text, parts.texts());
        found.sort_unstable();
        let mut masked = String::with_capacity(text.len());
        let mut shown = 0;
        for (start, end) in found {
            if start > shown || (start == 0 && shown == 0) {
                masked.push_str(text.get(shown..start).unwrap_or_default());
                masked.push_str("***");
            }
            shown = shown.max(end);
        }
        masked.push_str(text.get(shown..).unwrap_or_default());
        masked
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests;
