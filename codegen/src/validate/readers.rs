//! Who reads a plugin, and what breaks when one of them refuses it.

/// A set of readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readers(u8);

impl Readers {
    pub const NOBODY: Readers = Readers(0);
    /// `dify plugin package`, which checks the manifest.
    pub const PACKAGER: Readers = Readers(1);
    /// The daemon when a package is uploaded or installed; the packager decodes files alike.
    pub const DAEMON: Readers = Readers(2);
    /// The daemon when a plugin registers for remote debugging, which checks the provider.
    pub const DEBUGGING: Readers = Readers(4);
    /// The Python SDK when the plugin starts.
    pub const SDK: Readers = Readers(8);
    /// Dify's API when it lists providers and models.
    pub const DIFY: Readers = Readers(16);
    /// In a table: those who apply the limits of the daemon's entities to this document.
    pub const LIMITS: Readers = Readers(32);

    /// Both sets.
    pub const fn and(self, other: Readers) -> Readers {
        Readers(self.0 | other.0)
    }

    /// Without the others.
    pub const fn but(self, others: Readers) -> Readers {
        Readers(self.0 & !others.0)
    }

    /// Whether all the others are in it.
    pub const fn has(self, others: Readers) -> bool {
        self.0 & others.0 == others.0
    }

    /// Puts in who applies limits here.
    pub const fn within(self, limits: Readers) -> Readers {
        if self.has(Readers::LIMITS) { self.but(Readers::LIMITS).and(limits) } else { self }
    }

    /// "refused by ..": who refuses, and when. Empty if nobody does.
    pub fn refuse(self) -> String {
        let parts: Vec<&str> = [
            (Readers::PACKAGER, "`dify plugin package`"),
            (Readers::DAEMON, "the plugin daemon, which does not install it"),
            (Readers::DEBUGGING, "the plugin daemon under remote debugging"),
            (Readers::SDK, "the Python SDK, so that the plugin does not start"),
            (Readers::DIFY, "Dify, whose list of models then fails for the whole workspace"),
        ]
        .into_iter()
        .filter(|(reader, _)| self.has(*reader))
        .map(|(_, text)| text)
        .collect();
        if parts.is_empty() { String::new() } else { format!("refused by {}", parts.join("; by ")) }
    }
}
