//! The place where a channel's receiver leaves its waker.
//!
//! A message must not cost a lock or a read-modify-write when the receiver is awake, so the sides meet by two fences:
//! the receiver leaves its waker, **fences**, and looks for messages once more; a sender publishes its message,
//! **fences**, and looks whether a waker is there. Of the two fences one is first in the order of all `SeqCst` fences:
//! if the receiver's, the sender sees the waker, otherwise the receiver sees the message. The model mpsc_send_recv
//! fails without either. The same fences let a receiver that goes away leave its part to the senders: see
//! [`receiver_gone`](RxWaker::receiver_gone).
//!
//! ```text
//! bit  0    WAITING: a waker is in the cell
//! bit  1    GONE: there is no receiver any more
//! bits 2..  the wakers put into the cell so far
//!
//!   ──register──► WAITING, one waker more     by the receiver
//!   WAITING ──take──► nothing                 by anybody; the waker is theirs. Fails if the word has changed
//!   ──receiver_gone──► GONE                   by the receiver
//! ```
//!
//! Rule **R1**: the cell is written by the receiver alone, while WAITING is clear. While it is set the cell holds a
//! waker, and who clears it has it.

#![allow(unsafe_code)]

use std::task::Waker;

use heist_primitives::atomic::{AtomicUsize, Ordering, fence};
use heist_primitives::mutation;

use crate::sync::waker_cell::WakerCell;

const WAITING: usize = 1;
const GONE: usize = 2;
const ONE: usize = 4;

/// The receiver's waker, and whether it is there.
pub(crate) struct RxWaker {
    word: AtomicUsize,
    cell: WakerCell,
}

impl RxWaker {
    pub(crate) fn new() -> Self {
        Self { word: AtomicUsize::new(0), cell: WakerCell::new() }
    }

    /// The receiver, which is the caller, is about to wait. It must look for messages once more after this.
    pub(crate) fn register(&self, waker: &Waker) {
        // ORDERING: Acquire pairs with `take`: what is written to the cell below comes after the reads of a sender that
        // has taken the last waker.
        let now = self.word.load(Ordering::Acquire);
        // A waker that is taken right after this look wakes the task that is here, so it has served. And what looks like
        // the waker given is that one: had it been taken, woken and freed, and its address used again, this thread would
        // have learnt the address by a way that also shows WAITING clear.
        if now & WAITING == 0 || !self.cell.read().will_wake(waker) {
            let fresh = waker.clone();
            let old = self.take();
            self.cell.put(fresh);
            let count = if mutation::on("mpsc_does_not_count") { 0 } else { ONE };
            // ORDERING: Release publishes the waker to `take`. A store: nobody else writes the word while WAITING is
            // clear.
            self.word.store((now | WAITING).wrapping_add(count), Ordering::Release);
            drop(old);
        }
        if !mutation::on("mpsc_receiver_without_fence") {
            // ORDERING: pairs with the fence in `wake`, as told above.
            fence(Ordering::SeqCst);
        }
    }

    /// The receiver, which is the caller, goes away. It must look for messages once more after this: those that it does
    /// not see are of senders that will see that it is gone.
    pub(crate) fn receiver_gone(&self) {
        // Dropped at the end, since that may panic.
        let _waker = self.take();
        // ORDERING: Release pairs with the load in `wake`: who finds it gone sees what it left behind.
        self.word.store(GONE, Ordering::Release);
        if !mutation::on("mpsc_receiver_goes_without_fence") {
            // ORDERING: pairs with the fence in `wake`, as told above (model: mpsc_receiver_dropped_against_sends).
            fence(Ordering::SeqCst);
        }
    }

    /// Something was published that the receiver may wait for. False if the receiver is gone.
    #[inline]
    pub(crate) fn wake(&self) -> bool {
        if !mutation::on("mpsc_sender_without_fence") {
            // ORDERING: pairs with the fences in `register` and `receiver_gone`, as told above.
            fence(Ordering::SeqCst);
        }
        // ORDERING: Acquire pairs with `receiver_gone`.
        let now = self.word.load(Ordering::Acquire);
        if now & WAITING != 0 {
            self.wake_slow();
        }
        now & GONE == 0
    }

    #[cold]
    fn wake_slow(&self) {
        if let Some(waker) = self.take() {
            waker.wake();
        }
    }

    /// Takes the waker out, if one is there.
    pub(crate) fn take(&self) -> Option<Waker> {
        // ORDERING: Acquire pairs with `register`: the waker is visible.
        let mut now = self.word.load(Ordering::Acquire);
        while now & WAITING != 0 {
            // Read before the step: after it the receiver may write the cell.
            let words = self.cell.read();
            // ORDERING: Release keeps the reads of the cell before the writes of the receiver, which finds WAITING
            // clear. Acquire for a failure, as above.
            match self.word.compare_exchange_weak(now, now & !WAITING, Ordering::Release, Ordering::Acquire) {
                // SAFETY: rule R1: the word has not changed, so the words were those of the waker, and it is ours.
                Ok(_) => return Some(unsafe { words.into_waker() }),
                Err(actual) => now = actual,
            }
        }
        None
    }
}

impl Drop for RxWaker {
    fn drop(&mut self) {
        drop(self.take());
    }
}
