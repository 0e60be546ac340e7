//! One token: header, claims, signature, and how long it may be used.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::ZeroizeOnDrop;

use super::Order;
use super::refusal::Refusal;
use super::select::Key;
use crate::auth::Moment;
use crate::credentials::Secret;

/// The life of a token in seconds, within what gateways accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u64);

impl Lifetime {
    /// `seconds`, at least a minute and at most seven days.
    ///
    /// # Errors
    /// If it is not positive: that would mint a token that is already dead.
    pub fn of(seconds: i64) -> Result<Self, Refusal> {
        match u64::try_from(seconds) {
            Ok(seconds) if seconds > 0 => Ok(Lifetime(seconds.clamp(60, 604_800))),
            _ => Err(Refusal::InvalidTtl),
        }
    }

    fn of_duration(duration: Duration) -> Result<Self, Refusal> {
        Self::of(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
    }

    /// How long before its end a token is replaced.
    fn margin(self) -> u64 {
        (self.0 / 10).min(300)
    }
}

/// A minted token. Times in seconds since 1970.
#[derive(Debug, Clone, ZeroizeOnDrop)]
pub struct Token {
    /// The compact form.
    pub text: Secret,
    /// Not valid before.
    pub not_before: u64,
    /// Not valid from then on.
    pub expires: u64,
    /// From then on a new one is minted.
    pub refresh_at: u64,
}

impl Token {
    /// Whether it may be sent at that time. A clock that was set back makes a token useless that is not valid yet.
    pub fn serves(&self, unix: u64) -> bool {
        (self.not_before..self.refresh_at).contains(&unix)
    }
}

/// Mints a token: `jti` is the moment's nonce. Takes milliseconds of processor time for RSA keys.
///
/// # Errors
/// Why the order cannot be filled.
pub fn mint(order: &Order<'_>, moment: &Moment) -> Result<Token, Refusal> {
    let lifetime = Lifetime::of_duration(order.ttl)?;
    let key = Key::choose(order.key.text.reveal(), order.algorithm, order.key_id)?;
    let now = moment.unix();
    let not_before = now.saturating_sub(order.backdate.as_secs());
    let expires = now + lifetime.0;

    let mut header = Map::new();
    header.insert("typ".into(), "JWT".into());
    header.insert("alg".into(), key.algorithm().name().into());
    if let Some(key_id) = key.key_id() {
        header.insert("kid".into(), key_id.into());
    }
    let mut claims = Map::new();
    claims.insert("jti".into(), moment.nonce.as_str().into());
    claims.insert("iat".into(), now.into());
    claims.insert("nbf".into(), not_before.into());
    claims.insert("exp".into(), expires.into());
    for (name, value) in &order.claims {
        if claims.insert(name.clone(), value.as_str().into()).is_some() {
            return Err(Refusal::ReservedClaim(name.clone()));
        }
    }

    let input = format!("{}.{}", encoded(header), encoded(claims));
    let signature = key.private.sign(key.algorithm(), &input)?;
    Ok(Token {
        text: Secret::new(format!("{input}.{}", signature.reveal())),
        not_before,
        expires,
        refresh_at: expires - lifetime.margin(),
    })
}

/// Compact JSON in the order inserted, base64url.
fn encoded(members: Map<String, Value>) -> String {
    URL_SAFE_NO_PAD.encode(Value::Object(members).to_string())
}
