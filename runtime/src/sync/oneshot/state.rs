//! The word of a oneshot channel.
//!
//! ```text
//! COMPLETE   the sender is gone: it sent the value, or was dropped without
//! VALUE      together with COMPLETE: it sent the value
//! CLOSED     the receiver wants nothing that was not sent before
//! RX_GONE    together with CLOSED: the receiver is gone
//! RX_WAKER   the receiver's waker is in its cell, until COMPLETE
//! TX_WAKER   the sender's waker is in its cell, until CLOSED
//! the rest   how often a waker was put into a cell
//!
//!   any ──complete──► | COMPLETE (| VALUE, not if CLOSED)    by the sender, once
//!   any ──close─────► | CLOSED (| RX_GONE)                   by the receiver, not if COMPLETE
//!   RX_WAKER: set_waker, clear_waker                         by the receiver, not if COMPLETE
//!   TX_WAKER: set_waker, clear_waker                         by the sender, not if CLOSED
//! ```
//!
//! Each half leaves in one step, which takes the other's waker along and after which it does not touch the memory any
//! more: who leaves second frees it. To have the waker in time a half reads it *before* its step, and the count makes
//! the step fail if the waker was replaced meanwhile (model: oneshot_change_of_waker). A receiver that finds COMPLETE,
//! and a sender that finds RX_GONE, are alone and need no step at all.
//!
//! The rules that follow for the cells are in `inner.rs`.

use std::fmt;

use heist_primitives::atomic::{AtomicUsize, Ordering};
use heist_primitives::mutation;

const COMPLETE: usize = 1;
const VALUE: usize = 1 << 1;
const CLOSED: usize = 1 << 2;
const RX_GONE: usize = 1 << 3;
const RX_WAKER: usize = 1 << 4;
const TX_WAKER: usize = 1 << 5;
const REGISTERED: usize = 1 << 6;

/// The word.
pub(crate) struct State(AtomicUsize);

/// A value of the word.
#[derive(Clone, Copy)]
pub(crate) struct Snapshot(usize);

/// A half, by what it waits for.
#[derive(Clone, Copy)]
pub(crate) enum Half {
    /// The sender waits for CLOSED.
    Tx,
    /// The receiver waits for COMPLETE.
    Rx,
}

impl Half {
    const fn waker(self) -> usize {
        match self {
            Half::Tx => TX_WAKER,
            Half::Rx => RX_WAKER,
        }
    }

    const fn awaited(self) -> usize {
        match self {
            Half::Tx => CLOSED,
            Half::Rx => COMPLETE,
        }
    }
}

impl Snapshot {
    #[inline]
    pub(crate) fn is_complete(self) -> bool {
        self.0 & COMPLETE != 0
    }

    #[inline]
    pub(crate) fn has_value(self) -> bool {
        self.0 & VALUE != 0
    }

    #[inline]
    pub(crate) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    #[inline]
    pub(crate) fn is_receiver_gone(self) -> bool {
        self.0 & RX_GONE != 0
    }

    /// True if what the half waits for has come.
    #[inline]
    pub(crate) fn has_come(self, half: Half) -> bool {
        self.0 & half.awaited() != 0
    }

    /// True if the half's waker is in its cell.
    #[inline]
    pub(crate) fn has_waker(self, half: Half) -> bool {
        self.0 & (half.waker() | half.awaited()) == half.waker()
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("complete", &self.is_complete())
            .field("value", &self.has_value())
            .field("closed", &self.is_closed())
            .field("receiver_gone", &self.is_receiver_gone())
            .field("rx_waker", &self.has_waker(Half::Rx))
            .field("tx_waker", &self.has_waker(Half::Tx))
            .finish()
    }
}

impl State {
    /// Neither half has done anything.
    #[inline]
    pub(crate) fn new() -> Self {
        // The count begins at one, so that a channel is not all zeros. If it were, the compiler would allocate it with
        // `calloc`, which up to glibc 2.40 takes nothing from the thread's cache and costs five times as much as `malloc`.
        Self(AtomicUsize::new(REGISTERED))
    }

    #[inline]
    pub(crate) fn load(&self) -> Snapshot {
        // ORDERING: Acquire pairs with `complete` (the value is there, the sender does not touch the memory any more),
        // `close` (nor does the receiver) and `set_waker` (the waker is in its cell).
        Snapshot(self.0.load(mutation::weaken("oneshot_loads_relaxed", Ordering::Acquire)))
    }

    /// The sender leaves, having written the value if `with_value`. Fails if the word is not as it was `seen`.
    #[inline]
    pub(crate) fn complete(&self, seen: Snapshot, with_value: bool) -> Result<(), Snapshot> {
        debug_assert!(!seen.is_complete(), "{seen:?}");
        debug_assert!(!with_value || !seen.is_closed(), "{seen:?}");
        // ORDERING: Release pairs with the receiver's `load` (model: oneshot_send_recv).
        let order = mutation::weaken("oneshot_completes_relaxed", Ordering::Release);
        self.step(seen, COMPLETE | if with_value { VALUE } else { 0 }, order)
    }

    /// The receiver wants nothing more, and leaves if `for_good`. Fails if the word is not as it was `seen`.
    #[inline]
    pub(crate) fn close(&self, seen: Snapshot, for_good: bool) -> Result<(), Snapshot> {
        debug_assert!(!seen.is_complete() && !seen.is_receiver_gone(), "{seen:?}");
        // ORDERING: Release pairs with the sender's `load` (model: oneshot_drop_against_drop).
        let order = mutation::weaken("oneshot_closes_relaxed", Ordering::Release);
        self.step(seen, CLOSED | if for_good { RX_GONE } else { 0 }, order)
    }

    #[inline]
    fn step(&self, seen: Snapshot, bits: usize, order: Ordering) -> Result<(), Snapshot> {
        // ORDERING: Acquire for a failure, as in `load`. A success found what `load` had found.
        let step = self.0.compare_exchange_weak(seen.0, seen.0 | bits, order, Ordering::Acquire);
        step.map(drop).map_err(Snapshot)
    }

    /// The half has put its waker into its cell. Fails if what it waits for has come: then the waker is still its own.
    #[inline]
    pub(crate) fn set_waker(&self, half: Half, mut seen: Snapshot) -> Result<(), Snapshot> {
        let count = if mutation::on("oneshot_does_not_count") { 0 } else { REGISTERED };
        while !seen.has_come(half) || mutation::on("oneshot_registers_late") {
            let next = (seen.0 | half.waker()).wrapping_add(count);
            // ORDERING: Release publishes the waker to the other half's `load`. Acquire for a failure, as there.
            match self.0.compare_exchange_weak(seen.0, next, Ordering::Release, Ordering::Acquire) {
                Ok(_) => return Ok(()),
                Err(now) => seen = Snapshot(now),
            }
        }
        Err(seen)
    }

    /// The half wants its waker back. Fails if what it waits for has come: then the other half has taken the waker.
    pub(crate) fn clear_waker(&self, half: Half) -> Result<Snapshot, Snapshot> {
        // ORDERING: Acquire as in `load`; it also keeps what is then written to the cell behind the reads of a half that
        // has left with the waker before.
        let before = Snapshot(self.0.fetch_and(!half.waker(), Ordering::Acquire));
        if before.has_come(half) { Err(before) } else { Ok(Snapshot(before.0 & !half.waker())) }
    }
}
