//! A report as Markdown.

use crate::candidate::Kind;
use crate::report::{Report, Row};

const HEAD: &str = "\
| | unit | this plugin | floor | Python plugin | plugin ÷ floor | Python ÷ plugin | goal |
|---|---|---:|---:|---:|---:|---:|---|";
const GOALS: &str = "\
| | unit | this plugin | floor | Python plugin | goal |
|---|---|---:|---:|---:|---|";

/// The table with all rows, and what is to be said about it.
pub fn whole(report: &Report) -> String {
    let mut text = format!("{HEAD}\n");
    report.rows.iter().for_each(|row| text.push_str(&format!("{}\n", line(row))));
    for (head, list) in [("Not measured, or only in part:", &report.notes), ("Measured with:", &report.facts)] {
        if !list.is_empty() {
            text.push_str(&format!("\n{head}\n\n"));
            list.iter().for_each(|item| text.push_str(&format!("* {item}\n")));
        }
    }
    text
}

/// The rows that have a goal.
pub fn goals(report: &Report) -> String {
    let mut text = format!("{GOALS}\n");
    for row in report.rows.iter().filter(|row| row.goal.is_some()) {
        let [plugin, floor, python] = Kind::ALL.map(|kind| figure(row.value(kind)));
        let (name, unit, goal) = (&row.name, row.unit, goal(row));
        text.push_str(&format!("| {name} | {unit} | {plugin} | {floor} | {python} | {goal} |\n"));
    }
    text
}

/// One row.
pub fn line(row: &Row) -> String {
    let [plugin, floor, python] = Kind::ALL.map(|kind| figure(row.value(kind)));
    let ratios = [(Kind::Plugin, Kind::Floor), (Kind::Python, Kind::Plugin)];
    let [above, better] = ratios.map(|(of, to)| figure(row.ratio(of, to)));
    let (name, unit, goal) = (&row.name, row.unit, goal(row));
    format!("| {name} | {unit} | {plugin} | {floor} | {python} | {above} | {better} | {goal} |")
}

fn goal(row: &Row) -> String {
    let word = match row.met() {
        Some(true) => ": met",
        Some(false) => ": missed",
        None => "",
    };
    row.goal.map_or_else(String::new, |goal| goal.text() + word)
}

/// Three digits that count, and all before the point.
pub fn figure(value: Option<f64>) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return "-".to_owned() };
    if value == 0.0 {
        return "0".to_owned();
    }
    // What is rounded up to the next power of ten has one digit less behind the point.
    let magnitude = value.abs().log10() + 5e-4;
    let digits = if magnitude < 3.0 { (2 - magnitude.floor() as i32).clamp(0, 6) } else { 0 };
    let text = format!("{value:.*}", digits as usize);
    let (whole, rest) = text.split_once('.').map_or((&*text, ""), |(whole, rest)| (whole, rest));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left % 3 == 0 && !(index == 1 && whole.starts_with('-')) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest.is_empty() { grouped } else { format!("{grouped}.{rest}") }
}

/// A number of things.
pub fn count(number: u64) -> String {
    if number < 1000 { number.to_string() } else { figure(Some(number as f64)) }
}

/// A text with what stands between two marks replaced, each of which is a line of its own.
///
/// # Errors
/// If it does not have both marks, in this order.
pub fn replace_between(text: &str, marks: [&str; 2], inside: &str) -> Result<String, String> {
    let [begin, end] = marks.map(|mark| text.find(&format!("{mark}\n")));
    match (begin, end) {
        (Some(begin), Some(end)) if begin < end => {
            Ok(format!("{}{}\n\n{}\n\n{}", &text[..begin], marks[0], inside.trim(), &text[end..]))
        }
        _ => Err(format!("there is no {} and {} to put the figures between", marks[0], marks[1])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Goal;

    #[test]
    fn figures_have_three_digits_that_count() {
        for (value, expected) in [
            (0.0, "0"),
            (0.004_567, "0.00457"),
            (0.112, "0.112"),
            (0.9996, "1.00"),
            (1.0, "1.00"),
            (12.34, "12.3"),
            (99.96, "100"),
            (123.4, "123"),
            (9876.5, "9,876"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(figure(Some(value)), expected, "{value}");
        }
        assert_eq!(figure(None), "-");
        assert_eq!(figure(Some(f64::NAN)), "-");
        assert_eq!(figure(Some(f64::INFINITY)), "-");
    }

    #[test]
    fn a_table_shows_ratios_goals_and_what_is_not_there() {
        let goal = Some(Goal::FloorTimes(1.0));
        let row = Row { name: "cost".to_owned(), unit: "ms", values: [Some(2.0), Some(4.0), None], goal };
        let rest = Row { name: "rate".to_owned(), unit: "/s", values: [Some(50.0), None, Some(10.0)], goal: None };
        let notes = vec!["cost: Python plugin: it broke".to_owned()];
        let report = Report { rows: vec![row, rest], notes, ..Report::default() };
        let text = whole(&report);
        assert!(text.contains("| cost | ms | 2.00 | 4.00 | - | 0.500 | - | ≤ 1 × floor: met |\n"), "{text}");
        assert!(text.contains("| rate | /s | 50.0 | - | 10.0 | - | 0.200 |  |\n"), "{text}");
        assert!(text.ends_with("* cost: Python plugin: it broke\n"), "{text}");
        assert_eq!(goals(&report).lines().count(), 3);
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let marks = ["<a>", "<b>"];
        let replaced = replace_between("one\n<a>\nold\n<b>\ntwo\n", marks, "new\n");
        assert_eq!(replaced, Ok("one\n<a>\n\nnew\n\n<b>\ntwo\n".to_owned()));
        assert_eq!(replace_between(&replaced.unwrap(), marks, "new"), Ok("one\n<a>\n\nnew\n\n<b>\ntwo\n".to_owned()));
        assert!(replace_between("<b>\n<a>\n", marks, "new").is_err());
        assert!(replace_between("<a>\n", marks, "new").is_err());
    }
}
