//! What drives an adapter: the five ways a request and its answer can look.

pub mod chat;
pub mod json;
pub mod local;
