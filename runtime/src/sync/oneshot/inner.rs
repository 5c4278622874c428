//! What the two halves of a oneshot channel share: the state, the value and a waker for each half.
//!
//! The contract. Methods named `tx_…` are called by the one sender, `rx_…` by the one receiver.
//! - **O1** The value's cell is the sender's until COMPLETE, then the receiver's.
//! - **O2** The receiver's waker cell is the receiver's while RX_WAKER is clear. While it is set, nobody writes, and
//!   the sender may read once it has set COMPLETE. After the receiver saw COMPLETE together with RX_WAKER it leaves
//!   the cell alone, since the sender may be about to read.
//! - **O3** The same for the sender's waker cell, with TX_WAKER and CLOSED, and the halves exchanged.

#![allow(unsafe_code)]

use std::fmt;
use std::task::{Context, Poll, Waker};

use heist_primitives::cell::UnsafeCell;
use heist_primitives::mutation;
use heist_primitives::sync::Arc;

use super::state::{Snapshot, State};

/// The shared part.
struct Inner<T> {
    state: State,
    value: UnsafeCell<Option<T>>,
    rx_waker: UnsafeCell<Option<Waker>>,
    tx_waker: UnsafeCell<Option<Waker>>,
}

// SAFETY: the value goes from one half to the other (O1), the wakers are Send and Sync.
unsafe impl<T: Send> Send for Inner<T> {}
// SAFETY: as above; no cell is accessed by both halves at once (O1 to O3).
unsafe impl<T: Send> Sync for Inner<T> {}

/// The sender's access. There is one per channel.
pub(super) struct TxHalf<T>(Arc<Inner<T>>);

/// The receiver's access. There is one per channel.
pub(super) struct RxHalf<T>(Arc<Inner<T>>);

/// The two halves of a new channel.
pub(super) fn halves<T>() -> (TxHalf<T>, RxHalf<T>) {
    let inner = Arc::new(Inner {
        state: State::new(),
        value: UnsafeCell::new(None),
        rx_waker: UnsafeCell::new(None),
        tx_waker: UnsafeCell::new(None),
    });
    (TxHalf(inner.clone()), RxHalf(inner))
}

impl<T> TxHalf<T> {
    pub(super) fn state(&self) -> Snapshot {
        self.0.state.load()
    }

    /// Sends the value; called at most once, and not after [`complete_empty`](Self::complete_empty).
    pub(super) fn send(self, value: T) -> Result<(), T> {
        let inner = &*self.0;
        inner.value.with_mut(|cell| {
            // SAFETY: rule O1: this half is not complete, since it still exists and completing consumes it.
            unsafe { *cell = Some(value) }
        });
        match inner.state.complete() {
            Ok(before) => {
                inner.wake_receiver(before);
                Ok(())
            }
            Err(_) => {
                // SAFETY: rule O1: completing failed, so the cell is still the sender's.
                let value = inner.value.with_mut(|cell| unsafe { (*cell).take() });
                Err(value.expect("the value was put there above"))
            }
        }
    }

    /// The sender goes away without a value.
    pub(super) fn complete_empty(self) {
        let before = self.0.state.complete_empty();
        self.0.wake_receiver(before);
    }

    /// Ready once the receiver is closed or dropped; otherwise the waker is stored.
    pub(super) fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let inner = &*self.0;
        let mut state = inner.state.load();
        if !state.is_closed() && state.has_tx_waker() {
            if inner.tx_waker.with(|cell| will_wake(cell, cx)) {
                return Poll::Pending;
            }
            state = inner.state.clear_tx_waker();
        }
        if state.is_closed() {
            return Poll::Ready(());
        }
        // Rule O3: TX_WAKER is clear.
        replace(&inner.tx_waker, cx);
        let missed_close = inner.state.set_tx_waker().is_closed() && !mutation::on("oneshot_misses_close");
        if missed_close { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<T> RxHalf<T> {
    pub(super) fn state(&self) -> Snapshot {
        self.0.state.load()
    }

    /// True if the value is there. The state must be COMPLETE.
    pub(super) fn has_value(&self) -> bool {
        debug_assert!(self.state().is_complete());
        self.0.value.with(|cell| {
            // SAFETY: rule O1: COMPLETE, so only this half, which is borrowed, accesses the cell.
            let value = unsafe { &*cell };
            value.is_some()
        })
    }

    /// Takes the value if the sender is done: `Err` if it is not.
    pub(super) fn take(&mut self) -> Result<Option<T>, Snapshot> {
        let state = self.0.state.load();
        if !state.is_complete() {
            return Err(state);
        }
        // SAFETY: rule O1: COMPLETE, so the cell is the receiver's.
        Ok(self.0.value.with_mut(|cell| unsafe { (*cell).take() }))
    }

    /// Ready once the sender is done; otherwise the waker is stored.
    pub(super) fn poll_complete(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let inner = &*self.0;
        let mut state = inner.state.load();
        if !state.is_complete() && state.has_rx_waker() {
            if inner.rx_waker.with(|cell| will_wake(cell, cx)) {
                return Poll::Pending;
            }
            state = inner.state.clear_rx_waker();
        }
        if state.is_complete() {
            return Poll::Ready(());
        }
        // Rule O2: RX_WAKER is clear.
        replace(&inner.rx_waker, cx);
        if inner.state.set_rx_waker().is_complete() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The receiver wants nothing that is not sent yet. Tells the sender.
    pub(super) fn close(&mut self) {
        let before = self.0.state.close();
        if before.is_closed() || before.is_complete() || !before.has_tx_waker() {
            return;
        }
        // SAFETY: rule O3: this half has just set CLOSED, and TX_WAKER was set.
        self.0.tx_waker.with(|cell| wake(unsafe { &*cell }));
    }
}

impl<T> Inner<T> {
    fn wake_receiver(&self, before: Snapshot) {
        if before.has_rx_waker() && !mutation::on("oneshot_completes_silently") {
            // SAFETY: rule O2: the sender has just set COMPLETE, and RX_WAKER was set.
            self.rx_waker.with(|cell| wake(unsafe { &*cell }));
        }
    }
}

fn wake(waker: &Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake_by_ref();
    }
}

/// For a half whose own waker bit is set: nobody writes the cell then (O2, O3).
fn will_wake(cell: *const Option<Waker>, cx: &Context<'_>) -> bool {
    // SAFETY: rules O2 and O3: only its own half writes the cell, and that is the caller.
    let waker = unsafe { &*cell };
    waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
}

/// For a half whose own waker bit is clear: the cell is its own then (O2, O3).
fn replace(cell: &UnsafeCell<Option<Waker>>, cx: &Context<'_>) {
    let waker = Some(cx.waker().clone());
    // SAFETY: rules O2 and O3: the cell is the caller's.
    let old = cell.with_mut(|cell| std::mem::replace(unsafe { &mut *cell }, waker));
    drop(old);
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
