//! A candidate that runs: its lines, and what the system says it uses.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::candidate::Candidate;

/// How long a candidate may take to end.
const END: Duration = Duration::from_secs(10);

/// A running candidate. It is ended when dropped.
pub struct Process {
    child: Child,
    /// Where requests go.
    pub requests: Option<ChildStdin>,
    /// Where its lines come from.
    pub lines: BufReader<ChildStdout>,
    /// Until its first heartbeat.
    pub ready: Duration,
}

impl Process {
    /// Starts it and waits for its first line.
    ///
    /// # Errors
    /// If it cannot be started, or ends without a line.
    pub fn start(candidate: &Candidate) -> Result<Self, String> {
        let failed = |what: &dyn std::fmt::Display| format!("{}: {what}", candidate.name);
        let mut command = candidate.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let (Some(requests), Some(lines)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed(&"no pipes"));
        };
        let mut lines = BufReader::with_capacity(1 << 18, lines);
        let mut line = Vec::new();
        let read = lines.read_until(b'\n', &mut line).map_err(|error| failed(&error))?;
        let ready = began.elapsed();
        let process = Process { child, requests: Some(requests), lines, ready };
        if read > 0 { Ok(process) } else { Err(failed(&"it ended without a heartbeat")) }
    }

    /// Processor time of all its threads, those that ended included as far as the system counts them.
    pub fn processor(&self) -> Duration {
        let tasks = fs::read_dir(self.file("task")).into_iter().flatten().flatten();
        let spent = tasks.filter_map(|task| {
            let spent = fs::read_to_string(task.path().join("schedstat")).ok()?;
            spent.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(spent.sum())
    }

    /// Resident memory now, in MiB.
    pub fn resident(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most resident memory so far, in MiB.
    pub fn peak(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> f64 {
        let status = fs::read_to_string(self.file("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN);
        kibibytes / 1024.0
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The end of its input ends it, and whatever measures it from outside comes to its report.
        self.requests = None;
        let patience = Instant::now() + END;
        while Instant::now() < patience && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
