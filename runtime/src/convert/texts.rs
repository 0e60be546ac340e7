//! Lists of texts: marked by what they are for, cut to what a model takes, counted; and a text taken apart.

use std::borrow::Cow;

use crate::error::Result;
use crate::reply::{Text, Undecoded};
use crate::tokens;

/// Texts with the prefix of their kind and a blank before them; `query` has its own, every other kind is a document.
///
/// # Errors
/// None.
pub fn prefixed<'a>(
    texts: &[Cow<'a, str>],
    kind: Option<&str>,
    document: Option<&str>,
    query: Option<&str>,
) -> Result<Vec<Cow<'a, str>>> {
    let prefix = if kind == Some("query") { query } else { document };
    Ok(match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => texts.iter().map(|text| Cow::Owned(format!("{prefix} {text}"))).collect(),
        None => texts.to_vec(),
    })
}

/// Texts of fewer than `tokens` tokens. Of a longer one as much of its beginning stays as fits if its tokens are
/// spread evenly, which is the Python SDK's rule: characters times limit over tokens.
///
/// # Errors
/// None.
pub fn truncated<'a>(texts: &[Cow<'a, str>], tokens: i64) -> Result<Vec<Cow<'a, str>>> {
    let limit = usize::try_from(tokens).unwrap_or(0).max(1);
    Ok(texts.iter().map(|text| truncate(text, limit)).collect())
}

fn truncate<'a>(text: &Cow<'a, str>, limit: usize) -> Cow<'a, str> {
    // A token is at least one byte: most texts need not be counted.
    if text.len() < limit {
        return text.clone();
    }
    let tokens = tokens::count(text);
    if tokens < limit {
        return text.clone();
    }
    let characters = text.chars().count() as f64 * (limit as f64 / tokens as f64);
    let end = text.char_indices().nth(characters as usize).map_or(text.len(), |(end, _)| end);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.get(..end).unwrap_or(text).to_owned()),
    }
}

/// Tokens of each text, estimated with the GPT-2 vocabulary.
///
/// # Errors
/// None.
pub fn text_tokens(texts: &[Cow<'_, str>]) -> Result<Vec<i64>> {
    Ok(texts.iter().map(|text| i64::try_from(tokens::count(text)).unwrap_or(i64::MAX)).collect())
}

/// Texts one after the other, with nothing between them.
///
/// # Errors
/// None.
pub fn concat<T: AsRef<str>>(texts: &[T]) -> Result<String> {
    Ok(texts.iter().map(AsRef::as_ref).collect())
}

/// A piece of a document as text: JSON as it is written; of a JSON text, which is such a text already, what is in it.
///
/// # Errors
/// If it is not JSON.
pub fn json_text(json: &str) -> Result<Cow<'_, str>, Undecoded> {
    let json = json.trim();
    if json.starts_with('"') { Ok(serde_json::from_str::<Text<'_>>(json)?.0) } else { Ok(Cow::Borrowed(json)) }
}

/// A text in pieces of at most `limit` characters. An empty text has none.
///
/// # Errors
/// None.
pub fn characters<'a>(text: &Cow<'a, str>, limit: i64) -> Result<Vec<Cow<'a, str>>> {
    let limit = usize::try_from(limit).unwrap_or(0).max(1);
    let mut starts: Vec<usize> = text.char_indices().step_by(limit).map(|(start, _)| start).collect();
    starts.push(text.len());
    let piece = |bounds: &[usize]| match (text, bounds) {
        (Cow::Borrowed(text), [start, end]) => Cow::Borrowed(text.get(*start..*end).unwrap_or_default()),
        (Cow::Owned(text), [start, end]) => Cow::Owned(text.get(*start..*end).unwrap_or_default().to_owned()),
        _ => Cow::Borrowed(""),
    };
    Ok(starts.windows(2).map(piece).collect())
}

