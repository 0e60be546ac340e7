//! The voices of a speech model, as a user stores them.
//!
//! `alloy, echo` names them; `longxiaochun=龙小淳@zh-Hans|en-US` adds a label and the languages it speaks, each of which
//! may be left out. Voices whose names hold one of these signs are written as JSON: a list of names, or of objects
//! `{"mode":"...","name":"...","language":["..."]}`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::error::cut;

/// A voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Voice {
    /// What the service calls it.
    pub mode: String,
    /// What people see.
    pub name: String,
    /// Language tags; empty: any language.
    pub language: Vec<String>,
}

impl Voice {
    fn new(mode: &str, name: Option<&str>, language: Vec<String>) -> Result<Self, String> {
        let mode = mode.trim();
        if mode.is_empty() {
            return Err("a voice has no name".to_owned());
        }
        let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(mode);
        Ok(Voice { mode: mode.to_owned(), name: name.to_owned(), language })
    }
}

/// What may stand in a JSON list of voices.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Mode(String),
    Whole {
        mode: String,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        language: Languages,
    },
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Languages {
    #[default]
    Any,
    One(String),
    Some(Vec<String>),
}

/// The voices of a stored text: at least one, of each name the first.
///
/// # Errors
/// What is wrong with it.
pub(super) fn voices(text: &str) -> Result<Vec<Voice>, String> {
    let written = if text.starts_with('[') { of_json(text)? } else { of_list(text)? };
    let mut known = HashSet::new();
    let voices: Vec<Voice> = written.into_iter().filter(|voice| known.insert(voice.mode.clone())).collect();
    if voices.is_empty() { Err("there is no voice in it".to_owned()) } else { Ok(voices) }
}

fn of_json(text: &str) -> Result<Vec<Voice>, String> {
    let written: Vec<Written> = serde_json::from_str(text)
        .map_err(|_| "is neither a list such as `alloy,echo` nor a JSON list of voices".to_owned())?;
    let voice = |written| match written {
        Written::Mode(mode) => Voice::new(&mode, None, Vec::new()),
        Written::Whole { mode, name, language } => Voice::new(
            &mode,
            name.as_deref(),
            match language {
                Languages::Any => Vec::new(),
                Languages::One(tag) => tags(std::iter::once(tag.as_str())),
                Languages::Some(all) => tags(all.iter().map(String::as_str)),
            },
        ),
    };
    written.into_iter().map(voice).collect()
}

fn of_list(text: &str) -> Result<Vec<Voice>, String> {
    let entries = text.split([',', '，', ';', '；', '\n']).map(str::trim).filter(|entry| !entry.is_empty());
    let voice = |entry: &str| {
        let (voice, languages) = match entry.split_once('@') {
            Some((voice, languages)) => (voice, tags(languages.split('|'))),
            None => (entry, Vec::new()),
        };
        let (mode, name) = match voice.split_once('=') {
            Some((mode, name)) => (mode, Some(name)),
            None => (voice, None),
        };
        Voice::new(mode, name, languages).map_err(|problem| format!("`{}`: {problem}", cut(entry, 40)))
    };
    entries.map(voice).collect()
}

fn tags<'t>(tags: impl Iterator<Item = &'t str>) -> Vec<String> {
    tags.map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, String, String)> {
        let voices = voices(text).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        voices.into_iter().map(|voice| (voice.mode, voice.name, voice.language.join("|"))).collect()
    }

    #[test]
    fn lists_and_json_say_the_same() {
        for (text, expected) in [
            ("alloy", vec![("alloy", "alloy", "")]),
            ("alloy, echo,，nova；", vec![("alloy", "alloy", ""), ("echo", "echo", ""), ("nova", "nova", "")]),
            ("a=Amy@en-US | en-GB, b@zh-Hans", vec![("a", "Amy", "en-US|en-GB"), ("b", "b", "zh-Hans")]),
            ("x/y:alex=Alex,a=,b@", vec![("x/y:alex", "Alex", ""), ("a", "a", ""), ("b", "b", "")]),
            ("alloy,alloy=Again", vec![("alloy", "alloy", "")]),
            (r#"["a=b@c", "d"]"#, vec![("a=b@c", "a=b@c", ""), ("d", "d", "")]),
            (
                r#"[{"mode":"a","name":"Amy","language":["en-US"]},{"mode":"b","language":"zh"},{"mode":"c"}]"#,
                vec![("a", "Amy", "en-US"), ("b", "b", "zh"), ("c", "c", "")],
            ),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(a, b, c)| (a.into(), b.into(), c.into())).collect();
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_names_no_voice_says_why() {
        for (text, says) in [
            ("=Amy", "`=Amy`: a voice has no name"),
            ("alloy,@en", "`@en`: a voice has no name"),
            (",，", "there is no voice"),
            ("[]", "there is no voice"),
            (r#"[""]"#, "a voice has no name"),
            ("[1]", "neither a list such as"),
            (r#"["a""#, "neither a list such as"),
        ] {
            assert!(voices(text).unwrap_err().contains(says), "{text}");
        }
    }

    #[test]
    fn dify_reads_a_voice_as_it_is_written() {
        let voice = &voices("a=Amy@en-US").unwrap()[0];
        assert_eq!(serde_json::to_string(voice).unwrap(), r#"{"mode":"a","name":"Amy","language":["en-US"]}"#);
    }
}
