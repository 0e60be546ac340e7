//! A daemon that does not read, sends nonsense, or sends too much. How one dies: [`super::death`].

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use serde_json::json;
use tests::consumers::Auth;
use tests::daemon::check::{self, Event, Message};
use tests::gateway::reply::chunk;
use tests::request::{Request, user};
use tests::upstream::{Act, Upstream, piece, write};

use super::page::{Row, row};
use super::{BESIDE, Beside, death, peak};
use crate::support::{Setting, assert_says};

/// Requests at once, and how many of them at least have room beside the other sessions.
const REQUESTS: usize = 10_000;
const ROOM: usize = 4_000 - BESIDE;
/// The most memory for all those requests, for a line of 200 MiB, and for a stream that is not or slowly read, in MiB.
const MANY: usize = 96;
const LONG_LINE: usize = 160;
const UNREAD: usize = 64;

/// For the page.
pub fn rows() -> Vec<Row> {
    let bad = |says: &str| format!("`InvokeBadRequestError`: {says}");
    let mut rows = vec![
        row(
            "sends 10,000 requests at once",
            "each is answered or `InvokeServerUnavailableError`: the plugin has too much to do",
            format!("10,000 ends, at least 3,980 of them answers; the process holds less than {MANY} MiB"),
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
            format!("less than half of 76 MB are read of the gateway; the process holds less than {UNREAD} MiB"),
        ),
        row(
            "reads slowly, 1 KiB at a time",
            "the whole stream; nothing is missing, doubled or in the wrong place",
            format!("76 MB; the process holds less than {UNREAD} MiB"),
        ),
    ];
    rows.extend(death::rows());
    rows
}

#[test]
fn ten_thousand_requests_at_once_are_each_answered_once() {
    let setting = Setting::new();
    let request = Request::tokens(json!([user("how many tokens are these?")]), setting.open());
    let answer = setting.plugin.call(&request).only();
    let beside = Beside::start(&setting.gateway, &setting.plugin, &setting.open());
    let sessions: Vec<_> = (0..REQUESTS).map(|_| setting.plugin.send(&request)).collect();
    let mut answered = 0;
    for session in sessions {
        let outcome = session.wait();
        match &outcome.failure {
            None => {
                assert_eq!(outcome.only(), answer);
                answered += 1;
            }
            Some(failure) => {
                // More at once than one process takes: Dify tries again elsewhere, or later.
                assert_eq!(failure.error_type, "InvokeServerUnavailableError", "{}", failure.message);
                assert_says(&failure.message, &["too much to do"]);
                assert!(outcome.pieces.is_empty(), "{:?}", outcome.pieces);
            }
        }
    }
    let peak = peak(setting.plugin.process());
    eprintln!("{answered} of {REQUESTS} answered, peak {peak} MiB");
    assert!(answered >= ROOM, "{answered} of {REQUESTS} answered");
    assert!(peak < MANY, "{peak} MiB for {REQUESTS} requests");
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
fn a_daemon_that_does_not_read_or_reads_slowly_stops_the_gateway_and_fills_no_memory() {
    let long = LongStream::begin();
    // Nothing is read until the gateway cannot write any more.
    let (stopped, total) = (long.upstream.written_until_still(), long.total);
    eprintln!("{} of {} MiB were read while nobody read", stopped >> 20, total >> 20);
    assert!(stopped < total / 2, "{stopped} of {total} bytes");
    // From here on it is read little by little. It goes on where it stopped, and nothing is missing.
    long.end_exactly();
}

/// A stream that does not fit between a gateway and a daemon.
struct LongStream {
    upstream: Upstream,
    /// Bytes that the gateway has to write.
    total: usize,
    plugin: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// What was read of it.
    text: String,
}

impl LongStream {
    const PIECES: usize = 1 << 10;
    const EVENTS: usize = 64;

    /// The text of an event. Its number shows what is missing, doubled or in the wrong place.
    fn text(event: usize) -> String {
        format!("{event} {}", "x".repeat(1000))
    }

    /// Asks for it, and reads until it has begun.
    fn begin() -> Self {
        let event = |number| format!("data: {}\n\n", chunk(json!({"content": Self::text(number)})));
        let events = |number| (number * Self::EVENTS..(number + 1) * Self::EVENTS).map(event).collect::<String>();
        let mut acts: Vec<Act> = (0..Self::PIECES).map(|number| piece(events(number))).collect();
        let total = acts.iter().map(|act| if let Act::Write(bytes) = act { bytes.len() } else { 0 }).sum();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        acts.insert(0, write(head));
        acts.push(piece("data: [DONE]\n\n"));
        let upstream = Upstream::start(acts);

        let mut plugin = death::spawn();
        let mut stdin = plugin.stdin.take().expect("stdin is piped");
        let stdout = BufReader::with_capacity(1 << 10, plugin.stdout.take().expect("stdout is piped"));
        let request = Request::chat("m", Auth::None.credentials(&upstream.url()));
        stdin.write_all(request.line("long").as_bytes()).expect("the line is taken");
        let mut long = LongStream { upstream, total, plugin, stdin, stdout, text: String::new() };
        while long.text.is_empty() {
            assert!(long.read(), "nothing came");
        }
        long
    }

    /// Reads a line. Gives whether there are more.
    fn read(&mut self) -> bool {
        let mut line = Vec::new();
        self.stdout.read_until(b'\n', &mut line).expect("stdout can be read");
        match check::line(line.trim_ascii()) {
            Ok(Event::Session(_, Message::Stream(data))) => {
                self.text.push_str(data["delta"]["message"]["content"].as_str().expect("a text"));
                true
            }
            Ok(Event::Session(_, Message::End)) => false,
            Ok(Event::Heartbeat) => true,
            other => panic!("{other:?}"),
        }
    }

    /// Reads the rest: every text in its place, and one end. It is not the plugin that held what was not read.
    fn end_exactly(mut self) {
        while self.read() {}
        let expected: String = (0..Self::PIECES * Self::EVENTS).map(Self::text).collect();
        let same = || expected.bytes().zip(self.text.bytes()).take_while(|(expected, came)| expected == came).count();
        assert!(self.text == expected, "{} of {} bytes, wrong from {}", self.text.len(), expected.len(), same());
        let peak = peak(self.plugin.id());
        eprintln!("peak {peak} MiB");
        assert!(peak < UNREAD, "{peak} MiB for a stream of {} MiB", self.total >> 20);
        drop(self.stdin);
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("stdout is text");
        assert!(!rest.contains("\"session\""), "{rest}");
        assert_eq!(self.plugin.wait().expect("it ends").code(), Some(0));
    }
}
