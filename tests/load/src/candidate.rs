//! What is measured: who it is, and how to start it.

use std::path::PathBuf;
use std::process::Command;

use crate::gateway::Gateway;

/// Which of the three columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The plugin of this project.
    Plugin,
    /// What nothing that is attached in this way can go below.
    Floor,
    /// A Python plugin on Dify's SDK.
    Python,
}

impl Kind {
    /// All of them, in the order of their columns.
    pub const ALL: [Kind; 3] = [Kind::Plugin, Kind::Floor, Kind::Python];

    /// For heads of columns and ends of lines.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Plugin => "this plugin",
            Kind::Floor => "floor",
            Kind::Python => "Python plugin",
        }
    }
}

/// A plugin, or what takes its place.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its column.
    pub kind: Kind,
    /// The working directory.
    pub directory: PathBuf,
    /// Program and arguments.
    pub command: Vec<String>,
}

impl Candidate {
    /// `python -m main` in a directory, as the daemon starts it.
    pub fn python(kind: Kind, directory: impl Into<PathBuf>, interpreter: &str) -> Self {
        let command = [interpreter, "-m", "main"].map(str::to_owned).into();
        Candidate { kind, directory: directory.into(), command }
    }

    /// The relay, which lies beside this executable.
    ///
    /// # Errors
    /// If this executable does not know where it is.
    pub fn relay(gateway: &Gateway) -> std::io::Result<Self> {
        let relay = std::env::current_exe()?.with_file_name("relay");
        let command = vec![relay.to_string_lossy().into_owned(), gateway.address.to_string()];
        Ok(Candidate { kind: Kind::Floor, directory: ".".into(), command })
    }

    /// `python -m main` that writes a heartbeat and nothing else.
    pub fn bare_python(interpreter: &str) -> Self {
        Self::python(Kind::Floor, concat!(env!("CARGO_MANIFEST_DIR"), "/bare"), interpreter)
    }

    /// How to start it.
    pub fn command(&self) -> Command {
        let mut words = self.command.iter();
        let mut command = Command::new(words.next().map_or("", String::as_str));
        command.args(words).current_dir(&self.directory).env("INSTALL_METHOD", "local");
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "LOG_LEVEL"] {
            command.env_remove(name);
        }
        command
    }
}
