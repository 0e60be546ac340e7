//! How the daemon is attached: two ends of a byte stream.

pub mod memory;
pub mod stdio;
