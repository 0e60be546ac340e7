//! Calls with one answer each, a number of them in flight: every answer checked, and what they cost.

use std::collections::HashMap;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::candidate::Kind;
use crate::frames::{Frames, Stream};
use crate::gateway::Gateway;
use crate::lines::{Line, Next, content, failure, shown};
use crate::process::{Process, processor};
use crate::replies;
use crate::report::{milliseconds, percentiles};
use crate::requests::{Auth, Caller};

/// How long all calls of a scenario may take.
const LIMIT: Duration = Duration::from_secs(120);
/// Texts of an embedding.
pub const TEXTS: u64 = 64;
/// Documents of a ranking.
pub const DOCUMENTS: u64 = 16;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// [`TEXTS`] texts of [`replies::DIMENSIONS`] numbers each.
    Embeddings,
    /// [`DOCUMENTS`] documents.
    Rerank,
    /// The schema of a model.
    Schema,
    /// Tokens of a message.
    Tokens,
    /// A chat of so many chunks, with a proof of a kind.
    Chat(Auth, u64),
}

/// So many calls.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// What is called.
    pub call: Call,
    /// How often, all in all.
    pub count: u64,
    /// How many at once.
    pub in_flight: u64,
}

/// What a scenario did to a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Processor time of a call, in ms.
    pub processor: f64,
    /// Calls a second.
    pub speed: f64,
    /// From the request to the last line with a part of the answer, in ms: median and 99th percentile.
    pub took: [f64; 2],
}

/// A call on its way: who asks, and how much of the answer has come.
#[derive(Debug, Clone, Copy)]
struct Open {
    sent: Instant,
    parts: u64,
    answered: Option<Instant>,
}

/// Calls, and what has come of them.
pub struct Calls<'a> {
    call: Call,
    gateway: &'a Gateway,
    kind: Kind,
    open: HashMap<u64, Open>,
    /// How long each that has ended took, in ms.
    pub took: Vec<f64>,
}

impl<'a> Calls<'a> {
    /// None yet.
    pub fn new(call: Call, gateway: &'a Gateway, kind: Kind) -> Self {
        Calls { call, gateway, kind, open: HashMap::new(), took: Vec::new() }
    }

    fn caller(&self, session: u64) -> Caller<'_> {
        let auth = if let Call::Chat(auth, _) = self.call { auth } else { Auth::ApiKey };
        Caller { gateway: self.gateway, kind: self.kind, auth, session }
    }

    /// The line of a call.
    pub fn line(&self, session: u64) -> String {
        let caller = self.caller(session);
        match self.call {
            Call::Embeddings => caller.embeddings(TEXTS),
            Call::Rerank => caller.rerank(DOCUMENTS),
            Call::Schema => caller.schema(),
            Call::Tokens => caller.tokens(),
            Call::Chat(_, chunks) => caller.chat(&stream(session, chunks).model()),
        }
    }

    /// Expects the answer of a call.
    pub fn open(&mut self, session: u64, sent: Instant) {
        self.open.insert(session, Open { sent, parts: 0, answered: None });
    }

    /// Takes a line that came at `now`.
    ///
    /// # Errors
    /// If an answer is missing, doubled or altered, or a call fails.
    pub fn take(&mut self, line: &[u8], now: Instant) -> Result<(), String> {
        let (session, end) = match Line::of(line) {
            Line::Other => return Ok(()),
            Line::Error(_) => return Err(failure(line)),
            Line::Message(session) => (session, false),
            Line::End(session) => (session, true),
        };
        let unknown = || format!("session {session} is not open");
        if end {
            let open = self.open.remove(&session).ok_or_else(unknown)?;
            let expected = if let Call::Chat(_, chunks) = self.call { chunks } else { 1 };
            let Some(answered) = open.answered.filter(|_| open.parts == expected) else {
                return Err(format!("session {session} ends with {} of {expected} parts", open.parts));
            };
            self.took.push(milliseconds(answered - open.sent));
            return Ok(());
        }
        let parts = self.open.get(&session).ok_or_else(unknown)?.parts;
        let read = self.read(line, session, parts)?;
        if let Some(open) = self.open.get_mut(&session).filter(|_| read > parts) {
            (open.parts, open.answered) = (read, Some(now));
        }
        Ok(())
    }

    /// How many parts have come after this line.
    fn read(&self, line: &[u8], session: u64, parts: u64) -> Result<u64, String> {
        if let Call::Chat(_, chunks) = self.call {
            return stream(session, chunks).read(&content(line)?, parts, drop);
        }
        if parts > 0 {
            return Err(format!("session {session} is answered twice"));
        }
        let mut message: Value = serde_json::from_slice(line).map_err(|error| format!("{error}: {}", shown(line)))?;
        let answer = message["data"]["data"].take();
        let caller = self.caller(session);
        let right = match self.call {
            Call::Embeddings => replies::embeds(&answer, TEXTS, session),
            Call::Rerank => replies::ranks(&answer, DOCUMENTS, session),
            Call::Schema => {
                let schema = &answer["model_schema"];
                schema["model"] == format!("load.schema.{session}")
                    && schema["model_properties"]["context_size"] == caller.context()
                    && schema["parameter_rules"].as_array().is_some_and(|rules| rules.len() >= 5)
            }
            Call::Tokens => answer["num_tokens"] == caller.tokens_of(),
            Call::Chat(..) => false,
        };
        if right { Ok(1) } else { Err(format!("session {session}, a wrong answer: {}", shown(line))) }
    }
}

