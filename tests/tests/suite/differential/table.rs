//! The table of deliberate differences, and whether what was found is what it says.

use serde::Deserialize;

use super::Difference;

/// One deliberate difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Names of cases; `*` stands for any text. Each must show the difference.
    cases: Vec<String>,
    /// Where; `*` stands for any text.
    place: String,
    /// What the base classes have there; `absent`, or not given if it may be anything.
    python: Option<String>,
    /// What this plugin has there, in the same way.
    ours: Option<String>,
    /// Why.
    reason: String,
    /// A part of the sentence in the plugin's readme that tells users of it. Not given if no user can notice.
    told: Option<String>,
}

/// Reads the table.
///
/// # Panics
/// If it has another form.
pub fn read() -> Vec<Row> {
    let text = include_str!("../../../fixtures/differences.yaml");
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("fixtures/differences.yaml: {error}"))
}

/// What is not as the table says.
pub fn compare(rows: &[Row], found: &[Difference]) -> Vec<String> {
    let mut problems = Vec::new();
    for difference in found {
        if !rows.iter().any(|row| row.covers(difference)) {
            problems.push(format!("not listed: {difference:?}"));
        }
    }
    let readme = tests::package::installed().read("README.md");
    for row in rows {
        for name in &row.cases {
            let shown = |difference: &Difference| fits(name, difference.case) && row.covers(difference);
            if !found.iter().any(shown) {
                problems.push(format!("no longer there: {} in {name}", row.place));
            }
        }
        if row.reason.trim().is_empty() {
            problems.push(format!("no reason: {}", row.place));
        }
        if let Some(told) = row.told.as_ref().filter(|told| !readme.contains(told.as_str())) {
            problems.push(format!("the plugin's readme does not say {told:?}"));
        }
    }
    problems
}

impl Row {
    fn covers(&self, difference: &Difference) -> bool {
        let is = |wanted: &Option<String>, value: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| fits(wanted, value.as_deref().unwrap_or("absent")))
        };
        self.cases.iter().any(|name| fits(name, difference.case))
            && fits(&self.place, &difference.place)
            && is(&self.python, &difference.python)
            && is(&self.ours, &difference.ours)
    }
}

/// Whether `text` is what `pattern` says, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let places = (0..=text.len()).filter(|place| text.is_char_boundary(*place));
            places.into_iter().any(|place| fits(rest, &text[place..]))
        }),
    }
}

#[test]
fn patterns() {
    for (pattern, text, expected) in [
        ("a", "a", true),
        ("a*", "abc", true),
        ("*c", "abc", true),
        ("a*d", "abc", false),
        ("*", "", true),
        ("a", "ab", false),
    ] {
        assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
    }
}
