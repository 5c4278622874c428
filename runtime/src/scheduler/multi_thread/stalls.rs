//! The driver thread's watch for polls that do not end: it takes stuck workers out of the runners and reports them.

use std::sync::atomic::{Ordering, fence};
use std::time::Duration;

use heist_primitives::panic::quietly;

use super::Shared;
use super::slot::Slot;
use crate::runtime::LongPoll;
use crate::scheduler::idle::NEVER;

/// The polls of all workers, as the driver thread saw them last.
#[derive(Debug, Default)]
pub(super) struct Watch {
    polls: Vec<Seen>,
}

/// A poll that may be a long one.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    tick: u32,
    since_ns: u64,
    /// How long it has to last for the next report.
    report_ns: u64,
}

/// What a look at the workers has found.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Stalls {
    /// Workers that are stuck.
    pub(super) stuck: usize,
    /// How often workers have fallen asleep since the runtime was started.
    pub(super) sleeps: u64,
}

impl Watch {
    /// Looks at every worker: marks those that have been in one poll for the stall threshold, takes what they hold
    /// back, and reports those that have been for the user's.
    pub(super) fn look(&mut self, shared: &Shared, now_ns: u64) -> Stalls {
        let mut stalls = Stalls::default();
        self.polls.resize(shared.slots.len(), Seen::default());
        for (index, slot) in shared.slots.iter().enumerate() {
            stalls.sleeps += slot.stats.parks.get();
            let seen = &mut self.polls[index];
            let tick = slot.tick.load();
            if tick % 2 == 0 || tick != seen.tick {
                *seen = Seen { tick, since_ns: now_ns, report_ns: 0 };
            }
            let lasted_ns = now_ns.saturating_sub(seen.since_ns);
            let long = tick % 2 == 1 && u128::from(lasted_ns) >= shared.config.stall_threshold.as_nanos();
            if long && slot.mode.mark() {
                slot.stats.stalls.add(1);
                release(shared, index, slot);
                shared.idle.worker_left(shared);
            } else if slot.mode.is_marked() {
                // The worker may have pushed since, unseen.
                release(shared, index, slot);
            }
            if slot.mode.is_marked() {
                stalls.stuck += 1;
            }
            if lasted_ns > 0 && !slot.mode.is_blocked() {
                report(shared, index, slot, seen, lasted_ns);
            }
        }
        stalls
    }
}

/// Takes what a stuck worker has that nobody else can reach: its next task, and the care for its timers.
fn release(shared: &Shared, index: usize, slot: &Slot) {
    // By a swap even if the slot looks empty: see `Lifo`.
    if let Some(task) = slot.lifo.take_always() {
        shared.injector.push(task);
    }
    let next = shared.next_deadline(index);
    if next != NEVER {
        shared.idle.deadline_left(next, shared);
    }
}

/// Calls the user's callback when a poll has lasted for its threshold, and again each time that has doubled.
fn report(shared: &Shared, worker: usize, slot: &Slot, seen: &mut Seen, lasted_ns: u64) {
    let Some(reports) = &shared.config.long_polls else { return };
    if seen.report_ns == 0 {
        seen.report_ns = u64::try_from(reports.threshold.as_nanos()).unwrap_or(u64::MAX).max(1);
    }
    if lasted_ns < seen.report_ns {
        return;
    }
    let task = slot.running.get();
    // ORDERING: Acquire pairs with the Release in `Running::set`: if the task is one that came later, so is the tick.
    fence(Ordering::Acquire);
    if slot.tick.load() != seen.tick {
        return;
    }
    while seen.report_ns <= lasted_ns {
        seen.report_ns = seen.report_ns.saturating_mul(2);
    }
    let long_poll = LongPoll::new(task, worker, Duration::from_nanos(lasted_ns));
    // A panic of the callback has been printed by the panic hook, and must not end this thread.
    quietly(|| (reports.callback)(&long_poll));
}
