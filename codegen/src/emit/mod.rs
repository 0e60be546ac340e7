//! From what the specs mean to files.

pub mod dify;
pub mod rust;
