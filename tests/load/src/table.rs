//! Figures side by side.

/// One row: what it is, its unit, and a value for each candidate.
pub struct Row {
    /// What was measured.
    pub name: String,
    /// In what.
    pub unit: &'static str,
    /// One for each candidate; none where it cannot be measured.
    pub values: Vec<Option<f64>>,
}

/// A table in Markdown.
pub fn render(candidates: &[String], rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut table = format!("| {:width$} | unit |", "");
    candidates.iter().for_each(|candidate| table.push_str(&format!(" {candidate:>13} |")));
    table.push_str("\n|---|---|");
    table.push_str(&"---:|".repeat(candidates.len()));
    for row in rows {
        table.push_str(&format!("\n| {:width$} | {:<4} |", row.name, row.unit));
        for value in &row.values {
            let value = value.filter(|value| value.is_finite());
            table.push_str(&format!(" {:>13} |", value.map_or("-".to_owned(), |value| format!("{value:.2}"))));
        }
    }
    table.push('\n');
    table
}
