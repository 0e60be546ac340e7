//! Runs a spec's examples through a generated adapter: no network, no daemon. Generated tests are made of these.
//!
//! Everything here panics when an example does not hold: it is called from tests only.

mod auth;
mod joined;

use std::borrow::Cow;
use std::marker::PhantomData;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::adapter::{Action, Answer, Bytes, Chat, Json, Protocol, State, Task, Upload, Whole};
use crate::auth::{Authenticator, Moment};
use crate::call::{Call, Caller};
use crate::connection::{Connection, EndpointVersion};
use crate::credentials::{Credential, Field, FieldType, Stored};
use crate::error::Result;
use crate::operation::Engine;
use crate::output::Chat as Output;
use crate::parameters::{Param, Parameter, Parameters};
use crate::reply::Undecoded;
use crate::request::{Draft, Request, parts};
use crate::text::Text;

pub use auth::AuthExample;
use joined::Joined;

type CredentialOf<P> = <<P as Protocol>::Action as Action>::Credential;

static ENDPOINT: Field = Field {
    id: "connection.endpoint",
    variable: "connection.endpoint",
    label: Text::all("Endpoint"),
    kind: FieldType::Url,
    required: true,
    ..Field::DEFAULTS
};

/// One example of a protocol spec. The model is `m`, credentials are stored under their logical names.
///
/// ```text
/// Example::<OpenaiChat>::of().fields(llm::FIELDS).parameters(PARAMETERS)
///     .credential("llm.thinking", "switchable").parameter("temperature", "0.5")
///     .input(r#"{...}"#).header("x-a", "b").sends(r#"{...}"#)
///     .streams(&[r#"{...}"#]).yields(r#"{...}"#);
/// ```
pub struct Example<P: Protocol> {
    protocol: PhantomData<P>,
    fields: Vec<Field>,
    parameters: &'static [Parameter<CredentialOf<P>>],
    credentials: Map<String, Value>,
    given: Map<String, Value>,
    input: String,
    headers: Vec<(String, String)>,
    receives: Option<String>,
    streams: Vec<String>,
}

impl<P: Protocol> Example<P> {
    /// An example of a protocol.
    pub fn of() -> Self {
        Example {
            protocol: PhantomData,
            fields: Vec::new(),
            parameters: &[],
            credentials: Map::new(),
            given: Map::new(),
            input: "{}".to_owned(),
            headers: Vec::new(),
            receives: None,
            streams: Vec::new(),
        }
    }

    /// Credential fields that may be set, logical names as variables: those of the model type, then the protocol's own.
    #[must_use]
    pub fn fields(mut self, fields: &[Field]) -> Self {
        self.fields.extend_from_slice(fields);
        self
    }

    /// The parameters that may be set.
    #[must_use]
    pub fn parameters(mut self, parameters: &'static [Parameter<CredentialOf<P>>]) -> Self {
        self.parameters = parameters;
        self
    }

    /// A stored credential: logical id and stored text.
    #[must_use]
    pub fn credential(mut self, id: &str, value: &str) -> Self {
        self.credentials.insert(id.to_owned(), value.into());
        self
    }

    /// A model parameter, its value as JSON.
    #[must_use]
    pub fn parameter(mut self, name: &str, json: &str) -> Self {
        self.given.insert(name.to_owned(), parsed("parameter", json));
        self
    }

    /// What the daemon sends, as JSON.
    #[must_use]
    pub fn input(mut self, json: &str) -> Self {
        json.clone_into(&mut self.input);
        self
    }

    /// A header the request must have; checked by [`sends`](Self::sends).
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// What the endpoint must be sent, as JSON: the body, or the parts in their order, a file as its name and type.
    ///
    /// # Panics
    /// If the adapter sends something else.
    #[must_use]
    pub fn sends(self, json: &str) -> Self {
        let draft = self.encoded();
        let expected = parsed("sends", json);
        match parts::read(draft.content_type.as_deref().unwrap_or_default(), &draft.body) {
            Some(sent) => assert_sent(&sent, &expected),
            None => {
                let body = std::str::from_utf8(&draft.body).expect("a body that is text");
                assert_same("the request body", &parsed("body", body), &expected);
            }
        }
        for (name, value) in &self.headers {
            let given = draft.given.iter().map(|(key, value)| (key, value.reveal()));
            let mut headers = draft.headers.iter().map(|(key, value)| (key, value.as_str())).chain(given);
            let sent = headers.find(|(key, _)| *key == name).map(|(_, value)| value);
            assert_eq!(sent, Some(value.as_str()), "header {name} of the request");
        }
        self
    }

