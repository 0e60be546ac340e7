//! Token counts in the GPT-2 vocabulary: what Dify's own plugins estimate with. Offline, nothing to load.
//!
//! It knows no model's real vocabulary: the figures are estimates, used where a service reports none.

mod bpe;
mod conversation;
mod pieces;

pub use conversation::{message, messages, tools};

/// Texts of this many characters or more are not tokenised: their length is their count, as in the Python SDK.
pub const TOO_LONG: usize = 100_000;

/// Tokens of one text.
pub fn count(text: &str) -> usize {
    if text.len() >= TOO_LONG {
        let characters = text.chars().count();
        if characters >= TOO_LONG {
            return characters;
        }
    }
    let mut workspace = bpe::Workspace::default();
    pieces::Pieces::of(text).map(|piece| workspace.count(piece.as_bytes())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_the_reference_does() {
        let samples: Vec<(String, usize)> = serde_json::from_str(include_str!("samples.json")).unwrap();
        assert!(samples.len() > 400);
        for (text, expected) in samples {
            assert_eq!(count(&text), expected, "{text:?}");
        }
    }

    #[test]
    fn b_a9_counting_needs_no_network() {
        assert_eq!((count("Hello"), count("你好"), count("")), (1, 4, 0));
    }

    #[test]
    fn very_long_texts_are_counted_by_their_characters() {
        assert_eq!(count(&"x".repeat(100_000)), 100_000);
        assert_eq!(count(&"é".repeat(100_000)), 100_000);
        // 99,999 characters of one kind are one piece: this must not take quadratic time.
        assert_eq!(count(&"x".repeat(99_999)), 12_501);
        assert_eq!(count(&"é".repeat(60_000)), 60_000);
    }
}
