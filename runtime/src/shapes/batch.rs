//! Several requests for one answer (spec key `batch`): slices of the input in bounded concurrency, their outputs
//! joined in order.
//!
//! The first error ends all of them. An endpoint that says that a slice is too large gets it in halves, and all that
//! follow no larger.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::adapter::{Action, Answer, Batched, Json, Protocol};
use crate::call::Call;
use crate::error::{Error, Kind, Result};
use crate::http::OVERALL;
use crate::join::Join;
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::shapes::{Prepared, json};

/// The most requests of one call that run at once, whatever a spec or a credential says.
const MOST_PARALLEL: usize = 16;

/// The operation of a `json` protocol with `batch`, with the plugin's parameter rules.
pub struct BatchOperation<P: Json + Batched> {
    /// What a call may set.
    pub parameters: &'static [Parameter<<<P as Protocol>::Action as Action>::Credential>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P> Operation for BatchOperation<P>
where
    P: Json + Batched,
    <P::Action as Answer>::Output: Join,
{
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let prepared = Prepared::<P>::read(call, data, self.parameters)?;
            let slices = slices(P::elements(&prepared.input), P::size(&prepared.credential));
            let part = |slice| part(call, &prepared, slice);
            let output = gather(slices, P::parallel(&prepared.credential), part).await?;
            json::deliver::<P>(call, &prepared, output, answers).await
        })
    }
}

/// One request.
fn part<'a, P: Json + Batched>(
    call: &'a Call<'_>,
    prepared: &'a Prepared<'_, P>,
    slice: Range<usize>,
) -> BoxFuture<'a, Result<<P::Action as Answer>::Output>> {
    Box::pin(async move {
        let Prepared { credential, input, param } = prepared;
        let draft = P::encode_slice(call, credential, input, param, slice)?;
        json::exchange::<P>(call, draft).await
    })
}

/// A count that a credential says, at least 1.
pub fn count(credential: i64) -> usize {
    usize::try_from(credential).unwrap_or(usize::MAX).max(1)
}

/// The element of a slice of one (`$batch` of a `batch` without `size`).
///
/// # Errors
/// `BadRequest` if the slice is another.
pub fn element<T>(elements: &[T], slice: Range<usize>) -> Result<&T> {
    match elements.get(slice) {
        Some([element]) => Ok(element),
        _ => Err(Error::bad_request("this is sent one by one")),
    }
}

/// The slices of `elements`, each of `size` but for the last.
pub(crate) fn slices(elements: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    let size = size.max(1);
    (0..elements).step_by(size).map(move |start| start..elements.min(start.saturating_add(size)))
}

/// The outputs of all slices, joined in their order. `part` makes one request.
///
/// # Errors
/// The first error of a part; the other requests are dropped. `Connection` beyond the limit of a whole call.
pub(crate) async fn gather<'a, O: Join + Send + 'a>(
    slices: impl Iterator<Item = Range<usize>> + Send,
    parallel: usize,
    part: impl Fn(Range<usize>) -> BoxFuture<'a, Result<O>> + Send + Sync,
) -> Result<O> {
    let all = async {
        let largest = AtomicUsize::new(usize::MAX);
        let mut waiting = slices.enumerate();
        let mut running = FuturesUnordered::new();
        let mut done: Vec<Option<Parts<O>>> = Vec::new();
        loop {
            while running.len() < parallel.clamp(1, MOST_PARALLEL)
                && let Some((number, slice)) = waiting.next()
            {
                done.push(None);
                let (part, largest) = (&part, &largest);
                running.push(in_parts(number, slice, largest, part));
            }
            let Some(outputs) = running.next().await else { break };
            let (number, outputs) = outputs?;
            if let Some(place) = done.get_mut(number) {
                *place = Some(outputs);
            }
        }
        let mut joined = O::default();
        for (start, output) in done.into_iter().flatten().flatten() {
            joined.join(output, start);
        }
        Ok(joined)
    };
    tokio::time::timeout(OVERALL, all).await.unwrap_or_else(|_| {
        let message = format!("not all requests were answered within {} s (limit of a whole call)", OVERALL.as_secs());
        Err(Error::new(Kind::Connection, message))
    })
}

/// Outputs, each with the element it begins at.
type Parts<O> = Vec<(usize, O)>;

/// The outputs of one slice: one, unless the endpoint takes less at once.
async fn in_parts<'a, O>(
    number: usize,
    slice: Range<usize>,
    largest: &AtomicUsize,
    part: &(impl Fn(Range<usize>) -> BoxFuture<'a, Result<O>> + Sync),
) -> Result<(usize, Parts<O>)> {
    let mut outputs = Vec::new();
    let mut start = slice.start;
    while start < slice.end {
        let end = slice.end.min(start.saturating_add(largest.load(Ordering::Relaxed)));
        match part(start..end).await {
            Ok(output) => {
                outputs.push((start, output));
                start = end;
            }
            Err(error) if error.kind() == Kind::TooLarge && end - start > 1 => {
                largest.fetch_min((end - start).div_ceil(2), Ordering::Relaxed);
            }
            Err(error) => return Err(error),
        }
    }
    Ok((number, outputs))
}

#[cfg(test)]
mod tests;
