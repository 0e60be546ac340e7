use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::adapter::Counted;
use crate::auth::{Authenticator, Moment};
use crate::connection::{Connection, Endpoint, EndpointVersion};
use crate::convert::ordered_vectors;
use crate::credentials::{Credential, Stored};
use crate::operation::Engine;
use crate::output::{Usage, Vector};
use crate::reply::{Bytes, Undecoded, Values};
use crate::request::{Draft, Request, Under};
use crate::rope::Rope;

// The requests of a call, without a network.

/// What was asked for, in the order it was asked.
#[derive(Default)]
struct Asked(Mutex<Vec<Range<usize>>>);

impl Asked {
    fn note(&self, slice: &Range<usize>) {
        self.0.lock().unwrap().push(slice.clone());
    }

    fn all(&self) -> Vec<Range<usize>> {
        self.0.lock().unwrap().clone()
    }
}

/// The elements of a slice as an output.
fn elements(slice: Range<usize>) -> Vec<i64> {
    slice.map(|element| element as i64).collect()
}

#[tokio::test(start_paused = true)]
async fn outputs_are_in_order_whoever_comes_first() {
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let part = |slice: Range<usize>| -> BoxFuture<'_, Result<Vec<i64>>> {
        let (running, most) = (&running, &most);
        Box::pin(async move {
            most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            // Earlier slices take longer.
            tokio::time::sleep(std::time::Duration::from_millis(100 - slice.start as u64)).await;
            running.fetch_sub(1, Ordering::Relaxed);
            Ok(elements(slice))
        })
    };
    let all = gather(slices(50, 7), 3, part).await.unwrap();
    assert_eq!(all, elements(0..50));
    assert_eq!(most.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn no_credential_makes_more_than_sixteen_requests_run_at_once() {
    let running = AtomicUsize::new(0);
    let part = |_| -> BoxFuture<'_, Result<Vec<i64>>> {
        running.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::pending())
    };
    let error = gather(slices(1_000, 1), usize::MAX, part).await.unwrap_err();
    assert_eq!(running.load(Ordering::Relaxed), MOST_PARALLEL);
    assert_eq!(error.kind(), Kind::Connection);
    assert!(error.message().contains("590 s"), "{error}");
}

#[tokio::test]
async fn the_first_error_drops_the_other_requests() {
    struct Dropped<'a>(&'a AtomicUsize);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let dropped = AtomicUsize::new(0);
    let asked = Asked::default();
    let part = |slice: Range<usize>| -> BoxFuture<'_, Result<Vec<i64>>> {
        asked.note(&slice);
        let held = Dropped(&dropped);
        Box::pin(async move {
            let _held = held;
            if slice.start == 4 {
                return Err(Error::new(Kind::RateLimit, "slow down"));
            }
            std::future::pending().await
        })
    };
    let error = gather(slices(100, 2), 4, part).await.unwrap_err();
    assert_eq!(error.kind(), Kind::RateLimit);
    let asked = asked.all();
    assert_eq!(dropped.load(Ordering::Relaxed), asked.len(), "every request that began has ended");
    assert!(asked.len() <= 4, "no request begins after an error: {asked:?}");
}

#[tokio::test]
async fn what_is_too_large_goes_in_halves_and_so_does_the_rest() {
    let asked = Asked::default();
    let part = |slice: Range<usize>| -> BoxFuture<'_, Result<Vec<i64>>> {
        asked.note(&slice);
        let too_large = slice.len() > 3;
        Box::pin(
            async move { if too_large { Err(Error::new(Kind::TooLarge, "batch size")) } else { Ok(elements(slice)) } },
        )
    };
    assert_eq!(gather(slices(12, 8), 1, part).await.unwrap(), elements(0..12));
    assert_eq!(asked.all(), [0..8, 0..4, 0..2, 2..4, 4..6, 6..8, 8..10, 10..12]);

    let alone =
        |_| -> BoxFuture<'_, Result<Vec<i64>>> { Box::pin(async { Err(Error::new(Kind::TooLarge, "batch size")) }) };
    assert_eq!(gather(slices(3, 3), 1, alone).await.unwrap_err().kind(), Kind::TooLarge);
}

#[tokio::test]
async fn nothing_to_send_is_no_request() {
    let part = |_| -> BoxFuture<'_, Result<bool>> { panic!("a request") };
    assert!(!gather(slices(0, 10), 4, part).await.unwrap());
}

#[test]
fn slices_cover_everything_once() {
    let cut = |elements, size| slices(elements, size).collect::<Vec<_>>();
    assert_eq!(cut(5, 2), [0..2, 2..4, 4..5]);
    assert_eq!(cut(2, usize::MAX), [Range { start: 0, end: 2 }]);
    assert_eq!(cut(2, 0), [0..1, 1..2]);
    assert_eq!((count(-1), count(0), count(25)), (usize::MAX, 1, 25));
    assert_eq!(element(&["a", "b"], 1..2).unwrap(), &"b");
    assert!(element(&["a", "b"], 0..2).is_err() && element(&["a"], 1..2).is_err());
}

