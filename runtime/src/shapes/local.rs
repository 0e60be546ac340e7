//! Actions answered here, without any request.

use std::marker::PhantomData;

use crate::adapter::Local;
use crate::call::Call;
use crate::credentials::Credential;
use crate::error::Result;
use crate::operation::{Answers, BoxFuture, Operation};
use crate::shapes::input;

/// The operation of a local action.
pub struct LocalOperation<A: Local> {
    /// The action.
    pub action: PhantomData<A>,
}

impl<A: Local> Operation for LocalOperation<A> {
    fn action(&self) -> &'static str {
        A::NAME
    }

    fn is_local(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let answer = {
                let credential = A::Credential::read(call.stored)?;
                let input = input::<A>(&credential, data)?;
                A::deliver(call, &credential, &input)?
            };
            answers.send(|out| out.extend_from_slice(&answer)).await
        })
    }
}