/// The chunks of a chat.
fn stream(session: u64, chunks: u64) -> Stream {
    Stream { frames: Frames::Varied, chunks, delay: Duration::ZERO, number: session }
}

impl Scenario {
    /// Runs it. Answers are kept and checked when all have come: who checks must not be who is waited for.
    ///
    /// # Errors
    /// As [`Calls::take`], and if the process ends or takes too long.
    pub fn run(&self, process: &mut Process, gateway: &Gateway) -> Result<Outcome, String> {
        let (id, first) = (process.id(), process.sessions(self.count));
        let mut calls = Calls::new(self.call, gateway, process.kind);
        let mut asked = (first..first + self.count).map(|session| (session, calls.line(session))).collect::<Vec<_>>();
        asked.reverse();
        let mut requests = process.requests.as_ref().ok_or("the process takes no requests")?;
        let mut send = |calls: &mut Calls<'_>| {
            let Some((session, line)) = asked.pop() else { return Ok(()) };
            calls.open(session, Instant::now());
            requests.write_all(line.as_bytes()).map_err(|error| error.to_string())
        };
        let (mut answers, mut ended) = (Vec::new(), 0);
        let (before, began) = (processor(id), Instant::now());
        for _ in 0..self.in_flight {
            send(&mut calls)?;
        }
        while ended < self.count {
            let line = match process.lines.next(began + LIMIT).map_err(|error| error.to_string())? {
                Next::Ended => return Err("the process ended".to_owned()),
                Next::Late => return Err(format!("{ended} of {} calls ended in time", self.count)),
                Next::Line(line) => line,
            };
            answers.push((Instant::now(), line.to_vec()));
            match Line::of(line) {
                Line::Error(_) => return Err(failure(line)),
                Line::End(_) => {
                    ended += 1;
                    send(&mut calls)?;
                }
                Line::Message(_) | Line::Other => {}
            }
        }
        let (took, used) = (began.elapsed().as_secs_f64(), processor(id).saturating_sub(before));
        answers.iter().try_for_each(|(at, line)| calls.take(line, *at))?;
        let count = self.count as f64;
        Ok(Outcome { processor: milliseconds(used) / count, speed: count / took, took: percentiles(calls.took) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gateway() -> Gateway {
        Gateway { address: ([127, 0, 0, 1], 1).into(), epoch: Instant::now() }
    }

    fn line(session: u64, kind: &str, data: &Value) -> Vec<u8> {
        let data = json!({"type": kind, "data": data});
        json!({"event": "session", "session_id": format!("s-{session}"), "data": data}).to_string().into_bytes()
    }

    /// The answer a right plugin gives to call 5.
    fn answer(call: Call, gateway: &Gateway) -> Value {
        let caller = Caller { gateway, kind: Kind::Plugin, auth: Auth::ApiKey, session: 5 };
        match call {
            Call::Embeddings => {
                let texts: Vec<String> = (0..TEXTS).map(|index| format!("text {index} of call 5")).collect();
                let body = json!({"model": "load.embeddings.5", "input": texts}).to_string();
                let reply: Value = serde_json::from_str(&replies::reply(&body).unwrap()).unwrap();
                let vectors = reply["data"].as_array().unwrap().iter().map(|item| item["embedding"].clone());
                json!({"embeddings": vectors.collect::<Vec<_>>(), "usage": {"total_tokens": 2 * TEXTS}})
            }
            Call::Rerank => {
                let reply: Value =
                    serde_json::from_str(&replies::reply(r#"{"model":"load.rerank.5"}"#).unwrap()).unwrap();
                let docs = reply["results"].as_array().unwrap().iter().map(|result| {
                    let index = result["index"].as_u64().unwrap();
                    let text = crate::requests::document(index, 5);
                    json!({"index": index, "text": text, "score": result["relevance_score"]})
                });
                json!({"docs": docs.collect::<Vec<_>>()})
            }
            Call::Tokens => json!({"num_tokens": caller.tokens_of()}),
            _ => json!({"model_schema": {
                "model": "load.schema.5", "model_properties": {"context_size": caller.context()},
                "parameter_rules": [1, 2, 3, 4, 5],
            }}),
        }
    }

    /// Calls 5 and 6 are open; these lines come.
    fn take(call: Call, gateway: &Gateway, lines: &[Vec<u8>]) -> Result<usize, String> {
        let mut calls = Calls::new(call, gateway, Kind::Plugin);
        calls.open(5, Instant::now());
        calls.open(6, Instant::now());
        lines.iter().try_for_each(|line| calls.take(line, Instant::now()))?;
        Ok(calls.took.len())
    }

    #[test]
    fn a_right_answer_passes_and_a_missing_doubled_or_altered_one_does_not() {
        let gateway = gateway();
        let schema = "/model_schema/model";
        for (call, altered) in [
            (Call::Embeddings, vec![("/embeddings/63/1535", json!(0.5)), ("/usage/total_tokens", json!(127))]),
            (
                Call::Rerank,
                vec![("/docs/15/score", json!(0.25)), ("/docs/3/index", json!(0)), ("/docs/3/text", json!("d"))],
            ),
            (Call::Schema, vec![(schema, json!("load.schema.6")), ("/model_schema/model_properties", json!({}))]),
            (Call::Tokens, vec![("/num_tokens", json!(17))]),
        ] {
            let good = answer(call, &gateway);
            let (message, end) = (line(5, "stream", &good), line(5, "end", &json!({})));
            assert_eq!(take(call, &gateway, &[message.clone(), end.clone()]), Ok(1), "{call:?}");
            for (place, wrong) in altered {
                let mut altered = good.clone();
                *altered.pointer_mut(place).unwrap() = wrong;
                assert!(take(call, &gateway, &[line(5, "stream", &altered)]).is_err(), "{call:?} {place}");
            }
            for (what, lines) in [
                ("of another call", vec![line(6, "stream", &good)]),
                ("of no call", vec![line(7, "stream", &good)]),
                ("missing", vec![end.clone()]),
                ("doubled", vec![message.clone(), message.clone()]),
                ("ended twice", vec![message.clone(), end.clone(), end.clone()]),
                ("an error", vec![line(5, "error", &json!({"message": "no"}))]),
            ] {
                assert!(take(call, &gateway, &lines).is_err(), "{call:?} {what}");
            }
        }
    }

    #[test]
    fn a_chat_that_lacks_a_chunk_is_found() {
        let (gateway, call) = (gateway(), Call::Chat(Auth::Jwt, 2));
        let text = |index| {
            let mut frame = String::new();
            stream(5, 2).write(&mut frame, index, 9);
            let event: Value = serde_json::from_str(frame.lines().nth(1).unwrap().split_at(6).1).unwrap();
            line(5, "stream", &json!({"content": event["choices"][0]["delta"]["content"]}))
        };
        let end = line(5, "end", &json!({}));
        assert_eq!(take(call, &gateway, &[text(0), text(1), end.clone()]), Ok(1));
        assert!(take(call, &gateway, &[text(0), end.clone()]).is_err());
        assert!(take(call, &gateway, &[text(1), end]).is_err());
    }
}
