//! A closure as a task: a future that is ready at its first poll.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::task::coop;

/// Runs the closure when it is polled.
pub(super) struct BlockingTask<F> {
    func: Option<F>,
}

impl<F> BlockingTask<F> {
    pub(super) fn new(func: F) -> Self {
        Self { func: Some(func) }
    }
}

// The closure is never pinned: it is moved out before it is called.
impl<F> Unpin for BlockingTask<F> {}

impl<F: FnOnce() -> R, R> Future for BlockingTask<F> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<R> {
        let func = self.func.take().expect("a closure is polled once");
        // It has the thread to itself: nobody gains if it yields.
        Poll::Ready(coop::without_budget(func))
    }
}
