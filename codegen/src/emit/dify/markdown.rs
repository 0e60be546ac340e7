//! Markdown that stays inside its table cell.

/// Prose: bars, angle brackets and line breaks cannot end the cell or start HTML. Code in backticks stays code.
pub(super) fn cell(text: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    for c in text.trim().chars() {
        match c {
            '|' => out.push_str("\\|"),
            '\n' => out.push(' '),
            '<' if !code => out.push_str("&lt;"),
            '\\' if !code => out.push_str("\\\\"),
            '`' => {
                code = !code;
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A code span, empty for an empty text.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace('|', "\\|").replace('\n', " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::{cell, code};

    #[test]
    fn nothing_leaves_the_cell() {
        assert_eq!(cell("a | b\nc <PEM> `x<y`"), "a \\| b c &lt;PEM> `x<y`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code(""), "");
    }
}
