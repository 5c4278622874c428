//! The idle word: how many workers sleep, search and run, and who holds the seat. Owns the word.
//!
//! | bits | field | meaning |
//! |---|---|---|
//! | 0..16 | S | sleepers that nobody has claimed: listed in `Sleepers` |
//! | 16..32 | Q | searchers: awake, without work, looking at other workers' queues |
//! | 32..48 | R | workers that can make progress, searchers among them; a claimed sleeper counts from the claim on |
//! | 48 | SEAT | somebody is in front of the poller |
//! | 49 | ARMED | the driver thread ticks |
//! | 50 | SHUT | the runtime shuts down: nobody may fall asleep any more |
//!
//! Written by read-modify-write only, so that every transition knows the value it replaced.

use std::fmt;

use heist_primitives::CachePadded;
use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::mutation;

const SLEEPER: u64 = 1;
const SEARCHER: u64 = 1 << 16;
const RUNNER: u64 = 1 << 32;
const SEAT: u64 = 1 << 48;
const ARMED: u64 = 1 << 49;
const SHUT: u64 = 1 << 50;
const COUNT: u64 = 0xffff;

/// A value of the word, decoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Snapshot(u64);

impl Snapshot {
    pub(crate) fn sleepers(self) -> usize {
        (self.0 & COUNT) as usize
    }

    pub(crate) fn searchers(self) -> usize {
        ((self.0 / SEARCHER) & COUNT) as usize
    }

    pub(crate) fn running(self) -> usize {
        ((self.0 / RUNNER) & COUNT) as usize
    }

    pub(crate) fn seat_taken(self) -> bool {
        self.0 & SEAT != 0
    }

    pub(crate) fn armed(self) -> bool {
        self.0 & ARMED != 0
    }

    pub(crate) fn shut(self) -> bool {
        self.0 & SHUT != 0
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle")
            .field("sleepers", &self.sleepers())
            .field("searchers", &self.searchers())
            .field("running", &self.running())
            .field("seat", &self.seat_taken())
            .field("armed", &self.armed())
            .field("shut", &self.shut())
            .finish()
    }
}

/// What [`Word::announce`] did.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(crate) enum Announced {
    /// The caller counts as a sleeper now.
    Asleep {
        /// The word as the caller wrote it.
        now: Snapshot,
        /// The caller holds the seat.
        seat: bool,
    },
    /// The runtime shuts down: nothing was changed.
    Shut,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Word(CachePadded<AtomicU64>);

impl Word {
    /// `running` workers run, and the driver thread is awake to see them.
    pub(crate) fn new(running: usize) -> Self {
        Self(CachePadded::new(AtomicU64::new(running as u64 * RUNNER + ARMED)))
    }

    /// For a decision that a fence before it, or a lock around it, makes sound.
    pub(crate) fn load(&self) -> Snapshot {
        Snapshot(self.0.load(Ordering::Relaxed))
    }

    /// A sleeper was taken off the list: it runs again, as a searcher. Returns the word before.
    pub(crate) fn claim(&self) -> Snapshot {
        let before = Snapshot(self.0.fetch_add(SEARCHER + RUNNER - SLEEPER, Ordering::AcqRel));
        debug_assert!(before.sleepers() > 0, "a claim without a sleeper: {before:?}");
        before
    }

    /// As [`claim`](Self::claim), by the sleeper itself; as a mere runner if it is not `searching`.
    pub(crate) fn retract(&self, searching: bool, holds_seat: bool) -> Snapshot {
        // The addition wraps: clearing SEAT is a subtraction, and all fields change in one step.
        let mut change = RUNNER - SLEEPER;
        if searching {
            change += SEARCHER;
        }
        if holds_seat && !mutation::on("RETRACT_KEEPS_SEAT") {
            change = change.wrapping_sub(SEAT);
        }
        let before = Snapshot(self.0.fetch_add(change, Ordering::AcqRel));
        debug_assert!(before.sleepers() > 0 && (!holds_seat || before.seat_taken()), "{before:?}");
        before
    }

    /// A worker goes to sleep: out of the runners, out of the searchers, into the seat if it is free, all in one step.
    pub(crate) fn announce(&self, searching: bool) -> Announced {
        let mut before = self.load();
        loop {
            if before.shut() && !mutation::on("SHUT_NO_ANNOUNCE_CHECK") {
                return Announced::Shut;
            }
            debug_assert!(before.running() > 0 && before.searchers() >= usize::from(searching), "{before:?}");
            let mut now = before.0 + SLEEPER - RUNNER;
            if searching {
                now -= SEARCHER;
            }
            now |= SEAT;
            // ORDERING: the CAS is followed by the fence in `Idle::announce_park`; Release publishes nothing more.
            match self.0.compare_exchange_weak(before.0, now, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Announced::Asleep { now: Snapshot(now), seat: !before.seat_taken() },
                Err(found) => before = Snapshot(found),
            }
        }
    }

