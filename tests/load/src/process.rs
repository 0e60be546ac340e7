//! A candidate that runs: its lines, and what the system says it uses.

use std::fs;
use std::process::{Child, ChildStdin, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::candidate::{Candidate, Kind};
use crate::lines::{Line, Lines, Next, shown};

/// How long a candidate may take to begin, and to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// What the kernel counts processor time in, for programs.
const TICK: Duration = Duration::from_millis(10);

/// A running candidate. It is killed when dropped.
pub struct Process {
    /// Its column.
    pub kind: Kind,
    /// Where requests go.
    pub requests: Option<ChildStdin>,
    /// Where its lines come from.
    pub lines: Lines,
    /// When it was started.
    pub began: Instant,
    /// Until its first heartbeat.
    pub ready: Duration,
    sessions: u64,
    child: Child,
}

impl Process {
    /// Starts it and waits for its first line.
    ///
    /// # Errors
    /// If it cannot be started, or ends without a line.
    pub fn start(candidate: &Candidate) -> Result<Self, String> {
        let mut command = candidate.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let (Some(requests), Some(lines)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no pipes".to_owned());
        };
        let lines = Lines::of(lines).map_err(|error| error.to_string())?;
        let (kind, requests, ready) = (candidate.kind, Some(requests), Duration::ZERO);
        let mut process = Process { kind, requests, lines, began, ready, sessions: 0, child };
        match process.lines.next(began + PATIENCE).map_err(|error| error.to_string())? {
            Next::Line(_) => {}
            _ => return Err("it gave no heartbeat".to_owned()),
        }
        process.ready = began.elapsed();
        Ok(process)
    }

    /// Numbers of sessions that it has not seen: what belongs to an earlier one is noticed.
    pub fn sessions(&mut self, count: u64) -> u64 {
        self.sessions += count;
        self.sessions - count
    }

    /// Ends it, and reads what it still has to say, which must not be about any session.
    ///
    /// # Errors
    /// If there is such a line, or it does not end.
    pub fn finish(mut self) -> Result<(), String> {
        self.requests = None;
        if self.kind == Kind::Python {
            // The SDK does not notice the end of its input: the daemon kills it, too.
            self.kill();
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.next(deadline).map_err(|error| error.to_string())? {
                Next::Line(line) if Line::of(line) != Line::Other => {
                    return Err(format!("a line after the end of all sessions: {}", shown(line)));
                }
                Next::Line(_) => {}
                Next::Late => return Err("it does not end after its input".to_owned()),
                Next::Ended => break,
            }
        }
        // Whatever measures it from outside comes to its report.
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory now, in MB.
    pub fn resident(&self) -> f64 {
        memory(self.id(), "VmRSS:")
    }

    /// The most resident memory so far, in MB.
    pub fn peak(&self) -> f64 {
        memory(self.id(), "VmHWM:")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of all threads of a process. That of threads that ended is counted in ticks only.
pub fn processor(id: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let spent = tasks.filter_map(|task| {
        let spent = fs::read_to_string(task.path().join("schedstat")).ok()?;
        spent.split(' ').next()?.parse::<u64>().ok()
    });
    let threads = Duration::from_nanos(spent.sum());
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything: user and system time are the 12th and 13th word.
    let words = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace();
    let ticks: u32 = words.skip(11).take(2).filter_map(|word| word.parse::<u32>().ok()).sum();
    threads.max(TICK * ticks)
}

fn memory(id: u32, name: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN);
    kibibytes * 1024.0 / 1e6
}
