//! What a worker's slot is doing, as far as the count of runners goes. Owns the word.
//!
//! | mode | in R | entered by |
//! |---|---|---|
//! | RUN | yes | its worker |
//! | MARKED | no | the driver thread, by CAS from RUN: the worker is stuck in a poll |
//! | BLOCKED | no | its worker, by swap: it blocks on purpose (`block_in_place`) |
//! | ASLEEP | no | its worker, by CAS from RUN: the park is announced next. Also a slot without a thread |
//!
//! A slot gives up its share of R exactly once, by whichever CAS or swap finds RUN; the worker alone takes it back. With
//! plain stores a worker that is marked while it falls asleep or blocks would be subtracted twice (models g3, g4, g6,
//! mutations PARK_NO_CAS, BLOCK_STORE).

use heist_primitives::atomic::{AtomicU32, Ordering};
use heist_primitives::mutation;

const RUN: u32 = 0;
const MARKED: u32 = 1;
const ASLEEP: u32 = 2;
const BLOCKED: u32 = 3;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Mode(AtomicU32);

impl Mode {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(RUN))
    }

    /// Worker: stops running. False: it was marked, and has to rejoin first.
    #[must_use]
    pub(crate) fn fall_asleep(&self) -> bool {
        if mutation::on("PARK_NO_CAS") {
            self.0.store(ASLEEP, Ordering::Release);
            return true;
        }
        // ORDERING: Acquire on failure pairs with the Release of `mark`.
        self.0.compare_exchange(RUN, ASLEEP, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Worker: runs again, after sleep, after a mark, after blocking.
    pub(crate) fn run(&self) {
        // ORDERING: Release pairs with the Acquire of the next `mark`.
        self.0.swap(RUN, Ordering::AcqRel);
    }

    /// Worker: is about to block on purpose. True if its share of R is the caller's to take away; false if the driver
    /// thread has done that with a mark.
    #[must_use]
    pub(crate) fn block(&self) -> bool {
        if mutation::on("BLOCK_STORE") {
            let ran = self.0.load(Ordering::Acquire) == RUN;
            self.0.store(BLOCKED, Ordering::Release);
            return ran;
        }
        // ORDERING: Acquire pairs with the Release of `mark`, Release with the Acquire of the next one.
        self.0.swap(BLOCKED, Ordering::AcqRel) == RUN
    }

    /// Driver thread: marks a running slot. True if it did: its share of R is now the caller's to take away.
    #[must_use]
    pub(crate) fn mark(&self) -> bool {
        if mutation::on("MARK_STORE") {
            self.0.store(MARKED, Ordering::Release);
            return true;
        }
        // ORDERING: Release pairs with `fall_asleep` and with the swap of the LIFO slot that precedes `is_marked`.
        self.0.compare_exchange(RUN, MARKED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Whether the worker blocks on purpose. May be stale.
    pub(crate) fn is_blocked(&self) -> bool {
        self.0.load(Ordering::Relaxed) == BLOCKED
    }

    /// Whether the slot's share of R is gone, by a mark or because the worker blocks: others have to hear of its pushes.
    #[inline]
    pub(crate) fn is_away(&self) -> bool {
        // ORDERING: Relaxed; where it matters the LIFO slot's swap before it orders the load (see `Lifo`).
        self.0.load(Ordering::Relaxed) != RUN
    }

    /// Whether the driver thread has marked the slot.
    #[inline]
    pub(crate) fn is_marked(&self) -> bool {
        // ORDERING: Relaxed; a mark that is seen late is seen after the next poll.
        self.0.load(Ordering::Relaxed) == MARKED
    }
}
