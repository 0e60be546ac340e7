use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::serve::obedient::{PLUGIN, message, release, request, until_holding};

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3_600);

/// A plugin that listens.
struct Listening {
    address: std::net::SocketAddr,
    stop: Arc<Notify>,
    serving: JoinHandle<()>,
}

impl Listening {
    async fn start(limits: Limits, silence: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let serving = tokio::spawn(async move {
            let server = Server::new(&PLUGIN, limits, Log::default());
            listen(&server, listener, silence, stopped.notified()).await;
        });
        Listening { address, stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends a request head and a body, and gives the open connection.
    async fn send(&self, head: &str, body: &str) -> TcpStream {
        let mut stream = self.connect().await;
        let host = "host: plugin\r\nconnection: close";
        stream.write_all(format!("{head}\r\n{host}\r\n\r\n{body}").as_bytes()).await.unwrap();
        stream
    }

    /// Status line with headers in lower case, and body, of an answer.
    async fn call(&self, head: &str, body: &str) -> (String, String) {
        read(self.send(head, body).await).await
    }

    async fn invoke(&self, body: &str) -> TcpStream {
        let head = "POST /invoke?action=act HTTP/1.1\r\ncontent-type: application/json";
        self.send(&format!("{head}\r\ncontent-length: {}", body.len()), body).await
    }

    async fn act(&self, session: &str, data: Value) -> TcpStream {
        self.invoke(&request(session, data)).await
    }
}

async fn read(mut stream: TcpStream) -> (String, String) {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let all = String::from_utf8(all).unwrap();
    let (head, body) = all.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {all}"));
    let head = head.to_ascii_lowercase();
    let body = if head.contains("transfer-encoding: chunked") { unchunked(body) } else { body.to_owned() };
    (head, body)
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    loop {
        let (length, rest) = body.split_once("\r\n").expect("the length of a chunk");
        let length = usize::from_str_radix(length, 16).expect("a number");
        if length == 0 {
            assert_eq!(rest, "\r\n", "the end of a body");
            return whole;
        }
        whole += &rest[..length];
        body = rest[length..].strip_prefix("\r\n").expect("the end of a chunk");
    }
}

/// Reads until a text has come.
async fn read_until(stream: &mut TcpStream, wanted: &str) {
    let mut all = Vec::new();
    while !String::from_utf8_lossy(&all).contains(wanted) {
        assert_ne!(stream.read_buf(&mut all).await.unwrap(), 0, "closed after {}", String::from_utf8_lossy(&all));
    }
}

fn error(session: &str, error_type: &str, text: &str) -> String {
    let data = format!(r#"{{"error_type":"{error_type}","message":"{text}","args":{{"description":"{text}"}}}}"#);
    message(session, "error", &data) + &message(session, "end", "{}")
}

#[tokio::test]
async fn a_reply_is_the_lines_of_its_session_and_nothing_else() {
    let plugin = Listening::start(Limits::default(), LONG).await;
    let (head, body) = read(plugin.act("s", json!({"count": 2})).await).await;
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(body, message("s", "stream", "0") + &message("s", "stream", "1") + &message("s", "end", "{}"));

    let (_, body) = read(plugin.act("s", json!({"do": "fail"})).await).await;
    assert_eq!(body, error("s", "InvokeRateLimitError", "slow down (request id r-1)"));
    let problem = "the plugin failed on this call (internal error); other calls are not affected";
    let (_, body) = read(plugin.act("s", json!({"do": "panic"})).await).await;
    assert_eq!(body, error("s", "InvokeServerUnavailableError", problem));
    // Longer than what may wait, and than what gets a thread of its own.
    let (_, body) = read(plugin.act("s", json!({"do": "flood", "count": 20, "x": "y".repeat(1 << 20)})).await).await;
    assert_eq!(body.lines().count(), 21);
    assert!(body.ends_with(&message("s", "end", "{}")));
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let plugin = Listening::start(Limits::default(), LONG).await;
    let mut stream = plugin.connect().await;
    for session in ["a", "b"] {
        let body = request(session, json!({}));
        let head = format!("POST /invoke HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        read_until(&mut stream, &message(session, "end", "{}")).await;
    }
}

#[tokio::test]
async fn there_are_two_paths_with_their_methods() {
    let plugin = Listening::start(Limits::default(), LONG).await;
    let (head, body) = plugin.call("GET /health HTTP/1.1", "").await;
    assert!(head.starts_with("http/1.1 200 ok"), "{head}");
    assert_eq!(body, "OK");
    let (head, body) = plugin.call("HEAD /health HTTP/1.1", "").await;
    assert!(head.starts_with("http/1.1 200 ok") && body.is_empty(), "{head} {body}");
    for (request, status, allowed) in [
        ("GET /invoke HTTP/1.1", "405", "allow: post"),
        ("POST /health HTTP/1.1\r\ncontent-length: 0", "405", "allow: get, head"),
        ("GET / HTTP/1.1", "404", ""),
        ("POST /invoke/ HTTP/1.1\r\ncontent-length: 0", "404", ""),
    ] {
        let (head, _) = plugin.call(request, "").await;
        assert!(head.starts_with(&format!("http/1.1 {status}")) && head.contains(allowed), "{request}: {head}");
    }
    let (head, _) = plugin.call("\u{1}garbage", "").await;
    assert!(head.starts_with("http/1.1 400"), "{head}");
}

#[tokio::test]
async fn what_is_no_request_is_a_plain_text_of_status_500() {
    let plugin = Listening::start(Limits::default(), LONG).await;
    for (body, says) in [
        ("s3cret", "not JSON"),
        ("", "cut off"),
        ("[]", "wrong type"),
        (r#"{"session_id":"s","event":"backwards_response"}"#, "unknown event `backwards_response`"),
        (r#"{"session_id":"s"}"#, "unknown event ``"),
        (r#"{"event":"request","data":{}}"#, "names no session"),
    ] {
        let (head, text) = read(plugin.invoke(body).await).await;
        assert!(head.starts_with("http/1.1 500"), "{body}: {head}");
        assert!(head.contains("content-type: text/plain"), "{head}");
        assert!(text.contains(says) && !text.contains("s3cret"), "{body}: {text}");
    }
    let (head, text) = read(plugin.invoke(&format!("[{}]", "1,".repeat(1 << 20))).await).await;
    assert!(head.starts_with("http/1.1 500") && text.contains("wrong type"), "{head}: {text}");
}

#[tokio::test]
async fn a_body_beyond_the_cap_is_refused_whether_or_not_its_length_is_told() {
    let plugin = Listening::start(Limits { line: 1 << 20, ..Limits::default() }, LONG).await;
    let (head, body) = plugin.call("POST /invoke HTTP/1.1\r\ncontent-length: 1048577", "").await;
    assert!(head.starts_with("http/1.1 413"), "{head}");
    assert_eq!(body, "this request is longer than 1 MiB");
    let chunk = "x".repeat(1_048_577);
    let (head, _) = plugin
        .call("POST /invoke HTTP/1.1\r\ntransfer-encoding: chunked", &format!("100001\r\n{chunk}\r\n0\r\n\r\n"))
        .await;
    assert!(head.starts_with("http/1.1 413"), "{head}");
    let whole = request("s", json!({}));
    let (_, body) = plugin
        .call(
            "POST /invoke HTTP/1.1\r\ntransfer-encoding: chunked",
            &format!("{:x}\r\n{whole}\r\n0\r\n\r\n", whole.len()),
        )
        .await;
    assert!(body.ends_with(&message("s", "end", "{}")), "{body}");
}

#[tokio::test]
async fn ten_callers_at_once_each_get_their_own_lines() {
    let plugin = Listening::start(Limits::default(), LONG).await;
    let mut callers = Vec::new();
    for session in 0..10 {
        callers.push(plugin.act(&session.to_string(), json!({"do": "begin and wait"})).await);
    }
    // All of them have begun before any of them ends, and what is there comes at once.
    for (session, caller) in callers.iter_mut().enumerate() {
        read_until(caller, &message(&session.to_string(), "stream", "0")).await;
    }
    release().add_permits(10);
    for (session, caller) in callers.iter_mut().enumerate() {
        let session = session.to_string();
        read_until(caller, &message(&session, "end", "{}")).await;
    }
}

#[tokio::test]
async fn more_than_the_limits_is_refused() {
    let refused = async |plugin: &Listening| {
        let (head, text) = read(plugin.act("second", json!({})).await).await;
        assert!(head.starts_with("http/1.1 503") && text.contains("too much to do"), "{head}: {text}");
    };
    let plugin = Listening::start(Limits { sessions: 1, ..Limits::default() }, LONG).await;
    let mut first = plugin.act("first", json!({"do": "begin and wait"})).await;
    read_until(&mut first, &message("first", "stream", "0")).await;
    refused(&plugin).await;
    release().add_permits(1);
    read_until(&mut first, &message("first", "end", "{}")).await;

    let plugin = Listening::start(Limits { in_flight: 2 << 10, ..Limits::default() }, LONG).await;
    let long = "x".repeat(4 << 10);
    let mut first = plugin.act("first", json!({"do": "begin and wait", "x": long})).await;
    read_until(&mut first, &message("first", "stream", "0")).await;
    refused(&plugin).await;
    release().add_permits(1);
    read_until(&mut first, &message("first", "end", "{}")).await;
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_its_session_along() {
    let plugin = Listening::start(Limits::default(), LONG).await;
    let light = plugin.act("light", json!({"do": "hold", "name": "http light"})).await;
    let heavy = plugin.act("heavy", json!({"do": "hold", "name": "http heavy", "x": "y".repeat(1 << 20)})).await;
    until_holding("http light", true).await;
    until_holding("http heavy", true).await;
    drop(light);
    until_holding("http light", false).await;
    drop(heavy);
    until_holding("http heavy", false).await;
    // Its room is free again, also of one that breaks off in its body.
    drop(plugin.send("POST /invoke HTTP/1.1\r\ncontent-length: 100", "{").await);
    assert!(read(plugin.act("s", json!({})).await).await.1.ends_with(&message("s", "end", "{}")));
}

#[tokio::test]
async fn a_session_that_says_nothing_for_too_long_ends_with_an_error() {
    let plugin = Listening::start(Limits::default(), Duration::from_secs(1)).await;
    let stream = plugin.act("s", json!({"do": "hold", "name": "http silent"})).await;
    let (head, body) = read(stream).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, error("s", "InvokeConnectionError", "no answer within 1 s (MAX_REQUEST_TIMEOUT)"));
    until_holding("http silent", false).await;
}

#[tokio::test]
async fn a_signal_lets_what_runs_finish_and_nothing_begin() {
    let plugin = Listening::start(Limits::default(), LONG).await;
    let mut idle = plugin.connect().await;
    let mut running = plugin.act("s", json!({"do": "begin and wait"})).await;
    read_until(&mut running, &message("s", "stream", "0")).await;
    plugin.stop.notify_one();
    let mut nothing = Vec::new();
    idle.read_to_end(&mut nothing).await.unwrap();
    assert!(TcpStream::connect(plugin.address).await.is_err());
    assert!(!plugin.serving.is_finished());
    release().add_permits(1);
    read_until(&mut running, &message("s", "end", "{}")).await;
    plugin.serving.await.unwrap();
}

#[tokio::test]
async fn a_signal_gives_up_what_does_not_finish() {
    let plugin = Listening::start(Limits { drain: Duration::from_millis(1), ..Limits::default() }, LONG).await;
    let running = plugin.act("s", json!({"do": "hold", "name": "http stuck"})).await;
    until_holding("http stuck", true).await;
    plugin.stop.notify_one();
    assert_eq!(read(running).await.1, error("s", "InvokeServerUnavailableError", "the plugin is being stopped"));
    plugin.serving.await.unwrap();
}
