//! The plugin and its surroundings: start, malformed lines, the daemon gone, signals, logs, proxies.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::{Map, json};
use tests::consumers::Auth;
use tests::daemon::install::Installed;
use tests::daemon::{Plugin, Start};
use tests::gateway::Gateway;
use tests::gateway::reply::{Piece, Reply, chunk};
use tests::package;
use tests::request::Request;
use tests::upstream::{Act, Upstream};

use crate::support::{Setting, assert_says};

/// Text, a gate, more text.
fn gated(gate: &str) -> Reply {
    Reply::stream([format!("data: {}\n\n", chunk(json!({"content": "before "})))])
        .then(Piece::Gate(gate.to_owned()))
        .then(Piece::Bytes(format!("data: {}\n\ndata: [DONE]\n\n", chunk(json!({"content": "after"}))).into_bytes()))
}

#[test]
fn malformed_lines_are_survived() {
    let setting = Setting::new();
    let lines = [
        "\n",
        "   \n",
        "not json\n",
        "[1,2]\n",
        "42\n",
        "null\n",
        "{}\n",
        "{\"event\":\"request\"}\n",
        "{\"event\":\"other\",\"session_id\":null,\"data\":{}}\n",
        "{\"event\":7,\"data\":[]}\n",
        "{\"event\":\"request\",\"data\":\n",
    ];
    for line in lines {
        setting.plugin.send_line(line);
    }
    assert_eq!(setting.plugin.call(&Request::chat("m", setting.open())).ok().text(), "Hello, world!");
}

#[test]
fn a_malformed_line_of_a_session_fails_that_session() {
    let setting = Setting::new();
    let lines = [
        r#"{"session_id":"cut","event":"request","data":{"action":"invoke_llm","credenti"#,
        r#"{"session_id":"list","event":"request","data":[]}"#,
        r#"{"session_id":"number","event":"request","data":{"action":5}}"#,
        r#"{"session_id":"nothing","event":"request","data":{}}"#,
    ];
    for line in lines {
        let id = line.split('"').nth(3).unwrap_or_default();
        let session = setting.plugin.expect(id, "invoke_llm", &Map::new());
        setting.plugin.send_line(&format!("{line}\n"));
        assert_eq!(session.wait().failed().error_type, "InvokeBadRequestError", "{line}");
    }
    assert_eq!(setting.plugin.call(&Request::chat("m", setting.open())).ok().text(), "Hello, world!");
}

#[test]
fn an_unknown_action_is_a_bad_request() {
    let setting = Setting::new();
    for (action, model_type) in [("invoke_teapot", "llm"), ("invoke_tts", "llm"), ("invoke_rerank", "llm"), ("", "llm")]
    {
        let request = Request::chat("m", setting.open()).with("action", action).with("model_type", model_type);
        let failure = setting.plugin.call(&request).failed().clone();
        assert_eq!(failure.error_type, "InvokeBadRequestError", "{action}: {}", failure.message);
        assert_says(&failure.message, &[action]);
    }
}

#[test]
fn running_work_is_finished_when_the_daemon_has_no_more_requests() {
    let mut setting = Setting::new();
    setting.gateway.script("gated", |_| gated("stdin closed"));
    let session = setting.plugin.send(&Request::chat("gated", setting.open()));
    session.next();
    setting.plugin.close_stdin();
    setting.gateway.open("stdin closed");
    assert_eq!(session.wait().ok().text(), "after");
    assert_eq!(setting.plugin.wait().code(), Some(0));
}