/// Whether one of the answers is yes.
///
/// # Errors
/// `BadReply` if there is none: silence is not a no.
pub fn any(answers: &[bool]) -> Result<bool> {
    if answers.is_empty() {
        return Err(crate::error::Error::new(crate::error::Kind::BadReply, "an empty list of results"));
    }
    Ok(answers.contains(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cows<'a>(texts: &[&'a str]) -> Vec<Cow<'a, str>> {
        texts.iter().map(|text| Cow::Borrowed(*text)).collect()
    }

    #[test]
    fn a_prefix_stands_before_each_text_of_its_kind() {
        let of = |kind| prefixed(&cows(&["a", ""]), kind, Some("D:"), Some("Q:")).unwrap();
        assert_eq!(of(Some("query")), ["Q: a", "Q: "]);
        assert_eq!(of(Some("document")), ["D: a", "D: "]);
        assert_eq!(of(None), ["D: a", "D: "]);
        assert_eq!(prefixed(&cows(&["a"]), Some("query"), Some("D:"), None).unwrap(), ["a"]);
        assert_eq!(prefixed(&cows(&["a"]), None, Some(""), None).unwrap(), ["a"]);
    }

    #[test]
    fn a_long_text_is_cut_as_the_python_sdk_cuts_it() {
        let text = "hello world ".repeat(30);
        let cut = truncated(&cows(&[&text]), 10).unwrap();
        assert_eq!((text.len(), cut[0].len()), (360, 59));
        assert!(matches!(cut[0], Cow::Borrowed(_)));
        // As many tokens as the limit are already too many: nothing is lost by it but the length stays.
        assert_eq!(truncated(&cows(&["Hello", "你好", ""]), 4).unwrap(), ["Hello", "你好", ""]);
        assert_eq!(truncated(&cows(&["你好"]), 3).unwrap(), ["你"]);
    }

    #[test]
    fn a_megabyte_is_cut_by_its_characters() {
        let text = "é".repeat(1 << 20);
        assert_eq!(truncated(&[Cow::Owned(text)], 8192).unwrap()[0].chars().count(), 8192);
        assert_eq!(truncated(&cows(&["abc"]), -1).unwrap()[0].len(), 3);
    }

    #[test]
    fn each_text_is_counted() {
        assert_eq!(text_tokens(&cows(&["Hello", "你好", ""])).unwrap(), [1, 4, 0]);
    }

    #[test]
    fn texts_are_joined_with_nothing_between() {
        assert_eq!(concat(&cows(&["a", "", "b"])).unwrap(), "ab");
        assert_eq!(concat::<String>(&[]).unwrap(), "");
    }

    #[test]
    fn json_stays_as_it_is_written_and_a_text_is_taken_out() {
        for (json, text) in [
            (r#" {"a": 1.50} "#, r#"{"a": 1.50}"#),
            ("{}", "{}"),
            (r#""{\"a\":1}""#, r#"{"a":1}"#),
            (r#""""#, ""),
            ("[1]", "[1]"),
            ("7", "7"),
        ] {
            assert_eq!(json_text(json).unwrap(), text);
        }
        assert!(json_text(r#""{"#).is_err());
    }

    #[test]
    fn pieces_are_whole_characters_and_lose_nothing() {
        let pieces = |text, limit| characters(&Cow::Borrowed(text), limit).unwrap();
        assert_eq!(pieces("aéb你c", 2), ["aé", "b你", "c"]);
        assert_eq!(pieces("ab", 2), ["ab"]);
        assert_eq!(pieces("ab", 0), ["a", "b"]);
        assert!(pieces("", 2000).is_empty());
        assert_eq!(characters(&Cow::Owned("abc".to_owned()), 2).unwrap(), ["ab", "c"]);
    }

    #[test]
    fn one_yes_is_enough_and_nothing_is_no_answer() {
        assert!(any(&[false, true]).unwrap());
        assert!(!any(&[false]).unwrap());
        assert!(any(&[]).is_err());
    }
}
