//! Tokens kept until shortly before they expire, one per distinct order.
//!
//! Orders are told apart by a hash, so that no key text is kept. An order that is being filled is filled once: the
//! others wait for it. It does no work until the first token is asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::Mutex as Gate;

use super::Order;
use super::mint::{Token, mint};
use crate::auth::Moment;
use crate::credentials::Secret;
use crate::error::{Error, Result};

const CAPACITY: usize = 256;

/// Mints tokens and keeps them.
#[derive(Debug, Default)]
pub struct Minter {
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    slots: HashMap<[u8; 32], Slot>,
    /// Counts look-ups: the slot with the smallest mark was used longest ago.
    clock: u64,
}

#[derive(Debug)]
struct Slot {
    used: u64,
    token: Arc<Gate<Option<Token>>>,
}

impl Minter {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token for the order that is valid at that moment: a kept one, else a new one whose `jti` is the moment's
    /// nonce. Minting runs on the blocking pool.
    ///
    /// # Errors
    /// Naming the key's label and what is wrong with the order.
    pub async fn token(&self, order: &Order<'_>, moment: &Moment) -> Result<Secret> {
        let slot = self.slot(fingerprint(order));
        // Held while minting: whoever wants the same token waits here, then finds it.
        let mut kept = slot.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.serves(moment.unix())) {
            return Ok(token.text.clone());
        }
        let token = mint_elsewhere(order, moment.clone()).await?;
        Ok(kept.insert(token).text.clone())
    }

    /// Drops this token of the order, so that the next one is fresh: for a 401 that says expired. One that somebody else
    /// has fetched meanwhile stays.
    pub async fn forget(&self, order: &Order<'_>, refused: &str) {
        let slot = self.slot(fingerprint(order));
        let mut kept = slot.lock().await;
        if kept.as_ref().is_some_and(|token| token.text.reveal() == refused) {
            *kept = None;
        }
    }

    fn slot(&self, key: [u8; 32]) -> Arc<Gate<Option<Token>>> {
        let mut shelf = self.shelf();
        shelf.clock += 1;
        let now = shelf.clock;
        if !shelf.slots.contains_key(&key) && shelf.slots.len() >= CAPACITY {
            let oldest = shelf.slots.iter().min_by_key(|(_, slot)| slot.used).map(|(key, _)| *key);
            oldest.map(|key| shelf.slots.remove(&key));
        }
        let slot = shelf.slots.entry(key).or_insert_with(|| Slot { used: now, token: Arc::default() });
        slot.used = now;
        slot.token.clone()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // Nothing panics while it is held, and a map of finished tokens is sound even then.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn mint_elsewhere(order: &Order<'_>, moment: Moment) -> Result<Token> {
    let label = order.key.label;
    let (key, ttl, backdate) = (order.key.clone(), order.ttl, order.backdate);
    let (algorithm, key_id) = (order.algorithm.map(str::to_owned), order.key_id.map(str::to_owned));
    let claims = order.claims.clone();
    let work = move || {
        let (algorithm, key_id) = (algorithm.as_deref(), key_id.as_deref());
        mint(&Order { key: &key, algorithm, key_id, ttl, backdate, claims }, &moment)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(minted) => minted.map_err(|refusal| Error::credential(label, refusal)),
        Err(_) => Err(Error::credential(label, "no token could be signed with this key; copy the key again")),
    }
}

