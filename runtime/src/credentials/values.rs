//! What stored texts mean: numbers, JSON objects, headers, escapes. Errors are texts; the caller puts the label before.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::stored::ADVANCED;
use super::{Field, Secret, Wiped};
use crate::error::cut;
use crate::request::is_header_value;

/// Stored values are text; rows written by hand may hold numbers and booleans, and objects in `advanced`.
pub(crate) fn plain_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

pub(super) fn advanced(text: &str, fields: &[Field]) -> Result<Wiped, String> {
    let members = object(text)?;
    for id in members.keys() {
        if id == ADVANCED || !fields.iter().any(|field| field.id == id) {
            return Err(format!("there is no setting `{}`", cut(id, 60)));
        }
    }
    Ok(members)
}

fn object(text: &str) -> Result<Wiped, String> {
    let members: Map<String, Value> = serde_json::from_str(text).map_err(|_| "is not a JSON object".to_owned())?;
    Ok(members.into())
}

pub(super) fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

pub(super) fn number(field: &Field, text: &str) -> Result<f64, String> {
    let number = finite(text).ok_or_else(|| format!("`{}` is not a number", cut(text, 40)))?;
    within(field, number)?;
    Ok(number)
}

pub(super) fn within(field: &Field, number: f64) -> Result<(), String> {
    match (field.min, field.max) {
        (Some(min), _) if number < min => Err(format!("{number} is less than {min}")),
        (_, Some(max)) if number > max => Err(format!("{number} is more than {max}")),
        _ => Ok(()),
    }
}

pub(super) fn members(text: &str) -> Result<Vec<(String, String)>, String> {
    let members = object(text)?;
    let mut pairs = Vec::with_capacity(members.len());
    for (name, value) in members.iter() {
        match value {
            Value::Null => {}
            Value::String(text) => pairs.push((name.clone(), text.clone())),
            Value::Number(_) | Value::Bool(_) => pairs.push((name.clone(), value.to_string())),
            Value::Array(_) | Value::Object(_) => {
                return Err(format!("the value of `{}` must be text", cut(name, 60)));
            }
        }
    }
    Ok(pairs)
}

/// Headers that the connection, the body or the auth method sets; compressed answers are not read.
const RESERVED: [&str; 14] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "accept",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Whether nobody but the plugin may set a header; `name` in lower case.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || name == "trailer"
}

/// More and longer headers are taken by no gateway, and cost the other tenants of the process time.
const MOST_HEADERS: usize = 100;
/// Likewise, in bytes of the object.
pub(super) const LONGEST_HEADERS: usize = 32 << 10;

/// Headers from a JSON object, names lower-case. Hop-by-hop, `host`, `content-length` and authentication headers are
/// refused.
pub(crate) fn headers(text: &str) -> Result<Vec<(String, Secret)>, String> {
    if text.len() > LONGEST_HEADERS {
        return Err(format!("is longer than {} KiB", LONGEST_HEADERS >> 10));
    }
    let members = members(text)?;
    if members.len() > MOST_HEADERS {
        return Err(format!("holds more than {MOST_HEADERS} headers"));
    }
    members.into_iter().map(header).collect()
}

fn header((name, value): (String, String)) -> Result<(String, Secret), String> {
    let value = Secret::new(value);
    let name = name.trim().to_ascii_lowercase();
    if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(format!("`{}` is not the name of a header", cut(&name, 60)));
    }
    if is_reserved(&name) || name.starts_with("x-ca-") {
        return Err(format!("the header {name} is set by the plugin and cannot be given"));
    }
    if !is_header_value(value.reveal()) {
        return Err(format!("the value of the header {name} holds a line break or other characters than ASCII"));
    }
    Ok((name, value))
}

/// Decodes `\n`, `\r`, `\t`, `\\` and `\uXXXX`; a backslash before anything else stays.
pub(super) fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('\\') => out.push('\\'),
            Some('u') => {
                let digits: String = rest.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                let c = code.and_then(char::from_u32).ok_or_else(|| "\\u needs four hexadecimal digits".to_owned())?;
                out.push(c);
            }
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    Ok(out)
}

/// Text that can stand on one line.
pub(super) fn without_controls(text: &str) -> Result<&str, String> {
    if text.chars().any(char::is_control) {
        return Err("holds a line break or another control character; copy it again".to_owned());
    }
    Ok(text)
}
