//! Token counts in the GPT-2 vocabulary: what Dify's own plugins estimate with. Offline, nothing to load.
//!
//! It knows no model's real vocabulary: the figures are estimates, used where a service reports none.

mod bpe;
mod conversation;
mod pieces;

use std::borrow::Cow;

pub use conversation::{Words, messages};

use crate::heavy;

/// Texts of this many characters or more are not tokenised: their length is their count, as in the Python SDK.
pub const TOO_LONG: usize = 100_000;

/// More bytes are counted elsewhere: these take a millisecond, hostile ones seven.
const AT_ONCE: usize = 8 << 10;

/// Tokens of one text.
pub fn count(text: &str) -> usize {
    if let Some(characters) = too_long(text) {
        return characters;
    }
    let mut workspace = bpe::Workspace::default();
    pieces::Pieces::of(text).map(|piece| workspace.count(piece.as_bytes())).sum()
}

/// Tokens of several texts together, counted where long ones hold up nobody.
pub async fn count_all(texts: Vec<Cow<'_, str>>) -> usize {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if bytes <= AT_ONCE {
        return texts.iter().map(|text| count(text)).sum();
    }
    let texts: Vec<String> = texts.into_iter().map(Cow::into_owned).collect();
    heavy::off_thread(move || texts.iter().map(|text| count(text)).sum()).await
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
    use std::pin::pin;
    use std::task::Poll;

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
    async fn long_texts_are_counted_elsewhere_and_come_to_the_same() {
        let long = "Some words, 你好! ".repeat(4_000);
        for (text, elsewhere) in [("Some words", false), (long.as_str(), true)] {
            let counting = pin!(count_all(vec![text.into(), "more".into()]));
            let mut counting = counting;
            let first = std::future::poll_fn(|context| Poll::Ready(counting.as_mut().poll(context))).await;
            assert_eq!(first.is_pending(), elsewhere);
            let counted = match first {
                Poll::Ready(counted) => counted,
                Poll::Pending => counting.await,
            };
            assert_eq!(counted, count(text) + 1);
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
