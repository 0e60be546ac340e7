//! Where the text a gateway signed and the text we signed first differ.

use crate::error::cut;
use crate::http::Head;

/// What both sides have at the first difference.
pub(super) fn difference(head: &Head) -> String {
    let refused = "the gateway computes another signature; check the secret key".to_owned();
    let Some((header, ours)) = &head.signed else {
        return refused;
    };
    let Some(theirs) = head.header(header).and_then(signed_by_gateway) else {
        return refused;
    };
    let ours = ours.replace('\n', "#");
    if ours == theirs {
        return "both sides signed the same text, so the secret key or the method differs".to_owned();
    }
    let same: usize =
        ours.chars().zip(theirs.chars()).take_while(|(ours, theirs)| ours == theirs).map(|(c, _)| c.len_utf8()).sum();
    let common = ours.get(..same).unwrap_or_default();
    let line = common.matches('#').count() + 1;
    let start = common.rfind('#').map_or(0, |at| at + 1);
    format!(
        "the texts to sign differ first in line {line} (LF shown as #): the gateway has `{}`, we have `{}`",
        excerpt(theirs, start, same),
        excerpt(&ours, start, same)
    )
}

/// The text between the backquotes of ``Server StringToSign:`...` ``.
fn signed_by_gateway(value: &str) -> Option<&str> {
    let (_, text) = value.split_once('`')?;
    Some(text.rsplit_once('`').map_or(text, |(text, _)| text))
}

/// The line in which the difference is, cut around it.
fn excerpt(text: &str, line_start: usize, difference: usize) -> String {
    let mut start = line_start.max(difference.saturating_sub(20));
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let rest = text.get(start..).unwrap_or_default();
    let line_end = rest.get(difference - start.min(difference)..).and_then(|after| after.find('#'));
    let rest = match line_end {
        Some(end) => rest.get(..end + difference - start.min(difference)).unwrap_or(rest),
        None => rest,
    };
    let dots = if start > line_start { "…" } else { "" };
    format!("{dots}{}", cut(rest, 80))
}
