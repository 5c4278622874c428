//! A place for a waker that may be read while it is being replaced.
//!
//! The two words of a waker are kept as two atomic words. Beside the cell there is a state word, of which one bit says
//! that a waker is in the cell and which counts the wakers put there. Who wants the waker reads the state, then the words
//! of the cell, and then clears the bit, which fails if the state has changed: so what was read were the words of one
//! waker, and nobody else gets it. No lock and no other read-modify-write is needed.

#![allow(unsafe_code)]

use std::ptr;
use std::task::{RawWakerVTable, Waker};

use heist_primitives::atomic::{AtomicPtr, Ordering};

/// The place.
pub(crate) struct WakerCell {
    data: AtomicPtr<()>,
    vtable: AtomicPtr<RawWakerVTable>,
}

/// What was read.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    data: *const (),
    vtable: *const RawWakerVTable,
}

impl WakerCell {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { data: AtomicPtr::new(ptr::null_mut()), vtable: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Puts a waker there. What was there is forgotten, not dropped.
    #[inline]
    pub(crate) fn put(&self, waker: Waker) {
        // ORDERING: Relaxed: the step of the state that sets the bit publishes both.
        self.data.store(waker.data().cast_mut(), Ordering::Relaxed);
        self.vtable.store(ptr::from_ref(waker.vtable()).cast_mut(), Ordering::Relaxed);
        std::mem::forget(waker);
    }

    /// Reads both words, which may be halves of different wakers.
    #[inline]
    pub(crate) fn read(&self) -> Words {
        // ORDERING: Relaxed: the load of the state made at least the waker of that time visible, and the step fails if
        // there was another.
        Words { data: self.data.load(Ordering::Relaxed), vtable: self.vtable.load(Ordering::Relaxed) }
    }
}

impl Words {
    /// True if a waker with these words wakes the same task as `waker`.
    #[inline]
    pub(crate) fn will_wake(self, waker: &Waker) -> bool {
        ptr::eq(self.data, waker.data()) && ptr::eq(self.vtable, waker.vtable())
    }

    /// The waker.
    ///
    /// # Safety
    ///
    /// The words are of one waker that was [`put`](WakerCell::put) into the cell, and nobody else takes it out.
    #[inline]
    pub(crate) unsafe fn into_waker(self) -> Waker {
        // SAFETY: the vtable of a waker lives for ever.
        let vtable = unsafe { &*self.vtable };
        // SAFETY: both are of one waker, which was forgotten when it was put into the cell.
        unsafe { Waker::new(self.data, vtable) }
    }
}
