use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes as Read;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::http::Head;
use crate::outbox::Outbox;
use crate::reply::Undecoded;
use crate::request::Under;
use crate::session::Session;

struct Say;

#[derive(Deserialize)]
struct NoInput {}

impl Action for Say {
    const NAME: &'static str = "say";
    type Credential = ();
    type Input<'a> = NoInput;
}

impl Speech for Say {
    fn format((): &()) -> &str {
        "mp3"
    }
}

/// Raw audio only.
struct Raw;

/// Audio in events and documents.
struct Coded;

impl Protocol for Raw {
    const ID: &'static str = "raw";
    type Action = Say;
    type Param = ();

    fn encode(_: &Call<'_>, (): &(), _: &NoInput, (): &()) -> Result<Draft> {
        Err(Error::bad_request("not sent in tests"))
    }
}

impl Bytes for Raw {}

impl Protocol for Coded {
    const ID: &'static str = "coded";
    type Action = Say;
    type Param = ();

    fn encode(_: &Call<'_>, (): &(), _: &NoInput, (): &()) -> Result<Draft> {
        Err(Error::bad_request("not sent in tests"))
    }
}

impl Bytes for Coded {
    const ENDS_WITH: Option<&'static str> = Some("[DONE]");

    fn event(event: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
        let event: Value = serde_json::from_str(event)?;
        Ok(event["audio"].as_str().map(|audio| audio.to_owned().into()))
    }

    fn reply(reply: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
        Self::event(reply)
    }
}

/// An endpoint's answer: what each read brings. A read that is `None` is one that waits.
struct Script {
    head: Head,
    reads: VecDeque<Option<Result<&'static [u8]>>>,
    read: Arc<AtomicUsize>,
}

fn script(media_type: &str, reads: &[&'static [u8]]) -> Script {
    let mut head = Head { status: 200, ..Head::default() };
    if !media_type.is_empty() {
        head.headers.insert("content-type", HeaderValue::from_str(media_type).unwrap());
    }
    Script { head, reads: reads.iter().map(|read| Some(Ok(*read))).collect(), read: Arc::default() }
}

impl Source for Script {
    fn head(&self) -> &Head {
        &self.head
    }

    async fn chunk(&mut self) -> Result<Option<Read>> {
        if let Some(None) = self.reads.front() {
            self.reads.pop_front();
            tokio::task::yield_now().await;
        }
        self.read.fetch_add(1, Ordering::Relaxed);
        self.reads.pop_front().flatten().transpose().map(|read| read.map(Read::from_static))
    }
}

/// Audio of each message, and what it ended with.
fn heard(answers: Answers) -> Vec<Vec<u8>> {
    let piece = |message: Vec<u8>| {
        let message: Value = serde_json::from_slice(&message).unwrap();
        assert_eq!(message["mime_type"], "audio/mpeg");
        const_hex::decode(message["result"].as_str().unwrap()).unwrap()
    };
    answers.into_kept().into_iter().map(piece).collect()
}

async fn spoken<P: Bytes>(mut script: Script) -> (Vec<Vec<u8>>, Result<()>) {
    let mut answers = Answers::kept();
    let outcome = {
        let mut delivery = Delivery::new("mp3", 1, &mut answers).unwrap();
        answer::<P>(&mut script, &mut delivery).await
    };
    (heard(answers), outcome)
}

#[tokio::test]
async fn what_one_read_brought_is_one_message_and_the_first_does_not_wait() {
    let mut script = script("audio/mpeg", &[b"I", b"D3", b"\x04a", b"b", b"c"]);
    // The endpoint pauses after the first byte, and once more later.
    script.reads.insert(1, None);
    script.reads.insert(4, None);
    let (pieces, outcome) = spoken::<Raw>(script).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(pieces, [&b"I"[..], b"D3\x04a", b"bc"]);
}

#[tokio::test]
async fn large_reads_are_cut_into_pieces() {
    let large: &'static [u8] = Box::leak(vec![7; 3 * delivery::PIECE + 1].into_boxed_slice());
    let (pieces, outcome) = spoken::<Raw>(script("audio/mpeg", &[large])).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [delivery::PIECE, delivery::PIECE, delivery::PIECE, 1]);
}

#[tokio::test]
async fn audio_comes_under_any_name_but_a_text() {
    for media_type in ["audio/mpeg", "application/octet-stream", "", "binary/octet-stream"] {
        let (pieces, outcome) = spoken::<Raw>(script(media_type, &[b"\xFF\xFB"])).await;
        assert_eq!((pieces.concat(), outcome), (b"\xFF\xFB".to_vec(), Ok(())), "{media_type}");
    }
    // Raw samples may look like JSON.
    let (pieces, _) = spoken::<Raw>(script("audio/pcm", &[b"{}"])).await;
    assert_eq!(pieces, [b"{}"]);
}