#[test]
fn memory_of_sessions_that_ended_is_given_back() {
    const SESSIONS: usize = 250;
    let setting = Setting::new();
    setting.gateway.script("gated", |_| gated("all are here"));
    let resident = || {
        let status = fs::read_to_string(format!("/proc/{}/status", setting.plugin.process())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number")
    };
    // What the first call brings in stays: code, tables, the HTTP client.
    setting.plugin.call(&Request::chat("m", setting.open())).ok();
    let before = resident();
    // Short of what an allocator asks the system for piece by piece.
    let request = Request::chat("gated", setting.open()).with("user_id", "u".repeat(60 << 10));
    let sessions: Vec<_> = (0..SESSIONS).map(|_| setting.plugin.send(&request)).collect();
    sessions.iter().for_each(|session| drop(session.next()));
    let with_all = resident() - before;
    assert!(with_all > 60 * SESSIONS, "{with_all} KiB: they were not there at once");
    setting.gateway.open("all are here");
    sessions.into_iter().for_each(|session| drop(session.wait().ok()));
    setting.plugin.call(&Request::chat("m", setting.open())).ok();
    // Connections that wait for the next call are part of it.
    let after = resident().saturating_sub(before);
    assert!(2 * after < with_all, "{after} of {with_all} KiB stayed");
}

#[test]
fn a_plugin_without_a_reader_ends() {
    let gateway = Gateway::start();
    // stdout is closed after the first heartbeat; stdin stays open.
    let start = Start { read_only: Some(1), ..Start::default() };
    let mut plugin = Plugin::start_with(package::installed(), &start);
    let credentials = Auth::None.credentials(&gateway.url("open"));
    plugin.send(&Request::chat("m", credentials));
    plugin.wait();
}

#[test]
fn sigterm_lets_running_work_finish() {
    let mut setting = Setting::new();
    setting.gateway.script("gated", |_| gated("terminated"));
    let session = setting.plugin.send(&Request::chat("gated", setting.open()));
    session.next();
    setting.plugin.signal("TERM");
    setting.gateway.open("terminated");
    assert_eq!(session.wait().ok().text(), "after");
    assert_eq!(setting.plugin.wait().code(), Some(0));
}

#[test]
fn slim_closes_stdin_at_once_and_still_gets_its_answer() {
    let gateway = Gateway::start();
    gateway.script("gated", |_| gated("go on"));
    let request = Request::chat("gated", Auth::None.credentials(&gateway.url("open")));
    let mut plugin = Command::new(package::installed().python())
        .args(["-m", "main"])
        .current_dir(&package::installed().directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the plugin starts");
    let mut stdin = plugin.stdin.take().expect("stdin is piped");
    std::io::Write::write_all(&mut stdin, request.slim_line("slim").as_bytes()).expect("the line is taken");
    drop(stdin);
    gateway.wait_for("gated", 1);
    gateway.open("go on");
    let mut written = String::new();
    plugin.stdout.take().expect("stdout is piped").read_to_string(&mut written).expect("stdout is text");
    assert_eq!(plugin.wait().expect("it ends").code(), Some(0));
    let texts: Vec<&str> = written.lines().filter(|line| line.contains("\"slim\"")).collect();
    let ends = texts.iter().filter(|line| line.contains("\"type\":\"end\"")).count();
    assert!(ends == 1 && written.contains("after"), "{written}");
}

#[test]
fn a_failed_session_leaves_one_log_line_with_its_ids() {
    let setting = Setting::new();
    let session = setting.plugin.send(&Request::chat("500", setting.open()));
    let id = session.id.clone();
    session.wait().failed();
    let (level, message) = setting.plugin.wait_for_log(&id);
    assert_says(&message, &["req-1"]);
    assert!(level.to_lowercase().starts_with("warn") || level.to_lowercase() == "error", "{level}");
    setting.plugin.call(&Request::chat("m", setting.open())).ok();
    let about = setting.plugin.logs().into_iter().filter(|(_, message)| message.contains(&id)).count();
    assert_eq!(about, 1);
}

#[test]
fn the_executable_says_its_version() {
    for plugin in package::plugins() {
        let output = Command::new(package::debug_executable(&plugin)).arg("--version").output().expect("it runs");
        assert!(output.status.success());
        assert_says(&String::from_utf8_lossy(&output.stdout), &[&plugin, "0.1.0"]);
    }
}

#[test]
fn a_package_without_this_architecture_says_so() {
    let directory = package::own_scratch();
    let package = package::package_in(package::installed().directory.parent().unwrap_or(&directory));
    let installed = Installed::new(&package, &directory.join("other-architecture"));
    let here = installed.directory.join(format!("bin/linux-{}", package::architecture()));
    fs::rename(here, installed.directory.join("bin/linux-riscv")).expect("the directory can be renamed");
    let output = Command::new(installed.python())
        .args(["-m", "main"])
        .current_dir(&installed.directory)
        .stdin(Stdio::null())
        .output()
        .expect("python runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && output.stdout.is_empty(), "{said}");
    assert_says(&said, &[std::env::consts::ARCH]);
    // The daemon shows the installing user the last kilobyte.
    assert!(said.len() < 1024, "{said}");
}

#[test]
fn proxies_of_the_environment_are_used_in_both_spellings() {
    for name in ["HTTP_PROXY", "http_proxy"] {
        let proxy = Gateway::start();
        let setting = Setting::with(&[(name, &proxy.root())]);
        let request = Request::chat("m", Auth::None.credentials("http://gateway.invalid/open/v1"));
        assert_eq!(setting.plugin.call(&request).ok().text(), "Hello, world!", "{name}");
        assert_eq!(proxy.only("m").host, "gateway.invalid");
    }
    let proxy = Gateway::start();
    let setting = Setting::with(&[("HTTP_PROXY", &proxy.root()), ("NO_PROXY", "127.0.0.1,localhost")]);
    setting.plugin.call(&Request::chat("m", setting.open())).ok();
    assert!(proxy.seen().is_empty());
}

#[test]
fn a_certificate_file_that_cannot_be_read_is_logged_when_a_certificate_is_checked() {
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
        let setting = Setting::with(&[(name, "/nonexistent/ca.pem")]);
        setting.plugin.call(&Request::chat("m", setting.open())).ok();
        assert_eq!(setting.plugin.logs(), []);
        let secure = Upstream::raw(vec![Act::Secure("good"), Act::Request]);
        let endpoint = format!("https://{}/v1", secure.place());
        let outcome = setting.plugin.call(&Request::chat("m", Auth::None.credentials(&endpoint)));
        assert_eq!(outcome.failed().error_type, "InvokeConnectionError");
        assert_says(&setting.plugin.wait_for_log(name).1, &["/nonexistent/ca.pem"]);
    }
}
