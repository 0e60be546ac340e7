//! The object-safe face of an adapter, and what all calls share.

use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

use crate::auth::Moment;
use crate::auth::jwt::Minter;
use crate::call::Call;
use crate::error::Result;
use crate::http::{Clients, Rooms};
use crate::log::Log;

pub use crate::session::Answers;

/// A boxed future that may be sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One action served by one protocol (or answered here), with the plugin's parameter rules bound in.
pub trait Operation: Send + Sync {
    /// Dify's name of the action.
    fn action(&self) -> &'static str;

    /// Whether it is answered without any request, so that endpoint and authentication need not be configured.
    fn is_local(&self) -> bool {
        false
    }

    /// Runs the action. `data` is the `data` object of the daemon's line.
    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>>;
}

/// Answers requests in the place of every endpoint: for tests, which then need no network.
pub type Script = Box<dyn Fn(&reqwest::Request) -> reqwest::Response + Send + Sync>;

/// Tells the time in the place of the machine's clock: for tests, in which it may jump.
pub type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// What all calls of a process share: HTTP clients, minted tokens, memory for replies.
#[derive(Default)]
pub struct Engine {
    clients: Clients,
    minter: Minter,
    rooms: Rooms,
    script: Option<Script>,
    clock: Option<Clock>,
}

impl Engine {
    /// An engine without connections yet: nothing is built before it is used. It logs nothing.
    pub fn new() -> Self {
        Engine::default()
    }

    /// The engine of a plugin: `agent` is sent as `user-agent`.
    pub fn of_plugin(agent: String, log: Log) -> Self {
        Engine { clients: Clients::new(agent, log), ..Engine::default() }
    }

    /// The same engine; no request of it leaves the process.
    #[must_use]
    pub fn scripted(self, script: Script) -> Self {
        Engine { script: Some(script), ..self }
    }

    /// The same engine; what it signs has the time of this clock.
    #[must_use]
    pub fn timed(self, clock: Clock) -> Self {
        Engine { clock: Some(clock), ..self }
    }

    /// Time and nonce of one attempt.
    pub(crate) fn moment(&self) -> Moment {
        match &self.clock {
            Some(clock) => Moment { time: clock(), ..Moment::now() },
            None => Moment::now(),
        }
    }

    /// What answers in the place of endpoints, in tests.
    pub(crate) fn script(&self) -> Option<&Script> {
        self.script.as_ref()
    }

    /// The HTTP clients.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Memory for large replies.
    pub(crate) fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// Mints and keeps tokens.
    pub fn minter(&self) -> &Minter {
        &self.minter
    }
}