#[tokio::test]
async fn what_is_no_audio_is_an_error() {
    for (media_type, body, kind, says) in [
        (
            "application/json",
            &b"{\"error\":{\"message\":\"no such voice\"}}"[..],
            Kind::ServerUnavailable,
            "no such voice",
        ),
        ("", b" {\"error\":{\"message\":\"no such voice\"}}", Kind::ServerUnavailable, "no such voice"),
        ("text/plain", b"come back later", Kind::BadReply, "come back later"),
        (
            "application/json; charset=utf-8",
            b"{\"text\":\"hi\"}",
            Kind::BadReply,
            "application/json where audio was expected",
        ),
        ("text/html", b"<html><title>Log in</title></html>", Kind::BadReply, "an HTML page where audio was expected"),
        ("audio/mpeg", b"", Kind::BadReply, "the answer is empty"),
        ("text/event-stream", b"data: {\"audio\":\"AAAA\"}\n\n", Kind::BadReply, "reads no events"),
    ] {
        let (pieces, outcome) = spoken::<Raw>(script(media_type, &[body])).await;
        let error = outcome.unwrap_err();
        assert!(error.kind() == kind && error.message().contains(says), "{media_type}: {error:?}");
        assert!(pieces.is_empty(), "{media_type}");
    }
}

#[tokio::test]
async fn audio_before_a_broken_connection_is_delivered() {
    let mut script = script("audio/mpeg", &[b"ab"]);
    script.reads.push_back(Some(Err(Error::new(Kind::Connection, "the connection broke"))));
    let (pieces, outcome) = spoken::<Raw>(script).await;
    assert_eq!((pieces, outcome.unwrap_err().kind()), (vec![b"ab".to_vec()], Kind::Connection));
}

#[tokio::test]
async fn audio_in_events_and_in_a_document_is_decoded() {
    let events: [&'static [u8]; 3] = [
        b"event: speech.audio.delta\ndata: {\"audio\":\"aGVs\"}\n\ndata: {\"audio\"",
        b":\"bG8\"}\n\ndata: {\"type\":\"speech.audio.done\"}\n\n",
        b"data: [DONE]\n\ndata: {\"audio\":\"bm8=\"}\n\n",
    ];
    let (pieces, outcome) = spoken::<Coded>(script("text/event-stream; charset=utf-8", &events)).await;
    assert_eq!((pieces.concat(), outcome), (b"hello".to_vec(), Ok(())));
    assert_eq!(pieces[0], b"hel", "what has come is delivered at once");

    let (pieces, outcome) = spoken::<Coded>(script("application/json", &[b"{\"audio\":", b"\"aGVsbG8=\"}"])).await;
    assert_eq!((pieces, outcome), (vec![b"hello".to_vec()], Ok(())));
}

/// Audio that says which thread decoded it.
struct Where;

impl Protocol for Where {
    const ID: &'static str = "where";
    type Action = Say;
    type Param = ();

    fn encode(_: &Call<'_>, (): &(), _: &NoInput, (): &()) -> Result<Draft> {
        Err(Error::bad_request("not sent in tests"))
    }
}

impl Bytes for Where {
    fn event(_: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
        Ok(Some(STANDARD.encode(here()).into()))
    }

    fn reply(reply: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
        Self::event(reply)
    }
}

fn here() -> String {
    format!("{:?}", std::thread::current().id())
}

#[tokio::test]
async fn large_documents_and_events_are_decoded_where_they_hold_up_nobody() {
    for (media_type, begin, end) in [("application/json", "{", "}"), ("text/event-stream", "data: {", "}\n\n")] {
        for (length, elsewhere) in [(1, false), (1 << 20, true)] {
            let body: &'static str = format!("{begin}{}{end}", " ".repeat(length)).leak();
            let (pieces, outcome) = spoken::<Where>(script(media_type, &[body.as_bytes()])).await;
            assert_eq!(outcome, Ok(()));
            assert_eq!(pieces.concat() != here().into_bytes(), elsewhere, "{media_type}: {length} bytes");
        }
    }
}

#[tokio::test]
async fn a_refusal_in_events_comes_after_the_audio_before_it() {
    for (last, kind) in [
        (&b"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"[..], Kind::ServerUnavailable),
        (b"event: error\ndata: {\"message\":\"overloaded\"}\n\n", Kind::ServerUnavailable),
        (b"data: {\"audio\":\"!\"}\n\n", Kind::BadReply),
        (b"data: {\"audio\n\n", Kind::BadReply),
    ] {
        let (pieces, outcome) =
            spoken::<Coded>(script("text/event-stream", &[b"data: {\"audio\":\"aGVs\"}\n\n", last])).await;
        assert_eq!((pieces.concat(), outcome.unwrap_err().kind()), (b"hel".to_vec(), kind), "{last:?}");
    }
    let (_, outcome) = spoken::<Coded>(script("text/event-stream", &[b"data: {\"type\":\"done\"}\n\n"])).await;
    assert!(outcome.unwrap_err().message().contains("the answer is empty"));
}

