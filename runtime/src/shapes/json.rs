//! Shape `json`: one document for one document.

use std::marker::PhantomData;

use crate::adapter::{Action, Answer, Json, Protocol};
use crate::call::Call;
use crate::convert::refusals;
use crate::error::Result;
use crate::http::{self, LARGEST_REPLY};
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::shapes::Prepared;

/// The operation of a `json` protocol, with the plugin's parameter rules.
pub struct JsonOperation<P: Json> {
    /// What a call may set.
    pub parameters: &'static [Parameter<<<P as Protocol>::Action as Action>::Credential>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Json> Operation for JsonOperation<P> {
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let Prepared { credential, input, param } = Prepared::<P>::read(call, data, self.parameters)?;
            let output = match P::Action::without_request(&input) {
                Some(output) => output,
                None => {
                    let draft = P::encode(call, &credential, &input, &param)?;
                    let mut response = http::send(call, draft, "application/json", P::RETREAT).await?;
                    let reply = response.body(LARGEST_REPLY).await?;
                    P::decode(&reply).map_err(|problem| refusals::undecoded(&response.head, problem, &reply))?
                }
            };
            let answer = P::Action::deliver(call, &credential, &input, output)?;
            answers.send(|out| out.extend_from_slice(&answer)).await
        })
    }
}
