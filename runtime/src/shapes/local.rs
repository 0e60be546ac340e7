//! Actions answered here, without any request.

use std::marker::PhantomData;

use crate::adapter::Local;
use crate::call::Call;
use crate::error::Result;
use crate::operation::{Answers, BoxFuture, Operation};

/// The operation of a local action.
pub struct LocalOperation<A: Local> {
    /// The action.
    pub action: PhantomData<A>,
}

impl<A: Local> Operation for LocalOperation<A> {
    fn action(&self) -> &'static str {
        A::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        let _ = (call, data, answers);
        todo!()
    }
}
