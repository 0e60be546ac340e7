//! Sends a finished request and reads its answer, within limits. The only module that talks to an endpoint.
//!
//! An answer that is not 2xx never leaves here as an answer: [`send`] gives it to the error reader
//! ([`crate::convert::refusals`]). There are two retries and no others: a fresh token after a 401 that says expired,
//! and a body without a member that the endpoint refused ([`Retreat`]). Redirects are not followed.

mod client;
mod names;
mod retreat;
mod room;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

pub(crate) use client::Clients;
pub(crate) use room::Rooms;

use crate::adapter::Retreat;
use crate::auth::Moment;
use crate::bell::Bell;
use crate::call::Call;
use crate::convert::refusals;
use crate::credentials::{Secret, Secrets};
use crate::error::{Error, Kind, Result};
use crate::request::{Draft, Request};
use crate::wire;

/// The end of everything one call may wait for: below the 600 s after which the daemon gives up in silence.
pub const OVERALL: Duration = Duration::from_secs(590);
/// The largest whole reply that is read. Nothing near it fits a line to the daemon.
pub const LARGEST_REPLY: usize = 32 << 20;
/// Most replies are shorter: what is longer than a line to the daemon leads to none.
const LIKELY_REPLY: usize = wire::LONGEST_LINE;
/// The longest URL that is sent. Gateways refuse far shorter ones, and the client's limit is no clear error.
const LONGEST_URL: usize = 32 << 10;
/// How often a request is changed because of a refusal.
const MOST_RETREATS: usize = 8;
/// How much of a refusal is read.
const LARGEST_REFUSAL: usize = 64 << 10;
/// Pieces of a body that come sooner after each other are likely to have arrived together.
const TOGETHER: Duration = Duration::from_millis(1);
/// How long its body may take: status and headers say most.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(5);

/// Status and headers of an answer, and what is needed to explain a refusal.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// Headers as received.
    pub headers: HeaderMap,
    /// Scheme, host and path that were called; no query.
    pub place: String,
    /// Header in which the gateway shows the text it signed, and the text we signed. Only set for refusals.
    pub signed: Option<(&'static str, String)>,
    /// What is masked in errors: stored secrets, and what authentication put into the request.
    pub(crate) secrets: Secrets,
}

impl Head {
    /// A header as text; absent if it is not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type in lower case, without parameters. Empty if there is none.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// A 2xx answer whose body is still to be read.
pub struct Response {
    /// Status and headers.
    pub head: Head,
    body: reqwest::Response,
    read_timeout: Duration,
    deadline: Instant,
    /// Rings when the connection may have been silent for too long. Setting a timer for every piece costs more than
    /// reading it: this one is set again when it rings.
    alarm: Option<Bell<Pin<Box<Sleep>>>>,
    pace: Pace,
    rooms: Rooms,
    /// What broke while nobody waited.
    problem: Option<Error>,
}

impl Response {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// `Connection` if nothing comes within the read timeout, the overall limit passes, or the connection breaks.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        if let Some(problem) = self.problem.take() {
            return Err(problem);
        }
        // What is unpacked is always there: a small reply of great length would keep everybody else waiting.
        tokio::task::coop::consume_budget().await;
        let Response { head, body, read_timeout, deadline, alarm, .. } = self;
        let (mut piece, mut since) = (pin!(body.chunk()), None);
        let read = poll_fn(|context| {
            if let Poll::Ready(read) = piece.as_mut().poll(context) {
                return Poll::Ready(read.map_err(|error| lost(head, error)));
            }
            let now = Instant::now();
            let limit = Limit::of(*since.get_or_insert(now), *read_timeout, *deadline);
            let alarm = alarm.get_or_insert_with(|| Bell::new(Box::pin(sleep_until(limit.at))));
            let may_ring = now >= alarm.get().deadline();
            while alarm.poll(context, may_ring).is_ready() {
                if Instant::now() >= limit.at {
                    return Poll::Ready(Err(limit.passed(&head.place)));
                }
                alarm.wind().as_mut().reset(limit.at);
            }
            Poll::Pending
        })
        .await;
        self.pace.read(Instant::now());
        read
    }

    /// The next piece if it has arrived together with the last one. `None` says nothing about the end or a problem:
    /// those are for [`chunk`](Self::chunk).
    pub async fn arrived(&mut self) -> Option<Bytes> {
        if !self.pace.may_bring_more(Instant::now()) {
            return None;
        }
        let (mut piece, mut stepped_aside) = (pin!(self.body.chunk()), false);
        let read = poll_fn(|context| {
            // Whoever cuts the connection's bytes into pieces was woken when the last one was taken, and has the next
            // once it has run.
            if !std::mem::replace(&mut stepped_aside, true) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            match piece.as_mut().poll(context) {
                Poll::Pending => Poll::Ready(Ok(None)),
                Poll::Ready(read) => Poll::Ready(read),
            }
        })
        .await;
        read.unwrap_or_else(|error| {
            self.problem = Some(lost(&self.head, error));
            None
        })
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk); `BadReply` if there are more than `limit` bytes.
    pub async fn body(&mut self, limit: usize) -> Result<Bytes> {
        let said = self.body.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        // What it says is no reason to take more memory than answers take.
        let said = said.min(LIKELY_REPLY);
        let mut body = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            let length = body.len() + chunk.len();
            if length > limit {
                return Err(refusals::too_large(&self.head, limit));
            }
            self.rooms.reserve(&mut body, length.max(said));
            body.extend_from_slice(&chunk);
        }
        Ok(self.rooms.finish(body))
    }

    /// As much of the body as is worth showing and waiting for; what cannot be read is left out.
    async fn beginning(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        let until = Instant::now() + REFUSAL_PATIENCE;
        while let Ok(Ok(Some(chunk))) = timeout_at(until, self.chunk()).await {
            body.extend_from_slice(&chunk);
            if body.len() >= LARGEST_REFUSAL {
                body.truncate(LARGEST_REFUSAL);
                break;
            }
        }
        body
    }
}

