//! Incremental framing of answers: bytes in, events out. No IO, and no knowledge of what the events mean.

pub mod sse;
