//! The compiler: specs in, Rust adapters and Dify packages out.
//!
//! parse -> check (p1 to p5) -> lower -> emit -> write or compare -> package. Each stage is one module; nothing after
//! `parse` touches YAML, nothing after `check` can fail on what the user wrote, nothing after `lower` sees the `ast`.

#![allow(missing_docs)]

pub mod ast;
pub mod emit;
pub mod ir;
pub mod lower;
