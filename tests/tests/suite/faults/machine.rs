//! A machine that has no more of something.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::json;
use tests::consumers::Auth;
use tests::daemon::{Plugin, Session, Start};
use tests::gateway::Gateway;
use tests::gateway::reply::{Piece, Reply};
use tests::package;
use tests::request::{Request, user};

use super::page::{Row, row};
use crate::support::assert_says;

/// File handles that a process has in one test, and how many sessions want more.
const HANDLES: usize = 40;
const SESSIONS: usize = 100;
/// With so few a process starts to look.
const FEWEST: usize = 3;
/// With so many it works.
const ENOUGH: usize = 16;

/// For the page.
pub fn rows() -> Vec<Row> {
    let handles = format!(
        "{SESSIONS} sessions, {HANDLES} handles: more than {} are told so; when handles are free again, sessions succeed",
        SESSIONS / 2
    );
    let start = "what is missing, on standard error; or it works";
    vec![
        row("file handles run out while it runs", "`InvokeConnectionError`: Too many open files", handles),
        row(
            "there are few file handles at the start",
            start,
            format!("{FEWEST} to {ENOUGH} handles: ends by itself, with code 0 or 2"),
        ),
        row("standard error takes nothing (full disk)", "what it would see otherwise", "sessions go on"),
        row("standard output takes nothing (full disk)", "nothing", "the process ends with code 1"),
        row(
            "the package lies on a read-only file system",
            "nothing: a copy runs, which leaves no file behind",
            "`codegen/tests/launcher.rs`",
        ),
        row(
            "the same, and the disk for the copy is full",
            "at installation: where, why, and what to do",
            "less than 1 KiB, code 1, no file is left",
        ),
        row(
            "the same, and there is no folder for temporary files",
            "at installation: why, and what to do",
            "less than 1 KiB, code 1",
        ),
        row("the environment holds passwords", "nothing of them", "0 bytes in lines, on standard error, in requests"),
    ]
}

fn run(script: &str) -> Plugin {
    let installed = package::installed();
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("PYTHON", installed.python()).current_dir(&installed.directory);
    Plugin::run(command, &Start::default())
}

#[test]
fn without_file_handles_sessions_fail_and_come_back() {
    let gateway = Gateway::start();
    gateway.script("held", |_| Reply::new(200, "application/json", "").then(Piece::Gate("held".to_owned())));
    let plugin = run(&format!("ulimit -n {HANDLES}; exec \"$PYTHON\" -m main"));
    let request = |model: &str| Request::chat(model, Auth::None.credentials(&gateway.url("open")));
    let sessions: Vec<_> = (0..SESSIONS).map(|_| plugin.send(&request("held"))).collect();
    // Those that got a connection wait; the others are told.
    let beyond = plugin.call(&request("m"));
    let failure = beyond.failed();
    assert_says(&failure.message, &["Too many open files"]);
    assert_eq!(failure.error_type, "InvokeConnectionError");
    gateway.open("held");
    let says = |session: Session| session.wait().failed().message.clone();
    let told = sessions.into_iter().map(says).filter(|message| message.contains("Too many open files")).count();
    eprintln!("{told} of {SESSIONS} sessions had no handle");
    assert!(told > SESSIONS / 2, "{told}");
    assert_eq!(plugin.call(&request("m")).ok().text(), "Hello, world!");
}

#[test]
fn nobody_takes_what_goes_to_standard_error() {
    let gateway = Gateway::start();
    let plugin = run("exec \"$PYTHON\" -m main 2>/dev/full");
    let failed = plugin.call(&Request::chat("500", Auth::None.credentials(&gateway.url("open"))));
    assert_eq!(failed.failed().error_type, "InvokeServerUnavailableError");
    assert_eq!(
        plugin.call(&Request::chat("m", Auth::None.credentials(&gateway.url("open")))).ok().text(),
        "Hello, world!"
    );
}

