//! What the gateway replies to calls with one reply, and whether an answer says the same.
//!
//! A call is named by the model that is asked (`load.rerank.17`), which its reply repeats in its numbers: an answer that
//! belongs to another call is noticed.

use std::fmt::Write;
use std::sync::OnceLock;

use serde_json::Value;

use crate::requests::document;

/// Numbers of a vector.
pub const DIMENSIONS: usize = 1536;
/// Vectors that are known: one for each text of a call.
const VECTORS: u64 = 64;

/// A vector, but for its first number: as it is sent, and its values.
type Vector = (String, Vec<f64>);

/// The reply to a body; none if nobody asks so.
pub fn reply(body: &str) -> Option<String> {
    let request: Value = serde_json::from_str(body).ok()?;
    let mut parts = request["model"].as_str()?.strip_prefix("load.")?.split('.');
    match (parts.next()?, parts.next()?.parse().ok()?) {
        ("embeddings", number) => embeddings(number, request["input"].as_array()?),
        ("rerank", number) => Some(ranking(number)),
        _ => None,
    }
}

fn embeddings(number: u64, texts: &[Value]) -> Option<String> {
    let mut data = String::with_capacity(20_000 * texts.len());
    for (place, text) in texts.iter().enumerate() {
        // `text INDEX of call NUMBER`
        let index: usize = text.as_str()?.split(' ').nth(1)?.parse().ok()?;
        let (rest, _) = vectors().get(index)?;
        let comma = if place == 0 { "" } else { "," };
        let _ = write!(data, "{comma}{{\"object\":\"embedding\",\"index\":{place},\"embedding\":[{number}.5{rest}]}}");
    }
    let tokens = 2 * texts.len();
    Some(format!(
        "{{\"object\":\"list\",\"data\":[{data}],\"model\":\"upstream-model\",\
         \"usage\":{{\"prompt_tokens\":{tokens},\"total_tokens\":{tokens}}}}}"
    ))
}

/// Whether an answer holds all vectors in order and the tokens of all requests.
pub fn embeds(answer: &Value, texts: u64, number: u64) -> bool {
    let vectors = vectors().iter().take(texts as usize);
    let found = answer["embeddings"].as_array().map_or(&[][..], Vec::as_slice);
    let same = |found: &Value, rest: &[f64]| {
        let mut numbers = found.as_array().into_iter().flatten().map(Value::as_f64);
        numbers.next() == Some(Some(number as f64 + 0.5)) && numbers.eq(rest.iter().map(|number| Some(*number)))
    };
    answer["usage"]["total_tokens"] == 2 * texts
        && found.len() as u64 == texts
        && found.iter().zip(vectors).all(|(found, (_, rest))| same(found, rest))
}

fn vectors() -> &'static [Vector] {
    static VECTORS_MADE: OnceLock<Vec<Vector>> = OnceLock::new();
    VECTORS_MADE.get_or_init(|| (0..VECTORS).map(vector).collect())
}

/// Numbers as services write them: nine digits or fewer, which every reader reads alike.
fn vector(index: u64) -> Vector {
    let (mut text, mut values) = (String::new(), Vec::new());
    let mut state = index + 1;
    for _ in 1..DIMENSIONS {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let sign = if state >> 63 == 0 { "" } else { "-" };
        let number = format!("{sign}0.0{:08}", (state >> 20) % 100_000_000);
        values.push(number.parse().unwrap_or(f64::NAN));
        text.push(',');
        text.push_str(&number);
    }
    (text, values)
}

/// Sixteen documents, in an order that depends on the number.
const RANKS: u64 = 16;

fn ranked(number: u64) -> impl Iterator<Item = (u64, f64)> {
    // From 1 to 0: some plugins spread scores between them, which changes nothing then.
    (0..RANKS).map(move |rank| ((rank * 5 + number) % RANKS, 1.0 - rank as f64 / (RANKS - 1) as f64))
}

fn ranking(number: u64) -> String {
    let results: Vec<String> =
        ranked(number).map(|(index, score)| format!("{{\"index\":{index},\"relevance_score\":{score}}}")).collect();
    format!(
        "{{\"id\":\"rerank-{number}\",\"model\":\"upstream-model\",\"results\":[{}],\
         \"usage\":{{\"total_tokens\":64}}}}",
        results.join(",")
    )
}

/// Whether an answer holds every document once, in the order of the reply, with its text and score.
pub fn ranks(answer: &Value, documents: u64, number: u64) -> bool {
    let found = answer["docs"].as_array().map_or(&[][..], Vec::as_slice);
    let same = |found: &Value, (index, score): (u64, f64)| {
        let close = found["score"].as_f64().is_some_and(|found| (found - score).abs() < 1e-12);
        found["index"] == index && found["text"] == document(index, number) && close
    };
    documents == RANKS
        && found.len() as u64 == RANKS
        && found.iter().zip(ranked(number)).all(|(found, expected)| same(found, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_those_of_their_texts_in_any_batch() {
        let reply = |input: &str| reply(&format!(r#"{{"model":"load.embeddings.3","input":[{input}]}}"#)).unwrap();
        let both: Value = serde_json::from_str(&reply(r#""text 0 of call 3","text 9 of call 3""#)).unwrap();
        let one: Value = serde_json::from_str(&reply(r#""text 9 of call 3""#)).unwrap();
        assert_eq!(both["data"][1]["embedding"], one["data"][0]["embedding"]);
        assert_ne!(both["data"][0]["embedding"], one["data"][0]["embedding"]);
        assert_eq!(one["data"][0]["embedding"].as_array().unwrap().len(), DIMENSIONS);
        assert_eq!(one["data"][0]["embedding"][0], 3.5);
    }

    #[test]
    fn a_body_that_nobody_knows_has_no_reply() {
        for body in ["{", r#"{"model":"m"}"#, r#"{"model":"load.other.1"}"#, r#"{"model":"load.embeddings.1"}"#] {
            assert_eq!(reply(body), None, "{body}");
        }
    }
}
