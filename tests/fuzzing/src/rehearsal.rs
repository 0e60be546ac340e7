//! A plugin at work without daemon, network and clock: request lines in, all that it wrote out.
//!
//! Time passes only where everything waits for it, so that a task that is polled for minutes takes none.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use runtime::log::{Level, Log};
use runtime::operation::{Engine, Script};
use runtime::outbox::Outbox;
use runtime::plugin::Plugin;
use runtime::serve::{Ended, Limits, Link, Server};
use runtime::wire::LONGEST_LINE;
use serde_json::Value;
use tokio::io::AsyncWrite;

/// How the error of a session begins that has panicked. What an endpoint answered, which errors quote, comes later.
const PANICKED: &str = "the plugin failed on this call";

/// What an endpoint answers.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Names and values; what no header may be is left out.
    pub headers: Vec<(String, String)>,
    /// The body, as it arrives.
    pub pieces: Vec<Bytes>,
    /// The connection breaks after the last piece.
    pub breaks: bool,
}

impl Answer {
    fn response(&self) -> reqwest::Response {
        let broken = self.breaks.then(|| Err(io::Error::from(io::ErrorKind::ConnectionReset)));
        let pieces: Vec<io::Result<Bytes>> = self.pieces.iter().cloned().map(Ok).chain(broken).collect();
        let mut response = hyper::Response::new(reqwest::Body::wrap_stream(stream::iter(pieces)));
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in &self.headers {
            let name = hyper::header::HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, hyper::header::HeaderValue::from_str(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response.into()
    }
}

/// What a plugin wrote.
#[derive(Debug, Default)]
pub struct Written {
    /// The messages of each session, `{"type":"stream","data":...}` and the like.
    pub sessions: BTreeMap<String, Vec<Value>>,
    /// Lines for the daemon's log.
    pub logged: Vec<String>,
}

/// Serves all request lines, until every session has ended. The first request that leaves gets the first answer, the
/// last answer stands for all further ones.
///
/// # Panics
/// If a line that was written is none that the daemon reads, a session has panicked, or serving does not end as it should.
pub fn rehearse(plugin: &'static Plugin, limits: Limits, requests: &[u8], answers: Vec<Answer>) -> Written {
    let next = AtomicUsize::new(0);
    let script: Script = Box::new(move |_| {
        let last = answers.len().saturating_sub(1);
        let answer = answers.get(next.fetch_add(1, Ordering::Relaxed).min(last)).cloned();
        answer.unwrap_or_else(|| Answer { status: 404, ..Answer::default() }).response()
    });
    let outbox = Arc::new(Outbox::default());
    let log = Log::to_daemon(Level::Debug, outbox.clone());
    let engine = Engine::of_plugin(plugin.name.to_owned(), log.clone()).scripted(script);
    let server = Server::with_engine(plugin, limits, log, engine);
    let wrote = Kept::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without input and output");
    let serving = server.serve(Link::Pipes, requests, wrote.clone(), outbox, std::future::pending());
    assert_eq!(runtime.block_on(serving), Ended::InputClosed);
    let wrote = std::mem::take(&mut *wrote.0.lock().unwrap_or_else(PoisonError::into_inner));
    read(&wrote)
}

/// Reads what was written, as strictly as the daemon does.
fn read(wrote: &[u8]) -> Written {
    let mut written = Written::default();
    let text = std::str::from_utf8(wrote).expect("lines of UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole");
    for line in text.lines() {
        assert!(line.len() <= LONGEST_LINE, "a line of {} bytes kills the plugin", line.len());
        let mut envelope: Value = serde_json::from_str(line).expect("every line is JSON");
        let data = envelope["data"].take();
        match envelope["event"].as_str() {
            Some("heartbeat") => {}
            Some("log") => written.logged.push(data["message"].as_str().expect("a log line has a text").to_owned()),
            Some("session") => {
                assert!(data["data"].is_object(), "{line}");
                let message = data["data"]["message"].as_str().unwrap_or_default();
                assert!(data["type"] != "error" || !message.starts_with(PANICKED), "{line}");
                let id = envelope["session_id"].as_str().expect("a session has an id");
                written.sessions.entry(id.to_owned()).or_default().push(data);
            }
            _ => panic!("the daemon knows no such line: {line}"),
        }
    }
    written
}

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl AsyncWrite for Kept {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
