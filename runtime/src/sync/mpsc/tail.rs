//! The tail of a channel's list: the next position to be handed out, and whether the list takes no more.
//!
//! ```text
//! bits 1..  the next position
//! bit  0    CLOSED: positions handed out from now on are void
//! ```

use heist_primitives::atomic::{AtomicUsize, Ordering};

const CLOSED: usize = 1;
const ONE: usize = 2;

/// The word.
pub(crate) struct Tail(AtomicUsize);

impl Tail {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// Hands out a position, also when the tail is closed.
    pub(crate) fn take(&self) -> usize {
        // ORDERING: Acquire pairs with `observe`: whoever gets a position after an observation sees the tail block
        // that was moved before it (model: mpsc_reuses_blocks).
        self.0.fetch_add(ONE, Ordering::Acquire) / ONE
    }

    /// Hands out a position, or `None` if the tail is closed.
    pub(crate) fn take_unless_closed(&self) -> Option<usize> {
        // ORDERING: as in `take`. A void position needs no undoing: nobody waits for what lies behind the end.
        let before = self.0.fetch_add(ONE, Ordering::Acquire);
        (before & CLOSED == 0).then_some(before / ONE)
    }

    /// The positions handed out so far, all of them before any that is handed out later.
    pub(crate) fn observe(&self) -> usize {
        // ORDERING: a read-modify-write, so that each `take` is before or after it; Release pairs with the Acquire of
        // those after it.
        self.0.fetch_add(0, Ordering::AcqRel) / ONE
    }

    /// The positions handed out so far.
    pub(crate) fn position(&self) -> usize {
        // ORDERING: Acquire, so that a receiver that concludes from it that a message is coming finds its block.
        self.0.load(Ordering::Acquire) / ONE
    }

    /// Closes the tail and returns the end: the positions handed out before.
    pub(crate) fn close(&self) -> usize {
        // ORDERING: Release, so that a sender that finds the tail closed sees what the closer did before.
        self.0.fetch_or(CLOSED, Ordering::AcqRel) / ONE
    }

    pub(crate) fn is_closed(&self) -> bool {
        // ORDERING: Acquire pairs with `close`.
        self.0.load(Ordering::Acquire) & CLOSED != 0
    }
}
