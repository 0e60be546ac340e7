//! The engine that wires generated adapters to `dify-plugin-daemon`.
//!
//! The path of a request, one module a step:
//! daemon line ([`transport`], [`wire`]) -> session ([`serve`], [`session`]) -> operation ([`operation`], [`plugin`])
//! -> adapter encode ([`adapter`]) -> sign ([`auth`]) -> send ([`http`]) -> frame ([`frame`]) -> adapter decode
//! ([`shapes`]) -> Dify line ([`session`]).
//!
//! It knows no provider, model type or credential by name: those are in `generated/`, which depends on this crate.

pub mod adapter;
pub mod auth;
pub mod call;
pub mod connection;
pub mod convert;
pub mod credentials;
pub mod error;
pub mod frame;
pub mod input;
pub mod json;
pub mod operation;
pub mod output;
pub mod parameters;
pub mod plugin;
pub mod reply;
pub mod request;
pub mod schema;
pub mod shapes;
pub mod testing;
pub mod text;
pub mod tokens;

/// Runs a plugin: what the generated executables call.
pub fn main(plugin: &'static plugin::Plugin) -> std::process::ExitCode {
    let _ = plugin;
    todo!()
}