    /// Becomes a searcher if fewer than `most` search.
    #[must_use]
    pub(crate) fn start_search(&self, most: usize) -> bool {
        let mut before = self.load();
        while before.searchers() < most {
            match self.0.compare_exchange_weak(before.0, before.0 + SEARCHER, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(found) => before = Snapshot(found),
            }
        }
        false
    }

    /// Is no searcher any more, since it found work. Returns the word before.
    pub(crate) fn end_search(&self) -> Snapshot {
        let before = Snapshot(self.0.fetch_sub(SEARCHER, Ordering::AcqRel));
        debug_assert!(before.searchers() > 0, "{before:?}");
        before
    }

    /// Takes the seat for a moment. False if somebody else has it.
    #[must_use]
    pub(crate) fn take_seat(&self) -> bool {
        if self.load().seat_taken() {
            return false;
        }
        // ORDERING: Acquire pairs with the Release of `leave_seat` and `retract`: the poller's state is visible.
        !Snapshot(self.0.fetch_or(SEAT, Ordering::AcqRel)).seat_taken()
    }

    /// Leaves the seat. Returns the word after.
    pub(crate) fn leave_seat(&self) -> Snapshot {
        let before = Snapshot(self.0.fetch_and(!SEAT, Ordering::AcqRel));
        debug_assert!(before.seat_taken(), "{before:?}");
        Snapshot(before.0 & !SEAT)
    }

    /// A spare worker is to be started: it counts as a runner and searcher from now on, if nobody else can do what it is
    /// for, and fewer than `limit` run. True if so.
    #[must_use]
    pub(crate) fn hire(&self, limit: usize) -> bool {
        let mut before = self.load();
        loop {
            let helpless = before.sleepers() == 0 && before.searchers() == 0 && before.running() < limit;
            if before.shut() || !helpless {
                return false;
            }
            let now = before.0 + SEARCHER + RUNNER;
            match self.0.compare_exchange_weak(before.0, now, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(found) => before = Snapshot(found),
            }
        }
    }

    /// The spare worker could not be started. Returns the word after.
    pub(crate) fn unhire(&self) -> Snapshot {
        let before = Snapshot(self.0.fetch_sub(SEARCHER + RUNNER, Ordering::AcqRel));
        debug_assert!(before.running() > 0 && before.searchers() > 0, "{before:?}");
        Snapshot(before.0 - SEARCHER - RUNNER)
    }

    /// A worker stops counting as a runner (it is marked as stalled, blocks, or ends). Returns the word after.
    pub(crate) fn leave_runners(&self) -> Snapshot {
        let before = Snapshot(self.0.fetch_sub(RUNNER, Ordering::AcqRel));
        debug_assert!(before.running() > 0, "{before:?}");
        Snapshot(before.0 - RUNNER)
    }

    /// A worker that was marked as stalled, or blocked, is back. Returns the word before.
    pub(crate) fn rejoin_runners(&self) -> Snapshot {
        Snapshot(self.0.fetch_add(RUNNER, Ordering::AcqRel))
    }

    /// Sets ARMED. True if it was clear: the caller wakes the driver thread.
    #[must_use]
    pub(crate) fn arm(&self) -> bool {
        !Snapshot(self.0.fetch_or(ARMED, Ordering::AcqRel)).armed()
    }

    /// Clears ARMED if whoever does not sleep is blocked, somebody does sleep, and somebody sits at the poller. True if it
    /// did.
    #[must_use]
    pub(crate) fn disarm(&self) -> bool {
        let mut before = self.load();
        loop {
            let attended = before.seat_taken() || mutation::on("DISARM_UNATTENDED");
            // Without a sleeper nobody could be woken: then spares are wanted. The seat does not tell, since it may be the
            // driver thread's own (model m2).
            let help = before.sleepers() > 0 || mutation::on("DISARM_NO_SLEEPER") || mutation::on("DISARM_UNATTENDED");
            let quiet = before.running() == 0 && attended && help && !before.shut();
            if !quiet {
                return false;
            }
            match self.0.compare_exchange_weak(before.0, before.0 & !ARMED, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(found) => before = Snapshot(found),
            }
        }
    }

    /// Sets SHUT. True for the first caller.
    #[must_use]
    pub(crate) fn shut(&self) -> bool {
        !Snapshot(self.0.fetch_or(SHUT, Ordering::AcqRel)).shut()
    }
}
