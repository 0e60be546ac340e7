//! The object-safe face of an adapter, and what all calls share.

use std::future::Future;
use std::pin::Pin;

use crate::call::Call;
use crate::error::Result;

/// A boxed future that may be sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One action served by one protocol (or answered here), with the plugin's parameter rules bound in.
pub trait Operation: Send + Sync {
    /// Dify's name of the action.
    fn action(&self) -> &'static str;

    /// Runs the action. `data` is the `data` object of the daemon's line.
    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>>;
}

/// Where answers go: the session's buffer, or nowhere for a probe.
pub struct Answers {}

impl Answers {
    /// Sends one `stream` message; `write` appends the JSON of its `data`. Waits while the queue to the daemon is
    /// full, which stops the upstream read.
    ///
    /// # Errors
    /// `BadReply` if the line would reach the daemon's limit of 5 MiB.
    pub async fn send(&mut self, write: impl FnOnce(&mut Vec<u8>) + Send) -> Result<()> {
        let _ = write;
        todo!()
    }
}

/// What all calls of a process share: HTTP clients, minted tokens, the pool for work that takes long on a processor.
#[derive(Default)]
pub struct Engine {}

impl Engine {
    /// An engine without connections yet: nothing is built before it is used.
    pub fn new() -> Self {
        Engine::default()
    }
}
