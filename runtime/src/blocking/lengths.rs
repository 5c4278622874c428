//! How long the closures of a pool take, as far as that decides how many threads to wake for them.
//!
//! A thread that is woken for a closure is worth it if the closure still waits by then. While a closure of length `l` runs,
//! `l / WAKE_NS` threads can be woken one after the other. More of them than that make no closure begin earlier, since the
//! first ones are done and take the next closure without being woken.
//!
//! Reading the clock twice for each closure would cost a good part of what the shortest ones do. So each thread times one
//! closure of every [`EVERY`], beginning with its first, and the pool keeps a mean that forgets.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::driver::clock::{nanoseconds, real_time};

/// One closure of so many is timed, on each thread.
const EVERY: u32 = 8;
/// About what it takes to wake a thread, for the one who does it and for the processor of the other, in nanoseconds.
const WAKE_NS: u64 = 10_000;
/// What a new length counts in the mean: this part.
const WEIGHT: u64 = 8;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct Lengths {
    mean_ns: AtomicU64,
}

impl Lengths {
    /// Closures are short until they prove to be long.
    pub(super) fn new() -> Self {
        Self { mean_ns: AtomicU64::new(0) }
    }

    /// How many threads can be woken, one after the other, in the time that a closure takes.
    pub(super) fn in_wakes(&self) -> usize {
        // Relaxed, here and below: a guess, and if it is wrong an item waits a little, or a thread wakes for nothing.
        usize::try_from(self.mean_ns.load(Ordering::Relaxed) / WAKE_NS).unwrap_or(usize::MAX)
    }

    /// What one thread times with.
    pub(super) fn sampler(&self) -> Sampler<'_> {
        Sampler { lengths: self, left: 0 }
    }

    /// Of two threads that do this at the same time one may be forgotten.
    fn note(&self, ns: u64) {
        let mean_ns = self.mean_ns.load(Ordering::Relaxed);
        self.mean_ns.store(mean_ns - mean_ns / WEIGHT + ns / WEIGHT, Ordering::Relaxed);
    }
}

/// Times some of a thread's closures.
#[derive(Debug)]
pub(super) struct Sampler<'a> {
    lengths: &'a Lengths,
    /// Closures until the next one that is timed.
    left: u32,
}

impl Sampler<'_> {
    /// Runs a closure.
    pub(super) fn during(&mut self, run: impl FnOnce()) {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return run();
        }
        self.left = EVERY - 1;
        let start = real_time();
        run();
        self.lengths.note(nanoseconds(start.elapsed()));
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn closures_are_short_until_they_prove_long_and_again_when_they_are() {
        let lengths = Lengths::new();
        assert_eq!(lengths.in_wakes(), 0);
        (0..100).for_each(|_| lengths.note(WAKE_NS * 100));
        assert!((90..=100).contains(&lengths.in_wakes()), "{lengths:?}");
        (0..100).for_each(|_| lengths.note(WAKE_NS / 10));
        assert_eq!(lengths.in_wakes(), 0);
        lengths.note(u64::MAX);
        assert!(lengths.in_wakes() > 0);
        (0..1000).for_each(|_| lengths.note(u64::MAX));
        assert!(lengths.in_wakes() > 0, "no overflow");
    }

    #[test]
    fn one_closure_of_some_is_timed() {
        let lengths = Lengths::new();
        let mut sampler = lengths.sampler();
        sampler.during(|| {});
        let before = lengths.in_wakes();
        for _ in 1..EVERY {
            sampler.during(|| thread::sleep(Duration::from_millis(1)));
        }
        assert_eq!(lengths.in_wakes(), before, "these are not timed");
        sampler.during(|| thread::sleep(Duration::from_millis(2)));
        assert!(lengths.in_wakes() >= 20, "{lengths:?}");
    }
}
