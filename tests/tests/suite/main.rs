//! The plugin as its users meet it: generated, packed, installed, started and called between a daemon and a gateway.

mod answers;
mod attach;
mod auth;
mod bad_credentials;
mod bad_input;
mod conformance;
mod connection;
mod dialects;
mod differential;
mod drift;
mod end_to_end;
mod faults;
mod injection;
mod lifecycle;
mod migration;
mod painted;
mod patterns;
mod proofs;
mod recordings;
mod seed_bugs;
mod soak;
mod spoken;
mod support;
mod symptoms;
mod vectors;
