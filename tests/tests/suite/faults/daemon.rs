//! A daemon that does not read, sends nonsense, or sends too much. How one dies: [`super::death`].

use std::io::{BufRead, BufReader, Read, Write};

use serde_json::json;
use tests::consumers::Auth;
use tests::gateway::reply::chunk;
use tests::request::{Request, user};
use tests::upstream::{Act, Upstream, piece, write};

use super::page::{Row, row};
use super::{Beside, death, peak};
use crate::support::{Setting, assert_says};

/// The most memory for a line of 200 MiB, and for a stream that nobody reads, in MiB.
const LONG_LINE: usize = 160;
const UNREAD: usize = 64;

/// For the page.
pub fn rows() -> Vec<Row> {
    let bad = |says: &str| format!("`InvokeBadRequestError`: {says}");
    let mut rows = vec![
        row(
            "sends 10,000 requests at once",
            "each is answered or `InvokeServerUnavailableError`: the plugin has too much to do",
            "10,000 ends",
        ),
        row(
            "sends a line of 200 MiB",
            &bad("longer than 64 MiB"),
            format!("the process holds less than {LONG_LINE} MiB"),
        ),
        row("sends a line nested 1,048,576 deep", &bad("cannot be read"), "one end"),
        row("sends invalid UTF-8", &bad("cannot be read"), "one end"),
        row("sends NUL bytes", &bad("cannot be read"), "one end"),
        row(
            "sends a request twice, under the same session id",
            "one answer; the second line is logged and ignored",
            "one end",
        ),
        row(
            "sends a refused line under the id of a running session",
            "the answer of that session; the line is logged and ignored",
            "one end",
        ),
        row("uses a session id again after its end", "another answer", "two ends"),
        row(
            "does not read",
            "the stream stops, and goes on when the daemon reads again; nothing is missing",
            format!("less than half of 76 MiB are read of the gateway; the process holds less than {UNREAD} MiB"),
        ),
    ];
    rows.extend(death::rows());
    rows
}

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
                assert_says(&failure.message, &["too much to do"]);
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
        ("deep", "cannot be read", [begun("deep").as_bytes(), &b"[".repeat(1 << 20), b"\n"].concat()),
        ("long", "longer than 64 MiB", [begun("long").as_bytes(), b"\"", &b"x".repeat(200 << 20), b"\"}}\n"].concat()),
        ("encoding", "cannot be read", [begun("encoding").as_bytes(), b"\"\xff\xfe\"}}\n"].concat()),
        ("nul", "cannot be read", [begun("nul").as_bytes(), b"\"\0\"}}\n"].concat()),
    ];
    for (id, says, line) in lines {
        let session = setting.plugin.expect(id, "invoke_llm", &serde_json::Map::new());
        setting.plugin.send_bytes(&line);
        let failure = session.wait().failed().clone();
        eprintln!("{id}: {}", failure.message);
        assert_eq!(failure.error_type, "InvokeBadRequestError", "{id}: {}", failure.message);
        assert_says(&failure.message, &[says]);
        assert!(failure.message.len() < 1000);
    }
    let peak = peak(setting.plugin.process());
    eprintln!("peak {peak} MiB");
    assert!(peak < LONG_LINE, "{peak} MiB for a line of 200 MiB");
    beside.end_exactly(&setting.gateway);
}

#[test]
fn a_session_id_that_ended_is_like_any_other() {
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
fn a_request_that_comes_twice_is_answered_once() {
    let setting = Setting::new();
    let beside = Beside::start(&setting.gateway, &setting.plugin, &setting.open());
    // The sessions beside are s-0, s-1 ...: their own lines again, and lines that nobody can answer.
    let ids = beside.ids();
    let request = Request::chat("beside", setting.open());
    for id in &ids {
        setting.plugin.send_line(&request.line(id));
        setting.plugin.send_line(&format!("{{\"session_id\":\"{id}\",\"event\":\"request\",\"data\":[\n"));
        setting.plugin.send_line(&format!("{{\"session_id\":\"{id}\",\"event\":\"other\",\"data\":{{}}}}\n"));
    }
    // A session after them has its answer when they have been read.
    setting.plugin.call(&request.clone().with("model", "m")).ok();
    beside.end_exactly(&setting.gateway);
    assert_eq!(setting.gateway.seen_for("beside").len(), ids.len(), "nothing was asked twice");
    let ignored = setting.plugin.logs().into_iter().filter(|(_, line)| line.contains("under way already")).count();
    assert_eq!(ignored, 3 * ids.len());
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

    let mut plugin = death::spawn();
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
    let peak = peak(plugin.id());
    eprintln!("peak {peak} MiB");
    assert!(peak < UNREAD, "{peak} MiB for a stream that nobody reads");

    // It goes on where it stopped, and nothing is missing.
    drop(stdin);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("stdout is text");
    let written = rest.matches('x').count() + line.matches('x').count();
    assert!(written >= TIMES * 64 * 1000, "{written} characters of {}", TIMES * 64 * 1000);
    assert_eq!(rest.matches("\"type\":\"end\"").count(), 1);
    assert_eq!(plugin.wait().expect("it ends").code(), Some(0));
}
