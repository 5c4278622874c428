//! A busy worker's look at another: does that one get anywhere?
//!
//! A worker whose queue is never empty never steals. Meanwhile another may stand still with tasks that were woken, in a
//! long poll, or because the system runs a different thread on its processor, for a time slice of milliseconds. So a
//! worker that looks up (see [`Pace`](super::pace::Pace)) also compares the tick of one other worker with the tick it saw
//! there the last time, and helps if that has not changed. The next look is at the next worker.
//!
//! Nothing depends on it: who stands still keeps its tasks until the driver thread or a searching worker takes them. The
//! look costs a cache line of the other worker, so there is one per [`LOOK_ASIDE_NS`].

use std::cell::Cell;

use super::slots::Slots;

/// Nanoseconds between two looks. Longer than most polls take.
const LOOK_ASIDE_NS: u64 = 100_000;

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Neighbour {
    index: Cell<usize>,
    tick: Cell<u32>,
    looked_ns: Cell<u64>,
}

impl Neighbour {
    /// The worker that has not ended a poll since the last look, if it is time for one and there is such a worker.
    pub(super) fn stands_still(&self, slots: &Slots, own_index: usize, now_ns: u64) -> Option<usize> {
        let count = slots.len();
        if count < 2 || now_ns.saturating_sub(self.looked_ns.get()) < LOOK_ASIDE_NS {
            return None;
        }
        self.looked_ns.set(now_ns);
        let index = self.index.get();
        let stands_still = index != own_index && slots.get(index).tick.load() == self.tick.get();
        let next = (1..=count).map(|offset| (index + offset) % count).find(|next| *next != own_index)?;
        self.index.set(next);
        self.tick.set(slots.get(next).tick.load());
        stands_still.then_some(index)
    }
}
