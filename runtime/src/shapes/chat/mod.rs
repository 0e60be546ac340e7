//! Shape `chat`: a stream of events, or one document.
//!
//! Bytes are framed ([`crate::frame`]), each event is decoded by the protocol unless it is like the last (`pattern`), put together (`turn`, `thinking`,
//! `tool_calls`) and written as Dify's chunks (`chunk`). Text goes on as it comes: what one read of the connection
//! brought becomes one chunk. Tool calls are sent once, complete, before the last chunk, which carries usage.

mod answer;
pub mod chunk;
mod images;
pub mod pattern;
pub mod task;
mod thinking;
mod tool_calls;
mod turn;
mod usage;
pub mod whole;

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::adapter::{Action, Chat, Conversation, Protocol};
use crate::call::Call;
use crate::error::Result;
use crate::frame::Frames;
use crate::http;
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::shapes::Prepared;
use answer::{Asked, answer};

/// How long the end of a body may take after the end of its stream. It usually comes with it.
const UNTIL_REUSE: Duration = Duration::from_millis(20);

/// The operation of a `chat` protocol, with the plugin's parameter rules.
pub struct ChatOperation<P: Chat> {
    /// What a call may set.
    pub parameters: &'static [Parameter<<<P as Protocol>::Action as Action>::Credential>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Chat> Operation for ChatOperation<P> {
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let started = Instant::now();
            let prepared = Prepared::<P>::read(call, data, self.parameters)?;
            let accept = match (P::Action::stream(&prepared.input), P::FRAMES) {
                (false, _) => "application/json",
                (true, Frames::Sse) => "text/event-stream",
                (true, Frames::Ndjson) => "application/x-ndjson",
            };
            // Its state, two thirds of the operation's, is freed when the stream begins.
            let sending = Box::pin(http::send(call, prepared.draft(call)?, accept, P::RETREAT));
            let mut response = sending.await?;
            let asked = Asked { separator: P::separator(&prepared.credential), ..Asked::of(call, &prepared, started) };
            answer::<P>(&mut response, asked, answers).await?;
            // A stream is done before its body is; only a connection read to the end of the body is used again.
            let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
            let _ = tokio::time::timeout(UNTIL_REUSE, rest).await;
            Ok(())
        })
    }
}
