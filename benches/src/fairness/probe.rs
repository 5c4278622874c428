//! A probe: something that happens again and again, and the longest it ever took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Marks the time between two occurrences.
const NEVER: u64 = u64::MAX;

/// Occurrences do not overlap; `begin` and `end` may be called on different threads.
#[derive(Debug)]
pub(crate) struct Probe {
    epoch: Instant,
    began_ns: AtomicU64,
    worst_ns: AtomicU64,
    count: AtomicU64,
}

impl Probe {
    pub(crate) fn new() -> Self {
        let [worst_ns, count] = [0, 0].map(AtomicU64::new);
        Self { epoch: Instant::now(), began_ns: AtomicU64::new(NEVER), worst_ns, count }
    }

    pub(crate) fn begin(&self) {
        self.began_ns.store(self.now_ns(), Ordering::Release);
    }

    pub(crate) fn end(&self) {
        let began_ns = self.began_ns.swap(NEVER, Ordering::Acquire);
        self.worst_ns.fetch_max(self.now_ns().saturating_sub(began_ns), Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets what was measured before, except an occurrence that has begun and not ended.
    pub(crate) fn restart(&self) {
        self.worst_ns.store(0, Ordering::Relaxed);
        self.count.store(0, Ordering::Relaxed);
    }

    /// The longest, in nanoseconds. One that has not ended yet counts with the time it took so far, so that what waits
    /// forever is not missed.
    pub(crate) fn worst_ns(&self) -> u64 {
        let unfinished_ns = self.now_ns().saturating_sub(self.began_ns.load(Ordering::Acquire));
        self.worst_ns.load(Ordering::Relaxed).max(unfinished_ns)
    }

    /// How many have ended.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    fn now_ns(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn the_longest_is_kept_and_the_unfinished_counts() {
        let probe = Probe::new();
        probe.begin();
        thread::sleep(Duration::from_millis(2));
        probe.end();
        probe.begin();
        probe.end();
        assert!(probe.worst_ns() >= 2_000_000);
        assert_eq!(probe.count(), 2);
        probe.restart();
        assert_eq!((probe.worst_ns(), probe.count()), (0, 0));
        probe.begin();
        thread::sleep(Duration::from_millis(1));
        assert!(probe.worst_ns() >= 1_000_000);
    }
}
