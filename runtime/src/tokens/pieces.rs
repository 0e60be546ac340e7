//! GPT-2's pre-tokeniser: cuts a text into the pieces that are encoded one by one.
//!
//! The pattern it follows, by hand because a regular expression engine would be the largest thing in the binary:
//! `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

/// The pieces of a text, in order. Together they are the text.
pub struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    /// Cuts a text.
    pub fn of(text: &'a str) -> Self {
        Pieces { rest: text }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (piece, rest) = self.rest.split_at(piece_length(self.rest));
        self.rest = rest;
        Some(piece)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Digit,
    Other,
}

fn class(character: char) -> Class {
    match character {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' => Class::Digit,
        ' ' | '\t'..='\r' => Class::Space,
        '\0'..='\u{7F}' => Class::Other,
        _ if character.is_whitespace() => Class::Space,
        _ if character.is_numeric() => Class::Digit,
        // `is_alphabetic` alone would also take combining vowel signs, which `\p{L}` does not.
        _ if character.is_alphabetic() && character.general_category_group() == GeneralCategoryGroup::Letter => {
            Class::Letter
        }
        _ => Class::Other,
    }
}

/// Length in bytes of the first piece of a text that is not empty. Always at least one character.
fn piece_length(text: &str) -> usize {
    if let Some(contraction) = CONTRACTIONS.into_iter().find(|contraction| text.starts_with(contraction)) {
        return contraction.len();
    }
    let body = text.strip_prefix(' ').unwrap_or(text);
    if let Some(first) = body.chars().next().map(class).filter(|first| *first != Class::Space) {
        return text.len() - body.len() + run_length(body, first);
    }
    let spaces = run_length(text, Class::Space);
    let last = text[..spaces].chars().next_back().map_or(0, char::len_utf8);
    // Before other text the last space belongs to what follows, unless it is the only one.
    if spaces < text.len() && last < spaces { spaces - last } else { spaces }
}

fn run_length(text: &str, of: Class) -> usize {
    text.char_indices().find(|(_, character)| class(*character) != of).map_or(text.len(), |(position, _)| position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        Pieces::of(text).collect()
    }

    #[test]
    fn cuts_where_the_pattern_does() {
        assert_eq!(cut("I'll go, don't"), ["I", "'ll", " go", ",", " don", "'t"]);
        assert_eq!(cut("a  b"), ["a", " ", " b"]);
        assert_eq!(cut("a \n b \n"), ["a", " \n", " b", " \n"]);
        assert_eq!(cut("a\nb\t\tc"), ["a", "\n", "b", "\t", "\t", "c"]);
        assert_eq!(cut("x1²½ 10%"), ["x", "1²½", " 10", "%"]);
        assert_eq!(cut(" \u{A0}\u{3000}你"), [" \u{A0}", "\u{3000}", "你"]);
        assert_eq!(cut("   "), ["   "]);
        assert_eq!(cut("का"), ["क", "ा"]);
    }
}
