//! A daemon that does not read, sends nonsense, or sends too much.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use serde_json::json;
use tests::consumers::Auth;
use tests::gateway::reply::chunk;
use tests::package;
use tests::request::{Request, user};
use tests::upstream::{Act, Upstream, piece, write};

use super::{Beside, peak};
use crate::support::Setting;

#[test]
fn ten_thousand_requests_at_once_are_each_answered_once() {
    let setting = Setting::new();
    let beside = Beside::start(&setting.gateway, &setting.plugin, &setting.open());
    let request = Request::tokens(json!([user("how many tokens are these?")]), setting.open());
    let sessions: Vec<_> = (0..10_000).map(|_| setting.plugin.send(&request)).collect();
    let mut refused = 0;
    for session in sessions {
        match session.wait().failure {
            None => {}
            Some(failure) => {
                // More at once than one process takes: Dify tries again elsewhere, or later.
                assert_eq!(failure.error_type, "InvokeServerUnavailableError", "{}", failure.message);
                refused += 1;
            }
        }
    }
    eprintln!("{refused} of 10,000 refused, peak {} MiB", peak(setting.plugin.process()));
    beside.end_exactly(&setting.gateway);
}

#[test]
fn lines_that_are_too_long_too_deep_or_no_text_fail_alone() {
    let setting = Setting::new();
    let beside = Beside::start(&setting.gateway, &setting.plugin, &setting.open());
    let begun =
        |session: &str| format!(r#"{{"session_id":"{session}","event":"request","data":{{"action":"invoke_llm","x":"#);
    let lines = [
        ("deep", [begun("deep").as_bytes(), &b"[".repeat(1 << 20), b"\n"].concat()),
        ("long", [begun("long").as_bytes(), b"\"", &b"x".repeat(200 << 20), b"\"}}\n"].concat()),
        ("encoding", [begun("encoding").as_bytes(), b"\"\xff\xfe\"}}\n"].concat()),
        ("nul", [begun("nul").as_bytes(), b"\"\0\"}}\n"].concat()),
    ];
    for (id, line) in lines {
        let session = setting.plugin.expect(id, "invoke_llm", &serde_json::Map::new());
        setting.plugin.send_bytes(&line);
        let failure = session.wait().failed().clone();
        eprintln!("{id}: {}", failure.message);
        assert_eq!(failure.error_type, "InvokeBadRequestError", "{id}: {}", failure.message);
        assert!(failure.message.len() < 1000);
    }
    eprintln!("peak {} MiB", peak(setting.plugin.process()));
    assert!(peak(setting.plugin.process()) < 160, "{} MiB for a line of 200 MiB", peak(setting.plugin.process()));
    beside.end_exactly(&setting.gateway);
}

#[test]
fn one_session_id_twice_is_answered_twice() {
    let setting = Setting::new();
    let request = Request::tokens(json!([user("twice")]), setting.open());
    let twice = setting.plugin.expect("twice", request.action(), &request.credentials());
    setting.plugin.send_line(&request.line("twice"));
    let first = twice.wait().ok();
    let again = setting.plugin.expect("twice", request.action(), &request.credentials());
    setting.plugin.send_line(&request.line("twice"));
    assert_eq!(again.wait().ok().pieces, first.pieces);
}

#[test]
fn a_daemon_that_does_not_read_stops_the_gateway_and_not_the_memory() {
    let event = format!("data: {}\n\n", chunk(json!({"content": "x".repeat(1000)})));
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let Act::Write(bytes) = piece(event.repeat(64)) else { unreachable!("a piece is written") };
    const TIMES: usize = 1 << 10;
    let total = bytes.len() * TIMES;
    let upstream = Upstream::start(vec![write(head), Act::Repeat(bytes, TIMES), piece("data: [DONE]\n\n")]);
    let request = Request::chat("m", Auth::None.credentials(&upstream.url()));

    let mut plugin = Command::new(package::installed().python())
        .args(["-m", "main"])
        .current_dir(&package::installed().directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the plugin starts");
    let mut stdin = plugin.stdin.take().expect("stdin is piped");
    let mut stdout = BufReader::new(plugin.stdout.take().expect("stdout is piped"));
    stdin.write_all(request.line("unread").as_bytes()).expect("the line is taken");
    // One line is read, so that it is known to have begun; then nothing until the gateway cannot write any more.
    let mut line = String::new();
    while !line.contains("unread") {
        line.clear();
        stdout.read_line(&mut line).expect("stdout is text");
    }
    let stopped = upstream.written_until_still();
    eprintln!("{} of {} MiB were read while nobody read", stopped >> 20, total >> 20);
    assert!(stopped < total / 2, "{stopped} of {total} bytes");
    eprintln!("peak {} MiB", peak(plugin.id()));
    assert!(peak(plugin.id()) < 64, "{} MiB for a stream that nobody reads", peak(plugin.id()));

    // It goes on where it stopped, and nothing is missing.
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is text");
    let written = rest.matches('x').count() + line.matches('x').count();
    assert!(written >= TIMES * 64 * 1000, "{written} characters of {}", TIMES * 64 * 1000);
    assert_eq!(rest.matches("\"type\":\"end\"").count(), 1);
    assert_eq!(plugin.wait().expect("it ends").code(), Some(0));
}
