//! YAML scalars that every reader takes for the same text.

/// A scalar: plain where no reader could take it for anything else, also inside `{ }`; in double quotes otherwise.
pub fn yaml(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    // What YAML 1.1 or 1.2 readers take for something that is not text.
    const WORDS: [&str; 11] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan"];
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '(' | ')');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(inside)
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// As JSON writes it, and also escaped where JSON allows what YAML does not print.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::yaml;

    #[test]
    fn every_text_comes_back_as_that_text() {
        let texts = [
            "",
            " ",
            "a",
            "a ",
            " a",
            "Model Name",
            "true",
            "No",
            "on",
            "null",
            "~",
            "7200",
            "1e3",
            "0x1F",
            "1:30",
            "2025-01-01",
            "a: b",
            "a #b",
            "#a",
            "a, b",
            "{a}",
            "[a]",
            "\\n\\n",
            "\\",
            "\"",
            "'",
            "a\nb",
            "\t",
            "\r\n",
            "模型名称",
            "\u{85}",
            "\u{2028}",
            "\u{feff}x",
            "\u{7f}",
            "\u{1}",
            "😀",
            "-",
            "- a",
            "? a",
            "!a",
            "&a",
            "*a",
            "%a",
            "@a",
            "`a`",
            "|",
            ">",
            "=",
            "<<",
            "e1",
            ".inf",
            "Infinity",
            "x/y (z)-w.v",
        ];
        for text in texts {
            for document in [format!("key: {}\n", yaml(text)), format!("key: {{ a: {} }}\n", yaml(text))] {
                let read: serde_json::Value =
                    serde_yaml::from_str(&document).unwrap_or_else(|error| panic!("{document}: {error}"));
                let value = if read["key"].is_object() { &read["key"]["a"] } else { &read["key"] };
                assert_eq!(value, text, "{document}");
            }
        }
    }

    #[test]
    fn simple_texts_stay_readable() {
        assert_eq!(yaml("Model Name"), "Model Name");
        assert_eq!(yaml("api_key"), "api_key");
        assert_eq!(yaml("7200"), "\"7200\"");
    }
}
