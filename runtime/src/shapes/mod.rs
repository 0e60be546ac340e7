//! What drives an adapter: the five ways a request and its answer can look.

pub mod batch;
pub mod bytes;
pub mod chat;
pub mod json;
pub mod local;
mod source;
pub mod upload;

use serde::Deserialize;

use crate::adapter::{Action, Protocol};
use crate::call::Call;
use crate::credentials::Credential;
use crate::error::{Error, Result, cut};
use crate::parameters::{self, Param, Parameter, Parameters};
use crate::request::Draft;

type CredentialOf<P> = <<P as Protocol>::Action as Action>::Credential;

/// Everything a protocol encodes from.
pub(crate) struct Prepared<'a, P: Protocol> {
    /// The model type's credentials.
    pub(crate) credential: CredentialOf<P>,
    /// What the daemon sent, with its derived values.
    pub(crate) input: <P::Action as Action>::Input<'a>,
    /// The validated parameters.
    pub(crate) param: P::Param,
}

impl<'a, P: Protocol> Prepared<'a, P> {
    /// Reads credentials, input and parameters of a call.
    ///
    /// # Errors
    /// `Credential` naming a field, `BadRequest` naming what cannot be read.
    pub(crate) fn read(call: &Call<'_>, data: &'a str, rules: &[Parameter<CredentialOf<P>>]) -> Result<Self> {
        let credential = CredentialOf::<P>::read(call.stored)?;
        let input = input::<P::Action>(&credential, data)?;
        let given = if rules.is_empty() { serde_json::Map::new() } else { parameters::given(data)? };
        let param = P::Param::take(&Parameters::validate(rules, &credential, &given, call.probe)?);
        Ok(Prepared { credential, input, param })
    }

    /// The request of the call; of a probe, the one that the protocol has for it.
    ///
    /// # Errors
    /// `BadRequest` if the input cannot be sent with this protocol.
    pub(crate) fn draft(&self, call: &Call<'_>) -> Result<Draft> {
        if call.probe {
            P::encode_probe(call, &self.credential, &self.input, &self.param)
        } else {
            P::encode(call, &self.credential, &self.input, &self.param)
        }
    }
}

/// The input of an action, with its derived values.
fn input<'a, A: Action>(credential: &A::Credential, data: &'a str) -> Result<A::Input<'a>> {
    let mut input = A::Input::deserialize(&mut serde_json::Deserializer::from_str(data)).map_err(|error| {
        Error::bad_request(format!("this request cannot be read: {}", cut(&error.to_string(), 300)))
    })?;
    A::derive(&mut input, credential)?;
    Ok(input)
}
