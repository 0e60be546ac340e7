use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::stream::{self, StreamExt};
use serde_json::Map;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::auth::Authenticator;
use crate::call::Caller;
use crate::connection::{Connection, Endpoint, EndpointVersion};
use crate::credentials::Stored;
use crate::credentials::{Secret, SigningKey};
use crate::operation::Engine;
use crate::request::Under;

mod times;
mod ways;

const NO_RETREAT: Retreat = Retreat { drop: &[], rename: &[] };

/// Answers each request with the next text, and keeps the requests. An empty text is silence.
struct Served {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
}

async fn endpoint(answers: &[impl AsRef<[u8]>]) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1?fixed=1", listener.local_addr().unwrap());
    let answers: Arc<Mutex<VecDeque<Vec<u8>>>> =
        Arc::new(Mutex::new(answers.iter().map(|answer| answer.as_ref().to_vec()).collect()));
    let (requests, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
    tokio::spawn({
        let (requests, connections) = (requests.clone(), connections.clone());
        async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                *connections.lock().unwrap() += 1;
                let (requests, answers) = (requests.clone(), answers.clone());
                tokio::spawn(async move {
                    while let Some(request) = read_request(&mut stream).await {
                        requests.lock().unwrap().push(request);
                        let answer = answers.lock().unwrap().pop_front().unwrap_or_default();
                        if answer.is_empty() {
                            std::future::pending::<()>().await;
                        }
                        stream.write_all(&answer).await.unwrap();
                        if memchr::memmem::find(&answer, b"connection: close").is_some() {
                            return;
                        }
                    }
                });
            }
        }
    });
    Served { address, requests, connections }
}

async fn read_request(stream: &mut tokio::net::TcpStream) -> Option<String> {
    let mut request = String::new();
    loop {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
        request.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        if let Some((head, body)) = request.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return Some(request);
            }
        }
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// Signs with a header, the token if there is one.
struct Signed {
    key: Option<SigningKey>,
}

impl Authenticator for Signed {
    fn mint(&self) -> Option<crate::auth::jwt::Order<'_>> {
        self.key.as_ref().map(|key| crate::auth::jwt::Order {
            key,
            algorithm: None,
            key_id: None,
            ttl: Duration::from_secs(600),
            backdate: Duration::ZERO,
            claims: Vec::new(),
        })
    }

    fn sign(&self, request: &mut Request, moment: &Moment, token: Option<&str>) -> Result<()> {
        request.set_header("x-signed", token.unwrap_or(&moment.nonce))
    }
}

struct Client {
    engine: Engine,
    connection: Connection,
    auth: fn() -> Box<dyn Authenticator>,
}

impl Client {
    fn of(address: &str) -> Self {
        let mut connection = Connection::unused();
        connection.endpoint = Endpoint::parse(address, EndpointVersion::AsGiven, &[]).ok();
        Client {
            engine: Engine::of_plugin("test/1".into(), crate::log::Log::default()),
            connection,
            auth: || Box::new(Signed { key: None }),
        }
    }

    async fn send(&self, body: &str, retreat: Retreat) -> Result<Vec<u8>> {
        let values = Map::new();
        let stored = Stored::new(&[], &values, false)?;
        let mut response = self.response(body, retreat, &stored).await?;
        Ok(response.body(1 << 20).await?.to_vec())
    }

    async fn response(&self, body: &str, retreat: Retreat, stored: &Stored<'_>) -> Result<Response> {
        let draft = Draft::post_json("rerank", Under::Version, body.as_bytes().to_vec());
        self.respond(draft, retreat, stored).await
    }

    async fn respond(&self, draft: Draft, retreat: Retreat, stored: &Stored<'_>) -> Result<Response> {
        let call = Call {
            model: "m",
            upstream_model: "m".into(),
            caller: Caller::default(),
            stored,
            connection: self.connection.clone(),
            auth: (self.auth)(),
            engine: &self.engine,
            started: std::time::Instant::now(),
            probe: false,
        };
        send(&call, draft, "application/json", retreat).await
    }
}

