//! Every attempt is signed with the time that it is then, wherever the clock has jumped.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::*;

const DAY: u64 = 86_400;
/// Some time.
const T: u64 = 1_767_225_661;
/// How long a token is valid.
const TTL: u64 = 600;

/// Signs with the date, and the token if there is one.
struct Dated {
    key: Option<SigningKey>,
}

impl Authenticator for Dated {
    fn mint(&self) -> Option<crate::auth::jwt::Order<'_>> {
        let ttl = Duration::from_secs(TTL);
        let order = |key| crate::auth::jwt::Order {
            key,
            algorithm: None,
            key_id: None,
            ttl,
            backdate: Duration::ZERO,
            claims: Vec::new(),
        };
        self.key.as_ref().map(order)
    }

    fn sign(&self, request: &mut Request, moment: &Moment, token: Option<&str>) -> Result<()> {
        request.set_header("date", moment.http_date())?;
        token.map_or(Ok(()), |token| request.set_header("x-token", token))
    }
}

/// What is sent, in seconds since 1970: the date, and the `iat` and `exp` of the token.
type Times = (u64, Option<(u64, u64)>);

fn times_of(request: &reqwest::Request) -> Times {
    let text = |name: &str| Some(request.headers().get(name)?.to_str().unwrap().to_owned());
    let date = httpdate::parse_http_date(&text("date").unwrap()).unwrap();
    let token = text("x-token").map(|token| {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap())
    });
    (date.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(), token)
}

/// A client whose clock shows each of these times once, for attempts that get these answers; and what they sent.
fn client(
    auth: fn() -> Box<dyn Authenticator>,
    attempts: &[(u64, u16, &'static str)],
) -> (Client, Arc<Mutex<Vec<Times>>>) {
    let clock: Mutex<VecDeque<u64>> = Mutex::new(attempts.iter().map(|(time, ..)| *time).collect());
    let answers: Mutex<VecDeque<_>> = Mutex::new(attempts.iter().map(|&(_, status, body)| (status, body)).collect());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let script = {
        let sent = sent.clone();
        move |request: &reqwest::Request| {
            sent.lock().unwrap().push(times_of(request));
            let (status, body) = answers.lock().unwrap().pop_front().unwrap();
            let mut answer = hyper::Response::new(body);
            *answer.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
            answer.into()
        }
    };
    let now = move || SystemTime::UNIX_EPOCH + Duration::from_secs(clock.lock().unwrap().pop_front().unwrap());
    let engine = Engine::new().scripted(Box::new(script)).timed(Box::new(now));
    (Client { engine, auth, ..Client::of("http://gateway.example/v1") }, sent)
}

#[tokio::test]
async fn a_date_is_that_of_its_attempt_when_the_clock_jumps_in_a_call() {
    let refused = "extra: not permitted";
    let (client, sent) = client(|| Box::new(Dated { key: None }), &[(T, 400, refused), (T - DAY, 200, "{}")]);
    client.send(r#"{"extra":1}"#, Retreat { drop: &["extra"], ..NO_RETREAT }).await.unwrap();
    assert_eq!(*sent.lock().unwrap(), [(T, None), (T - DAY, None)]);
}

#[tokio::test]
async fn a_token_is_of_the_new_time_when_the_clock_jumps() {
    let with_key = || -> Box<dyn Authenticator> {
        let text = r#"{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA","alg":"HS256"}"#;
        Box::new(Dated { key: Some(SigningKey { text: Secret::new(text), label: "Key" }) })
    };
    let minted = |time: u64| Some((time, time + TTL));
    let (client, sent) = client(
        with_key,
        &[
            (T, 200, "{}"),
            (T + 1, 200, "{}"),
            // Set back, then forward.
            (T - DAY, 200, "{}"),
            (T + DAY, 200, "{}"),
            // It jumps in a call: what the gateway refuses is of the time before.
            (T + DAY + 1, 401, "Jwt is expired"),
            (T + 2 * DAY, 200, "{}"),
        ],
    );
    for _ in 0..5 {
        client.send("{}", NO_RETREAT).await.unwrap();
    }
    let expected = [
        (T, minted(T)),
        (T + 1, minted(T)),
        (T - DAY, minted(T - DAY)),
        (T + DAY, minted(T + DAY)),
        (T + DAY + 1, minted(T + DAY)),
        (T + 2 * DAY, minted(T + 2 * DAY)),
    ];
    assert_eq!(*sent.lock().unwrap(), expected);
}
