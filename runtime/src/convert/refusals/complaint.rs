//! Which members of a request a refusal speaks of, in the forms in which services say so.
//!
//! OpenAI: `{"error":{"message":"Unsupported parameter: 'max_tokens' ...","param":"max_tokens"}}`. FastAPI and vLLM:
//! `{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":...}]}`, or the same as
//! Python writes it, inside a message. Others: a sentence. What a refusal repeats of the request names nothing.

use memchr::memmem;
use serde_json::{Map, Value};

/// Members in which services repeat what they were sent.
const ECHOES: [&str; 5] = ["input", "ctx", "body", "request", "url"];
/// Where an error repeats its input as Python writes it.
const ECHO_IN_TEXT: [&str; 2] = ["'input':", "\"input\":"];
/// Objects that hold the request in the path of a member.
const WHOLE: [&str; 6] = ["body", "request", "parameter", "parameters", "params", "param"];
/// Words before the bare name of a member.
const BEFORE: [&str; 9] =
    ["argument", "parameter", "field", "property", "member", "key", "keyword", "supplied", "option"];
/// Words that say that a member is not known or not supported, in lower case.
const REJECTIONS: [&str; 14] = [
    "unsupported",
    "not support",
    "unrecognized",
    "unrecognised",
    "unknown",
    "unexpected",
    "not permitted",
    "not allowed",
    "forbidden",
    "extra field",
    "extra input",
    "no such",
    "instead",
    "不支持",
];
/// How deep documents inside texts are followed.
const DEPTH: usize = 4;

/// A refusal, taken apart.
#[derive(Debug, Default)]
pub struct Complaint {
    /// Members named in a place of their own (`param`, `loc`).
    names: Vec<String>,
    /// Everything said in words.
    texts: Vec<String>,
}

impl Complaint {
    /// Reads the body of a refusal, whatever it is.
    pub fn read(refusal: &[u8]) -> Self {
        let mut complaint = Complaint::default();
        match serde_json::from_slice(refusal) {
            Ok(document) => complaint.value(&document, DEPTH),
            Err(_) => complaint.text(&String::from_utf8_lossy(refusal), DEPTH),
        }
        complaint
    }

    /// Whether it speaks of a top-level member of the request.
    pub fn names(&self, member: &str) -> bool {
        self.points_at(member) || self.texts.iter().any(|text| speaks_of(text, member))
    }

    /// Whether it names the member in a place of its own, not in words alone.
    pub fn points_at(&self, member: &str) -> bool {
        self.names.iter().any(|name| name == member)
    }

    /// Whether it says that something is not known or not supported.
    pub fn rejects(&self) -> bool {
        self.texts.iter().map(|text| text.to_lowercase()).any(|text| REJECTIONS.iter().any(|word| text.contains(word)))
    }

    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            Value::String(text) => self.text(text, depth),
            Value::Array(items) => items.iter().for_each(|item| self.value(item, depth)),
            Value::Object(members) => self.object(members, depth),
            _ => {}
        }
    }

    fn object(&mut self, members: &Map<String, Value>, depth: usize) {
        for (key, value) in members.iter().filter(|(key, _)| !ECHOES.contains(&key.as_str())) {
            match (key.as_str(), value) {
                ("param", Value::String(path)) => self.path(path.split(['.', '['])),
                ("loc", Value::Array(steps)) => self.path(steps.iter().filter_map(Value::as_str)),
                (_, value) => self.value(value, depth),
            }
        }
    }

    /// The member that a path leads to or through.
    fn path<'a>(&mut self, steps: impl Iterator<Item = &'a str>) {
        let name = steps.map(str::trim).find(|step| !step.is_empty() && !WHOLE.contains(step));
        self.names.extend(name.map(str::to_owned));
    }

    fn text(&mut self, text: &str, depth: usize) {
        if depth > 0
            && text.trim_start().starts_with(['{', '['])
            && let Ok(document) = serde_json::from_str::<Value>(text)
        {
            return self.value(&document, depth - 1);
        }
        let end = ECHO_IN_TEXT.iter().filter_map(|echo| text.find(echo)).min().unwrap_or(text.len());
        self.texts.push(text.get(..end).unwrap_or(text).to_owned());
    }
}

