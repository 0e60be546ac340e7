//! What the tests and the demo are made of: the two neighbours of a plugin, played inside one process.
//!
//! [`daemon`] installs a package and talks to the plugin as `dify-plugin-daemon` does; [`gateway`] is the AI gateway
//! that the plugin calls. Nothing here shares code with the runtime: what it expects comes from the protocol.

pub mod consumers;
pub mod daemon;
pub mod demo;
pub mod gateway;
pub mod package;
pub mod plugins;
pub mod python;
pub mod request;
pub mod soak;
pub mod upstream;
