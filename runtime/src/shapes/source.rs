//! Where an answer comes from: an endpoint, or a test.

use std::future::Future;

use bytes::Bytes;

use crate::error::Result;
use crate::http::{Head, Response};

/// Where an answer comes from.
pub trait Source: Send {
    /// Status and headers.
    fn head(&self) -> &Head;
    /// The next piece of the body; `None` at its end. Nothing is lost when the future is dropped.
    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>>> + Send;
    /// The next piece if it has arrived together with the last one; `None` says nothing about the end.
    fn arrived(&mut self) -> impl Future<Output = Option<Bytes>> + Send {
        async { None }
    }
}

impl Source for Response {
    fn head(&self) -> &Head {
        &self.head
    }

    fn chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>>> + Send {
        Response::chunk(self)
    }

    fn arrived(&mut self) -> impl Future<Output = Option<Bytes>> + Send {
        Response::arrived(self)
    }
}
