//! The engine that wires generated adapters to `dify-plugin-daemon`.
//!
//! The path of a request, one module a step:
//! daemon line ([`transport`], [`wire`]) -> session ([`serve`], [`session`]) -> operation ([`operation`], [`plugin`])
//! -> adapter encode ([`adapter`]) -> sign ([`auth`]) -> send ([`http`]) -> frame ([`frame`]) -> adapter decode
//! ([`shapes`]) -> Dify line ([`session`]).
//!
//! It knows no provider, model type or credential by name: those are in `generated/`, which depends on this crate.

pub mod adapter;
pub mod audio;
pub mod auth;
pub mod call;
pub mod connection;
pub mod convert;
pub mod credentials;
pub mod error;
pub mod frame;
pub mod http;
pub mod input;
pub mod json;
pub mod log;
pub mod operation;
pub mod outbox;
pub mod output;
pub mod parameters;
pub mod plugin;
pub mod reply;
pub mod request;
pub mod schema;
pub mod serve;
pub mod session;
pub mod shapes;
pub mod testing;
pub mod text;
pub mod tokens;
pub mod transport;
pub mod wire;

use std::io::Write;
use std::process::ExitCode;

/// Runs a plugin: what the generated executables call.
///
/// `--version` prints name and version. Otherwise it serves the daemon on standard input and output until that ends:
/// exit code 0 after end of input or a signal to stop, 1 if the daemon is gone, 2 if it cannot start.
pub fn main(plugin: &'static plugin::Plugin) -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("--version" | "-V") => {
            let _ = writeln!(std::io::stdout(), "{} {}", plugin.name, plugin.version);
            return ExitCode::SUCCESS;
        }
        Some(_) => return cannot_start("the only argument is --version"),
        None => {}
    }
    match std::env::var("INSTALL_METHOD").map(|method| method.trim().to_ascii_lowercase()).as_deref() {
        Err(_) | Ok("" | "local") => {}
        Ok(other) => {
            return cannot_start(&format!("INSTALL_METHOD={other} is not supported yet; only `local` is"));
        }
    }
    report_panics_by_place_only();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => return cannot_start(&format!("no event loop: {problem}")),
    };
    let ended = runtime.block_on(async {
        let level = std::env::var("LOG_LEVEL").ok().and_then(|name| log::Level::named(&name));
        transport::stdio::attach(plugin, level.unwrap_or(log::Level::Info), stopped()).await
    });
    // Reading a terminal blocks a thread that nobody waits for.
    runtime.shutdown_background();
    match ended {
        serve::Ended::InputClosed | serve::Ended::Stopped => ExitCode::SUCCESS,
        serve::Ended::DaemonGone | serve::Ended::Refused(_) => ExitCode::FAILURE,
    }
}

fn cannot_start(problem: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{problem}");
    ExitCode::from(2)
}

/// A panic's message may quote what was being worked on; its place cannot.
fn report_panics_by_place_only() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "internal error at {place}");
    }));
}

/// Ends when the process is asked to stop.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
