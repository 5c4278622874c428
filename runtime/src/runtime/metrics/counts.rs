//! What a worker counts about its work: plain stores to its own cache line, read by metrics.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::histogram::Histogram;
use crate::driver::clock;
use crate::task::coop;

/// A number that one thread at a time writes.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    /// Adds to it. Not a read-modify-write: there is one writer.
    #[inline]
    pub(crate) fn add(&self, amount: u64) {
        self.set(self.get().wrapping_add(amount));
    }

    /// Replaces it.
    #[inline]
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The number as it was a moment ago.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(crate) struct WorkCounts {
    /// Polls of tasks, drops of aborted ones included.
    pub(crate) polls: Count,
    /// Tasks that this worker has woken or spawned into its own queue.
    pub(crate) scheduled: Count,
    /// Tasks taken from others.
    pub(crate) steals: Count,
    /// Times that it took some.
    pub(crate) steal_operations: Count,
    /// Times that it woke up and parked again without a poll in between.
    pub(crate) noops: Count,
    /// `polls` when it last woke up.
    pub(crate) polls_when_woken: Count,
    /// Mean duration of a poll, with most weight on the last ones.
    pub(crate) mean_poll_ns: Count,
    /// Times that a task was made to yield because its budget was used up.
    pub(crate) forced_yields: Count,
    /// Polls by their duration; empty without a histogram.
    poll_times: OnceLock<Box<[Count]>>,
}

impl WorkCounts {
    /// The worker looks up from its queue.
    pub(crate) fn looked(&self) {
        self.forced_yields.add(coop::take_forced_yields());
    }

    /// The worker is about to park.
    pub(crate) fn parks(&self) {
        self.looked();
        if self.polls.get() == self.polls_when_woken.get() {
            self.noops.add(1);
        }
    }

    /// The worker is awake again.
    pub(crate) fn woke(&self) {
        self.polls_when_woken.set(self.polls.get());
    }

    /// A batch of tasks was stolen.
    pub(crate) fn stole(&self, tasks: usize) {
        self.steal_operations.add(1);
        self.steals.add(tasks as u64);
    }

    /// A poll took that long.
    pub(crate) fn polled(&self, histogram: &Histogram, took: Duration) {
        let counts = self.poll_times.get_or_init(|| (0..histogram.buckets()).map(|_| Count::default()).collect());
        counts[histogram.bucket_of(took)].add(1);
    }

    /// The polls in one bucket of the histogram.
    pub(crate) fn polls_in(&self, bucket: usize) -> u64 {
        self.poll_times.get().map_or(0, |counts| counts[bucket].get())
    }
}

/// Measures the time of a thread that polls, and tells how long polls take on average.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    since: Cell<Instant>,
    /// Polls at that time.
    polls: Cell<u64>,
}

impl Stopwatch {
    /// It runs.
    pub(crate) fn start(counts: &WorkCounts) -> Self {
        Self { since: Cell::new(clock::real_time()), polls: Cell::new(counts.polls.get()) }
    }

    /// It starts anew: what came before was no work.
    pub(crate) fn restart(&self, counts: &WorkCounts) {
        self.since.set(clock::real_time());
        self.polls.set(counts.polls.get());
    }

    /// Returns the nanoseconds since the last lap or start, and measures the polls in it.
    pub(crate) fn lap(&self, counts: &WorkCounts) -> u64 {
        let now = clock::real_time();
        let ns = u64::try_from(now.saturating_duration_since(self.since.replace(now)).as_nanos()).unwrap_or(u64::MAX);
        let polls = counts.polls.get();
        if let Some(mean) = ns.checked_div(polls - self.polls.replace(polls)) {
            // Half the weight on the last stretch: loads change at once.
            let before = counts.mean_poll_ns.get();
            counts.mean_poll_ns.set(if before == 0 { mean } else { before.midpoint(mean) });
        }
        ns
    }
}
