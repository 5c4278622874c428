//! The tail of a channel's list: the next position to be handed out, the chain of blocks it lies in, and whether the
//! list takes no more.
//!
//! ```text
//! bits 2..  the next position
//! bit  1    CHAIN: the number of the chain, modulo two
//! bit  0    CLOSED: positions handed out from now on are void
//!
//!   ──take──► one position more              by a sender
//!   CHAIN ──renew──► the other CHAIN         by the receiver. Fails if a position from its own on was handed out
//!   ──close──► CLOSED                        by the receiver
//! ```
//!
//! 64 bits on every machine: a channel may well carry 2^30 messages, but never 2^62.

use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::mutation::{on, weaken};

const CLOSED: u64 = 1;
const CHAIN: u64 = 2;
const ONE: u64 = 4;

/// The word.
pub(crate) struct Tail(AtomicU64);

/// Which of the two ways into a chain of blocks is the one of its senders: 0 or 1, in turns.
pub(crate) type Chain = usize;

/// What a sender got.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) position: u64,
    /// The chain that the position lies in.
    pub(crate) chain: Chain,
}

impl Place {
    fn new(word: u64) -> Self {
        Self { position: word / ONE, chain: usize::from(word & CHAIN != 0) }
    }
}

impl Tail {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Hands out a position, also when the tail is closed.
    pub(crate) fn take(&self) -> Place {
        // ORDERING: Acquire pairs with `observe` and `renew`: whoever gets a position after either sees the tail block
        // that was moved, or removed, before it (models: mpsc_reuses_blocks, mpsc_give_back_against_send).
        Place::new(self.0.fetch_add(ONE, weaken("mpsc_takes_relaxed", Ordering::Acquire)))
    }

    /// Hands out a position, or `None` if the tail is closed.
    pub(crate) fn take_unless_closed(&self) -> Option<Place> {
        // ORDERING: as in `take`. A void position needs no undoing: nobody waits for what lies behind the end.
        let before = self.0.fetch_add(ONE, weaken("mpsc_takes_relaxed", Ordering::Acquire));
        (before & CLOSED == 0).then_some(Place::new(before))
    }

    /// The positions handed out so far, all of them before any that is handed out later.
    pub(crate) fn observe(&self) -> u64 {
        // ORDERING: a read-modify-write, so that each `take` is before or after it; Release pairs with the Acquire of
        // those after it.
        self.0.fetch_add(0, Ordering::AcqRel) / ONE
    }

    /// Begins the next chain at `position`, which is to be the next one handed out. False if it was handed out
    /// already. Not to be used once the tail is closed.
    pub(crate) fn renew(&self, position: u64, chain: Chain) -> bool {
        let before = position * ONE + chain as u64 * CHAIN;
        // ORDERING: a read-modify-write, so that each `take` is before or after it; Release pairs with the Acquire of
        // those after it.
        let success = weaken("mpsc_renews_relaxed", Ordering::Release);
        if on("mpsc_renews_blindly") {
            self.0.fetch_xor(CHAIN, success);
            return true;
        }
        self.0.compare_exchange(before, before ^ CHAIN, success, Ordering::Relaxed).is_ok()
    }

    /// The positions handed out so far.
    pub(crate) fn position(&self) -> u64 {
        // ORDERING: Acquire, so that a receiver that concludes from it that a message is coming finds its block.
        self.0.load(Ordering::Acquire) / ONE
    }

    /// Closes the tail and returns the end: the positions handed out before.
    pub(crate) fn close(&self) -> u64 {
        // ORDERING: Release, so that a sender that finds the tail closed sees what the closer did before.
        self.0.fetch_or(CLOSED, Ordering::AcqRel) / ONE
    }

    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Acquire pairs with `close`.
        self.0.load(Ordering::Acquire) & CLOSED != 0
    }
}
