//! How the embedded gateway checks who calls. Shares no code with the signer.
#![allow(clippy::result_large_err, missing_docs)]

/// What a gateway answers to a caller it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub headers: Vec<(String, String)>,
}
