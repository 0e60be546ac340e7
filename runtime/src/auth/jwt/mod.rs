//! Minting and keeping tokens.
//!
//! What the user pasted becomes a [`Key`] (`select`, `key`, `pem`), the key signs an [`Order`] (`mint`), and a
//! [`Minter`] keeps the token until shortly before it expires (`cache`). Nothing here knows where the token is put.

mod algorithm;
mod cache;
mod key;
mod mint;
mod pem;
mod refusal;
mod select;

use std::time::Duration;

use crate::credentials::SigningKey;

pub use algorithm::Algorithm;
pub use cache::Minter;
pub use mint::{Lifetime, Token, mint};
pub use refusal::Refusal;
pub use select::Key;

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
