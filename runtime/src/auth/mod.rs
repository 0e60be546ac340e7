//! Authentication: a phase over a finished request, never a feature of an adapter.

pub mod explain;
pub mod hmac;
pub mod jwt;

use std::time::SystemTime;

use crate::error::Result;
use crate::request::Request;

/// Typed credentials of one auth method that can sign. Generated from `specs/auth`.
pub trait Authenticator: Send + Sync {
    /// The token to mint before signing, for methods with a mint phase.
    fn mint(&self) -> Option<jwt::Order<'_>> {
        None
    }

    /// Adds what proves the caller. URL, headers and body bytes are final; only headers and query may be added.
    ///
    /// # Errors
    /// If a credential cannot stand where the method puts it.
    fn sign(&self, request: &mut Request, moment: &Moment, token: Option<&str>) -> Result<()>;

    /// The text that was signed for a request that [`sign`](Self::sign) has finished, for methods that sign one. It is
    /// compared with the gateway's; it holds no secret key.
    fn signed_text(&self, request: &Request) -> Option<String> {
        let _ = request;
        None
    }

    /// The reply header in which a gateway shows the text it signed, if the method has one.
    fn explain(&self) -> Option<&'static str> {
        None
    }
}

/// Time and nonce of one attempt: frozen while it is signed, fresh for the next.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When.
    pub time: SystemTime,
    /// UUIDv4, without hyphens: replay protection may ask for base64.
    pub nonce: String,
}

impl Moment {
    /// A fresh moment.
    pub fn now() -> Self {
        Moment { time: SystemTime::now(), nonce: uuid::Uuid::new_v4().simple().to_string() }
    }

    /// Seconds since 1970.
    pub fn unix(&self) -> u64 {
        self.time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs())
    }

    /// Milliseconds since 1970.
    pub fn unix_ms(&self) -> u128 {
        self.time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_millis())
    }

    /// RFC 1123, for example `Thu, 01 Jan 2026 00:01:01 GMT`.
    pub fn http_date(&self) -> String {
        httpdate::fmt_http_date(self.time)
    }
}

/// `value` after `prefix` and a blank. A prefix that the value already has is not doubled; no prefix leaves it bare.
pub fn prefixed(prefix: Option<&str>, value: &str) -> String {
    match prefix {
        Some(prefix) if !prefix.is_empty() => {
            let bare = match value.split_once(' ') {
                Some((word, rest)) if word.eq_ignore_ascii_case(prefix) => rest.trim_start(),
                _ => value,
            };
            format!("{prefix} {bare}")
        }
        _ => value.to_owned(),
    }
}
