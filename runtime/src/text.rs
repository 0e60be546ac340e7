//! Text shown to people: in the languages Dify knows, and on one line.

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

    /// The languages it is in, by Dify's names, and what it is there.
    pub fn languages(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let texts =
            [("en_US", Some(self.en_us)), ("zh_Hans", self.zh_hans), ("ja_JP", self.ja_jp), ("pt_BR", self.pt_br)];
        texts.into_iter().filter_map(|(language, text)| Some((language, text?)))
    }
}

/// A text that is one line wherever it is shown: control characters (line feeds, the escapes of terminals), Unicode's
/// separators and the signs that turn the direction of writing become blanks.
pub fn one_line(text: String) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(is_odd) { text.replace(is_odd, " ") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_line() {
        let odd = "a\r\nERROR forged\u{1b}[2J\u{0}\u{85}\u{2028}\u{202e}b\u{2069}";
        assert_eq!(one_line(odd.to_owned()), "a  ERROR forged [2J    b ");
        assert_eq!(one_line("每行 `é`".to_owned()), "每行 `é`");
    }
}
