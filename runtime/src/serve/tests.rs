use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines as ReadLines};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::obedient::{PLUGIN, release};
use super::sessions::HEAVY;
use super::*;
use crate::transport::{memory, stdio};

struct Host {
    requests: Option<DuplexStream>,
    answers: ReadLines<BufReader<DuplexStream>>,
    serving: JoinHandle<Ended>,
    stop: Arc<Notify>,
}

impl Host {
    fn start(limits: Limits) -> Self {
        let (daemon, reader, writer) = memory::pair(64 << 10);
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let serving = tokio::spawn(async move {
            let stop = async move { stopped.notified().await };
            stdio::serve(&PLUGIN, reader, writer, limits, Level::Info, stop).await
        });
        Host { requests: Some(daemon.requests), answers: BufReader::new(daemon.answers).lines(), serving, stop }
    }

    async fn send(&mut self, line: &str) {
        let requests = self.requests.as_mut().unwrap();
        requests.write_all(line.as_bytes()).await.unwrap();
        requests.write_all(b"\n").await.unwrap();
    }

    async fn act(&mut self, session: &str, data: Value) {
        self.send(&obedient::request(session, data)).await;
    }

    async fn line(&mut self) -> Option<Value> {
        let line = self.answers.next_line().await.unwrap()?;
        Some(serde_json::from_str(&line).unwrap())
    }

    /// The messages of one session up to its end, and every log line on the way.
    async fn until_end(&mut self, session: &str) -> (Vec<Value>, Vec<String>) {
        let (mut messages, mut logged) = (Vec::new(), Vec::new());
        while let Some(line) = self.line().await {
            if line["event"] == "log" {
                logged.push(line["data"]["message"].as_str().unwrap().to_owned());
            } else if line["session_id"] == session {
                messages.push(line["data"].clone());
                if line["data"]["type"] == "end" {
                    return (messages, logged);
                }
            }
        }
        panic!("no end of {session} after {messages:?}");
    }

    /// Ends the input; everything that still comes.
    async fn rest(mut self) -> (Vec<Value>, Ended) {
        self.requests = None;
        let mut rest = Vec::new();
        while let Some(line) = self.line().await {
            rest.push(line);
        }
        (rest, self.serving.await.unwrap())
    }
}

fn error_of(messages: &[Value]) -> (&str, &str) {
    let error = &messages[messages.len() - 2];
    assert_eq!(error["type"], "error", "{messages:?}");
    (error["data"]["error_type"].as_str().unwrap(), error["data"]["message"].as_str().unwrap())
}

#[tokio::test]
async fn a_session_answers_in_order_and_ends_once() {
    let mut host = Host::start(Limits::default());
    host.act("s", json!({"count": 3})).await;
    let (messages, _) = host.until_end("s").await;
    let expected: Vec<Value> = (0..3).map(|number| json!({"type":"stream","data":number})).collect();
    assert_eq!(messages[..3], expected);
    assert_eq!(messages[3], json!({"type":"end","data":{}}));
    let (rest, ended) = host.rest().await;
    assert!(rest.iter().all(|line| line["session_id"] != "s"), "{rest:?}");
    assert_eq!(ended, Ended::InputClosed);
}

#[tokio::test]
async fn a_panic_ends_its_session_and_no_other() {
    let mut host = Host::start(Limits::default());
    host.act("good", json!({"count": 50})).await;
    host.act("bad", json!({"do": "panic"})).await;
    let (messages, logged) = host.until_end("bad").await;
    let (error_type, message) = error_of(&messages);
    assert_eq!(error_type, "InvokeServerUnavailableError");
    assert!(!message.contains("secret"), "{message}");
    assert!(logged.iter().any(|line| line.contains("session bad failed")), "{logged:?}");
    host.act("after", json!({})).await;
    host.until_end("after").await;
}

#[tokio::test]
async fn a_failure_has_its_type_its_request_id_and_one_log_line() {
    let mut host = Host::start(Limits::default());
    host.act("s-1", json!({"do": "fail"})).await;
    let (messages, logged) = host.until_end("s-1").await;
    assert_eq!(error_of(&messages), ("InvokeRateLimitError", "slow down (request id r-1)"));
    assert_eq!(messages[0]["data"]["args"], json!({"description": "slow down (request id r-1)"}));
    assert_eq!(logged, ["session s-1 failed: InvokeRateLimitError, request id r-1"]);
}

