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

use super::fault::{At, CONNECTION, Fault, LATER, Limit, REQUEST, SERVER, all_at_once, fault, fault_at, rows};
use super::page::{Row, row};
use crate::support::{Setting, assert_says};

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// The beginning of a stream, with `Hel` in it.
pub fn begun() -> Vec<Act> {
    vec![write(STREAM), piece(text("Hel"))]
}

/// A whole answer, with `Hello` in it.
pub fn answer() -> Vec<Act> {
    vec![head(hello().len(), ""), write(hello())]
}

/// A stream with `Hel` in it, then these acts.
fn stream(name: &'static str, acts: impl IntoIterator<Item = Act>) -> Fault {
    fault(name, begun().into_iter().chain(acts).collect()).streamed().text("Hel")
}

/// An event with this text.
pub fn text(text: &str) -> String {
    event(&chunk(json!({"content": text})))
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

const CLOSED: &[&str] = &["the connection was closed before an answer"];
const BROKE: &[&str] = &["the connection broke"];
const SILENT: &[&str] = &["no answer within 3 s (read timeout)"];
pub const SILENT_LATER: &[&str] = &["no answer within 15 s (read timeout)"];

/// Characters that do not fit what the system takes before anybody reads.
const LONG: usize = 5 << 20;

fn before_the_answer() -> Vec<Fault> {
    let silent = |name, acts| fault(name, acts).limit(Limit::Read).fails(CONNECTION, SILENT);
    let hint = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    vec![
        fault("closes before headers", vec![]).fails(SERVER, CLOSED),
        fault("closes within headers", vec![write("HTTP/1.1 200 OK\r\ncontent-ty")]).fails(SERVER, CLOSED),
        fault("resets before headers", vec![Act::Reset]).fails(SERVER, CLOSED),
        fault_at("closes without reading the request", At::Raw(vec![])).fails(SERVER, CLOSED),
        silent("is silent before headers", vec![Act::Silence]),
        silent("is silent within headers", vec![write("HTTP/1.1 200 OK\r\nx-"), Act::Silence]),
        silent("is silent after headers", vec![head(9, ""), Act::Silence]),
        silent("is silent within a body with a length", vec![head(9, ""), write("{\"ch"), Act::Silence]),
        silent("is silent after the headers of a stream", vec![write(STREAM), Act::Silence]),
        silent(
            "sends headers without an end, one byte after the other",
            vec![write("HTTP/1.1 200 OK\r\nx-"), Act::Drip(vec![b'x'; 1 << 12], Duration::from_millis(20))],
        ),
        silent(
            "gives early hints without an end",
            vec![Act::Drip(hint.repeat(60).into_bytes(), Duration::from_millis(5))],
        ),
        fault_at("reads nothing of a long request", At::Raw(vec![Act::Deaf]))
            .question(LONG)
            .limit(Limit::Read)
            .fails(CONNECTION, SILENT),
        fault_at(
            "refuses a long request without reading it",
            At::Raw(vec![Act::Head, write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n"), Act::Deaf]),
        )
        .question(LONG)
        .fails(REQUEST, &["413"]),
        fault("speaks another protocol", vec![write("SSH-2.0-OpenSSH_9.9\r\n"), Act::Silence]).fails(SERVER, CLOSED),
        fault("speaks HTTP/2 only", vec![write(b"\0\0\0\x04\0\0\0\0\0"), Act::Silence]).fails(SERVER, CLOSED),
        fault(
            "changes the protocol (101)",
            vec![write("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"), Act::Silence],
        )
        .fails(SERVER, &["101"]),
        fault(
            "has a header of 2 MB",
            vec![write("HTTP/1.1 200 OK\r\nx: "), Act::Repeat(vec![b'a'; 1 << 16], 32), Act::Silence],
        )
        .fails(SERVER, CLOSED),
        fault(
            "has 100,000 headers",
            vec![write("HTTP/1.1 200 OK\r\n"), Act::Repeat(b"x: y\r\n".repeat(1000), 100), Act::Silence],
        )
        .fails(SERVER, CLOSED),
        fault("gives a length that is none", vec![write("HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n")])
            .fails(SERVER, CLOSED),
        fault("gives two lengths", vec![write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n")])
            .fails(SERVER, CLOSED),
        fault("gives an early hint first", [vec![write(hint)], answer()].concat()).text("Hello"),
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
            "one byte after the other, slower than the read timeout",
            vec![head(body.len(), ""), dripped(body.clone().into_bytes())],
        )
        .limit(Limit::ReadLater)
        .text("Hello"),
        fault("announces more than it sends", vec![head(body.len() + 1, ""), write(&body)]).fails(CONNECTION, BROKE),
        fault("announces less than it sends", vec![head(half, ""), write(&body)]).fails(SERVER, &["it is cut off"]),
        fault("announces nothing and sends nothing", vec![head(0, "")]).fails(SERVER, &["200 with nothing"]),
        fault("says 204 and sends nothing", vec![write("HTTP/1.1 204 No Content\r\n\r\n")])
            .fails(SERVER, &["204 with nothing"]),
        fault("announces 1 GB and sends it", vec![head(1 << 30, ""), Act::Repeat(vec![b' '; 1 << 20], 1024)])
            .flood()
            .fails(SERVER, &["the answer is larger than 32 MiB"]),
        fault("gzip without being asked", vec![head(packed.len(), gzipped), write(&packed)]).text("Hello"),
        fault("gzip that is none", vec![head(body.len(), gzipped), write(&body)]).fails(CONNECTION, BROKE),
        fault("gzip that is cut off", vec![head(packed.len() - 9, gzipped), write(&packed[..packed.len() - 9])])
            .fails(CONNECTION, BROKE),
        fault("gzip of 200 MB in one", vec![head(bomb.len(), gzipped), write(&bomb)])
            .flood()
            .fails(SERVER, &["the answer is larger than 32 MiB"]),
        fault("brotli without being asked", vec![head(5, "content-encoding: br\r\n"), write(b"\x8b\x02\x80Hi")])
            .fails(SERVER, &["content-encoding br was not asked for"]),
        fault("JSON nested 100,000 deep", vec![head(100_000, ""), Act::Repeat(vec![b'['; 1000], 100)])
            .fails(SERVER, &["where a JSON answer was expected"]),
        fault("a byte that is no UTF-8", vec![head(14, ""), write(b"{\"error\":\"\xff\"} ")])
            .fails(SERVER, &["an error in place of an answer"]),
        fault("NUL bytes", vec![head(64, ""), write([0; 64])]).fails(SERVER, &["where a JSON answer was expected"]),
        fault(
            "an error page that does not end",
            vec![
                write("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 1073741824\r\n\r\n<html>"),
                Act::Repeat(vec![b'x'; 1 << 20], 1024),
            ],
        )
        .flood()
        .fails(SERVER, &["503"]),
        fault(
            "an error page that stalls",
            vec![write("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 9\r\n\r\nno"), Act::Silence],
        )
        .limit(Limit::ReadLater)
        .fails(SERVER, &["503"]),
    ]
}

fn streams() -> Vec<Fault> {
    let silent = |name, acts: Vec<Act>| stream(name, acts).limit(Limit::ReadLater).fails(CONNECTION, SILENT_LATER);
    let rest = text("é键");
    // In the middle of the last character of the text.
    let cut = rest.len() - rest.bytes().rev().position(|byte| byte == 0xae).expect("the text is in it") - 1;
    let endless = vec![b'x'; 1 << 20];
    vec![
        stream("closes in an event", [piece("data: {\"cho")]).fails(CONNECTION, BROKE),
        stream("closes in a character", [piece(&rest.as_bytes()[..cut])]).fails(CONNECTION, BROKE),
        stream("closes between events", []).fails(CONNECTION, BROKE),
        stream("resets in an event", [piece("data: {\"cho"), Act::Reset]).fails(CONNECTION, BROKE),
        silent("is silent between events", vec![Act::Silence]),
        silent("is silent in an event", vec![piece("data: {\"cho"), Act::Silence]),
        silent("is silent in the length of a chunk", vec![write("1f"), Act::Silence]),
        silent("is silent in a chunk", vec![write("1f\r\ndata: {"), Act::Silence]),
        stream("one byte after the other, slower than the read timeout", [dripped(chunks("lo"))])
            .limit(Limit::ReadLater)
            .text("Hello"),
        stream("ends properly in an event", [piece("data: {\"cho"), write("0\r\n\r\n")]).fails(SERVER, &["cut off"]),
        stream("ends properly without [DONE]", [write("0\r\n\r\n")]).fails(SERVER, &["cut off"]),
        stream("closes after [DONE]", [piece("data: [DONE]\n\n")]),
        stream("resets after [DONE]", [piece("data: [DONE]\n\n"), Act::Reset]),
        stream("is silent after [DONE]", [piece("data: [DONE]\n\n"), Act::Silence]),
        stream("floods after [DONE]", [piece("data: [DONE]\n\n"), Act::Repeat(endless.clone(), 1024)]).flood(),
        stream("closes after the finish reason", [piece(event(&finish("stop")))]).fails(CONNECTION, BROKE),
        stream("an event of 1 GB", [write("40000000\r\ndata: "), Act::Repeat(endless.clone(), 1024)])
            .flood()
            .fails(SERVER, &["one event of its stream is larger than 8 MiB"]),
        stream("a line of 1 GB", [write("40000000\r\n"), Act::Repeat(endless.clone(), 1024)])
            .flood()
            .fails(SERVER, &["one event of its stream is larger than 8 MiB"]),
        stream("a trailer of 1 GB", [write("0\r\nx: "), Act::Repeat(endless, 1024)]).flood().fails(CONNECTION, BROKE),
        stream("NUL bytes in an event", [piece("data: \0\0\n\n")]).fails(SERVER, &["JSON"]),
        stream("an event that is no UTF-8", [piece(b"data: {\"\xff\":1}\n\n")]).fails(CONNECTION, BROKE),
        stream("an event nested 100,000 deep", [piece(format!("data: {}\n\n", "[".repeat(100_000)))])
            .fails(SERVER, &["JSON"]),
        stream(
            "an event like the last, with brackets 17 deep where nobody reads",
            [nested(), piece("data: [DONE]\n\n")],
        )
        .text("Hello"),
        stream("a chunk length that is none", [write("zz\r\n")]).fails(CONNECTION, BROKE),
        stream("a chunk length beyond all numbers", [write("fffffffffffffffff\r\n")]).fails(CONNECTION, BROKE),
        stream("a chunk that is longer than it says", [write("2\r\nabcdef\r\n")]).fails(CONNECTION, BROKE),
    ]
}

/// One byte after the other, so slowly that the whole takes longer than the read timeout.
fn dripped(bytes: Vec<u8>) -> Act {
    let pause = Duration::from_secs(LATER + 3) / u32::try_from(bytes.len()).expect("a few bytes");
    Act::Drip(bytes, pause)
}

/// An event with the text `lo`, deeper than events are compared. It once kept the thread that serves everybody busy for
/// ever.
fn nested() -> Act {
    let mut event = chunk(json!({"content": "lo"}));
    let deep = format!("{}{{}}{}", "[".repeat(15), "]".repeat(15));
    event["padding"] = deep.parse().expect("it is JSON");
    piece(self::event(&event))
}

/// The rest of a stream with this text.
fn chunks(rest: &str) -> Vec<u8> {
    let pieces = [piece(text(rest)), piece("data: [DONE]\n\n"), write("0\r\n\r\n")];
    pieces.into_iter().flat_map(|act| if let Act::Write(bytes) = act { bytes } else { Vec::new() }).collect()
}

/// For the page.
pub fn rows_before_the_answer() -> Vec<Row> {
    rows(&before_the_answer())
}

/// For the page.
pub fn rows_of_whole_answers() -> Vec<Row> {
    let mut rows = rows(&whole_answers());
    rows.push(row(
        "a redirect (301, 302, 303, 307, 308)",
        "`InvokeBadRequestError`: the status: redirect",
        "one request; none, and no key, to the other host",
    ));
    rows
}

/// For the page.
pub fn rows_of_streams() -> Vec<Row> {
    rows(&streams())
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
        assert_eq!(failure.error_type, REQUEST);
        assert_says(&failure.message, &[&status.to_string(), "redirect"]);
        assert!(upstream.requests().iter().all(|request| request.contains("sk-faults-0123456789")));
        assert_eq!(upstream.requests().len(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}
