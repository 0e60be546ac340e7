//! `dify-plugin-daemon`, played: starts an installed plugin, sends request lines, collects answers by session.
//!
//! Every line is read strictly ([`check`]); whatever a neighbour of the plugin would not accept, every secret of any
//! request found in any line or on stderr, a panic, and an end that is none of the expected ones make the test fail when
//! the plugin is dropped. `tests/run` has all lines kept for the oracle of `tests/python`.

mod answer;
pub mod check;
pub mod install;
mod reader;
mod session;

use std::io::Write;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::consumers;
use crate::request::Request;
use install::Installed;
use reader::Shared;
pub use session::{Outcome, Session};

/// How long a test waits for anything before it fails. Far longer than anything takes.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Variables of the surroundings that would change what the plugin does.
const NOT_INHERITED: [&str; 16] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "INSTALL_METHOD",
    "LOG_LEVEL",
    "RUST_LOG",
    "RUST_BACKTRACE",
];

/// How to start a plugin.
#[derive(Debug, Clone, Default)]
pub struct Start<'a> {
    /// Variables added to the environment.
    pub environment: &'a [(&'a str, &'a str)],
    /// Lines written before anything is read, as `slim` does.
    pub first: Option<String>,
    /// Closes stdin after that.
    pub close_stdin: bool,
    /// Closes stdout after so many lines.
    pub read_only: Option<usize>,
    /// Another plugin than this project's: what it writes is not judged, and it need not end by itself.
    pub foreign: bool,
}

/// A running plugin.
pub struct Plugin {
    stdin: Mutex<Option<ChildStdin>>,
    shared: Arc<Shared>,
    process: u32,
    exited: mpsc::Receiver<ExitStatus>,
    exit: Option<ExitStatus>,
    readers: Vec<JoinHandle<()>>,
    foreign: bool,
    /// Nobody reads all it writes: it may end with code 1.
    unread: bool,
    killed: bool,
    /// From the start of the process to its first heartbeat.
    pub ready: Duration,
}

impl Plugin {
    /// Starts the plugin and waits for its first heartbeat.
    ///
    /// # Panics
    /// If it does not come.
    pub fn start(installed: &Installed) -> Self {
        Self::start_with(installed, &Start::default())
    }

    /// Starts the plugin with more to say about how.
    ///
    /// # Panics
    /// If the first heartbeat does not come.
    pub fn start_with(installed: &Installed, start: &Start<'_>) -> Self {
        let mut command = Command::new(installed.python());
        command.args(["-m", "main"]).current_dir(&installed.directory);
        Self::run(command, start)
    }