/// Sends a draft, signed, and returns its 2xx answer. `accept` is the header's value, which is signed too.
///
/// # Errors
/// `Connection` if the endpoint is not reached or silent; otherwise what the error reader makes of its refusal.
pub async fn send(call: &Call<'_>, draft: Draft, accept: &str, retreat: Retreat) -> Result<Response> {
    let deadline = Instant::now() + OVERALL;
    let mut given = Secrets::default();
    draft.given.iter().for_each(|(_, value)| given.add_header(value.reveal()));
    let mut unsigned = call.connection.request(draft, accept)?;
    let mut token_is_fresh = false;
    let mut retreats_left = MOST_RETREATS.min(retreat.drop.len() + retreat.rename.len());
    loop {
        let moment = call.engine.moment();
        let token = match call.auth.mint() {
            Some(order) => Some(call.engine.minter().token(&order, &moment).await?),
            None => None,
        };
        let token = token.as_ref().map(Secret::reveal);
        let mut response = attempt(call, &unsigned, &given, &moment, token, deadline).await?;
        if (200..300).contains(&response.head.status) {
            return Ok(response);
        }
        let body = response.beginning().await;
        if matches!(response.head.status, 400 | 422)
            && retreats_left > 0
            && let Some(body) = retreat::without_what_is_refused(&unsigned, &body, retreat)
        {
            retreats_left -= 1;
            unsigned.body = body;
            continue;
        }
        if response.head.status == 401
            && !token_is_fresh
            && refusals::says_expired(&body)
            && let Some((order, refused)) = call.auth.mint().zip(token)
        {
            call.engine.minter().forget(&order, refused).await;
            token_is_fresh = true;
            continue;
        }
        return Err(refusals::refusal(&response.head, &body));
    }
}

/// One try: a signature over the final bytes. `secrets` of this request are masked in errors beside the stored ones.
async fn attempt(
    call: &Call<'_>,
    unsigned: &Request,
    secrets: &Secrets,
    moment: &Moment,
    token: Option<&str>,
    deadline: Instant,
) -> Result<Response> {
    let mut request = unsigned.clone();
    (call.connection.attach)(call, &mut request, moment)?;
    let given = &unsigned.headers;
    let unsigned = request.clone();
    call.auth.sign(&mut request, moment, token)?;
    // What authentication sets would silently take the place of a header that somebody gave.
    if let Some((name, _)) = given.iter().find(|(name, _)| request.header(name) != unsigned.header(name)) {
        return Err(Error::bad_request(format!("the header {name} is set by authentication and cannot be given")));
    }

    let connection = &call.connection;
    let place = place(&request);
    let wire = wire_form(&request)?;
    let mut answer = match call.engine.script() {
        Some(script) => script(&wire),
        None => over_network(call, wire, &place, Limit::of(Instant::now(), connection.read_timeout, deadline)).await?,
    };
    let status = answer.status().as_u16();
    let signed_text = call.auth.signed_text(&request);
    let mut secrets = secrets.clone();
    secrets.extend(&call.stored.secrets());
    secrets.extend(call.engine.clients().proxy_secrets());
    add_proofs(&mut secrets, &unsigned, &request, signed_text.as_deref().unwrap_or_default());
    let signed = call.auth.explain().zip(signed_text).filter(|_| status >= 400);
    let headers = copied(std::mem::take(answer.headers_mut()));
    let head = Head { status, headers, place, signed, secrets };
    let (read_timeout, pace) = (connection.read_timeout, Pace { last: Instant::now(), hurried: false });
    let rooms = call.engine.rooms().clone();
    Ok(Response { head, body: answer, read_timeout, deadline, alarm: None, pace, rooms, problem: None })
}