/// What happened, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// Requests named 1, 2, ...; each is answered by its script after one pause.
async fn requests(scripts: Vec<Result<Script>>, format: &str) -> (Vec<u8>, Result<()>, Vec<String>) {
    let (log, count): (Log, usize) = (Arc::default(), scripts.len());
    let waiting = Arc::new(Mutex::new(VecDeque::from(scripts)));
    let drafts = (1..=count).map(|number| Ok(Draft::post(number.to_string(), Under::Version)));
    let mut answers = Answers::kept();
    let send = |draft: Draft| -> BoxFuture<'static, Result<Script>> {
        let (log, waiting) = (log.clone(), waiting.clone());
        Box::pin(async move {
            log.lock().unwrap().push(format!("sent {}", draft.path));
            tokio::task::yield_now().await;
            let script = waiting.lock().unwrap().pop_front().unwrap();
            log.lock().unwrap().push(format!("answered {}", draft.path));
            script
        })
    };
    let outcome = match Delivery::new(format, count, &mut answers) {
        Ok(delivery) => in_turn::<Raw, _>(drafts, send, delivery).await,
        Err(error) => Err(error),
    };
    let audio = answers.into_kept().into_iter().flat_map(|message| {
        let message: Value = serde_json::from_slice(&message).unwrap();
        const_hex::decode(message["result"].as_str().unwrap()).unwrap()
    });
    let log = log.lock().unwrap().clone();
    (audio.collect(), outcome, log)
}

#[tokio::test]
async fn long_texts_are_spoken_in_order_and_one_request_is_ahead() {
    let slow = |reads: &[&'static [u8]]| {
        let mut script = script("audio/mpeg", reads);
        (0..4).for_each(|at| script.reads.insert(2 * at, None));
        Ok(script)
    };
    let scripts =
        vec![slow(&[b"a", b"b", b"c", b"d"]), slow(&[b"e", b"f", b"g", b"h"]), slow(&[b"i", b"j", b"k", b"l"])];
    let (audio, outcome, log) = requests(scripts, "mp3").await;
    assert_eq!((audio, outcome), (b"abcdefghijkl".to_vec(), Ok(())));
    // The third is sent when the first is through, not before.
    assert_eq!(log, ["sent 1", "answered 1", "sent 2", "answered 2", "sent 3", "answered 3"]);
}

#[tokio::test]
async fn a_piece_that_fails_ends_the_speech_after_what_came_before() {
    let refused = || Err(Error::new(Kind::RateLimit, "too many"));
    let (audio, outcome, log) =
        requests(vec![Ok(script("audio/mpeg", &[b"a"])), refused(), Ok(script("audio/mpeg", &[b"c"]))], "mp3").await;
    assert_eq!((audio, outcome.unwrap_err().kind()), (b"a".to_vec(), Kind::RateLimit));
    assert!(!log.contains(&"sent 3".to_owned()), "{log:?}");
}

#[tokio::test]
async fn recordings_that_cannot_be_joined_are_refused_before_anything_is_sent() {
    let two = || vec![Ok(script("audio/flac", &[b"fLaC"])), Ok(script("audio/flac", &[b"fLaC"]))];
    let (_, outcome, log) = requests(two(), "flac").await;
    let error = outcome.unwrap_err();
    assert!(error.kind() == Kind::BadRequest && error.message().contains("choose mp3 or wav"), "{error}");
    assert!(log.is_empty());
    let one = vec![Ok(script("audio/flac", &[b"fLaC"]))];
    assert_eq!(requests(one, "flac").await.1, Ok(()));
}

/// Sound without end, for a daemon that does not read.
struct Endless(Script);

impl Source for Endless {
    fn head(&self) -> &Head {
        &self.0.head
    }

    async fn chunk(&mut self) -> Result<Option<Read>> {
        static SOUND: [u8; 4096] = [1; 4096];
        self.0.read.fetch_add(1, Ordering::Relaxed);
        Ok(Some(Read::from_static(&SOUND)))
    }
}

#[tokio::test]
async fn a_daemon_that_does_not_read_stops_the_reading_of_audio() {
    let outbox = Arc::new(Outbox::default());
    let mut answers = Session::new("s", outbox).answers();
    let mut source = Endless(script("audio/mpeg", &[]));
    let read = source.0.read.clone();
    let mut delivery = Delivery::new("mp3", 1, &mut answers).unwrap();
    // The queue to the daemon is full after some megabytes, and then nothing goes on.
    let stopped = answer::at_once(answer::<Raw>(&mut source, &mut delivery)).await;
    assert!(stopped.is_none());
    let megabytes = (read.load(Ordering::Relaxed) * 4096) >> 20;
    assert!((1..8).contains(&megabytes), "{megabytes} MiB of sound read");
}
