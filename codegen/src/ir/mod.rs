//! What the specs mean: everything derived, resolved and sorted. Emitters see only this.

pub mod package;
