//! Serverless: this process is an HTTP server, and every request is a session.
//!
//! | request | reply |
//! |---|---|
//! | `POST /invoke?action=...` with a daemon's line as body | 200, the session's lines as they come, the last one its end |
//! | `GET /health` | 200, `OK` |
//!
//! A caller that goes away takes its session with it. Nothing but lines of the session stands in a body: the log is on
//! standard error.

mod body;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::error::{Error, Kind};
use crate::log::{Level, Log};
use crate::outbox::Outbox;
use crate::plugin::Plugin;
use crate::serve::{Ended, Held, LAST_WORDS, Limits, Server, Sessions, checked};
use crate::session::Session;
use crate::settings::Serverless;
use crate::wire;
use body::{Reply, whole};

/// How long the head of a request may take, and a connection be idle: longer than what stands in front keeps one.
const IDLE: Duration = Duration::from_secs(120);
/// Until a new connection is accepted when there are too many files.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes of a session's lines that may wait for its caller.
const WAITING: usize = 512 << 10;

/// Listens until `stop` ends; then finishes what runs.
///
/// # Errors
/// If the address cannot be listened on.
pub async fn attach(
    plugin: &'static Plugin,
    serverless: &Serverless,
    level: Level,
    stop: impl Future<Output = ()>,
) -> Result<Ended, String> {
    let Serverless { address, silence } = serverless;
    let log = Log::to_standard_error(level);
    let cannot = |problem: std::io::Error| format!("{address} cannot be listened on: {problem}");
    let listener = TcpListener::bind((address.host.as_str(), address.port)).await.map_err(cannot)?;
    log.info(&format!("listening on {}", listener.local_addr().map_err(cannot)?));
    let server = Server::new(plugin, Limits::default(), log);
    listen(&server, listener, *silence, stop).await;
    Ok(Ended::Stopped)
}

async fn listen(server: &Arc<Server>, listener: TcpListener, silence: Duration, stop: impl Future<Output = ()>) {
    let stopping = watch::Sender::new(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            // Idle ones and those that are refused count too.
            accepted = listener.accept(), if connections.len() < 2 * server.limits().sessions => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(server.clone(), stream, silence, stopping.subscribe()));
                }
                Err(problem) => {
                    server.log().warn(&format!("a connection was not accepted: {problem}"));
                    sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    stopping.send_replace(true);
    let mut finished = pin!(async { while connections.join_next().await.is_some() {} });
    if timeout(server.limits().drain, finished.as_mut()).await.is_err() {
        server.give_up();
        let _ = timeout(LAST_WORDS, finished).await;
    }
}

/// Answers the requests of one connection, one after the other; once `stopping`, no further one.
async fn connection(server: Arc<Server>, stream: TcpStream, silence: Duration, mut stopping: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(answer(&server, request, silence).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(IDLE);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // What can go wrong here is the caller's going away.
        _ = connection.as_mut() => return,
        _ = stopping.wait_for(|now| *now) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answer(server: &Arc<Server>, request: Request<Incoming>, silence: Duration) -> Response<Reply> {
    match (request.method(), request.uri().path()) {
        (&Method::POST, "/invoke") => match invoke(server, request, silence).await {
            Ok(reply) => reply,
            Err((status, problem)) => text(status, problem),
        },
        (&Method::GET | &Method::HEAD, "/health") => text(StatusCode::OK, "OK"),
        (_, "/invoke") => not_allowed("POST"),
        (_, "/health") => not_allowed("GET, HEAD"),
        _ => text(StatusCode::NOT_FOUND, "there are only /invoke and /health"),
    }
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Reply> {
    let mut response = Response::new(Reply::Text(text.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn not_allowed(methods: &'static str) -> Response<Reply> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "this path has another method");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// Starts the session of a request. Its lines are the reply's body.
async fn invoke(
    server: &Arc<Server>,
    request: Request<Incoming>,
    silence: Duration,
) -> Result<Response<Reply>, (StatusCode, String)> {
    let too_busy = || (StatusCode::SERVICE_UNAVAILABLE, "the plugin has too much to do; try again later".to_owned());
    let mut held = server.room(0).ok_or_else(too_busy)?;
    let (head, body) = request.into_parts();
    let line = whole(body, server.limits().line, &mut held).await?;
    let (id, mut line) = checked(line).await.map_err(|problem| (StatusCode::INTERNAL_SERVER_ERROR, problem))?;
    if let Some(trace) = head.headers.get("traceparent").and_then(|trace| trace.to_str().ok()) {
        wire::add_trace(&mut line, trace);
    }
    let (lines, reply) = mpsc::channel(1);
    tokio::spawn(run(server.clone(), id, line, held, silence, lines));
    let mut response = Response::new(Reply::Lines(reply));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// Runs a session until it ends, its caller is gone, or it was silent for too long.
async fn run(
    server: Arc<Server>,
    id: String,
    line: Vec<u8>,
    held: Held,
    silence: Duration,
    lines: mpsc::Sender<Bytes>,
) {
    let outbox = Arc::new(Outbox::with_room(WAITING));
    let mut sessions = Sessions::new(server.clone(), outbox.clone());
    sessions.start(line, held);
    let finished = async {
        sessions.finished().await;
        outbox.finish();
        std::future::pending().await
    };
    let sent = async {
        loop {
            match timeout(silence, outbox.next()).await {
                Ok(Some(ready)) => {
                    if lines.send(ready.into()).await.is_err() {
                        return false;
                    }
                }
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
    };
    let was_silent = tokio::select! {
        was_silent = sent => was_silent,
        () = lines.closed() => false,
        () = finished => false,
    };
    drop(sessions);
    if was_silent {
        let _ = lines.send(silent(&server, id, silence).await.into()).await;
    }
}

/// The last lines of a session that was given up.
async fn silent(server: &Server, id: String, silence: Duration) -> Vec<u8> {
    let problem = format!("no answer within {} s (MAX_REQUEST_TIMEOUT)", silence.as_secs());
    server.log().write(Level::Error, &format!("session {id} failed: {problem}"));
    let outbox = Arc::new(Outbox::default());
    Session::new(id, outbox.clone()).finish(Err(Error::new(Kind::Connection, problem).into())).await;
    outbox.finish();
    outbox.next().await.unwrap_or_default()
}