#[tokio::test]
async fn what_nobody_can_serve_is_one_error() {
    let mut host = Host::start(Limits::default());
    let cases = [
        (json!({"action": "fly"}), "unknown action `fly`"),
        (json!({"action": null}), "names no action"),
        (json!({"model_type": "video"}), "unknown model type `video`"),
        (json!({"model_type": ""}), "names no model type"),
        (json!({"model": ""}), "names no model"),
        (json!({"credentials": []}), "cannot be read"),
    ];
    for (position, (data, says)) in cases.into_iter().enumerate() {
        let session = format!("s{position}");
        host.act(&session, data).await;
        let (messages, _) = host.until_end(&session).await;
        let (error_type, message) = error_of(&messages);
        assert_eq!((error_type, messages.len()), ("InvokeBadRequestError", 2));
        assert!(message.contains(says), "{message}");
    }
    for (line, says) in [
        (r#"{"session_id":"x","event":"backwards_response","data":{}}"#, "unknown event `backwards_response`"),
        (r#"{"session_id":"x","data":{}}"#, "unknown event"),
        (r#"{"session_id":"x","event":"request","data":null}"#, "names no action"),
        (r#"{"session_id":"x","event":"request","data":7}"#, "cannot be read"),
        (r#"{"session_id":"x","event":"request","data":{"action":"act""#, "cut off"),
    ] {
        host.send(line).await;
        let (messages, _) = host.until_end("x").await;
        assert!(error_of(&messages).1.contains(says), "{messages:?}");
    }
}

#[tokio::test]
async fn a_malformed_line_is_logged_and_life_goes_on() {
    let mut host = Host::start(Limits::default());
    for line in ["not json", "", "{}", "[1]", "\u{feff}{}", r#"{"session_id":null,"event":"request"}"#] {
        host.send(line).await;
    }
    host.act("s", json!({})).await;
    let (messages, logged) = host.until_end("s").await;
    assert_eq!(messages.len(), 2);
    assert!(logged.iter().any(|line| line.contains("not JSON")), "{logged:?}");
    assert!(logged.iter().any(|line| line.contains("names no session")), "{logged:?}");
}

#[tokio::test]
async fn a_request_that_comes_twice_is_answered_once_and_its_id_is_free_after_its_end() {
    let mut host = Host::start(Limits::default());
    for _ in 0..3 {
        host.act("same", json!({"do": "begin and wait"})).await;
    }
    // Another session's end: all three have been read.
    let (_, logged) = {
        host.act("other", json!({})).await;
        host.until_end("other").await
    };
    assert_eq!(logged.iter().filter(|line| line.contains("same is under way already")).count(), 2, "{logged:?}");
    release().add_permits(1);
    assert_eq!(host.until_end("same").await.0.len(), 2, "the rest of one answer, and its end");
    host.act("same", json!({})).await;
    assert_eq!(host.until_end("same").await.0.len(), 2);
    assert!(host.rest().await.0.iter().all(|line| line["event"] == "heartbeat"));
}

#[tokio::test]
async fn a_line_of_twenty_megabytes_is_served() {
    let mut host = Host::start(Limits::default());
    host.act("big", json!({"image": "x".repeat(20 << 20)})).await;
    assert_eq!(host.until_end("big").await.0.len(), 2);
}

#[tokio::test]
async fn a_line_beyond_the_cap_is_dropped_and_answered() {
    let mut host = Host::start(Limits { line: 1 << 20, ..Limits::default() });
    host.act("small", json!({})).await;
    let big = format!(r#"{{"session_id":"big","event":"request","data":"{}"}}"#, "x".repeat(3 << 20));
    host.send(&big).await;
    let (messages, _) = host.until_end("big").await;
    assert!(error_of(&messages).1.contains("longer than 1 MiB"), "{messages:?}");
    host.act("after", json!({})).await;
    host.until_end("after").await;
}

#[tokio::test]
async fn beyond_the_caps_sessions_are_refused_not_queued() {
    let mut host = Host::start(Limits { sessions: 1, ..Limits::default() });
    host.act("first", json!({"do": "wait"})).await;
    host.act("second", json!({})).await;
    let (messages, _) = host.until_end("second").await;
    assert_eq!(error_of(&messages).0, "InvokeServerUnavailableError");
    release().add_permits(1);
    assert_eq!(host.until_end("first").await.0.len(), 2);

    let mut host = Host::start(Limits { in_flight: 1 << 10, ..Limits::default() });
    host.act("first", json!({"do": "wait", "x": "y".repeat(2 << 10)})).await;
    host.act("second", json!({})).await;
    assert!(error_of(&host.until_end("second").await.0).1.contains("too much to do"));
}

#[tokio::test]
async fn a_daemon_that_stops_reading_stops_the_work_but_not_the_reading() {
    let mut host = Host::start(Limits::default());
    for session in 0..20 {
        host.act(&session.to_string(), json!({"do": "flood", "count": 8})).await;
    }
    // 16 MB are to be written, nobody reads, and 6 MB of requests are still taken.
    for session in 20..26 {
        host.act(&session.to_string(), json!({"x": "y".repeat(1 << 20)})).await;
    }
    let (rest, ended) = host.rest().await;
    assert_eq!(rest.iter().filter(|line| line["data"]["type"] == "end").count(), 26);
    assert_eq!(rest[0]["event"], "heartbeat");
    assert_eq!(ended, Ended::InputClosed);
}

#[tokio::test(start_paused = true)]
async fn the_heartbeat_comes_while_all_are_busy() {
    let mut host = Host::start(Limits::default());
    assert_eq!(host.line().await.unwrap()["event"], "heartbeat");
    for session in 0..20 {
        host.act(&session.to_string(), json!({"do": "flood", "count": 8})).await;
    }
    tokio::time::advance(Duration::from_secs(11)).await;
    let (rest, _) = host.rest().await;
    let first = rest.iter().position(|line| line["event"] == "heartbeat").expect("a heartbeat");
    // What was on its way before may come first, no more.
    assert!(first < 3, "after {first} of {} lines", rest.len());
}

#[tokio::test]
async fn the_end_of_input_finishes_what_runs() {
    let mut host = Host::start(Limits::default());
    host.act("s", json!({"do": "wait"})).await;
    host.requests = None;
    assert_eq!(host.line().await.unwrap()["event"], "heartbeat");
    tokio::task::yield_now().await;
    assert!(!host.serving.is_finished());
    release().add_permits(1);
    assert_eq!(host.until_end("s").await.0.len(), 2);
    assert_eq!(host.rest().await.1, Ended::InputClosed);
}

#[tokio::test(start_paused = true)]
async fn a_signal_finishes_what_runs_within_bounds() {
    let mut host = Host::start(Limits::default());
    host.act("quick", json!({})).await;
    host.until_end("quick").await;
    host.act("stuck", json!({"do": "wait"})).await;
    tokio::task::yield_now().await;
    host.stop.notify_one();
    let mut all = Vec::new();
    while let Some(line) = host.line().await {
        all.push(line);
    }
    assert_eq!(host.serving.await.unwrap(), Ended::Stopped);
    let messages: Vec<Value> =
        all.iter().filter(|line| line["session_id"] == "stuck").map(|line| line["data"].clone()).collect();
    assert_eq!(messages.len(), 2, "{all:?}");
    assert_eq!(error_of(&messages).0, "InvokeServerUnavailableError");
}

#[tokio::test(start_paused = true)]
async fn who_sent_no_signal_may_read_as_slowly_as_they_like() {
    let mut host = Host::start(Limits::default());
    host.act("long", json!({"count": 20_000})).await;
    host.requests = None;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let (messages, _) = host.until_end("long").await;
    assert_eq!(messages.len(), 20_001);
    assert_eq!(host.rest().await.1, Ended::InputClosed);
}

#[tokio::test(start_paused = true)]
async fn a_request_after_a_signal_is_refused_at_once() {
    let mut host = Host::start(Limits::default());
    host.act("runs", json!({"do": "wait"})).await;
    assert_eq!(host.line().await.unwrap()["event"], "heartbeat");
    host.stop.notify_one();
    tokio::task::yield_now().await;
    host.act("late", json!({})).await;
    let (messages, _) = host.until_end("late").await;
    assert_eq!(error_of(&messages), ("InvokeServerUnavailableError", "the plugin is being stopped"));
    release().add_permits(1);
    assert_eq!(host.until_end("runs").await.0.len(), 2);
    assert_eq!(host.rest().await.1, Ended::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_signal_counts_after_the_end_of_input() {
    let mut host = Host::start(Limits::default());
    host.act("stuck", json!({"do": "wait"})).await;
    host.requests = None;
    assert_eq!(host.line().await.unwrap()["event"], "heartbeat");
    host.stop.notify_one();
    assert_eq!(host.until_end("stuck").await.0.len(), 2);
    assert_eq!(host.rest().await.1, Ended::Stopped);
}

#[tokio::test]
async fn a_heavy_request_has_its_own_thread() {
    let mut host = Host::start(Limits::default());
    host.act("light", json!({"do": "thread"})).await;
    host.act("heavy", json!({"do": "thread", "x": "y".repeat(HEAVY)})).await;
    let (mut light, mut heavy) = (Value::Null, Value::Null);
    let (rest, _) = host.rest().await;
    for line in rest.iter().filter(|line| line["data"]["type"] == "stream") {
        let thread = if line["session_id"] == "light" { &mut light } else { &mut heavy };
        *thread = line["data"]["data"].clone();
    }
    assert!(light.is_string() && heavy.is_string() && light != heavy, "{light} {heavy}");
}

#[tokio::test]
async fn an_endless_session_id_is_none() {
    let mut host = Host::start(Limits::default());
    host.act(&"x".repeat(5 << 20), json!({})).await;
    let logged = loop {
        let line = host.line().await.unwrap();
        if line["event"] == "log" {
            break line["data"]["message"].to_string();
        }
        assert_eq!(line["event"], "heartbeat");
    };
    assert!(logged.contains("too long"), "{logged}");
}

#[tokio::test(start_paused = true)]
async fn refusals_that_nobody_reads_are_bounded() {
    let mut host = Host::start(Limits { sessions: 10, ..Limits::default() });
    for session in 0..10 {
        host.act(&session.to_string(), json!({"do": "flood", "count": 20})).await;
    }
    // More than the pipe holds; what is not read of it waits there.
    let more = async {
        for session in 10..2_000 {
            host.act(&session.to_string(), json!({})).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(1), more).await.is_err(), "all of it was taken in");
}

#[tokio::test]
async fn a_daemon_that_is_gone_ends_everything() {
    let mut host = Host::start(Limits::default());
    host.act("s", json!({"do": "flood", "count": 1000})).await;
    drop(host.answers);
    assert_eq!(host.serving.await.unwrap(), Ended::DaemonGone);
}