    /// What the endpoint replies, as JSON.
    #[must_use]
    pub fn receives(mut self, json: &str) -> Self {
        self.receives = Some(json.to_owned());
        self
    }

    /// The events the endpoint streams, as JSON documents.
    #[must_use]
    pub fn streams(mut self, events: &[&str]) -> Self {
        self.streams = events.iter().map(|&event| event.to_owned()).collect();
        self
    }

    /// What the polls of a task receive after its first reply, as JSON documents.
    #[must_use]
    pub fn polls(self, replies: &[&str]) -> Self {
        self.streams(replies)
    }

    /// What must come of it, as JSON. `Shape` is inferred from the protocol.
    ///
    /// # Panics
    /// If something else comes of it.
    pub fn yields<Shape>(self, json: &str)
    where
        P: Decodes<Shape>,
    {
        let outcome = P::decodes(self.receives.as_deref(), &self.streams);
        assert_same("what the adapter made of the reply", &outcome, &parsed("yields", json));
    }

    fn encoded(&self) -> Draft {
        let stored = Stored::new(self.fields.clone().leak(), &self.credentials, false).expect("usable credentials");
        let credential = CredentialOf::<P>::read(&stored).expect("usable credentials");
        let given =
            Parameters::validate(self.parameters, &credential, &self.given, false).expect("parameters within limits");
        let param = P::Param::take(&given);
        let mut input: <P::Action as Action>::Input<'_> =
            serde_json::from_str(&self.input).unwrap_or_else(|error| panic!("input {}: {error}", self.input));
        P::Action::derive(&mut input, &credential).expect("an input that can be used");

        let endpoint = Map::from_iter([(ENDPOINT.id.to_owned(), Value::from("https://gateway.example/v1"))]);
        let connection = Connection::read(
            &Stored::new(std::slice::from_ref(&ENDPOINT), &endpoint, false).expect("an endpoint"),
            EndpointVersion::AsGiven,
            &[],
        )
        .expect("a connection");
        let engine = Engine::new();
        let call = Call {
            model: "m",
            upstream_model: "m".into(),
            caller: Caller::default(),
            stored: &stored,
            connection,
            auth: Box::new(Unsigned),
            engine: &engine,
            started: std::time::Instant::now(),
            probe: false,
        };
        P::encode(&call, &credential, &input, &param).unwrap_or_else(|error| panic!("encode: {error}"))
    }
}

struct Unsigned;

impl Authenticator for Unsigned {
    fn sign(&self, _: &mut Request, _: &Moment, _: Option<&str>) -> Result<()> {
        Ok(())
    }
}

/// Decoding of one shape, as JSON. `Shape` only tells the implementations apart.
pub trait Decodes<Shape>: Protocol {
    /// What a reply or a stream comes to.
    fn decodes(receives: Option<&str>, streams: &[String]) -> Value;
}

/// Marks shape `json`.
pub struct AsJson;

impl<P> Decodes<AsJson> for P
where
    P: Json,
    <P::Action as Answer>::Output: Serialize,
{
    fn decodes(receives: Option<&str>, _: &[String]) -> Value {
        let receives = receives.expect("an example of shape json has a reply");
        match P::decode(&receives.to_owned().into()) {
            Ok(output) => serde_json::to_value(output).expect("an output that can be shown as JSON"),
            Err(undecoded) => panic!("{receives}\nwas not decoded: {undecoded:?}"),
        }
    }
}

/// Marks shape `upload`.
pub struct AsUpload;

impl<P> Decodes<AsUpload> for P
where
    P: Upload,
    <P::Action as Answer>::Output: Serialize,
{
    /// A reply that is a JSON text is an answer of plain text.
    fn decodes(receives: Option<&str>, _: &[String]) -> Value {
        let receives = receives.expect("an example of shape upload has a reply");
        let output = match parsed("receives", receives) {
            Value::String(text) => P::plain(&text).unwrap_or_else(|| panic!("{receives}\nis no answer")),
            _ => P::decode(&receives.to_owned().into())
                .unwrap_or_else(|undecoded| panic!("{receives}\nwas not decoded: {undecoded:?}")),
        };
        serde_json::to_value(output).expect("an output that can be shown as JSON")
    }
}

/// Marks shape `bytes`.
pub struct AsBytes;

