//! What is counted. Every work does what a plugin does with it, as often as it is told; whole calls are in [`calls`].

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use generated::protocols::openai_chat::OpenaiChat;
use runtime::adapter::Chat;
use runtime::auth::Moment;
use runtime::auth::hmac::{Encoding, Mac};
use runtime::auth::jwt::{Order, mint};
use runtime::credentials::{Secret, SigningKey};
use runtime::frame::sse::Sse;
use runtime::outbox::Outbox;
use runtime::session::Session;
use runtime::shapes::chat::chunk::{Chunks, Said};
use runtime::shapes::chat::pattern::Pattern;

use crate::calls;

/// Name, how often it is run at least, and the work.
pub type Work = (&'static str, u32, fn(u32));

/// All that is counted.
pub const ALL: &[Work] = &[
    ("framing", 2_000, framing),
    ("decoding", 2_000, decoding),
    ("likeness", 2_000, likeness),
    ("line", 2_000, line),
    ("signing", 2_000, signing),
    ("mint-HS256", 200, |times| minting("HS256", times)),
    ("mint-ES256", 20, |times| minting("ES256", times)),
    ("mint-RS256", 5, |times| minting("RS256", times)),
    ("session", 200, calls::session),
    ("schema", 200, calls::schema),
    ("vectors", 20, calls::vectors),
];

/// All keys were made for tests and open nothing.
const KEYS: &str = include_str!("../../fixtures/keys.json");

/// The data of an event of a stream in which `id`, `created` and padding differ.
fn event(number: u32) -> String {
    let padding = "x8Kq0ZpL3vWm7RtYbN2cJ5hG".get(..number as usize % 24).unwrap_or_default();
    format!(
        "{{\"id\":\"chatcmpl-{number:016x}\",\"object\":\"chat.completion.chunk\",\"created\":{},\"model\":\"qwen-plus\",\
         \"system_fingerprint\":null,\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" token{number}\"}},\
         \"logprobs\":null,\"finish_reason\":null}}],\"obfuscation\":\"{padding}\"}}",
        1_700_000_000 + number
    )
}

fn framing(times: u32) {
    let mut sse = Sse::new(None, 8 << 20);
    let frame = format!("data: {}\n\n", event(7));
    for _ in 0..times {
        sse.push(black_box(frame.as_bytes()));
        while let Ok(Some(event)) = sse.next() {
            black_box(&event.data);
        }
    }
}

fn decoding(times: u32) {
    let event = event(7);
    for _ in 0..times {
        let _ = black_box(OpenaiChat::event(black_box(&event)));
    }
}

fn likeness(times: u32) {
    let mut pattern = Pattern::new(OpenaiChat::PATHS);
    let first = event(0);
    let chat = OpenaiChat::event(&first).expect("an event");
    pattern.keep(&first, &chat);
    let events: Vec<String> = (0..24).map(event).collect();
    for number in 0..times as usize {
        assert!(pattern.read(black_box(&events[number % 24])).is_some(), "these events are alike");
    }
}

fn line(times: u32) {
    let outbox = Arc::new(Outbox::default());
    let mut answers = Session::new("0b0f7c8e-5a3e-4f4c-9d27-3f1f0a1f5b11", outbox.clone()).answers();
    let mut chunks = Chunks::of("qwen-plus");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("an event loop");
    runtime.block_on(async {
        for number in 0..times {
            let said = Said { text: black_box(" token and\na \"half\""), pictures: &[], calls: &[] };
            answers.send(|out| chunks.write(out, &said, None)).await.expect("somebody reads");
            if number % 8 == 7 {
                black_box(outbox.next().await);
            }
        }
    });
}

fn signing(times: u32) {
    let secret = Secret::new("hs-8d1f40e2b7c94a6f".to_owned());
    let text = "POST\napplication/json\nqL8tVt5p3O3xqkK0m1f4bA==\napplication/json\nThu, 01 Jan 2026 00:01:01 GMT\n\
                x-ca-key:ak-consumer-b81e6d\nx-ca-nonce:1\nx-ca-timestamp:1767225661000\n/v1/chat/completions";
    for _ in 0..times {
        black_box(Mac::HmacSha256.sign(&secret, black_box(text), Encoding::Base64));
    }
}

fn minting(algorithm: &str, times: u32) {
    let key = SigningKey { text: Secret::new(KEYS.to_owned()), label: "Private key" };
    let order = Order {
        key: &key,
        algorithm: Some(algorithm),
        key_id: None,
        ttl: Duration::from_secs(7_200),
        backdate: Duration::from_secs(60),
        claims: vec![("iss".to_owned(), "https://dify.example".to_owned())],
    };
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_661);
    let moment = Moment { time, nonce: "0b0f7c8e5a3e4f4c9d273f1f0a1f5b11".to_owned() };
    for _ in 0..times {
        black_box(mint(&order, &moment).expect("a token"));
    }
}