    /// Runs any command that speaks the plugin's side of the protocol.
    ///
    /// # Panics
    /// If the first heartbeat does not come.
    pub fn run(mut command: Command, start: &Start<'_>) -> Self {
        NOT_INHERITED.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("INSTALL_METHOD", "local").envs(start.environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let began = Instant::now();
        let mut child = command.spawn().expect("the interpreter can be started");
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let shared = Arc::new(Shared::new(start.foreign));
        let (heartbeat, first_heartbeat) = mpsc::channel();
        let mut readers = Vec::new();
        if let (Some(stdout), Some(stderr)) = (stdout, stderr) {
            let (out, err) = (Arc::clone(&shared), Arc::clone(&shared));
            let most = start.read_only.unwrap_or(usize::MAX);
            readers.push(std::thread::spawn(move || reader::stdout(&out, stdout, &heartbeat, most)));
            readers.push(std::thread::spawn(move || reader::stderr(&err, stderr)));
        }
        let process = child.id();
        let (exit, exited) = mpsc::channel();
        std::thread::spawn(move || child.wait().map(|status| exit.send(status)));
        let (stdin, ready) = (Mutex::new(stdin), Duration::ZERO);
        let (foreign, unread, killed) = (start.foreign, start.read_only.is_some(), false);
        let mut plugin = Plugin { stdin, shared, process, exited, exit: None, readers, foreign, unread, killed, ready };
        if let Some(line) = &start.first {
            plugin.send_line(line);
        }
        if start.close_stdin {
            plugin.close_stdin();
        }
        match first_heartbeat.recv_timeout(PATIENCE) {
            Ok(at) => plugin.ready = at - began,
            Err(_) => panic!("no heartbeat; stderr: {}", plugin.stderr().join("\n")),
        }
        plugin
    }

    /// The process id, which is the plugin's own: the launcher replaces itself.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Announces a session whose request line the test writes itself.
    pub fn expect(&self, session: &str, action: &str, credentials: &Map<String, Value>) -> Session {
        self.shared.keep_secrets(consumers::secrets(credentials));
        self.shared.open(session, action, credentials.clone())
    }

    /// Sends a request under a new session id.
    pub fn send(&self, request: &Request) -> Session {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let id = format!("s-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let session = self.expect(&id, request.action(), &request.credentials());
        self.send_line(&request.line(&id));
        session
    }

    /// Sends a request and waits for its end.
    pub fn call(&self, request: &Request) -> Outcome {
        self.send(request).wait()
    }

    /// Writes to the plugin's stdin as it is.
    ///
    /// # Panics
    /// If stdin is closed already.
    pub fn send_line(&self, line: &str) {
        self.send_bytes(line.as_bytes());
    }

    /// Writes to the plugin's stdin what need not be text.
    ///
    /// # Panics
    /// If stdin is closed already.
    pub fn send_bytes(&self, bytes: &[u8]) {
        let mut stdin = reader::lock(&self.stdin);
        let stdin = stdin.as_mut().expect("stdin is open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the plugin reads its stdin");
    }

    /// The daemon has no more requests.
    pub fn close_stdin(&self) {
        reader::lock(&self.stdin).take();
    }

    /// Texts that may stand in no line from now on, nor in those before.
    pub fn keep_secrets(&self, secrets: impl IntoIterator<Item = String>) {
        self.shared.keep_secrets(secrets);
    }

    /// Sends a signal by its short name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        // A process that has ended meanwhile needs no signal.
        let kill = format!("kill -{name} {} 2>/dev/null", self.process);
        let _ = Command::new("sh").arg("-c").arg(kill).status();
    }

    /// Ends the process at once, whatever it is doing.
    pub fn kill(&mut self) {
        self.killed = true;
        self.signal("KILL");
        self.wait();
    }

    /// Waits until the process has ended and all it wrote is read.
    ///
    /// # Panics
    /// If it does not end.
    pub fn wait(&mut self) -> ExitStatus {
        let status = self.exit.or_else(|| self.exited.recv_timeout(PATIENCE).ok());
        self.exit = status;
        let status = status.unwrap_or_else(|| panic!("the plugin does not end; stderr: {}", self.stderr().join("\n")));
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
        status
    }

    /// All log events so far: level and message.
    pub fn logs(&self) -> Vec<(String, String)> {
        self.shared.logs()
    }

    /// Waits for the next log event whose message contains `part`.
    ///
    /// # Panics
    /// If none comes.
    pub fn wait_for_log(&self, part: &str) -> (String, String) {
        self.shared.wait_for_log(part).unwrap_or_else(|| panic!("no log line with {part:?}: {:?}", self.logs()))
    }

    /// All lines of stderr so far.
    pub fn stderr(&self) -> Vec<String> {
        self.shared.stderr()
    }

    /// Everything about the plugin's behaviour that a neighbour would not accept, so far.
    pub fn complaints(&self) -> Vec<String> {
        self.shared.complaints()
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.close_stdin();
        let judged = !self.foreign && !std::thread::panicking();
        let patience = if judged { PATIENCE } else { Duration::ZERO };
        let exit = self.exit.or_else(|| self.exited.recv_timeout(patience).ok());
        if exit.is_none() {
            self.signal("KILL");
        }
        self.readers.drain(..).for_each(|reader| drop(reader.join()));
        let complaints = self.complaints();
        if judged {
            let exit = exit.expect("the plugin ends after its stdin was closed");
            let expected = exit.success() || self.killed || (self.unread && exit.code() == Some(1));
            assert!(expected, "the plugin ended with {exit}; stderr: {}", self.stderr().join("\n"));
            assert!(complaints.is_empty(), "the plugin wrote what it must not:\n{}", complaints.join("\n"));
        } else if !self.foreign {
            // Why a test failed may be among them.
            complaints.iter().for_each(|complaint| eprintln!("{complaint}"));
        }
    }
}