#[tokio::test]
async fn the_request_is_what_was_signed_and_the_connection_is_reused() {
    let ok = answer("200 OK", "", "{}");
    let endpoint = endpoint(&[&ok, &ok]).await;
    let client = Client::of(&endpoint.address);
    for _ in 0..2 {
        assert_eq!(client.send(r#"{"a":1}"#, NO_RETREAT).await.unwrap(), b"{}");
    }
    let requests = endpoint.requests.lock().unwrap();
    assert!(requests[0].starts_with("POST /v1/rerank?fixed=1 HTTP/1.1\r\n"), "{}", requests[0]);
    for header in ["accept: application/json", "content-type: application/json", "user-agent: test/1", "x-signed: "] {
        assert!(requests[0].contains(header), "{header}: {}", requests[0]);
    }
    assert!(requests[0].contains("accept-encoding: identity"), "{}", requests[0]);
    assert!(requests[0].ends_with(r#"{"a":1}"#));
    assert_ne!(requests[0], requests[1], "each attempt has its own nonce");
    assert_eq!(*endpoint.connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_member_that_is_refused_is_left_out_once() {
    let (refused, ok) = (answer("400 Bad Request", "", "extra: not permitted"), answer("200 OK", "", "{}"));
    let served = endpoint(&[&refused, &ok]).await;
    let retreat = Retreat { drop: &["extra"], rename: &[] };
    Client::of(&served.address).send(r#"{"a":1,"extra":{}}"#, retreat).await.unwrap();
    assert!(served.requests.lock().unwrap()[1].ends_with(r#"{"a":1}"#));

    let served = endpoint(&[&refused, &refused, &ok]).await;
    let error = Client::of(&served.address).send(r#"{"extra":1}"#, retreat).await.unwrap_err();
    assert_eq!((error.kind(), served.requests.lock().unwrap().len()), (Kind::BadRequest, 2));
}

/// Signs content type and body, as HMAC methods do.
struct Hashed;

impl Authenticator for Hashed {
    fn sign(&self, request: &mut Request, _: &Moment, _: Option<&str>) -> Result<()> {
        let signed = request.header("content-type").unwrap_or_default().to_owned();
        request.set_header("x-signed-type", signed)?;
        let md5 = crate::auth::hmac::body_md5(request).unwrap_or_default();
        request.set_header("content-md5", md5)
    }
}

#[tokio::test]
async fn the_bytes_of_a_multipart_body_are_the_ones_that_were_hashed() {
    use base64::Engine as _;
    use md5::{Digest, Md5};

    let (refused, ok) = (answer("400 Bad Request", "", "unknown field 'language'"), answer("200 OK", "", "{}"));
    let served = endpoint(&[&refused, &ok]).await;
    let client = Client { auth: || Box::new(Hashed), ..Client::of(&served.address) };
    let mut parts = crate::request::Parts::new();
    parts.text("language", "zh");
    parts.file("file", &crate::input::AudioFile::of_hex("4f67675300020d0a")).unwrap();
    let draft = Draft::post_parts("audio/transcriptions", Under::Version, parts);
    let values = Map::new();
    let stored = Stored::new(&[], &values, false).unwrap();
    let retreat = Retreat { drop: &["language"], rename: &[] };
    client.respond(draft, retreat, &stored).await.unwrap();

    let requests = served.requests.lock().unwrap();
    assert_eq!(requests.len(), 2);
    for (request, has_language) in requests.iter().zip([true, false]) {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap();
        let md5 = base64::engine::general_purpose::STANDARD.encode(Md5::digest(body));
        assert_eq!(header("content-md5"), md5);
        assert_eq!(header("content-type"), header("x-signed-type"));
        let parts = crate::request::parts::read(header("content-type"), body.as_bytes()).unwrap();
        assert_eq!(parts.iter().any(|part| part.name == "language"), has_language);
        assert_eq!(parts.last().unwrap().content, b"OggS\0\x02\r\n");
    }
}

#[tokio::test]
async fn a_retreat_follows_a_422_and_ends() {
    let refusal = |name: &str| answer("422 Unprocessable Entity", "", &format!("unknown parameter: '{name}'"));
    let (old, new, ok) = (refusal("max_tokens"), refusal("max_completion_tokens"), answer("200 OK", "", "{}"));
    let rename = &[("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")];
    let retreat = Retreat { drop: &[], rename };
    let served = endpoint(&[&old, &ok]).await;
    Client::of(&served.address).send(r#"{"max_tokens":5}"#, retreat).await.unwrap();
    assert!(served.requests.lock().unwrap()[1].ends_with(r#"{"max_completion_tokens":5}"#));

    let served = endpoint(&[&old, &new, &old, &ok]).await;
    let error = Client::of(&served.address).send(r#"{"max_tokens":5}"#, retreat).await.unwrap_err();
    assert_eq!((error.kind(), served.requests.lock().unwrap().len()), (Kind::BadRequest, 3));
}

#[tokio::test]
async fn a_header_that_authentication_sets_cannot_be_given() {
    let served = endpoint(&[&answer("200 OK", "", "{}")]).await;
    let mut draft = Draft::post_json("rerank", Under::Version, b"{}".to_vec());
    draft.headers.push(("x-signed".to_owned(), "mine".to_owned()));
    let values = Map::new();
    let stored = Stored::new(&[], &values, false).unwrap();
    let outcome = Client::of(&served.address).respond(draft, NO_RETREAT, &stored).await;
    let error = outcome.map(|_| ()).unwrap_err();
    assert!(error.message().contains("x-signed is set by authentication"), "{error}");
    assert!(served.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_token_that_expired_is_minted_again_once() {
    let (expired, ok) = (answer("401 Unauthorized", "", "Jwt is expired"), answer("200 OK", "", "{}"));
    let with_key = || -> Box<dyn Authenticator> {
        let text = r#"{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA","alg":"HS256"}"#;
        Box::new(Signed { key: Some(SigningKey { text: Secret::new(text), label: "Key" }) })
    };
    let served = endpoint(&[&ok, &expired, &ok, &expired, &expired, &ok]).await;
    let client = Client { auth: with_key, ..Client::of(&served.address) };
    client.send("{}", NO_RETREAT).await.unwrap();
    client.send("{}", NO_RETREAT).await.unwrap();
    let error = client.send("{}", NO_RETREAT).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Authorization);
    let requests = served.requests.lock().unwrap();
    let token =
        |position: usize| requests[position].split("x-signed: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(token(0), token(1), "kept");
    assert_ne!(token(1), token(2), "minted again");
    assert_eq!(requests.len(), 5, "and only once");
    assert!(!error.message().contains(&token(4)));
}

#[tokio::test]
async fn a_401_without_a_token_is_final() {
    let endpoint = endpoint(&[&answer("401 Unauthorized", "x-request-id: r\r\n", "Jwt is expired")]).await;
    let error = Client::of(&endpoint.address).send("{}", NO_RETREAT).await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (Kind::Authorization, Some("r")));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let endpoint = endpoint(&[&answer("302 Found", "location: http://127.0.0.1:1/x?key=1\r\n", "")]).await;
    let error = Client::of(&endpoint.address).send("{}", NO_RETREAT).await.unwrap_err();
    assert!(error.message().contains("redirects to `http://127.0.0.1:1/x`"), "{error}");
}

#[tokio::test]
async fn silence_ends_at_the_read_timeout() {
    let beginning = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345";
    for silent in ["", beginning] {
        let endpoint = endpoint(&[silent]).await;
        let mut client = Client::of(&endpoint.address);
        client.connection.read_timeout = Duration::from_millis(50);
        let error = client.send("{}", NO_RETREAT).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Connection);
        assert!(error.message().contains("no answer within 0.05 s (read timeout)"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_compressed_without_being_asked_is_read() {
    let mut body = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xab\x56\x4a\x54\xb2\x32\xac\x05\0".to_vec();
    body.extend_from_slice(b"\xaf\xac\x1b\x56\x07\0\0\0");
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
    let endpoint = endpoint(&[[head.as_bytes(), &body].concat()]).await;
    assert_eq!(Client::of(&endpoint.address).send("{}", NO_RETREAT).await.unwrap(), br#"{"a":1}"#);
}

#[tokio::test]
async fn large_answers_come_whole_one_after_the_other_with_their_length_and_without() {
    let bodies = ["a".repeat(200_000), "b".repeat(300_000), "c".repeat(150_000)];
    let pieces: String = bodies[1]
        .as_bytes()
        .chunks(50_000)
        .map(|piece| format!("c350\r\n{}\r\n", String::from_utf8_lossy(piece)))
        .collect();
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{pieces}0\r\n\r\n");
    let endpoint = endpoint(&[answer("200 OK", "", &bodies[0]), chunked, answer("200 OK", "", &bodies[2])]).await;
    let client = Client::of(&endpoint.address);
    for body in bodies {
        assert!(client.send("{}", NO_RETREAT).await.unwrap() == body.as_bytes(), "{}", &body[..1]);
    }
}

#[tokio::test]
async fn what_authentication_put_into_the_request_is_never_shown() {
    struct Proving;
    impl Authenticator for Proving {
        fn sign(&self, request: &mut Request, _: &Moment, _: Option<&str>) -> Result<()> {
            request.set_header("date", "Thu, 01 Jan 2026 00:00:00 GMT")?;
            request.set_header("x-proof", "c2lnbmF0dXJlLXNpZ25hdHVyZQ==")
        }
        fn signed_text(&self, request: &Request) -> Option<String> {
            request.header("date").map(|date| format!("POST\n{date}"))
        }
    }
    let said = "got date: Thu, 01 Jan 2026 00:00:00 GMT, x-proof: c2lnbmF0dXJlLXNpZ25hdHVyZQ==";
    for status in ["400 Bad Request", "200 OK"] {
        let endpoint = endpoint(&[&answer(status, "", said)]).await;
        let client = Client { auth: || Box::new(Proving), ..Client::of(&endpoint.address) };
        let values = Map::new();
        let stored = Stored::new(&[], &values, false).unwrap();
        let error = match client.response("{}", NO_RETREAT, &stored).await {
            Err(error) => error,
            Ok(response) => refusals::bad_reply(&response.head, "odd", said.as_bytes()),
        };
        assert!(error.message().contains("date: Thu, 01 Jan 2026 00:00:00 GMT, x-proof: ***"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_does_not_end_is_shown_as_far_as_it_came() {
    // No connection: while one is waited for, a clock that stands still would jump to the next timeout.
    let script = |_: &reqwest::Request| {
        let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"out of"))]);
        let mut answer = hyper::Response::new(reqwest::Body::wrap_stream(begun.chain(stream::pending())));
        *answer.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        answer.into()
    };
    let client = Client::of("http://gateway.example/v1");
    let client = Client { engine: client.engine.scripted(Box::new(script)), ..client };
    let before = Instant::now();
    let error = client.send("{}", NO_RETREAT).await.unwrap_err();
    assert_eq!(error.kind(), Kind::ServerUnavailable, "{error}");
    assert!(error.message().contains("500: out of"), "{error}");
    assert!(before.elapsed() < Duration::from_secs(300));
}

#[tokio::test]
async fn what_breaks_on_the_way_names_the_place_but_no_query() {
    let cut_off = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\n12345";
    let endpoint = endpoint(&[cut_off]).await;
    let error = Client::of(&endpoint.address).send("{}", NO_RETREAT).await.unwrap_err();
    assert!(error.message().contains("the connection broke"), "{error}");
    assert!(error.message().contains("/v1/rerank") && !error.message().contains("fixed"), "{error}");

    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = Client::of(&format!("http://{free}/v1?key=secret")).send("{}", NO_RETREAT).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Connection);
    assert!(error.message().contains("no connection") && !error.message().contains("secret"), "{error}");
}

#[tokio::test]
async fn a_connection_that_ends_before_an_answer_is_a_server_that_cannot_serve() {
    let endpoint = endpoint(&["HTTP/1.1 connection: close"]).await;
    let error = Client::of(&endpoint.address).send("{}", NO_RETREAT).await.unwrap_err();
    assert_eq!(error.kind(), Kind::ServerUnavailable, "{error}");
    assert!(error.message().contains("the connection was closed before an answer"), "{error}");
}

#[tokio::test]
async fn what_every_request_has_is_put_on_each_attempt_before_it_is_signed() {
    struct OverAll;
    impl Authenticator for OverAll {
        fn sign(&self, request: &mut Request, moment: &Moment, _: Option<&str>) -> Result<()> {
            assert_eq!(request.header("x-nonce"), Some(moment.nonce.as_str()));
            let signed: Vec<String> = request.headers.iter().map(|(name, _)| name.clone()).collect();
            request.set_header("x-signed", signed.join(","))
        }
    }
    let (refused, ok) = (answer("400 Bad Request", "", "extra: not permitted"), answer("200 OK", "", "{}"));
    let served = endpoint(&[&refused, &ok]).await;
    let mut client = Client { auth: || Box::new(OverAll), ..Client::of(&served.address) };
    client.connection.extra_headers = vec![("x-nonce".into(), Secret::new("mine"))];
    client.connection.attach = |call, request, moment| {
        request.set_header("x-nonce", &moment.nonce)?;
        request.set_header("x-model", call.model)
    };
    client.send(r#"{"extra":1}"#, Retreat { drop: &["extra"], ..NO_RETREAT }).await.unwrap();
    let requests = served.requests.lock().unwrap();
    let nonce =
        |position: usize| requests[position].split("x-nonce: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert_ne!(nonce(0), nonce(1), "a value of its own for each attempt");
    assert!(nonce(0).len() == 32 && nonce(0).bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", nonce(0));
    assert!(requests.iter().all(|request| request.contains("x-signed: accept,content-type,x-nonce,x-model")));
}

#[tokio::test]
async fn a_gigantic_reply_is_not_read_to_its_end() {
    let endpoint = endpoint(&[&answer("200 OK", "content-type: application/json\r\n", &"x".repeat(2 << 20))]).await;
    let error = Client::of(&endpoint.address).send("{}", NO_RETREAT).await.unwrap_err();
    assert_eq!(error.kind(), Kind::BadReply);
    assert!(error.message().contains("larger than 1 MiB") && error.message().len() < 800, "{error}");
}

#[test]
fn the_limit_that_passes_first_is_the_one_that_is_named() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _guard = runtime.enter();
    let now = Instant::now();
    assert_eq!(Limit::of(now, Duration::from_secs(300), now + OVERALL).name, "read timeout");
    assert_eq!(Limit::of(now, Duration::from_secs(300), now + Duration::from_secs(5)).name, "limit of a whole call");
}

#[test]
fn what_has_arrived_is_not_held_back_for_what_goes_on_arriving() {
    let start = Instant::now();
    let after = |microseconds| start + Duration::from_micros(microseconds);
    let mut pace = Pace { last: start, hurried: false };
    pace.read(after(20_000));
    assert!(!pace.may_bring_more(after(20_001)), "pieces that come one by one are not waited for");
    pace.read(after(20_100));
    assert!(pace.may_bring_more(after(20_200)));
    assert!(!pace.may_bring_more(after(21_100)));
}
