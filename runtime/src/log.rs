//! What the daemon's log hears: `log` events, from the level that the environment sets. Never a body, never a secret.

use std::sync::Arc;

use crate::outbox::Outbox;
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
    /// The level of `LOG_LEVEL` (`DEBUG`, `INFO`, `WARNING`, `ERROR`, any case); `INFO` if absent or unknown.
    pub fn from_environment() -> Self {
        std::env::var("LOG_LEVEL").ok().and_then(|name| Level::named(&name)).unwrap_or(Level::Info)
    }

    fn named(name: &str) -> Option<Self> {
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

/// Where log lines go: to the daemon, or nowhere. A line that finds no room is dropped: it never waits.
#[derive(Clone, Default)]
pub struct Log {
    to: Option<(Level, Arc<Outbox>)>,
}

impl Log {
    /// A log to the daemon, from `lowest` on.
    pub fn new(lowest: Level, outbox: Arc<Outbox>) -> Self {
        Log { to: Some((lowest, outbox)) }
    }

    /// Whether a line of this level would be sent.
    pub fn hears(&self, level: Level) -> bool {
        self.to.as_ref().is_some_and(|(lowest, _)| level >= *lowest)
    }

    /// Sends a line.
    pub fn write(&self, level: Level, message: &str) {
        if let Some((lowest, outbox)) = &self.to
            && level >= *lowest
        {
            let mut line = Vec::with_capacity(message.len() + 80);
            wire::write_log(&mut line, level.as_str(), message);
            outbox.push_if_room(&line);
        }
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
