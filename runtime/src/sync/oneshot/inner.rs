//! What the two halves of a oneshot channel share: the state, the value and a waker for each half.
//!
//! The contract. There is one [`TxHalf`] and one [`RxHalf`] per channel, and each ends by a step of the state, COMPLETE
//! or RX_GONE, or finds that of the other half and frees the memory.
//! - **O1** The memory is there for a half until its own step; after it the half touches it no more. A half that finds
//!   the other's step is alone with it.
//! - **O2** The value's cell is the sender's until COMPLETE, then the receiver's. It holds a value if VALUE is set.
//! - **O3** A waker's cell is written by its half alone, while its bit is clear. While the bit is set the cell holds a
//!   waker; it is taken by the step COMPLETE (the receiver's) or CLOSED (the sender's), of which this bit is a part: who
//!   makes the step has read the words before, and they were those of the waker, since the state has not changed.

#![allow(unsafe_code)]

use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use heist_primitives::MODEL;
use heist_primitives::alloc::Liveness;
use heist_primitives::cell::UnsafeCell;
use heist_primitives::mutation;

use super::state::{Half, Snapshot, State};
use crate::sync::waker_cell::{WakerCell, Words};

/// The shared part.
struct Inner<T> {
    state: State,
    value: UnsafeCell<MaybeUninit<T>>,
    rx_waker: WakerCell,
    tx_waker: WakerCell,
    liveness: Liveness,
}

/// The sender's access. There is one per channel.
pub(super) struct TxHalf<T>(NonNull<Inner<T>>);

/// The receiver's access. There is one per channel.
pub(super) struct RxHalf<T>(NonNull<Inner<T>>);

// SAFETY: the value goes from one half to the other (O2), the wakers are Send and Sync, the state is atomic.
unsafe impl<T: Send> Send for TxHalf<T> {}
// SAFETY: a shared half gives access to the state alone.
unsafe impl<T: Send> Sync for TxHalf<T> {}
// SAFETY: as for the sender.
unsafe impl<T: Send> Send for RxHalf<T> {}
// SAFETY: as for the sender.
unsafe impl<T: Send> Sync for RxHalf<T> {}

/// The two halves of a new channel.
#[inline]
pub(super) fn halves<T>() -> (TxHalf<T>, RxHalf<T>) {
    let inner = Box::leak(Box::new(Inner {
        state: State::new(),
        value: UnsafeCell::new(MaybeUninit::uninit()),
        rx_waker: WakerCell::new(),
        tx_waker: WakerCell::new(),
        liveness: Liveness::new(),
    }));
    let inner = NonNull::from(inner);
    (TxHalf(inner), RxHalf(inner))
}

impl<T> TxHalf<T> {
    #[inline]
    pub(super) fn state(&self) -> Snapshot {
        self.inner().state.load()
    }

    /// Sends the value, unless the channel is closed.
    pub(super) fn send(self, value: T) -> Result<(), T> {
        let inner = self.inner();
        let mut seen = inner.state.load();
        if seen.is_closed() {
            self.leave_from(seen);
            return Err(value);
        }
        inner.value.with_mut(|cell| {
            // SAFETY: rule O2: not COMPLETE, since this half still exists.
            unsafe { cell.cast::<T>().write(value) };
        });
        while !seen.is_closed() || mutation::on("oneshot_completes_when_closed") {
            match self.complete(seen, true) {
                Ok(()) => return Ok(()),
                Err(now) => seen = now,
            }
        }
        let value = inner.value.with_mut(|cell| {
            // SAFETY: rule O2: not COMPLETE, so the value is still where it was written above.
            unsafe { cell.cast::<T>().read() }
        });
        self.leave_from(seen);
        Err(value)
    }

    /// The sender goes away without a value.
    pub(super) fn leave(self) {
        let seen = self.state();
        self.leave_from(seen);
    }

    fn leave_from(self, mut seen: Snapshot) {
        while !seen.is_receiver_gone() {
            match self.complete(seen, false) {
                Ok(()) => return,
                Err(now) => seen = now,
            }
        }
        // SAFETY: rule O1: the receiver is gone.
        unsafe { free(self.0, seen) };
    }

    /// One attempt at the step with which the sender leaves, which takes the receiver's waker along.
    #[inline]
    fn complete(&self, seen: Snapshot, with_value: bool) -> Result<(), Snapshot> {
        let inner = self.inner();
        // Read before the step: after it the memory may be gone.
        let waker = inner.rx_waker.read();
        inner.state.complete(seen, with_value)?;
        if seen.has_waker(Half::Rx) && !mutation::on("oneshot_completes_silently") {
            // SAFETY: rule O3: RX_WAKER was set, and this was the step COMPLETE.
            unsafe { waker.into_waker() }.wake();
        }
        Ok(())
    }

    /// Ready once the receiver is closed or dropped; otherwise the waker is stored.
    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let inner = self.inner();
        inner.poll(Half::Tx, &inner.tx_waker, cx)
    }

    #[inline]
    fn inner(&self) -> &Inner<T> {
        // SAFETY: rule O1: this half has not made its step, which consumes it.
        let inner = unsafe { self.0.as_ref() };
        inner.liveness.accessed();
        inner
    }
}

impl<T> RxHalf<T> {
    #[inline]
    pub(super) fn state(&self) -> Snapshot {
        self.inner().state.load()
    }