/// Whether a text has the name as a name: not inside another word or under another member, and, if it could be a word
/// of the language, in quotes, at the beginning, or after a word such as `parameter`.
fn speaks_of(text: &str, member: &str) -> bool {
    memmem::find_iter(text.as_bytes(), member.as_bytes()).any(|start| {
        let (Some(before), Some(after)) = (text.get(..start), text.get(start + member.len()..)) else { return false };
        if before.ends_with(is_of_name) || after.starts_with(is_of_name) {
            return false;
        }
        if let Some(path) = before.strip_suffix('.')
            && path.ends_with(is_of_name)
            && !WHOLE.contains(&last_word(path))
        {
            return false;
        }
        member.contains('_')
            || before.ends_with(['\'', '"', '`'])
            || before.ends_with('.')
            || before.trim().is_empty()
            || BEFORE.contains(&last_word(before).to_lowercase().as_str())
    })
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn last_word(text: &str) -> &str {
    let text = text.trim_end_matches(|c: char| !is_of_name(c));
    text.rsplit(|c: char| !is_of_name(c)).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(refusal: &str, member: &str) -> bool {
        Complaint::read(refusal.as_bytes()).names(member)
    }

    #[test]
    fn members_are_named_in_every_common_form() {
        for refusal in [
            r#"{"error":{"message":"Unsupported parameter: 'top_k' is not supported with this model.","param":null}}"#,
            r#"{"error":{"message":"Unrecognized request argument supplied: top_k","type":"invalid_request_error"}}"#,
            r#"{"error":{"message":"no","param":"top_k"}}"#,
            r#"{"error":{"message":"no","param":"top_k.inner"}}"#,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","top_k"],"msg":"Extra inputs are not permitted"}]}"#,
            r#"{"detail":[{"loc":["body","top_k","x"],"msg":"extra fields not permitted"}]}"#,
            r#"{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'top_k'), 'msg': 'Extra inputs are not permitted', 'input': 5}]"}"#,
            r#"{"error":{"message":"{\"error\":{\"message\":\"bad\",\"param\":\"top_k\"}}"}}"#,
            r#"{"code":"InvalidParameter","message":"parameter.top_k must be set to 1"}"#,
            r#""unknown field top_k""#,
            "unknown field \"top_k\"",
            "body.top_k: not permitted",
        ] {
            assert!(names(refusal, "top_k"), "{refusal}");
        }
    }

    #[test]
    fn what_is_repeated_or_only_similar_names_nothing() {
        for refusal in [
            r#"{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required","input":{"top_k":5}}]}"#,
            r#"{"message":"[{'type': 'missing', 'loc': ('body', 'model'), 'input': {'top_k': 5}}]"}"#,
            r#"{"error":{"message":"max_top_k is too large"}}"#,
            r#"{"error":{"message":"top_k_max is too large"}}"#,
            r#"{"error":{"message":"unknown field options.top_k"}}"#,
            r#"{"error":{"message":"bad"},"request":{"top_k":5}}"#,
            "",
        ] {
            assert!(!names(refusal, "top_k"), "{refusal}");
        }
    }

    #[test]
    fn a_name_that_is_a_word_must_look_like_a_name() {
        assert!(!names("this model is always thinking", "thinking"));
        assert!(!names("this model cannot do thinking: switch it off", "thinking"));
        for refusal in [
            "unknown parameter thinking",
            "'thinking' is not supported",
            "argument supplied: thinking.type",
            "thinking: Extra inputs are not permitted",
        ] {
            assert!(names(refusal, "thinking"), "{refusal}");
        }
    }

    #[test]
    fn a_value_out_of_range_is_no_rejection() {
        let rejects = |refusal: &str| Complaint::read(refusal.as_bytes()).rejects();
        assert!(rejects(r#"{"error":{"message":"Use 'b' instead.","param":"a"}}"#));
        assert!(rejects(r#"{"detail":[{"type":"extra_forbidden","loc":["body","a"],"msg":"x"}]}"#));
        assert!(!rejects(r#"{"error":{"message":"max_tokens is too large: 5000","param":"max_tokens"}}"#));
    }
}