impl<P: Bytes> Decodes<AsBytes> for P {
    /// Audio as hexadecimal text; a reply that is a JSON text is raw audio in that form.
    fn decodes(receives: Option<&str>, streams: &[String]) -> Value {
        let decoded = |audio: Option<Cow<'_, str>>| {
            let audio = STANDARD.decode(audio.unwrap_or_default().as_bytes()).expect("audio in base64");
            const_hex::encode(audio)
        };
        let event = |event: &String| match P::event(event) {
            Ok(audio) => decoded(audio),
            Err(undecoded) => panic!("{event}\nwas not decoded: {undecoded:?}"),
        };
        let mut heard: String = streams.iter().map(event).collect();
        if let Some(reply) = receives {
            match (parsed("receives", reply), P::reply(reply)) {
                (Value::String(raw), _) => heard.push_str(&raw),
                (_, Ok(audio)) => heard.push_str(&decoded(audio)),
                (_, Err(undecoded)) => panic!("{reply}\nwas not decoded: {undecoded:?}"),
            }
        }
        heard.into()
    }
}

/// Marks shape `chat`.
pub struct AsChat;

impl<P: Chat> Decodes<AsChat> for P {
    fn decodes(receives: Option<&str>, streams: &[String]) -> Value {
        let mut joined = Joined::default();
        for event in streams {
            match P::event(event) {
                Ok(chat) => joined.add(chat),
                Err(undecoded) => panic!("{event}\nwas not decoded: {undecoded:?}"),
            }
        }
        if let Some(reply) = receives {
            match P::reply(reply) {
                Ok(chat) => joined.add(chat),
                Err(undecoded) => panic!("{reply}\nwas not decoded: {undecoded:?}"),
            }
        }
        serde_json::to_value(joined).expect("text and numbers are JSON")
    }
}

/// Marks shape `json` of a conversation.
pub struct AsWhole;

impl<P: Whole> Decodes<AsWhole> for P {
    fn decodes(receives: Option<&str>, _: &[String]) -> Value {
        let receives = receives.expect("an example of shape json has a reply");
        read_chat(receives, P::reply)
    }
}

/// Marks shape `task`.
pub struct AsTask;

impl<P: Task> Decodes<AsTask> for P {
    fn decodes(receives: Option<&str>, polls: &[String]) -> Value {
        let receives = receives.expect("an example of shape task has a first reply");
        let kept = P::keep(receives).unwrap_or_else(|problem| panic!("{receives}\nkeeps nothing: {problem:?}"));
        let kept = serde_json::to_value(kept).expect("what is kept is JSON");
        let _: P::Kept = serde_json::from_value(kept).expect("what is kept can be read again");
        let (last, earlier) = polls.split_last().expect("an example of shape task has polls");
        let state = |poll: &String| match P::progress(poll) {
            Ok(progress) => progress.state,
            Err(undecoded) => panic!("{poll}\nwas not decoded: {undecoded:?}"),
        };
        assert!(
            earlier.iter().all(|poll| state(poll) == Some(State::Running)),
            "a poll before the last is not running"
        );
        assert_eq!(state(last), Some(State::Succeeded), "{last}");
        read_chat(last, P::reply)
    }
}

fn read_chat(reply: &str, read: fn(&str) -> Result<Output<'_>, Undecoded>) -> Value {
    let mut joined = Joined::default();
    match read(reply) {
        Ok(chat) => joined.add(chat),
        Err(undecoded) => panic!("{reply}\nwas not decoded: {undecoded:?}"),
    }
    serde_json::to_value(joined).expect("text and numbers are JSON")
}

fn parsed(what: &str, json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{what} is not JSON: {error}\n{json}"))
}

fn assert_same(what: &str, came: &Value, expected: &Value) {
    assert!(same(came, expected), "{what} differs\n  came:     {came}\n  expected: {expected}");
}

fn assert_sent(parts: &[parts::Part<'_>], expected: &Value) {
    let sent = parts.iter().map(|part| {
        let value = match part.file {
            Some((filename, content_type)) => json!({ "filename": filename, "content_type": content_type }),
            None => String::from_utf8_lossy(part.content).into(),
        };
        (part.name, value)
    });
    let expected = expected.as_object().expect("parts are an object").iter().map(|(name, value)| {
        // Every part is text.
        let is_text = value.is_string() || value.is_object();
        (name.as_str(), if is_text { value.clone() } else { value.to_string().into() })
    });
    let (sent, expected): (Vec<_>, Vec<_>) = (sent.collect(), expected.collect());
    assert_eq!(sent, expected, "the parts of the request differ");
}

/// Equality of documents: 1 is 1.0, the order of members does not count.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_compared_as_json_not_as_text() {
        assert!(same(&parsed("", r#"{"a":1,"b":[1.0]}"#), &parsed("", r#"{"b":[1],"a":1.0}"#)));
        assert!(!same(&parsed("", r#"{"a":1}"#), &parsed("", r#"{"a":1,"b":2}"#)));
        assert!(!same(&parsed("", "[1,2]"), &parsed("", "[2,1]")));
    }
}
