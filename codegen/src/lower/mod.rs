//! From what the user wrote to what it means. Cannot fail on specs that passed the checks.

pub mod package;
