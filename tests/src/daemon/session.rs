//! One session as the daemon's caller sees it.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::PATIENCE;
use super::check::{Failure, Message};

/// A session that is under way.
pub struct Session {
    /// Its id.
    pub id: String,
    pub(super) messages: Receiver<(Instant, Message)>,
    pub(super) began: Instant,
}

/// How a session ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The pieces of the answer in order.
    pub pieces: Vec<Value>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Until the first piece or the failure.
    pub first: Duration,
    /// Until the end.
    pub total: Duration,
}

impl Session {
    /// The next piece of the answer.
    ///
    /// # Panics
    /// If the session ends instead.
    pub fn next(&self) -> Value {
        match self.messages.recv_timeout(PATIENCE) {
            Ok((_, Message::Stream(data))) => data,
            other => panic!("session {}: expected a piece, got {other:?}", self.id),
        }
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// If it does not come, or the process ends without it.
    pub fn wait(self) -> Outcome {
        let mut outcome = Outcome { pieces: Vec::new(), failure: None, first: Duration::ZERO, total: Duration::ZERO };
        loop {
            let (at, message) = match self.messages.recv_timeout(PATIENCE) {
                Ok(received) => received,
                Err(RecvTimeoutError::Timeout) => panic!("session {} does not end: {outcome:?}", self.id),
                Err(RecvTimeoutError::Disconnected) => panic!("session {} was never ended: {outcome:?}", self.id),
            };
            outcome.total = at - self.began;
            if outcome.first.is_zero() {
                outcome.first = outcome.total;
            }
            match message {
                Message::Stream(data) => outcome.pieces.push(data),
                // `end` follows an error; the daemon has closed the session by then.
                Message::Error(failure) => {
                    outcome.failure = Some(failure);
                    return outcome;
                }
                Message::End => return outcome,
            }
        }
    }
}

impl Outcome {
    /// This outcome, if it is a success.
    ///
    /// # Panics
    /// With the error if it is not.
    pub fn ok(self) -> Self {
        assert!(self.failure.is_none(), "failed: {:?}", self.failure);
        self
    }

    /// Why it failed.
    ///
    /// # Panics
    /// If it did not.
    pub fn failed(&self) -> &Failure {
        self.failure.as_ref().unwrap_or_else(|| panic!("did not fail: {:?}", self.pieces))
    }

    /// The only piece of a successful answer.
    ///
    /// # Panics
    /// If it failed or has another number of pieces.
    pub fn only(self) -> Value {
        let mut outcome = self.ok();
        assert_eq!(outcome.pieces.len(), 1, "{:?}", outcome.pieces);
        outcome.pieces.remove(0)
    }

    /// The text of all chunks, joined.
    pub fn text(&self) -> String {
        self.pieces.iter().filter_map(|piece| piece["delta"]["message"]["content"].as_str()).collect()
    }

    /// All tool calls: id, name and arguments.
    pub fn tool_calls(&self) -> Vec<(String, String, String)> {
        let calls = self.pieces.iter().filter_map(|piece| piece["delta"]["message"]["tool_calls"].as_array()).flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        calls
            .map(|call| (text(&call["id"]), text(&call["function"]["name"]), text(&call["function"]["arguments"])))
            .collect()
    }

    /// The last token counts: input and output.
    ///
    /// # Panics
    /// If there are none.
    pub fn usage(&self) -> (u64, u64) {
        let usage = self.pieces.iter().rev().map(|piece| &piece["delta"]["usage"]).find(|usage| !usage.is_null());
        let usage = usage.unwrap_or_else(|| panic!("no usage in {:?}", self.pieces));
        (usage["prompt_tokens"].as_u64().unwrap_or_default(), usage["completion_tokens"].as_u64().unwrap_or_default())
    }

    /// All finish reasons.
    pub fn finishes(&self) -> Vec<String> {
        let reasons = self.pieces.iter().filter_map(|piece| piece["delta"]["finish_reason"].as_str());
        reasons.map(str::to_owned).collect()
    }

    /// The documents of a rerank answer: index and score.
    pub fn hits(&self) -> Vec<(u64, f64)> {
        let docs = self.pieces.iter().filter_map(|piece| piece["docs"].as_array()).flatten();
        docs.map(|doc| (doc["index"].as_u64().unwrap_or(u64::MAX), doc["score"].as_f64().unwrap_or(f64::NAN))).collect()
    }

    /// The vectors of an embedding answer.
    pub fn vectors(&self) -> Vec<Vec<f64>> {
        let vectors = self.pieces.iter().filter_map(|piece| piece["embeddings"].as_array()).flatten();
        vectors.map(|vector| vector.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()).collect()
    }

    /// The bytes of spoken audio, joined.
    pub fn audio(&self) -> Vec<u8> {
        let hex = self.pieces.iter().filter_map(|piece| piece["result"].as_str());
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        hex.flat_map(|hex| hex.as_bytes().chunks(2).filter_map(byte)).collect()
    }

    /// The images of an answer: links, or data URIs.
    pub fn images(&self) -> Vec<String> {
        let contents = self.pieces.iter().filter_map(|piece| piece["delta"]["message"]["content"].as_array());
        let images = contents.flatten().filter(|part| part["type"] == "image");
        let text = |part: &Value, name: &str| part[name].as_str().unwrap_or_default().to_owned();
        images
            .map(|part| match text(part, "url") {
                url if url.is_empty() => {
                    format!("data:{};base64,{}", text(part, "mime_type"), text(part, "base64_data"))
                }
                url => url,
            })
            .collect()
    }
}
