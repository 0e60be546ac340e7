//! Load for plugins, and what it costs them: a gateway that writes as fast as the system takes it, a daemon that checks
//! every answer, and the figures of both as a table and a plot.
//!
//! It shares no code with the project, and has few dependencies: it must be faster than what it measures.

pub mod calls;
pub mod candidate;
pub mod frames;
pub mod gateway;
pub mod lines;
pub mod machine;
pub mod measure;
pub mod plot;
pub mod process;
pub mod replies;
pub mod report;
pub mod requests;
pub mod streams;
pub mod table;
