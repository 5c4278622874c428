//! The slot for the task that runs next. Owns its word.
//!
//! A task woken by the one that runs now most likely finds its data in the cache, so it goes in front. Only swaps touch
//! the word: the owner's, those of workers that help because the owner seems to stand still and, once the slot is marked
//! as stalled, the driver thread's. The owner's and the driver thread's are ordered by the word itself, whoever swaps in
//! between. If the owner's swap comes first the driver thread takes the task; otherwise the owner's swap has read the
//! driver thread's, so the owner's next look at its mode finds the mark and it moves the task to the injector (models h3,
//! o1).

#![allow(unsafe_code)]

use std::ptr::{self, NonNull};

use heist_primitives::atomic::{AtomicPtr, Ordering};
use heist_primitives::mutation;

use crate::task::raw::{Header, Runnable};

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Lifo(AtomicPtr<Header>);

impl Lifo {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Puts a task in; returns the one that was there.
    #[inline]
    pub(crate) fn push(&self, task: Runnable) -> Option<Runnable> {
        // ORDERING: Release publishes the task to whoever takes it; Acquire pairs with the other side's swap, so that a
        // mark that came before it is seen.
        to_runnable(self.0.swap(task.into_raw().as_ptr(), Ordering::AcqRel))
    }

    /// Takes the task out, if there seems to be one.
    #[inline]
    pub(crate) fn take(&self) -> Option<Runnable> {
        let task = self.0.load(Ordering::Relaxed);
        if task.is_null() {
            return None;
        }
        if mutation::on("LIFO_TAKE_LOADSTORE") {
            self.0.store(ptr::null_mut(), Ordering::Release);
            return to_runnable(task);
        }
        self.take_always()
    }

    /// Takes the task out by a swap in any case, as the driver thread must.
    pub(crate) fn take_always(&self) -> Option<Runnable> {
        // ORDERING: as in `push`.
        to_runnable(self.0.swap(ptr::null_mut(), Ordering::AcqRel))
    }

    /// Whether the slot seems to be empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed).is_null()
    }
}

#[inline]
fn to_runnable(task: *mut Header) -> Option<Runnable> {
    // SAFETY: the word holds only pointers of `Runnable::into_raw`, and a swap hands each to one taker.
    NonNull::new(task).map(|task| unsafe { Runnable::from_raw(task) })
}
