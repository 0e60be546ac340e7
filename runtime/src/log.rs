//! What the daemon's log hears: `log` events, from the level that the environment sets. Where the daemon keeps no log
//! of a plugin, its standard error. Never a body, never a secret.

use std::io::Write;
use std::sync::Arc;

use crate::outbox::Outbox;
use crate::text::one_line;
use crate::wire;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For people who look for a fault.
    Debug,
    /// Normal life.
    Info,
    /// Something is not as it should be.
    Warn,
    /// A call failed.
    Error,
}

impl Level {
    /// The level of `LOG_LEVEL` (`DEBUG`, `INFO`, `WARNING`, `ERROR`, any case); `None` if there is no such level.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_uppercase().as_str() {
            "DEBUG" | "TRACE" => Some(Level::Debug),
            "INFO" => Some(Level::Info),
            "WARN" | "WARNING" => Some(Level::Warn),
            "ERROR" | "CRITICAL" | "FATAL" => Some(Level::Error),
            _ => None,
        }
    }

    /// The word the daemon knows.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Debug => "DEBUG",
            Level::Info => "INFO",
            Level::Warn => "WARNING",
            Level::Error => "ERROR",
        }
    }
}

/// Where log lines go.
#[derive(Clone, Default)]
pub struct Log {
    to: Option<(Level, To)>,
}

#[derive(Clone)]
enum To {
    /// A line that finds no room is dropped: it never waits.
    Daemon(Arc<Outbox>),
    StandardError,
}

impl Log {
    /// A log to the daemon, from `lowest` on.
    pub fn to_daemon(lowest: Level, outbox: Arc<Outbox>) -> Self {
        Log { to: Some((lowest, To::Daemon(outbox))) }
    }

    /// A log on standard error, from `lowest` on.
    pub fn to_standard_error(lowest: Level) -> Self {
        Log { to: Some((lowest, To::StandardError)) }
    }

    /// Whether a line of this level would be written.
    pub fn hears(&self, level: Level) -> bool {
        self.to.as_ref().is_some_and(|(lowest, _)| level >= *lowest)
    }

    /// Writes a line: whatever stands in the message, it is one.
    pub fn write(&self, level: Level, message: &str) {
        if !self.hears(level) {
            return;
        }
        let message = &one_line(message.to_owned());
        match &self.to {
            Some((_, To::Daemon(outbox))) => {
                let mut line = Vec::with_capacity(message.len() + 80);
                wire::write_log(&mut line, level.as_str(), message);
                outbox.push_if_room(&line);
            }
            Some((_, To::StandardError)) => {
                // Nobody is left to tell if this fails.
                let _ = writeln!(std::io::stderr(), "{} {message}", level.as_str());
            }
            None => {}
        }
    }

    /// Normal life.
    pub fn info(&self, message: &str) {
        self.write(Level::Info, message);
    }

    /// Something is not as it should be.
    pub fn warn(&self, message: &str) {
        self.write(Level::Warn, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_names_of_pythons_logging() {
        assert_eq!(Level::named("warning"), Some(Level::Warn));
        assert_eq!(Level::named(" Critical "), Some(Level::Error));
        assert_eq!(Level::named("loud"), None);
        assert!(Level::Debug < Level::Error);
    }
}
