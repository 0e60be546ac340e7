//! A gateway that breaks in every way a network can: one row a fault, all at once in one process.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tests::consumers::Auth;
use tests::gateway::reply::{chunk, completion, finish};
use tests::request::Request;
use tests::upstream::{Act, Upstream, piece, write};

use super::{Beside, peak};
use crate::support::{Setting, assert_says};

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const CONNECTION: &str = "InvokeConnectionError";
const SERVER: &str = "InvokeServerUnavailableError";

/// One way to break.
struct Fault {
    name: &'static str,
    acts: Vec<Act>,
    /// Whether the answer is asked for as a stream.
    stream: bool,
    /// What was delivered before.
    text: &'static str,
    /// Error type, and what its message says; none where the answer is whole all the same.
    error: Option<(&'static str, &'static [&'static str])>,
}

fn fault(name: &'static str, acts: Vec<Act>) -> Fault {
    Fault { name, acts, stream: false, text: "", error: None }
}

/// A stream with `Hel` in it, then these acts.
fn stream(name: &'static str, acts: impl IntoIterator<Item = Act>) -> Fault {
    let begun = [write(STREAM), piece(event(&chunk(json!({"content": "Hel"}))))];
    Fault { stream: true, text: "Hel", ..fault(name, begun.into_iter().chain(acts).collect()) }
}

impl Fault {
    fn fails(mut self, error_type: &'static str, says: &'static [&'static str]) -> Fault {
        self.error = Some((error_type, says));
        self
    }

    fn text(mut self, text: &'static str) -> Fault {
        self.text = text;
        self
    }
}

fn event(event: &Value) -> String {
    format!("data: {event}\n\n")
}

/// A whole answer, `Hello`.
fn hello() -> String {
    completion(json!({"role": "assistant", "content": "Hello"}), "stop", Some((1, 1))).to_string()
}

/// The head of a JSON answer of this length, with more headers.
fn head(length: usize, headers: &str) -> Act {
    write(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n"))
}

fn gzip(pieces: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    pieces.into_iter().for_each(|piece| encoder.write_all(&piece).expect("memory takes all"));
    encoder.finish().expect("memory takes all")
}

fn before_the_answer() -> Vec<Fault> {
    let closed: &[&str] = &["the connection was closed before an answer"];
    let silent: &[&str] = &["no answer within 1 s (read timeout)"];
    vec![
        fault("closes before headers", vec![]).fails(SERVER, closed),
        fault("closes within headers", vec![write("HTTP/1.1 200 OK\r\ncontent-ty")]).fails(SERVER, closed),
        fault("resets before headers", vec![Act::Reset]).fails(SERVER, closed),
        fault("is silent before headers", vec![Act::Silence]).fails(CONNECTION, silent),
        fault("is silent within headers", vec![write("HTTP/1.1 200 OK\r\nx-"), Act::Silence]).fails(CONNECTION, silent),
        fault("is silent after headers", vec![head(9, ""), Act::Silence]).fails(CONNECTION, silent),
        fault("speaks another protocol", vec![write("SSH-2.0-OpenSSH_9.9\r\n"), Act::Silence]).fails(SERVER, closed),
        fault("speaks HTTP/2 only", vec![write(b"\0\0\0\x04\0\0\0\0\0"), Act::Silence]).fails(SERVER, closed),
        fault(
            "has a header of 2 MB",
            vec![write("HTTP/1.1 200 OK\r\nx: "), Act::Repeat(vec![b'a'; 1 << 16], 32), Act::Silence],
        )
        .fails(SERVER, closed),
        fault("gives a length that is none", vec![write("HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n")])
            .fails(SERVER, closed),
        fault(
            "gives an early hint first",
            vec![write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), head(hello().len(), ""), write(hello())],
        )
        .text("Hello"),
    ]
}

fn whole_answers() -> Vec<Fault> {
    let body = hello();
    let half = body.len() / 2;
    let packed = gzip([body.clone().into_bytes()]);
    let gzipped = "content-encoding: gzip\r\n";
    let bomb = gzip(std::iter::repeat_n(vec![b' '; 1 << 20], 200));
    vec![
        fault(
            "HTTP/1.0, ends with the connection",
            vec![write("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n"), write(&body)],
        )
        .text("Hello"),
        fault(
            "one byte after the other, longer than the read timeout",
            vec![head(body.len(), ""), Act::Drip(body.clone().into_bytes(), Duration::from_millis(8))],
        )
        .text("Hello"),
        fault("announces more than it sends", vec![head(body.len() + 1, ""), write(&body)])
            .fails(CONNECTION, &["the connection broke"]),
        fault("announces less than it sends", vec![head(half, ""), write(&body)]).fails(SERVER, &["it is cut off"]),
        fault("gzip without being asked", vec![head(packed.len(), gzipped), write(&packed)]).text("Hello"),
        fault("gzip that is none", vec![head(body.len(), gzipped), write(&body)]).fails(CONNECTION, &["broke"]),
        fault("gzip that is cut off", vec![head(packed.len() - 9, gzipped), write(&packed[..packed.len() - 9])])
            .fails(CONNECTION, &["broke"]),
        fault("gzip of 200 MB in one", vec![head(bomb.len(), gzipped), write(&bomb)])
            .fails(SERVER, &["larger than any answer"]),
        fault("brotli without being asked", vec![head(5, "content-encoding: br\r\n"), write(b"\x8b\x02\x80Hi")])
            .fails(SERVER, &["content-encoding br was not asked for"]),
        fault("JSON nested 100,000 deep", vec![head(100_000, ""), Act::Repeat(vec![b'['; 1000], 100)])
            .fails(SERVER, &["where a JSON answer was expected"]),
        fault("a byte that is no UTF-8", vec![head(14, ""), write(b"{\"error\":\"\xff\"} ")]).fails(SERVER, &[]),
        fault("NUL bytes", vec![head(64, ""), write([0; 64])]).fails(SERVER, &["where a JSON answer was expected"]),
    ]
}

fn streams() -> Vec<Fault> {
    let broke: &[&str] = &["the connection broke"];
    let rest = event(&chunk(json!({"content": "é键"})));
    // In the middle of the last character of the text.
    let cut = rest.len() - rest.bytes().rev().position(|byte| byte == 0xae).expect("the text is in it") - 1;
    let endless = vec![b'x'; 1 << 20];
    vec![
        stream("closes in an event", [piece("data: {\"cho")]).fails(CONNECTION, broke),
        stream("closes in a character", [piece(&rest.as_bytes()[..cut])]).fails(CONNECTION, broke),
        stream("resets in an event", [piece("data: {\"cho"), Act::Reset]).fails(CONNECTION, broke),
        stream("is silent in an event", [piece("data: {\"cho"), Act::Silence])
            .fails(CONNECTION, &["no answer within 1 s (read timeout)"]),
        stream("ends properly in an event", [piece("data: {\"cho"), write("0\r\n\r\n")]).fails(SERVER, &["cut off"]),
        stream("closes after [DONE]", [piece("data: [DONE]\n\n")]),
        stream("resets after [DONE]", [piece("data: [DONE]\n\n"), Act::Reset]),
        stream("is silent after [DONE]", [piece("data: [DONE]\n\n"), Act::Silence]),
        stream("floods after [DONE]", [piece("data: [DONE]\n\n"), Act::Repeat(endless.clone(), 1024)]),
        stream("closes after the finish reason", [piece(event(&finish("stop")))]).fails(CONNECTION, broke),
        stream("an event of 1 GB", [write("40000000\r\ndata: "), Act::Repeat(endless.clone(), 1024)])
            .fails(SERVER, &["one event is larger than any answer"]),
        stream("a line of 1 GB", [write("40000000\r\n"), Act::Repeat(endless, 1024)])
            .fails(SERVER, &["one event is larger than any answer"]),
        stream("NUL bytes in an event", [piece("data: \0\0\n\n")]).fails(SERVER, &["JSON"]),
        stream("an event that is no UTF-8", [piece(b"data: {\"\xff\":1}\n\n")]).fails(CONNECTION, broke),
        stream("a chunk length that is none", [write("zz\r\n")]).fails(CONNECTION, broke),
    ]
}

fn all_at_once(faults: Vec<Fault>) {
    let setting = Setting::new();
    let beside = Beside::start(&setting.gateway, &setting.plugin, &setting.open());
    let under_way: Vec<_> = faults
        .into_iter()
        .map(|fault| {
            let upstream = Upstream::start(fault.acts.clone());
            let mut request = Request::chat("m", Auth::None.credentials(&upstream.url()))
                .credential("advanced", r#"{"connection.read_timeout": 1}"#);
            if !fault.stream {
                request = request.whole();
            }
            (fault, upstream, setting.plugin.send(&request))
        })
        .collect();
    for (fault, upstream, session) in under_way {
        let outcome = session.wait();
        eprintln!("{}: {:.0} ms, {} bytes read", fault.name, outcome.total.as_secs_f64() * 1e3, upstream.written());
        assert_eq!(outcome.text(), fault.text, "{}: {outcome:?}", fault.name);
        match fault.error {
            None => assert!(outcome.failure.is_none(), "{}: {outcome:?}", fault.name),
            Some((error_type, says)) => {
                let failure = outcome.failure.unwrap_or_else(|| panic!("{}: no failure", fault.name));
                assert_eq!(failure.error_type, error_type, "{}: {}", fault.name, failure.message);
                assert_says(&failure.message, says);
                assert!(failure.message.len() < 2000, "{}: {}", fault.name, failure.message.len());
            }
        }
        assert!(upstream.written() < 100 << 20, "{}: {} bytes were read", fault.name, upstream.written());
    }
    eprintln!("peak: {} MiB", peak(setting.plugin.process()));
    assert!(peak(setting.plugin.process()) < 160, "{} MiB", peak(setting.plugin.process()));
    beside.end_exactly(&setting.gateway);
}

#[test]
fn a_gateway_that_breaks_before_it_answers() {
    all_at_once(before_the_answer());
}

#[test]
fn a_gateway_whose_answer_is_not_what_it_says() {
    all_at_once(whole_answers());
}

#[test]
fn a_gateway_that_breaks_in_a_stream() {
    all_at_once(streams());
}

#[test]
fn a_redirect_is_refused_and_the_key_goes_nowhere() {
    let setting = Setting::new();
    let elsewhere = Upstream::start(vec![head(hello().len(), ""), write(hello())]);
    for status in [301, 302, 303, 307, 308] {
        let location =
            format!("HTTP/1.1 {status} Elsewhere\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url());
        let upstream = Upstream::start(vec![write(location)]);
        let mut credentials = Auth::None.credentials(&upstream.url());
        credentials.insert("auth_method".to_owned(), "api_key".into());
        credentials.insert("api_key".to_owned(), "sk-faults-0123456789".into());
        let failure = setting.plugin.call(&Request::chat("m", credentials)).failed().clone();
        assert_says(&failure.message, &[&status.to_string(), "redirect"]);
        assert!(upstream.requests().iter().all(|request| request.contains("sk-faults-0123456789")));
        assert_eq!(upstream.requests().len(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}