// The operation, with an endpoint.

struct Nothing;

impl Credential for Nothing {
    fn read(_: &Stored<'_>) -> Result<Self> {
        Ok(Nothing)
    }
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow, deserialize_with = "crate::input::list")]
    texts: Vec<Cow<'a, str>>,
}

struct Embed;

impl Action for Embed {
    const NAME: &'static str = "embed";
    type Credential = Nothing;
    type Input<'a> = Input<'a>;
}

#[derive(Default)]
struct Output {
    vectors: Vec<Vector>,
    usage: Usage,
}

impl Join for Output {
    fn join(&mut self, next: Self, start: usize) {
        self.vectors.join(next.vectors, start);
        self.usage.join(next.usage, start);
    }
}

impl Answer for Embed {
    type Output = Output;

    fn counted<'a>(input: &'a Input<'_>, output: &'a mut Output) -> Option<Counted<'a>> {
        Some(Counted { usage: &mut output.usage, texts: crate::input::texts(&input.texts) })
    }

    fn deliver(_: &Call<'_>, _: &Nothing, input: &Input<'_>, output: Output) -> Result<Rope> {
        let vectors = ordered_vectors(output.vectors, &input.texts)?;
        crate::json::answer(|answer| {
            answer.vectors("embeddings", &vectors);
            answer.member("tokens", &output.usage.sum());
        })
    }
}

struct Embeddings;

impl Protocol for Embeddings {
    const ID: &'static str = "embeddings";
    type Action = Embed;
    type Param = ();

    fn encode(call: &Call<'_>, credential: &Nothing, input: &Input<'_>, param: &()) -> Result<Draft> {
        Self::encode_slice(call, credential, input, param, 0..input.texts.len())
    }
}

impl Batched for Embeddings {
    fn elements(input: &Input<'_>) -> usize {
        input.texts.len()
    }

    fn size(_: &Nothing) -> usize {
        10
    }

    fn parallel(_: &Nothing) -> usize {
        4
    }

    fn encode_slice(_: &Call<'_>, _: &Nothing, input: &Input<'_>, (): &(), slice: Range<usize>) -> Result<Draft> {
        let batch = input.texts.get(slice).unwrap_or_default();
        let body = crate::json::object(|body| body.member("input", batch))?;
        Ok(Draft::post_json("embeddings", Under::Version, body))
    }
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    data: Option<Vec<ReplyItem<'a>>>,
    tokens: Option<u64>,
}

#[derive(Deserialize)]
struct ReplyItem<'a> {
    index: Option<i64>,
    #[serde(borrow)]
    embedding: Values<'a>,
}

impl Json for Embeddings {
    fn decode(bytes: &Bytes) -> Result<Output, Undecoded> {
        let reply: Reply<'_> = crate::reply::vectors(bytes)?;
        let data = reply.data.ok_or(Undecoded::Missing("data"))?;
        let vectors = data.into_iter().map(|item| Vector { index: item.index, values: item.embedding.within(bytes) });
        Ok(Output { vectors: vectors.collect(), usage: Usage { total: reply.tokens, ..Usage::default() } })
    }
}

/// Signs every request with its own nonce.
struct Signed;

impl Authenticator for Signed {
    fn sign(&self, request: &mut Request, moment: &Moment, _: Option<&str>) -> Result<()> {
        request.set_header("x-signed", &*moment.nonce)
    }
}

/// An endpoint that answers the texts of a request, and keeps the requests.
struct Served {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

async fn endpoint(answer: fn(&[String]) -> (u16, Value)) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    let requests = Arc::new(Mutex::new(Vec::new()));
    tokio::spawn({
        let requests = requests.clone();
        async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let requests = requests.clone();
                tokio::spawn(async move {
                    while let Some(request) = read_request(&mut stream).await {
                        let (_, body) = request.split_once("\r\n\r\n").unwrap();
                        let body: Value = serde_json::from_str(body).unwrap();
                        let texts: Vec<String> = serde_json::from_value(body["input"].clone()).unwrap();
                        requests.lock().unwrap().push(request);
                        let (status, body) = answer(&texts);
                        let body = body.to_string();
                        let head = format!("HTTP/1.1 {status} S\r\ncontent-length: {}\r\n\r\n", body.len());
                        stream.write_all((head + &body).as_bytes()).await.unwrap();
                    }
                });
            }
        }
    });
    Served { address, requests }
}

async fn read_request(stream: &mut tokio::net::TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
        request.extend_from_slice(&bytes[..count]);
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() {
                return Some(text.into_owned());
            }
        }
    }
}

/// Each text is a number, which is its vector; the last of a request comes first.
fn numbers(texts: &[String]) -> (u16, Value) {
    let vector =
        |(index, text): (usize, &String)| json!({ "index": index, "embedding": [text.parse::<u64>().unwrap()] });
    let data: Vec<Value> = texts.iter().enumerate().rev().map(vector).collect();
    (200, json!({ "data": data, "tokens": texts.len() }))
}

