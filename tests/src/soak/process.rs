//! The process under test: its lines, and what the system says it holds.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;

use crate::daemon::PATIENCE;
use crate::daemon::install::Installed;

/// What a process holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// Resident memory in KiB.
    pub memory: u64,
    /// Open file handles.
    pub handles: u64,
    pub threads: u64,
}

impl Usage {
    pub(super) fn max(self, other: Usage) -> Usage {
        self.each(other, u64::max)
    }

    pub(super) fn min(self, other: Usage) -> Usage {
        self.each(other, u64::min)
    }

    fn each(self, other: Usage, of: fn(u64, u64) -> u64) -> Usage {
        Usage {
            memory: of(self.memory, other.memory),
            handles: of(self.handles, other.handles),
            threads: of(self.threads, other.threads),
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Usage { memory, handles, threads } = self;
        write!(f, "{memory} KiB resident, {handles} file handles, {threads} threads")
    }
}

/// A running plugin, killed when dropped.
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: mpsc::Receiver<Vec<u8>>,
}

impl Process {
    pub(super) fn start(installed: &Installed) -> Result<Self, String> {
        let mut command = Command::new(installed.python());
        command.args(["-m", "main"]).current_dir(&installed.directory).env("INSTALL_METHOD", "local");
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "LOG_LEVEL"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let input = child.stdin.take();
        let output = lines(child.stdout.take().ok_or("stdout is piped")?);
        Ok(Process { child, input, output })
    }

    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("stdin is closed")?;
        input.write_all(lines).map_err(|error| format!("the process does not read: {error}"))
    }

    /// Reads a line, with its line feed.
    pub(super) fn read(&mut self, line: &mut Vec<u8>) -> Result<(), String> {
        *line = self.output.recv_timeout(PATIENCE).map_err(|problem| format!("no line comes any more: {problem}"))?;
        Ok(())
    }

    pub(super) fn usage(&self) -> Result<Usage, String> {
        let directory = format!("/proc/{}", self.child.id());
        let status = fs::read_to_string(format!("{directory}/status")).map_err(|error| error.to_string())?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse().map_err(|error| format!("{name} {error}"))
        };
        let handles = fs::read_dir(format!("{directory}/fd")).map_err(|error| error.to_string())?.count() as u64;
        Ok(Usage { memory: number("VmRSS:")?, handles, threads: number("Threads:")? })
    }

    /// Ends its input, and waits for its end, before which it must say nothing more about sessions.
    pub(super) fn end(&mut self) -> Result<(), String> {
        self.input = None;
        while let Ok(line) = self.output.recv_timeout(PATIENCE) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.contains("\"session\"") {
                return Err(format!("a line after the end of all sessions: {line}"));
            }
        }
        let status = self.child.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the process ended with {status}")) }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Read by a thread of its own, so that a process that says nothing is found out.
fn lines(output: ChildStdout) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1 << 10);
    std::thread::spawn(move || {
        let mut output = BufReader::with_capacity(1 << 16, output);
        loop {
            let mut line = Vec::new();
            let read = output.read_until(b'\n', &mut line);
            if !read.is_ok_and(|bytes| bytes > 0) || sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