#[test]
fn few_file_handles_at_the_start_are_enough_or_said() {
    let request = Request::tokens(json!([user("Hi")]), Auth::None.credentials("http://127.0.0.1:9/v1"));
    let executable = package::debug_executable("ai-gateway");
    let mut works = 0;
    for handles in FEWEST..=ENOUGH {
        let mut plugin = Command::new("sh")
            .args(["-c", &format!("ulimit -n {handles}; exec \"$0\"")])
            .arg(&executable)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        // One that cannot start does not read either.
        let _ = std::io::Write::write_all(&mut plugin.stdin.take().expect("piped"), request.line("few").as_bytes());
        let output = plugin.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        eprintln!("{handles} handles: {:?} {said}", output.status.code());
        match output.status.code() {
            Some(0) => {
                assert_eq!(answer.matches("\"type\":\"end\"").count(), 1, "{handles}: {answer}");
                works += 1;
            }
            Some(2) => assert_says(&said, &["Too many open files"]),
            other => panic!("{handles} handles: {other:?} {said}"),
        }
        assert!(!said.contains("internal error"), "{handles}: {said}");
    }
    assert!(works > 0, "{ENOUGH} handles are not enough");
}

#[test]
fn standard_output_that_takes_nothing_ends_the_process() {
    let mut plugin = Command::new("sh");
    let installed = package::installed();
    plugin.args(["-c", "exec \"$PYTHON\" -m main >/dev/full"]).env("PYTHON", installed.python());
    let mut plugin = plugin.current_dir(&installed.directory).stdin(Stdio::piped()).spawn().expect("a shell starts");
    let kept = plugin.stdin.take();
    assert_eq!(plugin.wait().expect("it ends").code(), Some(1));
    drop(kept);
}

/// Stands for a file system that takes no changes, as in the tests of the launcher.
const READ_ONLY: &str = "import errno, os
chmod = os.chmod
def refuse(path, mode):
    if '/bin/' in str(path):
        raise OSError(errno.EROFS, 'Read-only file system')
    chmod(path, mode)
os.chmod = refuse
os.access = lambda path, mode: False
";

/// What the launcher says in such a folder, after `shell` and `python` have made things worse.
fn launched(shell: &str, python: &str, temporary: &std::path::Path) -> String {
    let installed = package::installed();
    let script = format!("{shell} exec \"$PYTHON\" -c \"$SCRIPT\"");
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("PYTHON", installed.python())
        .env("SCRIPT", format!("{READ_ONLY}{python}\nimport main\nmain.launch()"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("TMPDIR", temporary)
        .current_dir(&installed.directory)
        .stdin(Stdio::null())
        .output()
        .expect("a shell starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    // The daemon shows the installing user the last kilobyte.
    assert!(output.stdout.is_empty() && said.len() < 1024 && !said.contains("Traceback"), "{said}");
    said
}

#[test]
fn an_executable_that_can_neither_run_nor_be_copied_says_so() {
    let temporary = package::own_scratch().join("full");
    fs::create_dir_all(&temporary).expect("a directory can be made");
    // Files may grow no further, as on a full disk.
    let said = launched("ulimit -f 8;", "", &temporary);
    assert_says(&said, &["Read-only file system", "File too large", &temporary.display().to_string(), "room"]);
    assert_eq!(fs::read_dir(&temporary).expect("it is there").count(), 0, "half a copy was left");

    let nowhere = "import tempfile\ndef none():\n    raise FileNotFoundError(2, 'No usable temporary directory')\ntempfile.gettempdir = none";
    assert_says(&launched("", nowhere, &temporary), &["No usable temporary directory", "TMPDIR"]);
}

/// A daemon's environment holds the passwords of its database and of its storage.
#[test]
fn the_environment_stays_in_the_process() {
    let canary = "env-canary-0123456789";
    let gateway = Gateway::start();
    let environment = [("DB_PASSWORD", canary), ("AWS_SECRET_KEY", canary), ("SERVER_KEY", canary)];
    let plugin = Plugin::start_with(package::installed(), &Start { environment: &environment, ..Start::default() });
    // Looked for in every line and on standard error when the plugin is dropped.
    plugin.keep_secrets([canary.to_owned()]);
    for model in ["m", "500", "garbage"] {
        let credentials = Auth::None.credentials(&gateway.url("open"));
        plugin.call(&Request::chat(model, credentials.clone()));
        plugin.call(&Request::llm_schema(model, credentials));
    }
    let seen = format!("{:?}", gateway.seen());
    assert!(seen.contains("\"m\"") && !seen.contains(canary));
}
