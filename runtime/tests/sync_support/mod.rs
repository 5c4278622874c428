//! What the tests of the primitives have in common: polling by hand, and values that show what happens to them.

// Each file of tests uses a part.
#![allow(dead_code)]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Polls without a waker.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// A waker that counts how often it is woken.
pub(crate) struct CountedWaker(Arc<Count>);

struct Count(AtomicUsize);

impl CountedWaker {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Count(AtomicUsize::new(0))))
    }

    /// Calls `f` with a context of this waker.
    pub(crate) fn context<R>(&self, f: impl FnOnce(&mut Context<'_>) -> R) -> R {
        f(&mut Context::from_waker(&Waker::from(self.0.clone())))
    }

    pub(crate) fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        self.context(|cx| future.poll(cx))
    }

    pub(crate) fn wakes(&self) -> usize {
        self.0.0.load(Ordering::Relaxed)
    }

    /// True if nobody has a copy of it.
    pub(crate) fn is_forgotten(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Panics when it is dropped.
#[derive(Debug)]
pub(crate) struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("dropped");
    }
}
