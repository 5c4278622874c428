//! [`OutOfLine`]: a future that is dropped by a call. It owns no protocol.
//!
//! An async function with a short way and a long one contains the future of the long one. Dropping the function's future
//! asks where it is and drops that part, and this code is as large as the long way, too large to be inlined. So a caller
//! that goes the short way still calls it, saves registers for it, and cannot forget the state in which it was. Here it
//! is a call in a branch, and all of it disappears when the compiler sees that the long way was not begun.

#![allow(unsafe_code)]

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of a way that is seldom gone.
pub(crate) struct OutOfLine<F>(ManuallyDrop<F>);

impl<F> OutOfLine<F> {
    #[inline]
    pub(crate) fn new(future: F) -> Self {
        Self(ManuallyDrop::new(future))
    }
}

impl<F: Future> Future for OutOfLine<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the future is never moved out of its place, and is dropped there.
        let future = unsafe { self.map_unchecked_mut(|this| &mut *this.0) };
        future.poll(cx)
    }
}

impl<F> Drop for OutOfLine<F> {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: this is the only drop, and nothing uses the future after it.
        unsafe { ManuallyDrop::drop(&mut self.0) };
    }
}
