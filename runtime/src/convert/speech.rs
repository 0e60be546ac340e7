//! What is spoken and by whom: long texts in pieces that end with a sentence, voices that exist.

use std::borrow::Cow;
use std::ops::Range;

use crate::credentials::Voice;
use crate::error::{Error, Result};

/// What ends a sentence wherever it stands.
const ENDS: [char; 8] = ['。', '！', '？', '…', '；', '．', '।', '\n'];
/// What ends a sentence before a blank: elsewhere it is part of a number or a name.
const ENDS_BEFORE_BLANK: [char; 4] = ['.', '!', '?', ';'];
/// What still belongs to the sentence that ended before it.
const CLOSES: [char; 12] = ['"', '\'', ')', ']', '”', '’', '」', '』', '）', '】', '》', '〉'];

/// A text in pieces of at most `limit` characters, each as many whole sentences as fit. A longer sentence is cut at
/// its last blank, or hard where there is none in its second half. Pieces put together are the text; blanks are no piece.
///
/// # Errors
/// `BadRequest` if there is nothing to speak.
pub fn sentences<'a>(text: &Cow<'a, str>, limit: i64) -> Result<Vec<Cow<'a, str>>> {
    if text.trim().is_empty() {
        return Err(Error::bad_request("content_text: there is nothing to speak"));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).max(1);
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut last = 0;
    for sentence in split(text).flat_map(|sentence| cut(text, sentence, limit)) {
        let length = characters(text, &sentence);
        match pieces.last_mut() {
            Some(piece) if last + length <= limit => {
                piece.end = sentence.end;
                last += length;
            }
            _ => {
                pieces.push(sentence);
                last = length;
            }
        }
    }
    let spoken = pieces.into_iter().filter(|piece| !text[piece.clone()].trim().is_empty());
    Ok(spoken.map(|piece| part(text, piece)).collect())
}

/// The sentences of a text, each with its end and what closes it.
fn split(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let end = start + sentence(rest);
        let range = start..end;
        start = end;
        Some(range)
    })
}

/// Where the first sentence ends.
fn sentence(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((_, c)) = characters.next() {
        let (anywhere, before_blank) = (ENDS.contains(&c), ENDS_BEFORE_BLANK.contains(&c));
        if !anywhere && !before_blank {
            continue;
        }
        let more = |c: char| ENDS.contains(&c) || ENDS_BEFORE_BLANK.contains(&c) || CLOSES.contains(&c);
        let mut ended = anywhere;
        while let Some((_, c)) = characters.next_if(|(_, c)| more(*c)) {
            ended |= ENDS.contains(&c);
        }
        match characters.peek() {
            None => return text.len(),
            Some((at, next)) if ended || next.is_whitespace() || is_wide(*next) => return *at,
            Some(_) => {}
        }
    }
    text.len()
}

/// Scripts that put no blank between sentences.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{20000}'..='\u{2FA1F}')
}

/// A sentence in parts of at most `limit` characters.
fn cut(text: &str, sentence: Range<usize>, limit: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = sentence.start;
    while let Some((end, _)) = text[start..sentence.end].char_indices().nth(limit) {
        let whole = &text[start..start + end];
        let blank = whole.char_indices().skip(limit / 2).filter(|(_, c)| c.is_whitespace() || is_pause(*c)).last();
        let end = blank.map_or(end, |(at, c)| at + c.len_utf8());
        parts.push(start..start + end);
        start += end;
    }
    parts.push(start..sentence.end);
    parts
}

fn is_pause(c: char) -> bool {
    matches!(c, '，' | '、' | '：')
}

fn characters(text: &str, range: &Range<usize>) -> usize {
    text[range.clone()].chars().count()
}

fn part<'a>(text: &Cow<'a, str>, range: Range<usize>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[range]),
        Cow::Owned(text) => Cow::Owned(text[range].to_owned()),
    }
}

/// The voice that is asked for, or the first if there is no such voice.
///
/// # Errors
/// None.
pub fn known_voice<'v>(voice: &str, voices: &'v [Voice]) -> Result<&'v str> {
    let known = voices.iter().find(|known| known.mode == voice);
    Ok(known.or(voices.first()).map_or("", |known| known.mode.as_str()))
}

/// The first voice.
///
/// # Errors
/// None.
pub fn first_voice(voices: &[Voice]) -> Result<&str> {
    known_voice("", voices)
}

/// The voices that speak a language: those that name it, or name no language. `zh` is every kind of Chinese.
///
/// # Errors
/// None.
pub fn voices_for(voices: &[Voice], language: Option<&str>) -> Result<Vec<Voice>> {
    let speaks = |voice: &&Voice| match language.map(str::trim).filter(|language| !language.is_empty()) {
        None => true,
        Some(wanted) => voice.language.is_empty() || voice.language.iter().any(|known| same_language(known, wanted)),
    };
    Ok(voices.iter().filter(speaks).cloned().collect())
}

