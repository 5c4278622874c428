//! The word of a oneshot channel.
//!
//! ```text
//! COMPLETE  the sender is done: it sent the value, or was dropped without
//! CLOSED    the receiver wants nothing more: it was closed or dropped
//! RX_WAKER  the receiver's waker is in its cell
//! TX_WAKER  the sender's waker is in its cell
//!
//!   0 ──complete──► COMPLETE          at most once, by the sender; not for a value once CLOSED
//!   any ──close──► | CLOSED           by the receiver
//!   set_rx_waker / clear_rx_waker     by the receiver, until COMPLETE
//!   set_tx_waker / clear_tx_waker     by the sender, until CLOSED
//! ```
//!
//! COMPLETE and CLOSED are never taken back. Together with the waker bits they say who may touch which cell; the rules
//! are in `inner.rs`.

use std::fmt;

use heist_primitives::atomic::{AtomicUsize, Ordering};
use heist_primitives::mutation;

const COMPLETE: usize = 1;
const CLOSED: usize = 2;
const RX_WAKER: usize = 4;
const TX_WAKER: usize = 8;

/// The word.
pub(crate) struct State(AtomicUsize);

/// A value of the word.
#[derive(Clone, Copy)]
pub(crate) struct Snapshot(usize);

impl Snapshot {
    pub(crate) fn is_complete(self) -> bool {
        self.0 & COMPLETE != 0
    }

    pub(crate) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    pub(crate) fn has_rx_waker(self) -> bool {
        self.0 & RX_WAKER != 0
    }

    pub(crate) fn has_tx_waker(self) -> bool {
        self.0 & TX_WAKER != 0
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("complete", &self.is_complete())
            .field("closed", &self.is_closed())
            .field("rx_waker", &self.has_rx_waker())
            .field("tx_waker", &self.has_tx_waker())
            .finish()
    }
}

impl State {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(crate) fn load(&self) -> Snapshot {
        // ORDERING: Acquire pairs with `complete` (the value is there) and `close`.
        Snapshot(self.0.load(Ordering::Acquire))
    }

    /// The sender has written the value: publishes it. Fails if the channel is CLOSED.
    pub(crate) fn complete(&self) -> Result<Snapshot, Snapshot> {
        let mut now = self.0.load(Ordering::Relaxed);
        while now & CLOSED == 0 || mutation::on("oneshot_completes_when_closed") {
            // ORDERING: Release publishes the value to the receiver's `load`; Acquire makes the receiver's waker
            // visible here (model: oneshot_send_recv).
            let order = mutation::weaken("oneshot_completes_relaxed", Ordering::AcqRel);
            match self.0.compare_exchange_weak(now, now | COMPLETE, order, Ordering::Acquire) {
                Ok(before) => return Ok(Snapshot(before)),
                Err(actual) => now = actual,
            }
        }
        Err(Snapshot(now))
    }

    /// The sender is dropped without a value.
    pub(crate) fn complete_empty(&self) -> Snapshot {
        // ORDERING: as in `complete`.
        Snapshot(self.0.fetch_or(COMPLETE, Ordering::AcqRel))
    }

    /// The receiver is closed or dropped.
    pub(crate) fn close(&self) -> Snapshot {
        // ORDERING: Acquire makes a value sent before, and the sender's waker, visible here; Release is for the
        // sender that finds itself closed.
        Snapshot(self.0.fetch_or(CLOSED, Ordering::AcqRel))
    }

    /// The receiver has put a waker into its cell. If the result is COMPLETE, the sender may not have seen it.
    pub(crate) fn set_rx_waker(&self) -> Snapshot {
        self.set(RX_WAKER)
    }

    /// The receiver wants its cell back. It has it unless the result is COMPLETE.
    pub(crate) fn clear_rx_waker(&self) -> Snapshot {
        self.clear(RX_WAKER)
    }

    /// The sender has put a waker into its cell. If the result is CLOSED, the receiver may not have seen it.
    pub(crate) fn set_tx_waker(&self) -> Snapshot {
        self.set(TX_WAKER)
    }

    /// The sender wants its cell back. It has it unless the result is CLOSED.
    pub(crate) fn clear_tx_waker(&self) -> Snapshot {
        self.clear(TX_WAKER)
    }

    fn set(&self, bit: usize) -> Snapshot {
        // ORDERING: Release publishes the waker to `complete` or `close`; Acquire as in `load`.
        Snapshot(self.0.fetch_or(bit, Ordering::AcqRel))
    }

    fn clear(&self, bit: usize) -> Snapshot {
        // ORDERING: Acquire as in `load`. Nothing is published.
        Snapshot(self.0.fetch_and(!bit, Ordering::AcqRel))
    }
}
