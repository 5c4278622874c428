//! How often a worker looks up from its queue, and what it believes a poll costs.
//!
//! Fairness is by time: every 50 µs a worker looks at the injector, the timers and the poller. Reading the clock at
//! each poll would cost as much as the shortest polls, so the time is turned into a number of polls, 32 at most, by the
//! mean duration of the polls since the last look. A sudden run of long polls is caught at the next look at the latest;
//! the driver thread bounds that at one of its ticks. Where it can be foreseen the worker looks earlier: when a long queue
//! has become short, since what is left, or comes back, need not be like what has ended.

use std::cell::Cell;

/// Nanoseconds between two looks.
const LOOK_NS: u64 = 50_000;
/// Polls between two looks at most.
const MOST_POLLS: u32 = 32;
/// Queued work, in nanoseconds, that is worth waking a sleeper for: about what the wake costs both threads.
const WORTH_NS: u64 = 20_000;
/// A queue that is not empty for so many nanoseconds is worth waking a sleeper, however short its tasks.
const NEVER_ENDS_NS: u64 = 200_000;

/// Events overtake the queue if polls take no longer: a quarter of the time from one look at the poller to the next.
const OVERTAKES_NS: u64 = super::POLL_NS / 4;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Pace {
    /// Polls until the next look.
    left: Cell<u32>,
    /// Polls from the last look to the next.
    interval: Cell<u32>,
    /// When the last look was.
    looked_ns: Cell<u64>,
    /// Since when each look has found something in the queue; 0 if the last one has not.
    queued_since_ns: Cell<u64>,
    /// Tasks queued after the last look.
    queued: Cell<usize>,
    /// Mean duration of a poll. Starts high, so that the first tasks are shared at once.
    poll_ns: Cell<u64>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            left: Cell::new(1),
            interval: Cell::new(1),
            looked_ns: Cell::new(0),
            queued_since_ns: Cell::new(0),
            queued: Cell::new(0),
            poll_ns: Cell::new(WORTH_NS),
        }
    }

    /// Counts a poll. True if it is time to look.
    #[inline]
    pub(super) fn polled(&self) -> bool {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        left == 0
    }

    /// The worker looks, with so many tasks in its queue.
    pub(super) fn looked(&self, now_ns: u64, queued: usize) {
        let polls = u64::from(self.interval.get() - self.left.get()).max(1);
        let mean = now_ns.saturating_sub(self.looked_ns.get()) / polls;
        // Half the weight on the last stretch: loads change at once, and one odd stretch is soon forgotten.
        let poll_ns = (self.poll_ns.get() + mean) / 2;
        self.poll_ns.set(poll_ns);
        let fitting = LOOK_NS / poll_ns.max(1);
        // Doubling at most: a few short polls must not hide a long one that follows.
        // If a long queue has become short the polls say nothing about those to come: one round, and look again.
        let has_drained = self.queued.replace(queued) >= MOST_POLLS as usize && queued < MOST_POLLS as usize;
        let most = if has_drained { (queued as u32).max(1) } else { self.interval.get() * 2 };
        let interval = most.min(MOST_POLLS).min(fitting.max(1) as u32);
        self.restart(interval, now_ns);
    }

    /// The look is over, and has left so many tasks in the queue.
    pub(super) fn leaves(&self, queued: usize) {
        self.queued.set(queued);
    }

    /// The worker is about to sleep: what it ran since the last look counts, however little it was.
    pub(super) fn rests(&self, now_ns: u64) {
        if self.left.get() < self.interval.get() {
            self.looked(now_ns, 0);
        }
    }

    /// The worker was asleep: that time was no poll.
    pub(super) fn woke(&self, now_ns: u64) {
        self.queued_since_ns.set(0);
        self.restart(self.interval.get(), now_ns);
    }

    fn restart(&self, interval: u32, now_ns: u64) {
        self.interval.set(interval);
        self.left.set(interval);
        self.looked_ns.set(now_ns);
    }

    /// When the last look was.
    pub(super) fn looked_ns(&self) -> u64 {
        self.looked_ns.get()
    }

    /// The mean duration of a poll.
    pub(super) fn poll_ns(&self) -> u64 {
        self.poll_ns.get()
    }

    /// Whether one task of each batch of events may overtake the queue. Where polls are long those would take most of the
    /// time, and the queue would wait for as long as events come.
    #[inline]
    pub(super) fn events_may_overtake(&self) -> bool {
        self.poll_ns.get() <= OVERTAKES_NS
    }

    /// Whether `queued` tasks are worth waking a sleeper.
    #[inline]
    pub(super) fn is_worth_a_wake(&self, queued: usize) -> bool {
        queued as u64 * self.poll_ns.get() >= WORTH_NS
    }

    /// Whether the queue has held something for so long, as far as the looks tell, that what it holds now says too little
    /// about the work there is: tasks that yield come back. True once in that time.
    pub(super) fn never_ends(&self, queued: usize, now_ns: u64) -> bool {
        let since_ns = self.queued_since_ns.get();
        if queued == 0 {
            self.queued_since_ns.set(0);
        } else if since_ns == 0 {
            self.queued_since_ns.set(now_ns);
        } else if now_ns.saturating_sub(since_ns) >= NEVER_ENDS_NS {
            self.queued_since_ns.set(now_ns);
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_queue_that_never_ends_is_worth_a_wake() {
        let pace = Pace::new();
        let looks =
            [(1, 1), (1, NEVER_ENDS_NS), (1, 1 + NEVER_ENDS_NS), (1, 2 + NEVER_ENDS_NS), (0, 3 * NEVER_ENDS_NS)];
        assert_eq!(looks.map(|(queued, now_ns)| pace.never_ends(queued, now_ns)), [false, false, true, false, false]);
        assert!(!pace.never_ends(1, 5 * NEVER_ENDS_NS), "it was empty in between");
    }

    #[test]
    fn after_a_long_queue_one_round_of_the_short_one_is_enough() {
        let pace = Pace::new();
        let look = |now_ns, before, after| {
            pace.looked(now_ns, before);
            pace.leaves(after);
            pace.interval.get()
        };
        let long = MOST_POLLS as usize;
        let intervals = (1..=20).map(|now_ns| look(now_ns * 100, long, long)).collect::<Vec<_>>();
        assert_eq!(intervals[19], MOST_POLLS);
        assert_eq!(look(2100, 2, 2), 2);
        assert_eq!(look(2200, 2, 2), 4, "from then on the polls are of tasks that come back");
        assert_eq!(look(2300, 2, long), 8);
        assert_eq!(look(2400, 0, 0), 1);
    }

    #[test]
    fn short_polls_are_looked_at_rarely_and_long_ones_each_time() {
        let pace = Pace::new();
        let mut now = 0;
        for _ in 0..64 {
            let mut polls = 1;
            while !pace.polled() {
                polls += 1;
            }
            now += polls * 100;
            pace.looked(now, 1);
        }
        assert_eq!(pace.interval.get(), MOST_POLLS);
        assert!(!pace.is_worth_a_wake(10));
        assert!(pace.events_may_overtake());
        for _ in 0..8 {
            while !pace.polled() {}
            now += 1_000_000;
            pace.looked(now, 1);
        }
        assert_eq!(pace.interval.get(), 1);
        assert!(pace.is_worth_a_wake(1));
        assert!(!pace.events_may_overtake());
    }
}
