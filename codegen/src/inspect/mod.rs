//! A plugin as people look at it: a text for the terminal and a page for the browser, both from one view.
//!
//! Knows the view ([`crate::ir::inspection`]) and nothing of specs.

pub mod html;
mod table;
pub mod text;
mod words;

use crate::ir::package::Text;

/// A language of the output. Dify has more; the output's own words are in these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

impl Language {
    /// Both, the default first.
    pub const ALL: [Language; 2] = [Language::English, Language::Chinese];

    /// Dify's code.
    pub fn code(self) -> &'static str {
        match self {
            Language::English => "en_US",
            Language::Chinese => "zh_Hans",
        }
    }

    /// A text as Dify shows it: an absent language shows `en_US`.
    fn of(self, text: &Text) -> &str {
        match self {
            Language::English => &text.en_us,
            Language::Chinese => text.zh_hans.as_ref().unwrap_or(&text.en_us),
        }
    }

    /// A word of the output itself.
    fn word(self, english: &'static str) -> &'static str {
        match self {
            Language::English => english,
            Language::Chinese => {
                let chinese = words::chinese(english);
                debug_assert!(chinese.is_some(), "no Chinese for `{english}`");
                chinese.unwrap_or(english)
            }
        }
    }
}
