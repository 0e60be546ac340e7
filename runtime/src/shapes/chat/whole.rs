//! Shape `json` of a conversation: one document becomes one chunk.

use std::marker::PhantomData;
use std::time::Instant;

use super::answer::{Asked, answer_whole};
use crate::adapter::{Action, Protocol, Whole};
use crate::call::Call;
use crate::error::Result;
use crate::http::{self, LARGEST_REPLY};
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::shapes::Prepared;

/// The operation of a `json` protocol that answers a conversation, with the plugin's parameter rules.
pub struct WholeOperation<P: Whole> {
    /// What a call may set.
    pub parameters: &'static [Parameter<<<P as Protocol>::Action as Action>::Credential>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Whole> Operation for WholeOperation<P> {
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let started = Instant::now();
            let prepared = Prepared::<P>::read(call, data, self.parameters)?;
            let mut response = http::send(call, prepared.draft(call)?, "application/json", P::RETREAT).await?;
            let body = response.body(LARGEST_REPLY).await?;
            let asked = Asked::of(call, &prepared, started);
            answer_whole::<P::Action>(&response.head, body, P::reply, asked, answers).await
        })
    }
}
