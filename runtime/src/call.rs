//! One call: who asks, for which model, with which credentials.

use std::borrow::Cow;
use std::time::Instant;

use crate::auth::Authenticator;
use crate::connection::Connection;
use crate::credentials::Stored;

/// Everything an operation needs beside its input.
pub struct Call<'a> {
    /// Dify's model name (`$call.model`).
    pub model: &'a str,
    /// The model name the endpoint knows (`$model`): stored name, else the offer's, else Dify's.
    pub upstream_model: Cow<'a, str>,
    /// Who asks.
    pub caller: Caller<'a>,
    /// The credentials.
    pub stored: &'a Stored<'a>,
    /// Where and how to connect.
    pub connection: Connection,
    /// How requests are signed.
    pub auth: Box<dyn Authenticator>,
    /// The shared HTTP client and token cache.
    pub engine: &'a crate::operation::Engine,
    /// When it began.
    pub started: Instant,
    /// The call only checks credentials: parameters are clamped, answers are read and dropped.
    pub probe: bool,
}

/// Who asks, as far as Dify says: ids in whatever characters its users chose. All are optional on the wire.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// Dify's user id (`$call.user`).
    pub user: Option<&'a str>,
    /// The app (`$call.app`).
    pub app: Option<&'a str>,
    /// The conversation (`$call.conversation`).
    pub conversation: Option<&'a str>,
    /// The message (`$call.message`).
    pub message: Option<&'a str>,
    /// The trace that the call belongs to (`$call.traceparent`), in the form of W3C Trace Context.
    pub traceparent: Option<&'a str>,
}
