//! Minting and keeping tokens.

use std::time::Duration;

use crate::credentials::SigningKey;

/// A token to mint (spec key `mint.jwt`).
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// Private key as pasted.
    pub key: &'a SigningKey,
    /// Configured algorithm.
    pub algorithm: Option<&'a str>,
    /// Configured `kid`.
    pub key_id: Option<&'a str>,
    /// Life time.
    pub ttl: Duration,
    /// How far `nbf` lies before now.
    pub backdate: Duration,
    /// Further claims in order; absent ones already left out.
    pub claims: Vec<(String, String)>,
}
