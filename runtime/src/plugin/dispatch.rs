//! From the `data` of a request to the operation that serves it.

use std::borrow::Cow;
use std::fmt;
use std::time::Instant;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Leaf, Offer, Plugin, Select, Unlisted};
use crate::auth::{Authenticator, Moment};
use crate::call::{Call, Caller};
use crate::connection::Connection;
use crate::credentials::{Field, Row, Stored, Wiped};
use crate::error::{Error, Kind, Result, cut};
use crate::json;
use crate::operation::{Answers, Engine, Operation};
use crate::request::Request;
use crate::session::Failure;
use crate::shapes::chat::task::{CHECK_POLLING, START_POLLING};
use crate::wire::{self, Envelope, Word, word};

/// Members that all requests have. Absent, null and `""` are the same; of members named twice the last one counts.
#[derive(Default)]
struct Header<'a> {
    action: Option<Cow<'a, str>>,
    model_type: Option<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    user: Option<Cow<'a, str>>,
    credentials: Option<&'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Header<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Header<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the data of a request")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut header = Header::default();
                while let Some(Word(key)) = map.next_key()? {
                    match &*key {
                        "action" => header.action = word(&mut map)?,
                        "model_type" => header.model_type = word(&mut map)?,
                        "model" => header.model = word(&mut map)?,
                        "user_id" => header.user = word(&mut map)?,
                        "credentials" => header.credentials = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl<'a> Header<'a> {
    /// The credentials, bound to a plugin's fields; none if there are none.
    fn stored(&self, fields: &'static [Field], lenient: bool) -> Result<Stored<'a>> {
        let row = self.credentials.map(RawValue::get).map(serde_json::from_str::<Row<'a>>).transpose();
        Stored::new(fields, row.map_err(|_| no_credentials())?.unwrap_or_default(), lenient)
    }
}

impl Plugin {
    /// Whether a line asks for an action that is answered here, without any request.
    pub(crate) fn answers_here(&self, line: &[u8]) -> bool {
        let data = Envelope::parse(line).ok().and_then(|envelope| envelope.data);
        let header = data.and_then(|data| serde_json::from_str::<Header<'_>>(data.get()).ok());
        let action = header.and_then(|header| header.action);
        action.is_some_and(|action| self.offers.iter().any(|(_, offer)| offer.answers_here(&action)))
    }

    /// Serves one request. Every error is masked and has the type that Dify acts on.
    pub(crate) async fn serve(
        &self,
        engine: &Engine,
        caller: Caller<'_>,
        data: &str,
        answers: &mut Answers,
    ) -> std::result::Result<(), Failure> {
        let header: Header<'_> = serde_json::from_str(data)
            .map_err(|error| Error::bad_request(format!("this request cannot be read: {}", wire::problem(&error))))?;
        let action = header.action.as_deref().ok_or_else(|| Error::bad_request("this request names no action"))?;
        match action {
            "validate_provider_credentials" => Ok(validated(&header, answers).await?),
            "validate_model_credentials" => {
                let outcome = self.validate(engine, &header, caller, answers).await;
                outcome.map_err(|error| Failure { error, error_type: "CredentialsValidateFailedError" })
            }
            "get_ai_model_schemas" => Ok(self.schema(&header, answers).await?),
            START_POLLING | CHECK_POLLING if !self.polls(&header) => Err(Failure {
                error: Error::bad_request("this model does not serve polling; it answers `invoke_llm`"),
                error_type: "PluginLLMPollingUnsupportedError",
            }),
            _ => Ok(self.invoke(engine, action, &header, caller, data, answers).await?),
        }
    }

    /// Whether the model that a request names can be polled. What is wrong with the request is for its operation to say.
    fn polls(&self, header: &Header<'_>) -> bool {
        let leaf = header.stored(self.fields, false).and_then(|stored| {
            let leaf = self.leaf(header, &stored)?;
            Ok(leaf.operations.iter().any(|operation| operation.action() == START_POLLING))
        });
        leaf.unwrap_or(true)
    }

    async fn invoke(
        &self,
        engine: &Engine,
        action: &str,
        header: &Header<'_>,
        caller: Caller<'_>,
        data: &str,
        answers: &mut Answers,
    ) -> Result<()> {
        let stored = header.stored(self.fields, false)?;
        let outcome = async {
            if !self.offers.iter().any(|(_, offer)| offer.serves(action)) {
                return Err(Error::bad_request(format!("unknown action `{}`", cut(action, 60))));
            }
            let leaf = self.leaf(header, &stored)?;
            let operation = leaf.operations.iter().find(|operation| operation.action() == action).ok_or_else(|| {
                let known: Vec<_> = leaf.operations.iter().map(|operation| operation.action()).collect();
                Error::bad_request(format!(
                    "this model does not serve `{}`, only {}",
                    cut(action, 60),
                    known.join(", ")
                ))
            })?;
            let call = self.call(engine, header, caller, &stored, leaf, operation.is_local())?;
            operation.run(&call, data, answers).await
        }
        .await;
        outcome.map_err(|error| error.masked(|text| stored.mask(text)))
    }

    /// Runs the probe and reads its answer to the end. Content blocked by rules proves as much as an answer, and so
    /// does an error that the protocol expects.
    async fn validate(
        &self,
        engine: &Engine,
        header: &Header<'_>,
        caller: Caller<'_>,
        answers: &mut Answers,
    ) -> Result<()> {
        let stored = header.stored(self.fields, false)?;
        let mut passes_on: &[Kind] = &[];
        let outcome = async {
            let leaf = self.leaf(header, &stored)?;
            passes_on = leaf.passes_on;
            let operation =
                leaf.operations.first().ok_or_else(|| Error::bad_request("this model type cannot be validated"))?;
            let mut call = self.call(engine, header, caller, &stored, leaf, operation.is_local())?;
            call.probe = true;
            let probe = (leaf.probe)(&stored)?;
            let probe = std::str::from_utf8(&probe).map_err(|_| Error::bad_request("the probe is not text"))?;
            operation.run(&call, probe, &mut Answers::nowhere()).await
        }
        .await;
        match outcome {
            Ok(()) => {}
            Err(error) if error.proves_credentials(passes_on) => {}
            Err(error) => return Err(error.masked(|text| stored.mask(text))),
        }
        validated(header, answers).await
    }

    /// Lenient: an error would hide the model in Dify.
    async fn schema(&self, header: &Header<'_>, answers: &mut Answers) -> Result<()> {
        let stored = header.stored(self.fields, true)?;
        let leaf = self.leaf(header, &stored)?;
        let mut schema = (leaf.schema)(&stored).map_err(|error| error.masked(|text| stored.mask(text)))?;
        schema.model = model(header)?.to_owned();
        schema.label = stored.text("connection.display_name")?.unwrap_or_else(|| schema.model.clone());
        let answer = json::answer(|answer| answer.object("model_schema", |out| schema.write(out)))?;
        answers.send_rope(|out| out.append(&answer)).await
    }

    fn call<'a>(
        &self,
        engine: &'a Engine,
        header: &'a Header<'_>,
        caller: Caller<'a>,
        stored: &'a Stored<'a>,
        leaf: &Leaf,
        is_local: bool,
    ) -> Result<Call<'a>> {
        let model = model(header)?;
        let (connection, auth): (_, Box<dyn Authenticator>) = if is_local {
            (Connection::unused(), Box::new(Unsigned))
        } else {
            let suffixes: Vec<&str> = self.endpoint_suffixes.iter().copied().chain(leaf.endpoint_suffix).collect();
            let connection = Connection::read(stored, self.endpoint_version, &suffixes)?;
            (Connection { attach: self.attach, ..connection }, self.auth.pick(stored)?(stored)?)
        };
        let upstream_model = match (&connection.model, leaf.model) {
            (Some(stored), _) => Cow::Owned(stored.clone()),
            (None, Some(offered)) => Cow::Borrowed(offered),
            (None, None) => Cow::Borrowed(model),
        };
        let caller = Caller { user: header.user.as_deref(), ..caller };
        let started = Instant::now();
        Ok(Call { model, upstream_model, caller, stored, connection, auth, engine, started, probe: false })
    }

    fn leaf(&self, header: &Header<'_>, stored: &Stored<'_>) -> Result<&Leaf> {
        let wanted =
            header.model_type.as_deref().ok_or_else(|| Error::bad_request("this request names no model type"))?;
        let mut offer = self.offers.iter().find(|(model_type, _)| *model_type == wanted).map(|(_, offer)| offer);
        loop {
            match offer {
                Some(Offer::Leaf(leaf)) => return Ok(leaf),
                Some(Offer::Branch(select)) => offer = Some(select.pick(stored)?),
                None => {
                    let known: Vec<_> = self.offers.iter().map(|(model_type, _)| *model_type).collect();
                    return Err(Error::bad_request(format!(
                        "unknown model type `{}`; this plugin has {}",
                        cut(wanted, 60),
                        known.join(", ")
                    )));
                }
            }
        }
    }
}

impl Offer {
    /// Whether any of its protocols serves an action.
    fn serves(&self, action: &str) -> bool {
        self.any(&|operation| operation.action() == action)
    }

    /// Whether any of its operations answers an action without a request.
    fn answers_here(&self, action: &str) -> bool {
        self.any(&|operation| operation.action() == action && operation.is_local())
    }

    fn any(&self, is: &dyn Fn(&dyn Operation) -> bool) -> bool {
        match self {
            Offer::Leaf(leaf) => leaf.operations.iter().any(|operation| is(*operation)),
            Offer::Branch(select) => select.options.iter().any(|(_, offer)| offer.any(is)),
        }
    }
}

impl<T> Select<T> {
    /// The selected option.
    fn pick(&self, stored: &Stored<'_>) -> Result<&T> {
        let option = |word: &str| self.options.iter().find(|(stored, _)| *stored == word).map(|(_, option)| option);
        let chosen = stored.selected(self.variable);
        let word = chosen.as_deref().unwrap_or(self.default);
        let falls_back = stored.is_lenient() || self.unlisted == Unlisted::Default;
        let found = option(word).or_else(|| falls_back.then(|| option(self.default)).flatten());
        found.ok_or_else(|| {
            let words: Vec<_> = self.options.iter().map(|(word, _)| *word).collect();
            Error::credential(self.label.en_us, format!("`{}` is none of {}", cut(word, 60), words.join(", ")))
        })
    }
}

fn model<'a>(header: &'a Header<'_>) -> Result<&'a str> {
    header.model.as_deref().ok_or_else(|| Error::bad_request("this request names no model"))
}

/// Credentials go back unchanged: Dify stores what it gets.
async fn validated(header: &Header<'_>, answers: &mut Answers) -> Result<()> {
    #[derive(Serialize)]
    struct Valid<'a> {
        result: bool,
        credentials: &'a Map<String, Value>,
    }
    let members = header.credentials.map(RawValue::get).map(serde_json::from_str::<Map<_, _>>).transpose();
    let members = Wiped::from(members.map_err(|_| no_credentials())?.unwrap_or_default());
    let valid = Valid { result: true, credentials: &members };
    // Writing to memory does not fail, and JSON that was read can be written.
    answers.send(|out| drop(serde_json::to_writer(out, &valid))).await
}

fn no_credentials() -> Error {
    Error::bad_request("this request cannot be read: its credentials are no object")
}

/// For actions without a request.
struct Unsigned;

impl Authenticator for Unsigned {
    fn sign(&self, _: &mut Request, _: &Moment, _: Option<&str>) -> Result<()> {
        Err(Error::bad_request("this action makes no request"))
    }
}

#[cfg(test)]
mod tests;