async fn run(address: &str, texts: &[String]) -> Result<Value> {
    let (values, engine) = (Map::new(), Engine::new());
    let stored = Stored::new(&[], &values, false)?;
    let mut connection = Connection::unused();
    connection.endpoint = Endpoint::parse(address, EndpointVersion::AsGiven, &[]).ok();
    let call = Call {
        model: "m",
        upstream_model: "m".into(),
        caller: crate::call::Caller::default(),
        stored: &stored,
        connection,
        auth: Box::new(Signed),
        engine: &engine,
        started: std::time::Instant::now(),
        probe: false,
    };
    let operation = BatchOperation::<Embeddings> { parameters: &[], protocol: PhantomData };
    let data = json!({ "texts": texts }).to_string();
    let mut answers = Answers::kept();
    operation.run(&call, &data, &mut answers).await?;
    Ok(serde_json::from_slice(&answers.into_kept()[0]).unwrap())
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|text| text.to_string()).collect()
}

fn vectors(count: usize) -> Value {
    (0..count).map(|text| json!([text])).collect()
}

#[tokio::test]
async fn a_thousand_texts_are_a_hundred_requests_each_signed_on_its_own() {
    let served = endpoint(numbers).await;
    let answer = run(&served.address, &texts(1_000)).await.unwrap();
    assert_eq!(answer["embeddings"], vectors(1_000));
    assert_eq!(answer["tokens"], 1_000);
    let requests = served.requests.lock().unwrap();
    let signature = |request: &String| request.lines().find(|line| line.starts_with("x-signed: ")).map(str::to_owned);
    let mut signatures: Vec<_> = requests.iter().filter_map(signature).collect();
    signatures.sort();
    signatures.dedup();
    assert_eq!((requests.len(), signatures.len()), (100, 100));
}

#[tokio::test]
async fn an_endpoint_that_takes_less_gets_less() {
    fn three_at_most(texts: &[String]) -> (u16, Value) {
        if texts.len() <= 3 {
            return numbers(texts);
        }
        (400, json!({"code":"InvalidParameter","message":"batch size is invalid, it should not be larger than 3"}))
    }
    let served = endpoint(three_at_most).await;
    let answer = run(&served.address, &texts(35)).await.unwrap();
    assert_eq!(answer["embeddings"], vectors(35));
}

#[tokio::test]
async fn tokens_that_nobody_reported_are_counted() {
    let served = endpoint(|texts| (200, json!({ "data": numbers(texts).1["data"] }))).await;
    assert_eq!(run(&served.address, &texts(12)).await.unwrap()["tokens"], 12);
    let served = endpoint(|texts| (200, json!({ "data": numbers(texts).1["data"], "tokens": 0 }))).await;
    assert_eq!(run(&served.address, &texts(3)).await.unwrap()["tokens"], 3);
}

#[tokio::test]
async fn no_texts_are_no_request() {
    let served = endpoint(numbers).await;
    let answer = run(&served.address, &[]).await.unwrap();
    assert_eq!(answer, json!({ "embeddings": [], "tokens": 0 }));
    assert!(served.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_that_says_so() {
    type Case = (fn(&[String]) -> (u16, Value), Kind, &'static str);
    let cases: [Case; 6] = [
        (|_| (200, json!({ "data": [{ "embedding": [1] }] })), Kind::BadReply, "1 vectors for 2 inputs"),
        (|_| (200, json!({ "data": [{ "embedding": [1] }, { "embedding": [null] }] })), Kind::BadReply, "`null`"),
        (|_| (200, json!({ "data": [{ "embedding": "AAA=" }] })), Kind::BadReply, "has 2 bytes"),
        (|_| (200, json!({ "error": { "message": "rate limit reached" } })), Kind::RateLimit, "rate limit reached"),
        (|_| (200, json!({ "code": "InvalidApiKey", "message": "who is it?" })), Kind::Authorization, "who is it?"),
        (|_| (401, json!({ "error": "no" })), Kind::Authorization, "401"),
    ];
    for (answer, kind, says) in cases {
        let served = endpoint(answer).await;
        let error = run(&served.address, &texts(2)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(says), "{error}");
    }
}

#[tokio::test]
async fn a_large_reply_is_decoded_too() {
    fn large(texts: &[String]) -> (u16, Value) {
        let vector = vec![0.123_456_789; 8_000];
        let data: Vec<Value> = texts.iter().map(|_| json!({ "embedding": vector })).collect();
        (200, json!({ "data": data }))
    }
    let served = endpoint(large).await;
    let answer = run(&served.address, &texts(10)).await.unwrap();
    assert!(answer["embeddings"].as_array().unwrap().iter().all(|vector| vector.as_array().unwrap().len() == 8_000));
}