async fn over_network(call: &Call<'_>, wire: reqwest::Request, place: &str, limit: Limit) -> Result<reqwest::Response> {
    let connection = &call.connection;
    let client = call.engine.clients().client(connection)?;
    match timeout_at(limit.at, client.execute(wire)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if error.is_connect() && error.is_timeout() => {
            let limit = connection.connect_timeout.as_secs_f64();
            let through = connection.proxy.iter().map(ToString::to_string).collect::<String>();
            let message = format!("{place}: no connection{through} within {limit} s (connect timeout)");
            Err(Error::new(Kind::Connection, message))
        }
        Ok(Err(error)) if error.is_connect() => {
            let through = connection.proxy.iter().map(ToString::to_string).collect::<String>();
            Err(broken(place, Kind::Connection, &format!("no connection{through}"), error))
        }
        Ok(Err(error)) => {
            Err(broken(place, Kind::ServerUnavailable, "the connection was closed before an answer", error))
        }
        Err(_) => Err(limit.passed(place)),
    }
}

fn wire_form(request: &Request) -> Result<reqwest::Request> {
    if request.url.as_str().len() > LONGEST_URL {
        let message = format!("the address of the request is longer than {} KiB", LONGEST_URL >> 10);
        return Err(Error::bad_request(message));
    }
    let method = if request.method == "GET" { reqwest::Method::GET } else { reqwest::Method::POST };
    let mut wire = reqwest::Request::new(method, request.url.clone());
    wire.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in &request.headers {
        // Names and values were checked when they were set; this keeps a mistake an error.
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(Error::bad_request("a header cannot be sent"));
        };
        wire.headers_mut().insert(name, value);
    }
    if request.method != "GET" {
        *wire.body_mut() = Some(request.body.clone().into());
    }
    Ok(wire)
}

/// Headers in memory of their own: as received they are parts of the connection's buffer, and would keep all of it as
/// long as a stream lasts.
fn copied(received: HeaderMap) -> HeaderMap {
    let copy = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.clone(), HeaderValue::from_bytes(value.as_bytes()).ok()?))
    };
    received.iter().filter_map(copy).collect()
}

/// What authentication added proves the caller, but for the facts that it signed: those are shown when a signature is
/// refused.
fn add_proofs(secrets: &mut Secrets, unsigned: &Request, request: &Request, signed_text: &str) {
    for (name, value) in &request.headers {
        if unsigned.header(name) != Some(value) && !signed_text.contains(value.as_str()) {
            secrets.add(value);
        }
    }
}

fn place(request: &Request) -> String {
    let mut url = request.url.clone();
    url.set_query(None);
    url.to_string()
}

/// How quickly the pieces of a body follow each other.
struct Pace {
    /// When somebody waited for a piece and got it.
    last: Instant,
    /// It came just after the one before.
    hurried: bool,
}

impl Pace {
    fn read(&mut self, now: Instant) {
        self.hurried = now - std::mem::replace(&mut self.last, now) < TOGETHER;
    }

    /// Whether another piece is likely to have arrived with the last one. Not for long: where everything is slow there
    /// is always another, and the first would never leave.
    fn may_bring_more(&self, now: Instant) -> bool {
        self.hurried && now - self.last < TOGETHER
    }
}

/// When a wait ends, and which limit ends it.
struct Limit {
    at: Instant,
    name: &'static str,
    length: Duration,
}

impl Limit {
    fn of(since: Instant, read_timeout: Duration, deadline: Instant) -> Self {
        let silence = since + read_timeout;
        if silence < deadline {
            Limit { at: silence, name: "read timeout", length: read_timeout }
        } else {
            Limit { at: deadline, name: "limit of a whole call", length: OVERALL }
        }
    }

    fn passed(&self, place: &str) -> Error {
        let message = format!("{place}: no answer within {} s ({})", self.length.as_secs_f64(), self.name);
        Error::new(Kind::Connection, message)
    }
}

fn lost(head: &Head, error: reqwest::Error) -> Error {
    broken(&head.place, Kind::Connection, "the connection broke", error)
}

/// What the HTTP client says, without the URL: its query may hold a key.
fn broken(place: &str, kind: Kind, what: &str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let mut causes = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    causes.dedup();
    let detail = if causes.is_empty() { error.to_string() } else { causes.join(": ") };
    let hint = HINTS.iter().find(|(words, _)| detail.contains(words)).map_or("", |(_, hint)| hint);
    Error::new(kind, format!("{place}: {what}: {detail}{hint}"))
}

/// What to do about what the HTTP client says.
const HINTS: [(&str, &str); 5] = [
    (
        "UnknownIssuer",
        ". If the endpoint's certificate comes from a private authority, set the CA certificate of the connection, or \
         name its file in SSL_CERT_FILE or REQUESTS_CA_BUNDLE",
    ),
    (
        "CaUsedAsEndEntity",
        ". The endpoint shows the certificate of an authority as its own: make one with basicConstraints=CA:FALSE",
    ),
    ("InvalidContentType", ". It does not speak TLS: should the endpoint begin with http://?"),
    ("invalid HTTP version", ". It does not speak HTTP/1.1: should the endpoint begin with https://?"),
    ("proxy authorization required", ". The proxy wants another user name or password"),
];

#[cfg(test)]
mod tests;
