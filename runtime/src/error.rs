//! What can go wrong with one call, in the classes Dify acts on.
//!
//! The class matters: Dify's credential load balancing puts a key aside for a minute on a rate limit, for ten seconds
//! on an authorization or connection error, and tries the next one (protocol reference, section 4).

use std::fmt;

use crate::text::one_line;

/// Result of anything that belongs to one call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The caller is not known or not allowed: 401, 403, a refused signature or token.
    Authorization,
    /// 429, or a quota that is used up.
    RateLimit,
    /// What was asked cannot be done: malformed requests, other 4xx.
    BadRequest,
    /// It is too much at once: a part of it may pass.
    TooLarge,
    /// Rules of the gateway or the service blocked the content. It proves that the credentials work.
    Blocked,
    /// The endpoint was not reached or did not answer in time.
    Connection,
    /// The endpoint answered that it cannot serve now: 5xx.
    ServerUnavailable,
    /// The endpoint answered something that is not an answer.
    BadReply,
    /// A stored credential is missing or unusable; the message names its label.
    Credential,
}

/// The longest message: many times what is ever shown of one.
const LONGEST: usize = 16 << 10;

/// One failed call. `Display` is the text a user sees, on one line; it never holds a secret (see [`Error::masked`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    message: String,
    request_id: Option<String>,
    about_input: bool,
}

impl Error {
    /// An error of `kind` with the text a user sees.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let mut message = one_line(message.into());
        message.truncate(cut(&message, LONGEST).len());
        Error { kind, message, request_id: None, about_input: false }
    }

    /// The daemon's request is malformed or asks for what cannot be done.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, message)
    }

    /// A credential is missing or unusable. `label` is the field's label in Dify's form.
    pub fn credential(label: &str, problem: impl fmt::Display) -> Self {
        Self::new(Kind::Credential, format!("{label}: {problem}"))
    }

    /// With the id under which the gateway or model service knows the request.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id.map(one_line);
        self
    }

    /// Said by a service that let the caller in, read the request, and refuses what it asks for.
    #[must_use]
    pub fn about_input(mut self) -> Self {
        self.about_input = true;
        self
    }

    /// With every occurrence of every secret replaced by `***`.
    #[must_use]
    pub fn masked(mut self, mask: impl Fn(&str) -> String) -> Self {
        self.message = mask(&self.message);
        self.request_id = self.request_id.map(|id| mask(&id));
        self
    }

    /// Why the call failed.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text a user sees.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The id under which the gateway or model service knows the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether a probe that fails like this has shown that the credentials work. `passes_on` are the kinds that the
    /// protocol expects of its probe; a bad request counts only if the service says that the input is bad.
    pub fn proves_credentials(&self, passes_on: &[Kind]) -> bool {
        match self.kind {
            Kind::Blocked => true,
            Kind::BadRequest => self.about_input && passes_on.contains(&Kind::BadRequest),
            kind => passes_on.contains(&kind),
        }
    }

    /// Dify's `error_type` for a failed invocation. (A failed credential check is always
    /// `CredentialsValidateFailedError`, whatever its kind.)
    pub fn error_type(&self) -> &'static str {
        match self.kind {
            Kind::Authorization => "InvokeAuthorizationError",
            Kind::RateLimit => "InvokeRateLimitError",
            Kind::BadRequest | Kind::TooLarge | Kind::Blocked | Kind::Credential => "InvokeBadRequestError",
            Kind::Connection => "InvokeConnectionError",
            Kind::ServerUnavailable | Kind::BadReply => "InvokeServerUnavailableError",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// The beginning of `text`, at most `bytes` long, cut between characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("aéb", 2), "a");
        assert_eq!(cut("aéb", 3), "aé");
        assert_eq!(cut("ab", 9), "ab");
    }

    #[test]
    fn a_refused_input_proves_credentials_only_where_it_is_expected() {
        let bad = Error::bad_request("no such route");
        let refused = bad.clone().about_input();
        assert!(refused.proves_credentials(&[Kind::BadRequest]));
        assert!(!refused.proves_credentials(&[]));
        assert!(!bad.proves_credentials(&[Kind::BadRequest]));
        assert!(!Error::new(Kind::Authorization, "who?").proves_credentials(&[Kind::BadRequest]));
        assert!(Error::new(Kind::Blocked, "rules").proves_credentials(&[]));
    }

    #[test]
    fn what_users_see_names_the_request() {
        let error = Error::bad_request("no").with_request_id(Some("r-1".into()));
        assert_eq!(error.to_string(), "no (request id r-1)");
    }
}
