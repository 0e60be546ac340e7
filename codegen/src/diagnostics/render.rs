//! One finding as text: `file:line:col`, the excerpt with its label, related places, what to do.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};

use super::{At, Diagnostic, Severity};
use crate::sources::Sources;

/// The widest line that is shown, in bytes: drawing takes time for each column.
const WIDEST: usize = 4000;
/// The longest text of a finding, in bytes. It may quote what is written, which may be as long as a file.
const LONGEST: usize = 4000;

/// Renders one finding. A file that is not text is named without an excerpt.
pub fn one(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = shortened(&diagnostic.what);
    let mut group = level.primary_title(title).id(diagnostic.code).elements(Vec::<Element<'_>>::new());
    let first = &diagnostic.at;
    let (here, elsewhere): (Vec<_>, Vec<_>) = diagnostic.related.iter().partition(|(at, _)| at.file == first.file);
    let mut places = vec![(first, diagnostic.label.as_str(), AnnotationKind::Primary)];
    places.extend(here.into_iter().map(|(at, label)| (at, label.as_str(), AnnotationKind::Context)));
    group = group.element(excerpt(sources, &places));
    for (at, label) in elsewhere {
        group = group.element(excerpt(sources, &[(at, label.as_str(), AnnotationKind::Context)]));
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(shortened(help)));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// The lines from the first of some places of one file to the last.
fn excerpt<'s>(sources: &'s Sources, places: &[(&'s At, &'s str, AnnotationKind)]) -> Element<'s> {
    let file = places.first().map_or("", |(at, ..)| at.file.as_str());
    let Some(text) = sources.text(file) else { return Origin::path(file).into() };
    let spans: Vec<Range<usize>> = places.iter().map(|(at, ..)| within(text, at)).collect();
    let first = spans.iter().map(|span| span.start).min().unwrap_or_default();
    let last = spans.iter().map(|span| span.end).max().unwrap_or_default();
    let start = text[..first].rfind('\n').map_or(0, |end| end + 1);
    let end = text[last..].find('\n').map_or(text.len(), |length| last + length);
    let (lines, line) = (&text[start..end], 1 + text[..start].matches('\n').count());
    if lines.lines().any(|line| line.len() > WIDEST) {
        let line_start = text[..spans[0].start].rfind('\n').map_or(0, |end| end + 1);
        let line = 1 + text[..line_start].matches('\n').count();
        let column = 1 + text[line_start..spans[0].start].chars().count();
        return Origin::path(file).line(line).char_column(column).into();
    }
    let annotation = |(span, (_, label, kind)): (Range<usize>, &(&'s At, &'s str, AnnotationKind))| {
        kind.span(span.start - start..span.end - start).label(shortened(label))
    };
    Snippet::source(lines).line_start(line).path(file).annotations(spans.into_iter().zip(places).map(annotation)).into()
}

fn shortened(text: &str) -> Cow<'_, str> {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    match text.len() {
        0..=LONGEST => text.into(),
        length => {
            let (head, tail) = (boundary(LONGEST / 2), boundary(length - LONGEST / 4));
            format!("{} ... {}", &text[..head], &text[tail..]).into()
        }
    }
}

/// The span, held inside the text and on its character boundaries, and only on its first line.
pub fn within(text: &str, at: &At) -> Range<usize> {
    let span = at.span.clone().unwrap_or(0..0);
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let mut end = span.end.clamp(start, line);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}
