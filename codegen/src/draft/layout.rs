//! JSON as YAML that people edit: a line where it fits, a block where it does not.

use serde_json::Value as Json;

use crate::emit::dify::scalar;

/// Columns of a line.
const WIDTH: usize = 110;

/// The members of an object, one after the other, each line this much indented and ended.
pub fn members(json: &Json, indent: usize) -> String {
    let mut out = String::new();
    for (name, value) in json.as_object().into_iter().flatten() {
        member(name, value, indent, &mut out);
    }
    out
}

/// A section: its key, and what it says below it.
pub fn section(key: &str, value: &Json, indent: usize) -> String {
    match value {
        Json::Object(_) => format!("{}{key}:\n{}", " ".repeat(indent), members(value, indent + 2)),
        _ => format!("{}{key}: {}\n", " ".repeat(indent), flow(value)),
    }
}

/// Words in a comment, in as many lines as they need.
pub fn comment(text: &str) -> String {
    let mut lines = vec!["#".to_owned()];
    for word in text.split(' ') {
        if lines.last().is_some_and(|line| line.chars().count() + word.chars().count() >= WIDTH) {
            lines.push("#".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}

/// One member, ended.
pub fn member(name: &str, value: &Json, indent: usize, out: &mut String) {
    out.push_str(&" ".repeat(indent));
    out.push_str(&format!("{}:", scalar_of(name)));
    below(value, indent + 2, indent + name.chars().count() + 2, out);
}

/// A value after `key:` or `-`: on the same line, or below it.
fn below(value: &Json, indent: usize, before: usize, out: &mut String) {
    let line = flow(value);
    if before + line.chars().count() <= WIDTH {
        out.push_str(&format!(" {line}\n"));
        return;
    }
    match value {
        Json::Object(_) => {
            out.push('\n');
            out.push_str(&members(value, indent));
        }
        Json::Array(elements) => {
            out.push('\n');
            for element in elements {
                item(element, indent, out);
            }
        }
        _ => out.push_str(&format!(" {line}\n")),
    }
}

/// An element of a list; an object begins beside the dash.
pub fn item(value: &Json, indent: usize, out: &mut String) {
    let start = out.len();
    out.push_str(&" ".repeat(indent));
    out.push('-');
    below(value, indent + 2, indent + 1, out);
    let dash = format!("{}-\n{}", " ".repeat(indent), " ".repeat(indent + 2));
    if out[start..].starts_with(&dash) {
        out.replace_range(start..start + dash.len(), &format!("{}- ", " ".repeat(indent)));
    }
}

/// One line.
pub fn flow(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(members) if members.is_empty() => "{}".to_owned(),
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", scalar_of(name), flow(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Json::String(text) => scalar_of(text),
        other => other.to_string(),
    }
}

/// References and directives stand as they are.
fn scalar_of(text: &str) -> String {
    let reference = |c: char| c.is_ascii_alphanumeric() || "._-$".contains(c);
    if text.starts_with('$') && text.chars().all(reference) { text.to_owned() } else { scalar::yaml(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_out_reads_back_as_what_it_was() {
        let json = serde_json::json!({
            "a": "$input.b", "empty": {}, "hard": "a: {b} # c", "long": ["x".repeat(90), { "y": "z".repeat(80), "n": 1 }],
            "deep": { "one": { "$each": "$reply.data", "text": "t".repeat(100) }, "true": "no" },
        });
        let text = members(&json, 0);
        assert_eq!(serde_yaml::from_str::<Json>(&text).ok(), Some(json), "{text}");
    }
}
