//! Text shown to people, in the languages Dify knows.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// A label or help text. Languages that are absent are left out of what is sent; Dify then shows `en_US`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// `en_US`, always there.
    pub en_us: &'static str,
    /// `zh_Hans`.
    pub zh_hans: Option<&'static str>,
    /// `ja_JP`.
    pub ja_jp: Option<&'static str>,
    /// `pt_BR`.
    pub pt_br: Option<&'static str>,
}

impl Text {
    /// The same text in every language.
    pub const fn all(text: &'static str) -> Self {
        Text { en_us: text, zh_hans: None, ja_jp: None, pt_br: None }
    }

    /// English and simplified Chinese.
    pub const fn en_zh(en_us: &'static str, zh_hans: &'static str) -> Self {
        Text { en_us, zh_hans: Some(zh_hans), ja_jp: None, pt_br: None }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("en_US", self.en_us)?;
        for (language, text) in [("zh_Hans", self.zh_hans), ("ja_JP", self.ja_jp), ("pt_BR", self.pt_br)] {
            if let Some(text) = text {
                map.serialize_entry(language, text)?;
            }
        }
        map.end()
    }
}
