//! Shape `json`: one document for one document.

use std::borrow::Cow;
use std::marker::PhantomData;

use bytes::Bytes;

use crate::adapter::{Action, Answer, Json, Protocol};
use crate::call::Call;
use crate::convert::refusals;
use crate::error::Result;
use crate::heavy;
use crate::http::{self, Head, LARGEST_REPLY};
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::request::Draft;
use crate::shapes::{CredentialOf, Prepared};
use crate::tokens;

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
            let prepared = Prepared::<P>::read(call, data, self.parameters)?;
            let output = match P::Action::without_request(&prepared.input) {
                Some(output) => output,
                None => exchange::<P>(call, prepared.draft(call)?).await?,
            };
            deliver::<P>(call, &prepared, output, answers).await
        })
    }
}

/// One request and the output of its reply.
pub(super) async fn exchange<P: Json>(call: &Call<'_>, draft: Draft) -> Result<<P::Action as Answer>::Output> {
    let mut response = http::send(call, draft, "application/json", P::RETREAT).await?;
    let reply = response.body(LARGEST_REPLY).await?;
    let decode =
        |head: &Head, reply: &Bytes| P::decode(reply).map_err(|problem| refusals::undecoded(head, problem, reply));
    heavy::read(&response.head, reply, decode).await
}

type OutputOf<P> = <<P as Protocol>::Action as Answer>::Output;

/// Sends Dify's answer. Tokens that the service did not report are counted, but for a probe.
pub(super) async fn deliver<P: Json>(
    call: &Call<'_>,
    prepared: &Prepared<'_, P>,
    mut output: OutputOf<P>,
    answers: &mut Answers,
) -> Result<()> {
    let credential: &CredentialOf<P> = &prepared.credential;
    if !call.probe
        && let Some(counted) = P::Action::counted(&prepared.input, &mut output)
        && matches!(counted.usage.sum(), None | Some(0))
    {
        let texts = counted.texts.into_iter().map(Cow::Borrowed).collect();
        counted.usage.total = Some(tokens::count_all(texts).await as u64);
    }
    let answer = P::Action::deliver(call, credential, &prepared.input, output)?;
    answers.send_rope(|out| out.append(&answer)).await
}
