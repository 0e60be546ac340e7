//! Tables for a terminal of fixed width. Chinese is two columns wide and breaks anywhere but before its punctuation.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of the terminal.
pub(super) const WIDTH: usize = 100;

/// Between two columns of a table.
const GAP: usize = 2;

/// The least that a column is narrowed to.
const LEAST: usize = 12;

/// Rows under a heading, each perhaps with notes below it.
pub(super) struct Table {
    heading: Vec<String>,
    rows: Vec<Row>,
    indent: usize,
}

struct Row {
    cells: Vec<String>,
    notes: Vec<(String, String)>,
}

impl Table {
    pub fn new(indent: usize, heading: &[&str]) -> Table {
        Table { heading: heading.iter().map(|word| (*word).to_owned()).collect(), rows: Vec::new(), indent }
    }

    /// `notes`: what it is about, and what it says. An empty one is left out.
    pub fn row(&mut self, cells: Vec<String>, notes: Vec<(&str, String)>) {
        let notes = notes.into_iter().filter(|(_, text)| !text.is_empty());
        self.rows.push(Row { cells, notes: notes.map(|(name, text)| (name.to_owned(), text)).collect() });
    }

    /// Nothing for a table without rows. A column in which nothing stands is left out.
    pub fn write(&self, out: &mut String) {
        if self.rows.is_empty() {
            return;
        }
        let full: Vec<usize> =
            (0..self.heading.len()).filter(|&at| self.rows.iter().any(|row| !row.cells[at].is_empty())).collect();
        let widths = self.widths(&full);
        out.push('\n');
        self.line(&self.heading, &full, &widths, out);
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        self.line(&rule, &(0..rule.len()).collect::<Vec<_>>(), &widths, out);
        let named = self.rows.iter().flat_map(|row| &row.notes).map(|(name, _)| name.width()).max().unwrap_or(0);
        for row in &self.rows {
            self.line(&row.cells, &full, &widths, out);
            for (name, text) in &row.notes {
                note(self.indent + 4, named, name, text, out);
            }
        }
    }

    /// As wide as what stands in them; if that is too much, the widest give way, the names in the first one last.
    fn widths(&self, full: &[usize]) -> Vec<usize> {
        let cells = |at: usize| self.rows.iter().map(move |row| &row.cells[at]).chain([&self.heading[at]]);
        let mut widths: Vec<usize> =
            full.iter().map(|&at| cells(at).map(|cell| clean(cell).width()).max().unwrap_or(0)).collect();
        let room = WIDTH.saturating_sub(self.indent + GAP * full.len().saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let widest = |widths: &mut [usize]| {
                let wide = widths.iter_mut().filter(|width| **width > LEAST).max();
                wide.map(|width| *width -= 1).is_some()
            };
            let first = widths.len().min(1);
            if !widest(&mut widths[first..]) && !widest(&mut widths) {
                break;
            }
        }
        widths
    }

    fn line(&self, cells: &[String], full: &[usize], widths: &[usize], out: &mut String) {
        let wrapped: Vec<Vec<String>> = full.iter().zip(widths).map(|(&at, &width)| wrap(&cells[at], width)).collect();
        for line in 0..wrapped.iter().map(Vec::len).max().unwrap_or(0) {
            let mut text = " ".repeat(self.indent);
            for (lines, width) in wrapped.iter().zip(widths) {
                text += &pad(lines.get(line).map_or("", String::as_str), *width);
                text += &" ".repeat(GAP);
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
    }
}

/// A name and what is said of it, wrapped behind the name.
pub(super) fn note(indent: usize, named: usize, name: &str, text: &str, out: &mut String) {
    let before = indent + named + GAP;
    for (number, line) in wrap(text, WIDTH.saturating_sub(before).max(LEAST)).iter().enumerate() {
        let name = if number == 0 { name } else { "" };
        let text = format!("{}{}{}{line}", " ".repeat(indent), pad(name, named), " ".repeat(GAP));
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

/// Filled with blanks on the right.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Lines of at most this many columns; one at least. What is no blank and no letter a terminal shows becomes a blank.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in pieces(&clean(text)) {
        let used = lines.last().map_or(0, |line| line.width());
        if used > 0 && used + piece.trim_end().width() > width {
            lines.push(String::new());
        }
        for c in piece.chars() {
            let Some(line) = lines.last_mut() else { continue };
            let wide = c.width().unwrap_or(0);
            match c {
                ' ' if line.is_empty() || line.width() + wide > width => {}
                c if line.width() + wide > width && !line.is_empty() => lines.push(c.to_string()),
                c => line.push(c),
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// What may not be torn apart: a word with the blanks behind it, or one wide character with its punctuation.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let wide = |c: char| c.width() == Some(2);
    for c in text.chars() {
        let joins = match pieces.last().and_then(|piece| piece.chars().last()) {
            None => false,
            Some(_) if c == ' ' || "，。、；：！？）》」』】”’,.;:!?)]}".contains(c) => true,
            Some(last) => last != ' ' && !wide(last) && !wide(c),
        };
        match pieces.last_mut() {
            Some(piece) if joins => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

/// Without line breaks and control characters, which would move the cursor.
fn clean(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        let texts = [
            "a lot of words, and one-that-is-much-too-long-for-a-line",
            "模型上下文长度（默认均为 4096），以及参数。",
            "",
        ];
        for text in texts {
            for width in 8..40 {
                let lines = wrap(text, width);
                assert!(lines.iter().all(|line| line.width() <= width), "{width} {lines:?}");
                let bare = |text: &str| text.replace(' ', "");
                assert_eq!(bare(&lines.concat()), bare(text));
            }
        }
    }

    #[test]
    fn chinese_breaks_anywhere_but_before_its_punctuation() {
        assert_eq!(wrap("模型名称，必填", 8), ["模型名", "称，必填"]);
        assert_eq!(wrap("a\u{1b}[31mb\nc", 20), ["a [31mb c"]);
    }

    #[test]
    fn columns_stand_below_each_other_whatever_is_in_them() {
        let mut table = Table::new(2, &["Name", "", "Value"]);
        table.row(
            vec!["模型".into(), String::new(), "x".into()],
            vec![("note", "said".into()), ("none", String::new())],
        );
        table.row(vec!["model".into(), String::new(), "名".into()], vec![]);
        let mut out = String::new();
        table.write(&mut out);
        assert_eq!(out, "\n  Name   Value\n  ─────  ─────\n  模型   x\n      note  said\n  model  名\n");
    }
}
