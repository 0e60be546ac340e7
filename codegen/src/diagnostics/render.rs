//! One finding as text: `file:line:col`, the excerpt with its label, related places, what to do.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use super::{At, Diagnostic, Severity};
use crate::sources::Sources;

/// Renders one finding. A file that is not text is named without an excerpt.
pub fn one(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level.primary_title(&diagnostic.what).id(diagnostic.code).elements(Vec::<Element<'_>>::new());
    let first = &diagnostic.at;
    match sources.text(&first.file) {
        Some(text) => {
            let mut snippet = Snippet::source(text)
                .path(&first.file)
                .annotation(AnnotationKind::Primary.span(within(text, first)).label(&diagnostic.label));
            for (at, label) in diagnostic.related.iter().filter(|(at, _)| at.file == first.file) {
                snippet = snippet.annotation(AnnotationKind::Context.span(within(text, at)).label(label));
            }
            group = group.element(snippet);
        }
        None => group = group.element(annotate_snippets::Origin::path(&first.file)),
    }
    for (at, label) in diagnostic.related.iter().filter(|(at, _)| at.file != first.file) {
        if let Some(text) = sources.text(&at.file) {
            let annotation = AnnotationKind::Context.span(within(text, at)).label(label);
            group = group.element(Snippet::source(text).path(&at.file).annotation(annotation));
        }
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// The span, held inside the text and on its character boundaries, and only on its first line.
pub fn within(text: &str, at: &At) -> std::ops::Range<usize> {
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
