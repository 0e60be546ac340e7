//! Remote debugging: this process connects to a daemon, says what it is, and serves it over the same socket.
//!
//! The daemon never says that it accepted a declaration; it says in plain text that it did not, and closes. A refusal
//! that would only be repeated ends the process. Everything else is tried again, [`ATTEMPTS`] times in a row, after 1,
//! 2, 4 ... 30 seconds; a connection that was good starts the count anew. (The Python SDK tries 3 times, 5 s apart.)

mod registration;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, sleep, timeout};

use crate::credentials::Secrets;
use crate::log::{Level, Log};
use crate::outbox::Outbox;
use crate::plugin::Plugin;
use crate::serve::{Ended, Limits, Link, Server, refusal_in};
use crate::settings::{Address, Remote};

/// Tries in a row before the process ends.
const ATTEMPTS: u32 = 10;
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A connection that lasted this long was good: the daemon has looked for heartbeats once.
const GOOD_AFTER: Duration = Duration::from_secs(65);
/// Until one address of the daemon is connected.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Until all of them have been tried and the declaration is sent. The daemon waits 10 s for its first line.
const REGISTER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the daemon's machine may leave what was sent to it without an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// Beginnings of refusals that would only be repeated: the key, the declaration or the address is the wrong one.
const FINAL: [&str; 9] = [
    "handshake failed",
    "handshake already completed",
    "declaration already registered",
    "models ",
    "transfer assets failed",
    "assets ",
    "no registration transferred",
    "register failed",
    "HTTP/",
];

/// Serves the daemon at an address until `stop` ends, it refuses, or it is out of reach for too long.
pub async fn attach(plugin: &'static Plugin, remote: &Remote, level: Level, stop: impl Future<Output = ()>) -> Ended {
    let server = Server::new(plugin, Limits::default(), Log::to_standard_error(level));
    keep_connected(&server, remote, async || connect(&remote.address).await, stop).await
}

/// Connects by `dial`, registers and serves, again and again.
async fn keep_connected<Socket: AsyncRead + AsyncWrite + Send + 'static>(
    server: &Arc<Server>,
    remote: &Remote,
    dial: impl AsyncFn() -> io::Result<Socket>,
    stop: impl Future<Output = ()>,
) -> Ended {
    let (plugin, log, address) = (server.plugin(), server.log(), &remote.address);
    let declaration = registration::lines(&plugin.declaration, &remote.key);
    let mut secrets = Secrets::default();
    secrets.add(remote.key.reveal());
    let mut stop = pin!(stop);
    let mut failed = 0;
    loop {
        let registered = tokio::select! {
            () = &mut stop => return Ended::Stopped,
            registered = register(&dial, &declaration) => registered,
        };
        let since = Instant::now();
        let was_up = registered.is_ok();
        let ended = match registered {
            Ok((reader, writer)) => {
                let Plugin { author, name, version, .. } = plugin;
                log.info(&format!("{author}/{name} {version} is declared to {address}, which answers only to refuse"));
                server.serve(Link::Socket, reader, writer, Arc::new(Outbox::default()), stop.as_mut()).await
            }
            Err(Unregistered::Refused(words)) => Ended::Refused(words),
            Err(Unregistered::Failed(problem)) => {
                log.write(Level::Error, &format!("{address}: {problem}"));
                Ended::DaemonGone
            }
        };
        match &ended {
            Ended::Stopped => return ended,
            Ended::Refused(words) => {
                log.write(Level::Error, &format!("{address} says: {}", secrets.mask(words)));
                if FINAL.iter().any(|beginning| words.starts_with(beginning)) {
                    return ended;
                }
            }
            Ended::InputClosed | Ended::DaemonGone => {}
        }
        failed = if since.elapsed() >= GOOD_AFTER { 1 } else { failed + 1 };
        if failed == ATTEMPTS {
            log.write(Level::Error, &format!("{address} is given up after {ATTEMPTS} tries in a row"));
            return Ended::DaemonGone;
        }
        let pause = pause(failed);
        let what = if was_up { "the connection is lost" } else { "not connected" };
        log.warn(&format!("{address}: {what}; the next try is in {} s", pause.as_secs()));
        tokio::select! {
            () = &mut stop => return Ended::Stopped,
            () = sleep(pause) => {}
        }
    }
}

/// 1, 2, 4 ... seconds.
fn pause(failed: u32) -> Duration {
    Duration::from_secs(1 << (failed - 1).min(6)).min(LONGEST_PAUSE)
}

/// Why a connection did not come to serve.
enum Unregistered {
    Refused(String),
    Failed(String),
}

/// Connects and sends the declaration.
async fn register<Socket: AsyncRead + AsyncWrite>(
    dial: &impl AsyncFn() -> io::Result<Socket>,
    declaration: &[u8],
) -> Result<(ReadHalf<Socket>, WriteHalf<Socket>), Unregistered> {
    let failed = |what: &str, problem: &dyn Display| Unregistered::Failed(format!("{what}: {problem}"));
    let too_slow = |_| Unregistered::Failed(format!("nothing within {} s", REGISTER_TIMEOUT.as_secs()));
    let dialled = timeout(REGISTER_TIMEOUT, dial()).await.map_err(too_slow)?;
    let (reader, mut writer) = split(dialled.map_err(|problem| failed("no connection", &problem))?);
    let sent = async {
        writer.write_all(declaration).await?;
        writer.flush().await
    };
    match timeout(REGISTER_TIMEOUT, sent).await {
        Ok(Ok(())) => Ok((reader, writer)),
        // Who refuses closes without reading the rest; what it said can still be read.
        Ok(Err(problem)) => Err(match refusal_in(reader).await {
            Some(words) => Unregistered::Refused(words),
            None => failed("the connection broke while the declaration was sent", &problem),
        }),
        Err(elapsed) => Err(too_slow(elapsed)),
    }
}

/// Connects to the first address of a host that answers. A machine that went away is noticed within a minute.
async fn connect(address: &Address) -> io::Result<TcpStream> {
    let mut problem = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in lookup_host((address.host.as_str(), address.port)).await? {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                let alive = TcpKeepalive::new().with_time(SILENCE / 4).with_interval(SILENCE / 4).with_retries(3);
                let socket = SockRef::from(&stream);
                socket.set_tcp_keepalive(&alive)?;
                socket.set_tcp_user_timeout(Some(SILENCE))?;
                return Ok(stream);
            }
            Ok(Err(refused)) => problem = refused,
            Err(_) => problem = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(problem)
}
