//! Finisher of rerank answers.

use std::borrow::Cow;

use crate::error::{Error, Kind, Result};
use crate::input::Item;
use crate::output::{Hit, RankedDocument};

/// A document of the input.
pub trait Document {
    /// Its text; an image has none.
    fn text(&self) -> &str;
}

impl Document for Cow<'_, str> {
    fn text(&self) -> &str {
        self
    }
}

impl Document for Item<'_> {
    fn text(&self) -> &str {
        if self.content_type == "text" { &self.content } else { "" }
    }
}

/// Scores on one scale, cut off below the threshold, best first, at most `top_n`, each with its text from the input.
///
/// Scales: `raw` leaves scores as the service gave them, `sigmoid` turns logits into 0 to 1, `min_max` spreads the
/// scores of this answer between 0 and 1 (all the same, or only one: 1, so that a threshold keeps them). A threshold
/// or limit of 0 is none: the daemon sends 0 for what is absent, and raw scores may be negative.
///
/// # Errors
/// `BadReply` for an index outside the documents or a score that is no number.
pub fn ranked_documents<'i, D: Document>(
    hits: Vec<Hit>,
    docs: &'i [D],
    score_threshold: Option<f64>,
    top_n: Option<i64>,
    scale: &str,
) -> Result<Vec<RankedDocument<'i>>> {
    let mut documents = Vec::with_capacity(hits.len());
    for hit in &hits {
        let text = usize::try_from(hit.index).ok().and_then(|index| docs.get(index)).ok_or_else(|| {
            let message = format!("the reply scores document {}, but {} were sent", hit.index, docs.len());
            Error::new(Kind::BadReply, message)
        })?;
        let score = scaled(hit.score, &hits, scale);
        if !score.is_finite() {
            let message = format!("the reply's score of document {} is not a number", hit.index);
            return Err(Error::new(Kind::BadReply, message));
        }
        documents.push(RankedDocument { index: hit.index, text: Cow::Borrowed(text.text()), score });
    }
    if let Some(threshold) = score_threshold.filter(|threshold| *threshold != 0.0) {
        documents.retain(|document| document.score >= threshold);
    }
    documents.sort_by(|a, b| b.score.total_cmp(&a.score));
    if let Some(limit) = top_n.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0) {
        documents.truncate(limit);
    }
    Ok(documents)
}

fn scaled(score: f64, hits: &[Hit], scale: &str) -> f64 {
    match scale {
        "sigmoid" => 1.0 / (1.0 + (-score).exp()),
        "min_max" => {
            let lowest = hits.iter().map(|hit| hit.score).fold(f64::INFINITY, f64::min);
            let highest = hits.iter().map(|hit| hit.score).fold(f64::NEG_INFINITY, f64::max);
            if highest > lowest { (score - lowest) / (highest - lowest) } else { 1.0 }
        }
        _ => score,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: [Cow<'static, str>; 3] = [Cow::Borrowed("a"), Cow::Borrowed("b"), Cow::Borrowed("c")];

    fn ranked(scores: &[f64], threshold: Option<f64>, top_n: Option<i64>, scale: &str) -> Vec<(i64, f64)> {
        let hits = scores.iter().zip(0..).map(|(&score, index)| Hit { index, score }).collect();
        let documents = ranked_documents(hits, &DOCS, threshold, top_n, scale).unwrap();
        documents.into_iter().map(|document| (document.index, document.score)).collect()
    }

    #[test]
    fn best_first_with_scores_as_given_and_ties_in_order() {
        assert_eq!(ranked(&[0.1, 0.98, 0.1], None, None, "raw"), [(1, 0.98), (0, 0.1), (2, 0.1)]);
    }

    #[test]
    fn b_a13_one_document_keeps_its_score_and_passes_a_threshold() {
        assert_eq!(ranked(&[0.7], Some(0.5), None, "raw"), [(0, 0.7)]);
        assert_eq!(ranked(&[0.7], Some(0.5), None, "min_max"), [(0, 1.0)]);
        assert_eq!(ranked(&[0.2, 0.2], Some(0.5), None, "min_max"), [(0, 1.0), (1, 1.0)]);
        assert_eq!(ranked(&[0.2, 0.6, 0.4], None, None, "min_max"), [(1, 1.0), (2, 0.5), (0, 0.0)].map(close));
    }

    fn close((index, score): (i64, f64)) -> (i64, f64) {
        // 0.4 is not exactly half way between 0.2 and 0.6 in binary.
        (index, if index == 2 { (0.4 - 0.2) / (0.6 - 0.2) } else { score })
    }

    #[test]
    fn b_a13_an_empty_result_is_an_empty_answer() {
        assert_eq!(ranked(&[], Some(0.5), Some(1), "min_max"), []);
    }

    #[test]
    fn zero_means_no_limit_and_no_threshold() {
        assert_eq!(ranked(&[-1.0, 2.0], Some(0.0), Some(0), "raw"), [(1, 2.0), (0, -1.0)]);
        assert_eq!(ranked(&[0.4, 0.5, 0.6], Some(0.5), Some(1), "raw"), [(2, 0.6)]);
        assert_eq!(ranked(&[0.4, 0.5, 0.6], Some(0.5), Some(9), "raw"), [(2, 0.6), (1, 0.5)]);
        assert_eq!(ranked(&[0.4], None, Some(-1), "raw"), [(0, 0.4)]);
    }

    #[test]
    fn logits_become_probabilities() {
        assert_eq!(ranked(&[0.0], None, None, "sigmoid"), [(0, 0.5)]);
        let extreme = ranked(&[-1000.0, 1000.0], None, None, "sigmoid");
        assert_eq!(extreme, [(1, 1.0), (0, 0.0)]);
    }

    #[test]
    fn a_foreign_index_or_no_number_is_a_bad_reply() {
        for (index, score) in [(3, 0.5), (-1, 0.5), (0, f64::NAN), (0, f64::INFINITY)] {
            let error = ranked_documents(vec![Hit { index, score }], &DOCS, None, None, "raw").unwrap_err();
            assert_eq!(error.kind(), Kind::BadReply);
        }
    }
}
