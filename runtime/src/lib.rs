//! The engine that wires generated adapters to `dify-plugin-daemon`.
//!
//! The path of a request, one module a step:
//! daemon line ([`transport`], [`wire`]) -> session ([`serve`], [`session`]) -> operation ([`operation`], [`plugin`])
//! -> adapter encode ([`adapter`]) -> sign ([`auth`]) -> send ([`http`]) -> frame ([`frame`]) -> adapter decode
//! ([`shapes`]) -> Dify line ([`session`]).
//!
//! A daemon is attached in one of three ways, which [`settings`] choose: [`transport::stdio`] (the daemon started this
//! process), [`transport::tcp`] (remote debugging: this process connects) and [`transport::http`] (serverless: every
//! session is a request). Each is a short function over [`serve`].
//!
//! It knows no provider, model type or credential by name: those are in `generated/`, which depends on this crate.

pub mod adapter;
pub mod audio;
pub mod auth;
mod bell;
pub mod bill;
pub mod call;
pub mod connection;
pub mod convert;
pub mod credentials;
pub mod error;
pub mod frame;
mod heavy;
pub mod http;
pub mod input;
pub mod join;
pub mod json;
pub mod log;
pub mod operation;
pub mod outbox;
pub mod output;
pub mod parameters;
pub mod plugin;
mod price;
pub mod reply;
pub mod request;
pub mod rope;
pub mod schema;
pub mod serve;
pub mod session;
pub mod settings;
pub mod shapes;
pub mod testing;
pub mod text;
pub mod tokens;
pub mod transport;
pub mod wire;

use std::io::Write;
use std::process::ExitCode;

/// The allocator of the executables. Tests and fuzz targets keep the system's, which sanitizers watch.
pub use mimalloc::MiMalloc as Allocator;
use serve::Ended;
use settings::{Attach, Settings};

/// Runs a plugin: what the generated executables call.
///
/// `--version` prints name and version. Otherwise it serves a daemon in the way that [`settings`] say: exit code 0
/// after the end of input or a signal to stop, 1 if the daemon is gone, 2 if it cannot start, 3 if the daemon refuses
/// it, 130 after a second signal.
pub fn main(plugin: &'static plugin::Plugin) -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("--version" | "-V") => {
            let _ = writeln!(std::io::stdout(), "{} {}", plugin.name, plugin.version);
            return ExitCode::SUCCESS;
        }
        Some(_) => return cannot_start("the only argument is --version"),
        None => {}
    }
    let settings = match Settings::of_process(say) {
        Ok(settings) => settings,
        Err(problem) => return cannot_start(&problem),
    };
    report_panics_by_place_only();
    if let Err(problem) = handles_are_left() {
        return cannot_start(&format!("no event loop: {problem}"));
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => return cannot_start(&format!("no event loop: {problem}")),
    };
    let level = settings.level;
    let ended = runtime.block_on(async {
        match &settings.attach {
            Attach::Local => Ok(transport::stdio::attach(plugin, level, stopped()).await),
            Attach::Remote(remote) => Ok(transport::tcp::attach(plugin, remote, level, stopped()).await),
            Attach::Serverless(serverless) => transport::http::attach(plugin, serverless, level, stopped()).await,
        }
    });
    // Reading a terminal blocks a thread that nobody waits for.
    runtime.shutdown_background();
    match ended {
        Ok(Ended::InputClosed | Ended::Stopped) => ExitCode::SUCCESS,
        Ok(Ended::DaemonGone) => ExitCode::FAILURE,
        Ok(Ended::Refused(_)) => ExitCode::from(3),
        Err(problem) => cannot_start(&problem),
    }
}

/// Whether there are as many file handles as an event loop opens: tokio panics where some of them are missing.
fn handles_are_left() -> std::io::Result<()> {
    const PAIRS: usize = 4;
    let opened: std::io::Result<Vec<_>> = (0..PAIRS).map(|_| std::os::unix::net::UnixStream::pair()).collect();
    opened.map(drop)
}

fn cannot_start(problem: &str) -> ExitCode {
    say(problem);
    ExitCode::from(2)
}

/// Says something to whoever started the process, before there is a log.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A panic's message may quote what was being worked on; its place cannot.
fn report_panics_by_place_only() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "internal error at {place}");
    }));
}

/// Ends when the process is asked to stop. Asked again, it does not wait for anything.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    let mut asked = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    asked().await;
    tokio::spawn(async move {
        asked().await;
        std::process::exit(130);
    });
}
