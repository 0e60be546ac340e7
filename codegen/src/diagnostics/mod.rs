//! What is wrong with the specs, where, and what to do about it.
//!
//! A pass names a place by file and path ([`At`]) because the `ast` carries no positions; the span is looked up in the
//! marked YAML only when something is reported. Knows the text of files, nothing of what they mean.

pub mod codes;
pub mod github;
mod nearest;
mod render;

use std::collections::BTreeMap;
use std::ops::Range;

pub use nearest::{list, nearest};

use crate::parse::tree::{self, Node};
use crate::sources::Sources;

/// One step into a YAML document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seg {
    Key(String),
    Index(usize),
}

/// A place: a file, a path into it, and whether the key itself or its value is meant.
///
/// A step that a scalar cannot take stays at the scalar, so that the two YAML forms of a key have one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    file: String,
    path: Vec<Seg>,
    key: bool,
    span: Option<Range<usize>>,
}

impl At {
    /// The file as a whole.
    pub fn file(file: impl Into<String>) -> At {
        At { file: file.into(), path: Vec::new(), key: false, span: None }
    }

    /// A span of bytes of a file.
    pub fn span(file: impl Into<String>, span: Range<usize>) -> At {
        At { span: Some(span), ..At::file(file) }
    }

    /// The value below a key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> At {
        let mut at = self.clone();
        at.path.push(Seg::Key(key.into()));
        at
    }

    /// The item of a list.
    #[must_use]
    pub fn index(&self, index: usize) -> At {
        let mut at = self.clone();
        at.path.push(Seg::Index(index));
        at
    }

    /// The last key itself instead of its value.
    #[must_use]
    pub fn on_key(&self) -> At {
        At { key: true, ..self.clone() }
    }

    /// Whether this is that place or one below it.
    pub fn is_in(&self, place: &At) -> bool {
        self.file == place.file && self.path.starts_with(&place.path)
    }

    fn locate(&self, tree: Option<&Node>) -> Range<usize> {
        match (&self.span, tree) {
            (Some(span), _) => span.clone(),
            (None, Some(tree)) => tree.find(&self.path, self.key),
            (None, None) => 0..0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    pub severity: Severity,
    /// `S2003`, one of [`codes::all`].
    pub code: &'static str,
    /// What is wrong, one sentence without a full stop.
    pub what: String,
    pub at: At,
    /// Beside the marked span.
    pub label: String,
    /// Other places that matter, each with a label.
    pub related: Vec<(At, String)>,
    /// What to do.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// Text beside the marked span.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Diagnostic {
        self.label = label.into();
        self
    }

    /// What to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Diagnostic {
        self.help.push(help.into());
        self
    }

    /// Another place that matters.
    pub fn related(&mut self, at: At, label: impl Into<String>) -> &mut Diagnostic {
        self.related.push((at, label.into()));
        self
    }

    /// "Did you mean", and what is legal: of a long list what is most like the written word.
    pub fn legal<'a>(&mut self, written: &str, legal: impl IntoIterator<Item = &'a str>) -> &mut Diagnostic {
        let legal: Vec<&str> = legal.into_iter().collect();
        if let Some(near) = nearest(written, legal.iter().copied()) {
            self.help.push(format!("did you mean `{near}`?"));
        }
        let shown = nearest::most(written, &legal);
        self.help.push(match legal.len() - shown.len() {
            _ if legal.is_empty() => "there are none here".to_owned(),
            0 => format!("legal here: {}", list(shown)),
            more => format!("legal here: {} and {more} more", list(shown)),
        });
        self
    }
}

/// What a pass fills.
#[derive(Debug, Default)]
pub struct Report {
    found: Vec<Diagnostic>,
}

impl Report {
    /// Reports an error; label, help and related places are added to what is returned.
    pub fn error(&mut self, code: &'static str, at: At, what: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Error, code, at, what.into())
    }

    /// Reports a warning.
    pub fn warning(&mut self, code: &'static str, at: At, what: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Warning, code, at, what.into())
    }

    fn push(&mut self, severity: Severity, code: &'static str, at: At, what: String) -> &mut Diagnostic {
        let new = Diagnostic { severity, code, what, at, label: String::new(), related: Vec::new(), help: Vec::new() };
        let index = self.found.len();
        self.found.push(new);
        &mut self.found[index]
    }

    /// Takes over what another report found.
    pub fn append(&mut self, other: Report) {
        self.found.extend(other.found);
    }

    /// Whether an error was reported.
    pub fn failed(&self) -> bool {
        self.found.iter().any(|found| found.severity == Severity::Error)
    }

    /// Drops the warnings.
    pub fn keep_errors(&mut self) {
        self.found.retain(|found| found.severity == Severity::Error);
    }

    /// Keeps so many findings, errors first, and gives how many were dropped.
    pub fn keep(&mut self, most: usize) -> usize {
        let more = self.found.len().saturating_sub(most);
        if more > 0 {
            self.found.sort_by_key(|found| found.severity);
            self.found.truncate(most);
        }
        more
    }

    /// Everything found, with spans, sorted.
    pub fn finish(self, sources: &Sources) -> Diagnostics {
        Diagnostics::locate(self.found, sources)
    }
}

/// Findings with their spans, sorted by file and position.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    fn locate(mut found: Vec<Diagnostic>, sources: &Sources) -> Diagnostics {
        let mut trees: BTreeMap<String, Option<Node>> = BTreeMap::new();
        let mut locate = |at: &mut At| {
            let tree = trees
                .entry(at.file.clone())
                .or_insert_with(|| sources.text(&at.file).and_then(|text| tree::read(text).ok()));
            at.span = Some(at.locate(tree.as_ref()));
        };
        for diagnostic in &mut found {
            locate(&mut diagnostic.at);
            for (at, _) in &mut diagnostic.related {
                locate(at);
            }
        }
        found.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.at.file.clone(), d.at.span.as_ref().map_or(0, |s| s.start), d.code);
            key(a).cmp(&key(b)).then_with(|| a.what.cmp(&b.what))
        });
        found.dedup_by(|a, b| a.code == b.code && a.at == b.at && a.what == b.what);
        Diagnostics(found)
    }

    /// All findings.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many of them are errors.
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|found| found.severity == Severity::Error).count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All findings, as a vector.
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }

    /// For people: each finding with its excerpt.
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        render(&self.0, sources, colour)
    }
}

/// The most findings that are shown. Nobody reads more before the first ones are repaired.
const SHOWN: usize = 200;

/// For people: each finding with its excerpt.
pub fn render(found: &[Diagnostic], sources: &Sources, colour: bool) -> String {
    let mut text: String =
        found.iter().take(SHOWN).map(|diagnostic| render::one(diagnostic, sources, colour) + "\n").collect();
    if found.len() > SHOWN {
        text.push_str(&format!("... and {} more\n", found.len() - SHOWN));
    }
    text
}