    /// Ready once the sender is gone, or if the channel was closed; otherwise the waker is stored.
    #[inline]
    pub(super) fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let inner = self.inner();
        inner.poll(Half::Rx, &inner.rx_waker, cx)
    }

    /// Nothing can be sent any more. Tells the sender.
    pub(super) fn close(&mut self) {
        let mut seen = self.state();
        while !seen.is_complete() && !seen.is_closed() {
            match self.close_once(seen, false) {
                Ok(()) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// The receiver goes away. If a value was sent, it is the result.
    #[inline]
    pub(super) fn leave(self) -> Option<T> {
        let seen = self.state();
        self.leave_from(seen)
    }

    #[inline]
    fn leave_from(self, mut seen: Snapshot) -> Option<T> {
        while !seen.is_complete() && !mutation::on("oneshot_frees_alone") {
            match self.close_once(seen, true) {
                Ok(()) => return None,
                Err(now) => seen = now,
            }
        }
        self.take_from(seen)
    }

    /// Takes the value, if one was sent, and frees the memory. COMPLETE was seen.
    #[inline]
    fn take_from(self, seen: Snapshot) -> Option<T> {
        let value = seen.has_value().then(|| {
            self.inner().value.with_mut(|cell| {
                // SAFETY: rule O2: COMPLETE and VALUE, and the value is taken once, since this consumes the half.
                unsafe { cell.cast::<T>().read() }
            })
        });
        // SAFETY: rule O1: the sender is gone.
        unsafe { free(self.0, seen) };
        value
    }

    /// One attempt at the step CLOSED, which takes the sender's waker along.
    fn close_once(&self, seen: Snapshot, for_good: bool) -> Result<(), Snapshot> {
        let inner = self.inner();
        // Read before the step: after it the memory may be gone.
        let waker = inner.tx_waker.read();
        inner.state.close(seen, for_good)?;
        if seen.has_waker(Half::Tx) && !mutation::on("oneshot_closes_silently") {
            // SAFETY: rule O3: TX_WAKER was set, and this was the step CLOSED.
            unsafe { waker.into_waker() }.wake();
        }
        Ok(())
    }

    #[inline]
    fn inner(&self) -> &Inner<T> {
        // SAFETY: rule O1: this half has not made its step, which consumes it.
        let inner = unsafe { self.0.as_ref() };
        inner.liveness.accessed();
        inner
    }
}

impl<T> Inner<T> {
    /// Ready once what `half` waits for has come; otherwise a waker of `cx` is in `cell`, which is the half's.
    #[inline]
    fn poll(&self, half: Half, cell: &WakerCell, cx: &Context<'_>) -> Poll<()> {
        let mut seen = self.state.load();
        // A receiver that has closed the channel waits for nothing either.
        if seen.has_come(half) || seen.is_closed() {
            return Poll::Ready(());
        }
        let mut old = None;
        if seen.has_waker(half) {
            let words = cell.read();
            // The other half may have taken this waker since; then it wakes the task. It cannot have been woken, freed,
            // and its address used again: whoever got the address here would have learnt of the other half's step.
            if words.will_wake(cx.waker()) {
                return Poll::Pending;
            }
            match self.state.clear_waker(half) {
                // SAFETY: rule O3: the bit was set until now, without the step that takes the waker.
                Ok(now) => (seen, old) = (now, Some(unsafe { words.into_waker() })),
                Err(_) => return Poll::Ready(()),
            }
        }
        let outcome = self.register(half, cell, seen, cx.waker().clone());
        drop(old);
        outcome
    }

    /// Puts a waker into the cell, whose bit is clear.
    #[inline]
    fn register(&self, half: Half, cell: &WakerCell, seen: Snapshot, waker: Waker) -> Poll<()> {
        cell.put(waker);
        match self.state.set_waker(half, seen) {
            Ok(()) => Poll::Pending,
            Err(_) => {
                // SAFETY: rule O3: the bit was not set, so the waker put there above is still ours.
                drop(unsafe { cell.read().into_waker() });
                Poll::Ready(())
            }
        }
    }
}

/// Frees the memory of a channel, and the wakers that are still in it.
///
/// # Safety
///
/// Rule O1: the caller is alone with it and does not use it any more; it has seen the other half's step in `seen`.
unsafe fn free<T>(inner: NonNull<Inner<T>>, seen: Snapshot) {
    // SAFETY: `halves` made it from a box, and by rule O1 nobody else reaches it.
    let inner = unsafe { Box::from_raw(inner.as_ptr()) };
    inner.liveness.ended();
    let left = |half, cell: &WakerCell| seen.has_waker(half).then(|| cell.read());
    let wakers = [left(Half::Rx, &inner.rx_waker), left(Half::Tx, &inner.tx_waker)];
    if MODEL {
        // A use after free is to meet the `Liveness`, not the allocator.
        Box::leak(inner);
    } else {
        drop(inner);
    }
    // SAFETY: rule O3: the bit was set, and the step that takes the waker was not made.
    let drop_waker = |words: Words| drop(unsafe { words.into_waker() });
    wakers.into_iter().flatten().for_each(drop_waker);
}

impl<T> fmt::Debug for TxHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state().fmt(f)
    }
}

impl<T> fmt::Debug for RxHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state().fmt(f)
    }
}
