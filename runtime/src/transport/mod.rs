//! The ways to attach a daemon: two pipes, a socket, HTTP requests. Each is a short function over [`crate::serve`].

pub mod http;
pub mod memory;
pub mod stdio;
pub mod tcp;
