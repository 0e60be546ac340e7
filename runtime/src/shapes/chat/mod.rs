//! Shape `chat`: a stream of events, or one document.

use std::marker::PhantomData;

use crate::adapter::{Action, Chat, Protocol};
use crate::call::Call;
use crate::error::Result;
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;

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
        let _ = (call, data, answers);
        todo!()
    }
}
