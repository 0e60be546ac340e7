//! Minting and keeping tokens.

use std::time::Duration;

use crate::auth::Moment;
use crate::credentials::SigningKey;
use crate::error::Result;

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

/// Mints tokens and keeps them until shortly before they expire.
#[derive(Default)]
pub struct Minter {}

impl Minter {
    /// The token of an order: a kept one, or a new one.
    ///
    /// # Errors
    /// `Credential` if key and algorithm do not fit.
    pub async fn token(&self, order: &Order<'_>, moment: &Moment) -> Result<String> {
        let _ = (order, moment);
        todo!()
    }

    /// Forgets the kept token of an order.
    pub fn forget(&self, order: &Order<'_>) {
        let _ = order;
        todo!()
    }
}
