//! Waiting beside one's work for what hardly ever comes: an alarm, the end of the process.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::task::coop::unconstrained;

/// A future that a task does not look at whenever it runs: once it knows whom to wake, only when it may be ready.
pub(crate) struct Bell<F> {
    future: F,
    wakes: Option<Waker>,
}

impl<F: Future + Unpin> Bell<F> {
    /// Nobody has listened yet.
    pub(crate) fn new(future: F) -> Self {
        Bell { future, wakes: None }
    }

    /// Listens. Unless it `may_ring`, whoever listened before is woken and need not ask.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>, may_ring: bool) -> Poll<F::Output> {
        let listens = self.wakes.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        if listens && !may_ring {
            return Poll::Pending;
        }
        if !listens {
            self.wakes = Some(context.waker().clone());
        }
        // A task that has used up its turn would be told to come back, and its waker forgotten.
        pin!(unconstrained(&mut self.future)).poll(context)
    }

    /// What rings.
    pub(crate) fn get(&self) -> &F {
        &self.future
    }

    /// What rings, to be wound up again. Nobody listens to it until it is polled.
    pub(crate) fn wind(&mut self) -> &mut F {
        self.wakes = None;
        &mut self.future
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Wake;

    use super::*;

    struct Nobody;

    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }

    #[test]
    fn a_bell_is_asked_once_by_each_task_and_when_it_may_ring() {
        let asked = Cell::new(0);
        let mut bell = Bell::new(poll_fn(|_| {
            asked.set(asked.get() + 1);
            if asked.get() < 3 { Poll::Pending } else { Poll::Ready(()) }
        }));
        let (one, other) = (Waker::from(Arc::new(Nobody)), Waker::from(Arc::new(Nobody)));
        for (task, may_ring, times) in [(&one, false, 1), (&one, false, 1), (&other, false, 2), (&other, false, 2)] {
            assert!(bell.poll(&mut Context::from_waker(task), may_ring).is_pending());
            assert_eq!(asked.get(), times);
        }
        assert!(bell.poll(&mut Context::from_waker(&other), true).is_ready());
    }
}
