//! Token counts in the GPT-2 vocabulary: what Dify's own plugins estimate with. Offline, nothing to load.
//!
//! It knows no model's real vocabulary: the figures are estimates, used where a service reports none.

mod bpe;
mod conversation;
mod pieces;

pub use conversation::{around, messages, text, tools};

/// Texts of this many characters or more are not tokenised: their length is their count, as in the Python SDK.
pub const TOO_LONG: usize = 100_000;

/// Bytes that are counted before others get their turn.
const AT_ONCE: usize = 8 << 10;

/// Tokens of one text.
pub fn count(text: &str) -> usize {
    if let Some(characters) = too_long(text) {
        return characters;
    }
    let mut workspace = bpe::Workspace::default();
    pieces::Pieces::of(text).map(|piece| workspace.count(piece.as_bytes())).sum()
}

/// The same, with pauses in which other sessions go on.
pub async fn count_in_turns(text: &str) -> usize {
    if let Some(characters) = too_long(text) {
        return characters;
    }
    let mut workspace = bpe::Workspace::default();
    let (mut tokens, mut at_once) = (0, 0);
    for piece in pieces::Pieces::of(text) {
        at_once += piece.len();
        if at_once > AT_ONCE {
            at_once = piece.len();
            tokio::task::yield_now().await;
        }
        tokens += workspace.count(piece.as_bytes());
    }
    tokens
}

/// The characters of a text that is not tokenised.
fn too_long(text: &str) -> Option<usize> {
    if text.len() < TOO_LONG {
        return None;
    }
    Some(text.chars().count()).filter(|characters| *characters >= TOO_LONG)
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use super::*;

    #[test]
    fn counts_as_the_reference_does() {
        let samples: Vec<(String, usize)> = serde_json::from_str(include_str!("samples.json")).unwrap();
        assert!(samples.len() > 400);
        for (text, expected) in samples {
            assert_eq!(count(&text), expected, "{text:?}");
        }
    }

    #[tokio::test]
    async fn long_texts_let_others_go_on() {
        let text = "Some words, 你好! ".repeat(4_000);
        let mut counting = std::pin::pin!(count_in_turns(&text));
        let mut pauses = 0;
        let counted = std::future::poll_fn(|context| {
            let poll = counting.as_mut().poll(context);
            pauses += usize::from(poll.is_pending());
            poll
        })
        .await;
        assert_eq!(counted, count(&text));
        assert_eq!(pauses, text.len() / AT_ONCE);
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
