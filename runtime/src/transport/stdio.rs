//! Local: the daemon started this process and holds both ends of its pipes. Pipes are read and written without a
//! second thread; terminals and files need one.

use std::future::Future;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::unix::pipe;

use crate::log::{Level, Log};
use crate::outbox::Outbox;
use crate::plugin::Plugin;
use crate::serve::{Ended, Limits, Link, Server};

/// Serves the daemon on standard input and output until the input or `stop` ends.
pub async fn attach(plugin: &'static Plugin, level: Level, stop: impl Future<Output = ()>) -> Ended {
    serve(plugin, input(), output(), Limits::default(), level, stop).await
}

/// The same on any two streams. `level` is the lowest level that the daemon's log hears.
pub(crate) async fn serve(
    plugin: &'static Plugin,
    reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Send + Unpin + 'static,
    limits: Limits,
    level: Level,
    stop: impl Future<Output = ()>,
) -> Ended {
    let outbox = Arc::new(Outbox::default());
    let server = Server::new(plugin, limits, Log::to_daemon(level, outbox.clone()));
    server.serve(Link::Pipes, reader, writer, outbox, stop).await
}

/// What the daemon writes.
fn input() -> Box<dyn AsyncRead + Send + Unpin> {
    let pipe = std::io::stdin().as_fd().try_clone_to_owned().and_then(|fd: OwnedFd| pipe::Receiver::from_owned_fd(fd));
    match pipe {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdin()),
    }
}

/// What the daemon reads.
fn output() -> Box<dyn AsyncWrite + Send + Unpin> {
    let pipe = std::io::stdout().as_fd().try_clone_to_owned().and_then(|fd: OwnedFd| pipe::Sender::from_owned_fd(fd));
    match pipe {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdout()),
    }
}
