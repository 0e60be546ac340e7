//! An AI gateway inside the test process: checks who calls, as Higress does, and answers as the model services
//! behind it do, OpenAI-compatible and DashScope's own. It keeps every request for the test to look at.
//!
//! It knows nothing of the plugin: the checks in [`verify`] are written from the gateway's side and share no code with
//! the runtime that signs.

pub mod multipart;
pub mod reply;
pub mod routes;
pub mod scripts;
mod seen;
pub mod verify;

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use futures_util::stream;
use tokio::sync::{oneshot, watch};

use crate::daemon::PATIENCE;
use reply::{Piece, Reply};
use scripts::Asked;
use seen::Content;
pub use seen::Seen;
use verify::Incoming;

/// The largest request the gateway takes.
const LARGEST_REQUEST: usize = 128 << 20;

type Script = Arc<dyn Fn(&Asked<'_>) -> Reply + Send + Sync>;

#[derive(Default)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    arrived: Condvar,
    scripts: Mutex<HashMap<String, Script>>,
    asked: Mutex<HashMap<String, usize>>,
    gates: watch::Sender<BTreeSet<String>>,
}

/// A running gateway. It stops when dropped.
pub struct Gateway {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Starts one on a free port of this machine.
    ///
    /// # Panics
    /// If no port can be had.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port on this machine");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("the listener has an address");
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let state = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a tokio runtime");
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).expect("the listener can be polled");
                let router = Router::new().fallback(answer).with_state(state);
                let router = router.into_make_service_with_connect_info::<SocketAddr>();
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Gateway { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The endpoint of a route of [`routes`], ending in `/v1`.
    pub fn url(&self, route: &str) -> String {
        format!("{}/v1", self.base(route))
    }

    /// The same without a version.
    pub fn base(&self, route: &str) -> String {
        format!("{}/{route}", self.root())
    }

    /// From now on `model` answers this.
    pub fn script(&self, model: &str, answer: impl Fn(&Asked<'_>) -> Reply + Send + Sync + 'static) {
        lock(&self.shared.scripts).insert(model.to_owned(), Arc::new(answer));
    }

    /// Lets every body pass that waits at the gate `name`.
    pub fn open(&self, name: &str) {
        self.shared.gates.send_modify(|gates| {
            gates.insert(name.to_owned());
        });
    }

    /// All requests so far, oldest first.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// The requests for one upstream model.
    pub fn seen_for(&self, model: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.model == model).collect()
    }

    /// Waits until so many requests for one upstream model have arrived.
    ///
    /// # Panics
    /// If they do not.
    pub fn wait_for(&self, model: &str, count: usize) {
        let arrived = |seen: &[Seen]| seen.iter().filter(|seen| seen.model == model).count();
        let seen = lock(&self.shared.seen);
        let waited = self.shared.arrived.wait_timeout_while(seen, PATIENCE, |seen| arrived(seen) < count);
        let (seen, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let arrived = arrived(&seen);
        assert!(arrived >= count, "{arrived} of {count} requests for {model} arrived");
    }

    /// The one request for this upstream model.
    ///
    /// # Panics
    /// If there were none or several.
    pub fn only(&self, model: &str) -> Seen {
        let mut seen = self.seen_for(model);
        assert_eq!(seen.len(), 1, "requests for {model}: {seen:#?}");
        seen.remove(0)
    }

    /// Every token and signature that callers sent: nothing of it may be written anywhere.
    pub fn proofs(&self) -> Vec<String> {
        const PROOF: [&str; 5] = ["authorization", "x-ca-signature", "x-api-key", "x-auth-token", "x-jwt"];
        let seen = self.seen();
        let values =
            seen.iter().flat_map(|seen| seen.headers.iter().filter(|(name, _)| PROOF.contains(&name.as_str())));
        let bare = values.map(|(_, value)| value.strip_prefix("Bearer ").unwrap_or(value).to_owned());
        bare.filter(|value| value.len() >= 8).collect()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A test that failed while it held the lock must not hide its own message behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(caller): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    // A request that came to us as a proxy names its host in the first line.
    let host = head.uri.authority().map(ToString::to_string);
    let host = host.or_else(|| text(&head.headers, "host")).unwrap_or_default();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = to_bytes(body, LARGEST_REQUEST).await.unwrap_or_default();
    let method = head.method.as_str();

    let incoming = Incoming { method, path_and_query: &target, headers: &headers, body: &body };
    let content = Content::read(&text(&head.headers, "content-type").unwrap_or_default(), &body);
    let model = content.model(&target);
    let (consumer, reply) = match routes::admit(&incoming) {
        Ok(admitted) => {
            let Content { body, parts, damaged } = &content;
            let (path, damaged) = (admitted.path.as_str(), damaged.as_deref());
            let asked =
                Asked { method, path, host: &host, headers: &headers, model: &model, body, parts, damaged, earlier: 0 };
            let reply = model_service(&shared, asked);
            (Some(admitted.consumer), reply.header("x-envoy-upstream-service-time", "1"))
        }
        Err(refused) => {
            let mut reply = Reply::new(refused.status, "text/plain", refused.body);
            reply.headers.extend(refused.headers);
            (None, reply)
        }
    };
    let number = {
        let mut seen = lock(&shared.seen);
        let (method, status, size) = (method.to_owned(), reply.status, body.len());
        let (Content { body, parts, .. }, port) = (content, caller.port());
        seen.push(Seen { method, target, host, headers, body, parts, model, size, consumer, status, port });
        seen.len()
    };
    shared.arrived.notify_all();
    respond(reply.header("x-request-id", &format!("req-{number}")), shared.gates.subscribe())
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn model_service(shared: &Shared, mut asked: Asked<'_>) -> Reply {
    asked.earlier = {
        let mut counts = lock(&shared.asked);
        let count = counts.entry(format!("{} {}", asked.method, asked.model)).or_default();
        *count += 1;
        *count - 1
    };
    let script = lock(&shared.scripts).get(asked.model).cloned();
    match script {
        Some(script) => script(&asked),
        None => scripts::built_in(&asked),
    }
}

fn respond(reply: Reply, gates: watch::Receiver<BTreeSet<String>>) -> Response<Body> {
    let mut response = Response::builder().status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK));
    response = response.header("server", "istio-envoy");
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    let pieces = reply.pieces.into_iter().flat_map(|piece| match piece {
        Piece::Repeat(bytes, times) => {
            let bytes = Bytes::from(bytes);
            sends(bytes, times)
        }
        Piece::Bytes(bytes) => sends(Bytes::from(bytes), 1),
        Piece::Gate(name) => Box::new(std::iter::once(Step::Wait(name))),
        Piece::Cut => Box::new(std::iter::once(Step::Break)),
    });
    let body = stream::unfold((pieces, gates), |(mut pieces, mut gates)| async move {
        loop {
            match pieces.next()? {
                Step::Send(bytes) => return Some((Ok(bytes), (pieces, gates))),
                Step::Wait(name) => {
                    gates.wait_for(|open| open.contains(&name)).await.ok()?;
                }
                Step::Break => {
                    // What was sent so far must be on its way before the connection goes.
                    tokio::task::yield_now().await;
                    return Some((Err(std::io::Error::other("cut")), (pieces, gates)));
                }
            }
        }
    });
    response.body(Body::from_stream(body)).expect("scripted headers are valid")
}

enum Step {
    Send(Bytes),
    Wait(String),
    Break,
}

fn sends(bytes: Bytes, times: usize) -> Box<dyn Iterator<Item = Step> + Send> {
    Box::new(std::iter::repeat_n(bytes, times).map(Step::Send))
}