/// Whether two language tags are the same, or one is the general form of the other.
fn same_language(a: &str, b: &str) -> bool {
    let parts = |tag: &str| -> Vec<String> { tag.split(['-', '_']).map(str::to_ascii_lowercase).collect() };
    parts(a).iter().zip(&parts(b)).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &str, limit: i64) -> Vec<String> {
        sentences(&Cow::Borrowed(text), limit).unwrap().into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn pieces_are_whole_sentences_and_keep_their_blanks() {
        assert_eq!(pieces("Hello. World! 你好。再见", 8), ["Hello.", " World!", " 你好。再见"]);
        assert_eq!(pieces("Hello. World!", 4096), ["Hello. World!"]);
        assert_eq!(pieces("一二。三四！五六？", 3), ["一二。", "三四！", "五六？"]);
        assert_eq!(pieces("He said “no.” Then he left.", 15), ["He said “no.”", " Then he left."]);
        assert_eq!(pieces("完了.然后 x", 4), ["完了.", "然后 x"]);
    }

    #[test]
    fn a_dot_inside_a_number_or_a_name_ends_nothing() {
        assert_eq!(pieces("Pi is 3.14159 or so. Yes.", 20), ["Pi is 3.14159 or so.", " Yes."]);
        assert_eq!(pieces("See example.com now", 16), ["See example.com ", "now"]);
    }

    #[test]
    fn a_sentence_beyond_the_limit_is_cut_and_no_piece_is_empty() {
        assert_eq!(pieces("Averylongsentence. b", 8), ["Averylon", "gsentenc", "e. b"]);
        assert_eq!(pieces("Averylongsentence. b", 20), ["Averylongsentence. b"]);
        assert_eq!(pieces("one two three four", 9), ["one two ", "three ", "four"]);
        assert_eq!(pieces("甲乙丙，丁戊己庚", 5), ["甲乙丙，", "丁戊己庚"]);
        assert_eq!(pieces("😀😀😀", 2), ["😀😀", "😀"]);
        assert_eq!(pieces("a\n\n\n\nb", 1), ["a", "b"]);
    }

    #[test]
    fn nothing_to_speak_is_said_so() {
        for text in ["", "  ", "\n\t"] {
            let error = sentences(&Cow::Borrowed(text), 10).unwrap_err();
            assert_eq!(error.error_type(), "InvokeBadRequestError");
        }
    }

    #[test]
    fn a_text_that_is_borrowed_stays_borrowed() {
        let text = Cow::Borrowed("a. b.");
        assert!(sentences(&text, 3).unwrap().iter().all(|piece| matches!(piece, Cow::Borrowed(_))));
        let text: Cow<'_, str> = Cow::Owned("a. b.".to_owned());
        assert_eq!(sentences(&text, 3).unwrap(), ["a.", " b."]);
    }

    proptest! {
        #[test]
        fn pieces_are_the_text_and_never_too_long(text in "[a-c。. !\n你]{1,60}", limit in 1i64..12) {
            prop_assume!(!text.trim().is_empty());
            let pieces = pieces(&text, limit);
            prop_assert!(pieces.iter().all(|piece| piece.chars().count() <= limit as usize));
            prop_assert!(pieces.iter().all(|piece| !piece.trim().is_empty()));
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(bare(&pieces.concat()), bare(&text));
        }
    }

    fn voices() -> Vec<Voice> {
        let voice = |mode: &str, language: &[&str]| Voice {
            mode: mode.into(),
            name: mode.to_uppercase(),
            language: language.iter().map(|&tag| tag.to_owned()).collect(),
        };
        vec![voice("alloy", &[]), voice("mei", &["zh-Hans"]), voice("amy", &["en-US", "en_GB"]), voice("hua", &["zh"])]
    }

    #[test]
    fn an_unknown_voice_is_the_first() {
        let voices = voices();
        assert_eq!(known_voice("amy", &voices), Ok("amy"));
        for unknown in ["", "AMY", "nobody"] {
            assert_eq!(known_voice(unknown, &voices), Ok("alloy"));
        }
        assert_eq!(first_voice(&voices), Ok("alloy"));
        assert_eq!(first_voice(&[]), Ok(""));
    }

    #[test]
    fn voices_are_those_of_the_language_and_those_without_one() {
        for (language, modes) in [
            (None, vec!["alloy", "mei", "amy", "hua"]),
            (Some(" "), vec!["alloy", "mei", "amy", "hua"]),
            (Some("zh-Hans"), vec!["alloy", "mei", "hua"]),
            (Some("zh-Hant"), vec!["alloy", "hua"]),
            (Some("zh"), vec!["alloy", "mei", "hua"]),
            (Some("EN-gb"), vec!["alloy", "amy"]),
            (Some("fr-FR"), vec!["alloy"]),
        ] {
            let found = voices_for(&voices(), language).unwrap();
            assert_eq!(found.iter().map(|voice| voice.mode.as_str()).collect::<Vec<_>>(), modes, "{language:?}");
        }
    }
}
