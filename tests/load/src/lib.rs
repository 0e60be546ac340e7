//! Load for plugins, and what it costs them: a gateway that writes as fast as the system takes it, a daemon that checks
//! every chunk, and the figures of both.
//!
//! It shares no code with the project, and has few dependencies: it must be faster than what it measures.

pub mod candidate;
pub mod frames;
pub mod gateway;
pub mod process;
pub mod scenarios;
pub mod table;
