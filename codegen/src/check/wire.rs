//! Of p3: literals that are sent as text, in headers, queries and parts, arrive as they are written.

use serde_json::Value as Json;

use crate::ast::Value;
use crate::diagnostics::At;

use super::Checking;
use super::declarations::shown;
use super::values;

/// Where a text is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Header,
    QueryOrPart,
}

impl Checking<'_> {
    /// The literals of a value that is sent as text.
    pub fn sent_as_text(&mut self, value: &Value, at: &At, wire: Wire) {
        for (literal, at) in values::literals(value, at) {
            self.spelled(literal, &at, wire);
        }
    }

    fn spelled(&mut self, literal: &Json, at: &At, wire: Wire) {
        if literal.is_f64() {
            self.report
                .error("S3001", at.clone(), format!("the number `{literal}` is sent as text here"))
                .label("a number has no spelling: `1.10` is sent as `1.1`")
                .help("write it in quotes, as it is to be sent");
        }
        let text = shown(literal);
        let odd = text.chars().find(|c| !matches!(c, ' '..='~' | '\t'));
        if let Some(odd) = odd.filter(|_| wire == Wire::Header) {
            self.report
                .error("S3001", at.clone(), format!("`{}` cannot be the value of a header", text.escape_debug()))
                .label(format!("holds `{}`", odd.escape_debug()))
                .help("headers are visible ASCII on one line: write it encoded, as the service wants it");
        }
    }
}