/// Told apart by everything that shapes a token. Every part is preceded by its length, so that parts cannot run
/// into each other.
fn fingerprint(order: &Order<'_>) -> [u8; 32] {
    fn add(hash: &mut Sha256, part: Option<&str>) {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        hash.update(length.to_le_bytes());
        hash.update(part.unwrap_or_default());
    }
    let mut hash = Sha256::new();
    add(&mut hash, Some(order.key.text.reveal()));
    add(&mut hash, order.algorithm);
    add(&mut hash, order.key_id);
    hash.update(order.ttl.as_nanos().to_le_bytes());
    hash.update(order.backdate.as_nanos().to_le_bytes());
    for (name, value) in &order.claims {
        add(&mut hash, Some(name));
        add(&mut hash, Some(value));
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::credentials::SigningKey;
    use crate::error::Kind;

    const NOW: u64 = 1_767_225_600;

    fn key() -> SigningKey {
        SigningKey { text: Secret::new(r#"{"kty":"oct","k":"c2VjcmV0LWtleS1tYXRlcmlhbA"}"#), label: "Signing key" }
    }

    fn order<'a>(key: &'a SigningKey, uid: &str) -> Order<'a> {
        Order {
            key,
            algorithm: None,
            key_id: None,
            ttl: Duration::from_secs(7200),
            backdate: Duration::from_secs(60),
            claims: vec![("uid".to_owned(), uid.to_owned())],
        }
    }

    /// Every moment has its own nonce, so equal tokens come from one minting.
    fn at(unix: u64) -> Moment {
        Moment { time: SystemTime::UNIX_EPOCH + Duration::from_secs(unix), nonce: uuid::Uuid::new_v4().to_string() }
    }

    #[tokio::test]
    async fn a_token_serves_until_shortly_before_it_expires() {
        let (minter, key) = (Minter::new(), key());
        let order = order(&key, "a");
        let first = minter.token(&order, &at(NOW)).await.unwrap();
        assert_eq!(minter.token(&order, &at(NOW + 6899)).await.unwrap(), first);
        let second = minter.token(&order, &at(NOW + 6900)).await.unwrap();
        assert_ne!(second, first);
        assert_eq!(minter.token(&order, &at(NOW + 6901)).await.unwrap(), second);
    }

    #[tokio::test]
    async fn a_clock_set_back_or_forward_gets_a_token_of_its_time() {
        let (minter, key) = (Minter::new(), key());
        let order = order(&key, "a");
        let first = minter.token(&order, &at(NOW)).await.unwrap();
        assert_eq!(minter.token(&order, &at(NOW - 60)).await.unwrap(), first, "already valid then");
        let early = minter.token(&order, &at(NOW - 61)).await.unwrap();
        assert_ne!(early, first, "not valid yet at that time");
        assert_ne!(minter.token(&order, &at(NOW + 1_000_000)).await.unwrap(), early);
    }

    #[tokio::test]
    async fn forgetting_mints_anew() {
        let (minter, key) = (Minter::new(), key());
        let (order, other) = (order(&key, "a"), order(&key, "b"));
        let first = minter.token(&order, &at(NOW)).await.unwrap();
        let kept = minter.token(&other, &at(NOW)).await.unwrap();
        minter.forget(&order, "another").await;
        assert_eq!(minter.token(&order, &at(NOW)).await.unwrap(), first);
        minter.forget(&order, first.reveal()).await;
        assert_ne!(minter.token(&order, &at(NOW)).await.unwrap(), first);
        assert_eq!(minter.token(&other, &at(NOW)).await.unwrap(), kept);
    }

    #[tokio::test]
    async fn callers_at_once_share_one_minting() {
        let minter = Arc::new(Minter::new());
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let minter = minter.clone();
                tokio::spawn(async move { minter.token(&order(&key(), "a"), &at(NOW)).await.unwrap() })
            })
            .collect();
        let mut tokens = Vec::new();
        for task in tasks {
            tokens.push(task.await.unwrap());
        }
        tokens.dedup();
        assert_eq!(tokens.len(), 1);
    }

    #[tokio::test]
    async fn the_shelf_is_bounded_and_loses_what_was_used_longest_ago() {
        let (minter, key) = (Minter::new(), key());
        let first = minter.token(&order(&key, "0"), &at(NOW)).await.unwrap();
        let second = minter.token(&order(&key, "1"), &at(NOW)).await.unwrap();
        for uid in 2..=CAPACITY {
            assert_eq!(minter.token(&order(&key, "0"), &at(NOW)).await.unwrap(), first);
            minter.token(&order(&key, &uid.to_string()), &at(NOW)).await.unwrap();
        }
        assert_eq!(minter.shelf().slots.len(), CAPACITY);
        assert_eq!(minter.token(&order(&key, "0"), &at(NOW)).await.unwrap(), first);
        assert_ne!(minter.token(&order(&key, "1"), &at(NOW)).await.unwrap(), second);
    }

    #[test]
    fn every_part_of_an_order_counts() {
        let key = key();
        let other = SigningKey { text: Secret::new("x"), label: "Signing key" };
        let base = order(&key, "a");
        let seconds = Duration::from_secs;
        let variants = [
            Order { key: &other, ..base.clone() },
            Order { algorithm: Some(""), ..base.clone() },
            Order { key_id: Some(""), ..base.clone() },
            Order { ttl: seconds(60), ..base.clone() },
            Order { backdate: seconds(0), ..base.clone() },
            Order { claims: vec![("ui".to_owned(), "da".to_owned())], ..base.clone() },
            Order { claims: Vec::new(), ..base.clone() },
            base.clone(),
        ];
        let mut seen: Vec<_> = variants.iter().map(fingerprint).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), variants.len());
        assert_eq!(fingerprint(&base), fingerprint(&base.clone()));
    }

    #[tokio::test]
    async fn errors_name_the_label_and_secrets_stay_hidden() {
        let minter = Minter::new();
        let bad = SigningKey { text: Secret::new(r#"{"kty":"oct","k":"PRIVATE+PART"}"#), label: "Signing key" };
        let error = minter.token(&order(&bad, "a"), &at(NOW)).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Credential);
        assert!(error.message().starts_with("Signing key: `k` is not base64url"), "{error}");

        let key = key();
        let token = minter.token(&order(&key, "a"), &at(NOW)).await.unwrap();
        let signature = token.reveal().rsplit('.').next().unwrap();
        let shown = format!("{minter:?} {:?} {error:?}", order(&key, "a"));
        for secret in ["c2VjcmV0", "PRIVATE", signature] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
