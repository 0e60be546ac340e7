//! Shape `bytes`: audio as raw bytes, delivered while it arrives; or in base64, in events or in one document.
//!
//! Long texts are several requests, one after the other. The next one is sent while the audio of the one before is
//! delivered, and no more than that: who does not read the audio stops the requests too.

mod answer;
mod delivery;
mod wav;

use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;

use crate::adapter::{Action, Batched, Bytes, Protocol, Speech};
use crate::call::Call;
use crate::error::{Error, Kind, Result};
use crate::http::{self, OVERALL};
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::request::Draft;
use crate::shapes::Prepared;
use crate::shapes::batch::slices;
use crate::shapes::source::Source;
use answer::answer;
use delivery::Delivery;

/// The operation of a `bytes` protocol, with the plugin's parameter rules.
pub struct BytesOperation<P: Bytes> {
    /// What a call may set.
    pub parameters: &'static [Parameter<<<P as Protocol>::Action as Action>::Credential>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Bytes> Operation for BytesOperation<P> {
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let Prepared { credential, input, param } = Prepared::<P>::read(call, data, self.parameters)?;
            let draft = P::encode(call, &credential, &input, &param)?;
            let format = P::Action::format(&credential);
            speak::<P>(call, format, 1, std::iter::once(Ok(draft)), answers).await
        })
    }
}

/// The operation of a `bytes` protocol with `batch`, likewise.
pub struct BytesBatchOperation<P: Bytes + Batched> {
    /// What a call may set.
    pub parameters: &'static [Parameter<<<P as Protocol>::Action as Action>::Credential>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Bytes + Batched> Operation for BytesBatchOperation<P> {
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let Prepared { credential, input, param } = Prepared::<P>::read(call, data, self.parameters)?;
            let slices: Vec<_> = slices(P::elements(&input), P::size(&credential)).collect();
            let (count, format) = (slices.len(), P::Action::format(&credential));
            let drafts = slices.into_iter().map(|slice| P::encode_slice(call, &credential, &input, &param, slice));
            speak::<P>(call, format, count, drafts, answers).await
        })
    }
}

async fn speak<P: Bytes>(
    call: &Call<'_>,
    format: &str,
    count: usize,
    drafts: impl Iterator<Item = Result<Draft>> + Send,
    answers: &mut Answers,
) -> Result<()> {
    let delivery = Delivery::new(format, count, answers)?;
    let all = in_turn::<P, _>(drafts, |draft| Box::pin(http::send(call, draft, "*/*", P::RETREAT)), delivery);
    tokio::time::timeout(OVERALL, all).await.unwrap_or_else(|_| {
        let message = format!("the text was not spoken within {} s (limit of a whole call)", OVERALL.as_secs());
        Err(Error::new(Kind::Connection, message))
    })
}

/// Requests and answers in their order.
async fn in_turn<'f, P: Bytes, S: Source>(
    mut drafts: impl Iterator<Item = Result<Draft>> + Send,
    send: impl Fn(Draft) -> BoxFuture<'f, Result<S>> + Send + Sync,
    mut delivery: Delivery<'_>,
) -> Result<()> {
    let Some(first) = drafts.next() else { return Ok(()) };
    let mut source = send(first?).await?;
    loop {
        let next = drafts.next().transpose()?;
        let delivered = answer::<P>(&mut source, &mut delivery);
        match next {
            Some(next) => source = after(delivered, send(next)).await?,
            None => return delivered.await,
        }
    }
}

/// What `next` gives, when `first` is done; both run at once. If `first` fails, `next` is given up.
async fn after<T>(first: impl Future<Output = Result<()>>, next: impl Future<Output = Result<T>>) -> Result<T> {
    let (mut first, mut next) = (pin!(first), pin!(next));
    let mut early = None;
    loop {
        tokio::select! {
            biased;
            done = &mut first => break done?,
            given = &mut next, if early.is_none() => early = Some(given),
        }
    }
    match early {
        Some(given) => given,
        None => next.await,
    }
}

#[cfg(test)]
mod tests;
