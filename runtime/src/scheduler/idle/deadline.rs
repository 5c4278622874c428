//! The deadline word: a lower bound of all deadlines that no awake worker looks after. Owns the word.
//!
//! A worker that falls asleep with timers on its wheel leaves its next deadline here; so does a thread that inserts
//! into a wheel that is not its own. Whoever sits at the poller sleeps no longer than this. Whoever fires takes the
//! word first and looks at the wheels afterwards, so a deadline left in between stays published.

use heist_primitives::CachePadded;
use heist_primitives::atomic::{AtomicU64, Ordering};
use heist_primitives::mutation;

/// No deadline.
pub(crate) const NEVER: u64 = u64::MAX;

/// See the [module](self). Nanoseconds since the driver's start.
#[derive(Debug)]
pub(crate) struct Deadline(CachePadded<AtomicU64>);

impl Deadline {
    pub(crate) fn new() -> Self {
        Self(CachePadded::new(AtomicU64::new(NEVER)))
    }

    pub(crate) fn load(&self) -> u64 {
        // ORDERING: Relaxed; the sleeper reads it after its fence, the inserter fences before it reads SEAT.
        self.0.load(Ordering::Relaxed)
    }

    /// Leaves a deadline. True if it is earlier than what was there: a sleeper at the poller has to be told.
    #[must_use]
    pub(crate) fn leave(&self, deadline_ns: u64) -> bool {
        if mutation::on("DDL_STORE") {
            let earlier = deadline_ns < self.load();
            self.0.store(deadline_ns, Ordering::Release);
            return earlier;
        }
        if mutation::on("LEAVE_LOOKS_FIRST") && deadline_ns >= self.load() {
            return false;
        }
        // ORDERING: Release pairs with `take`: who takes the deadline sees the wheel's entry. Also if the word is earlier
        // already, so no look may spare the step: whoever takes that earlier deadline may not see our wheel (model e3).
        deadline_ns < self.0.fetch_min(deadline_ns, Ordering::AcqRel)
    }

    /// Takes the word before looking at the wheels.
    pub(crate) fn take(&self) -> u64 {
        // ORDERING: Acquire pairs with `leave`.
        self.0.swap(NEVER, Ordering::AcqRel)
    }
}
