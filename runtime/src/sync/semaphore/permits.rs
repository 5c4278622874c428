//! The word of a semaphore: how many permits are free, whether somebody waits, whether it is closed.
//!
//! ```text
//! bits 2..   free permits
//! bit  1     WAITERS: the wait list is not empty
//! bit  0     CLOSED
//!
//!    free ──try_take──► fewer free                     (no lock)
//!    free ──give──────► more free                      (no lock)
//!    too few free ──take_or_wait──► 0, WAITERS         (under the lock)
//!    0, WAITERS ──give──► unchanged, `false`: the permits are handed to the waiters, under the lock
//!    0, WAITERS ──waiters_gone──► WAITERS cleared      (under the lock)
//!    any ──close──► CLOSED, WAITERS cleared            (under the lock)
//! ```
//!
//! Rule **P1**: while WAITERS is set, no permit is free. So nobody can overtake the queue without looking at it: a
//! `try_take` that would succeed proves that nobody waits.

use heist_primitives::atomic::{AtomicUsize, Ordering};
use heist_primitives::mutation;

const CLOSED: usize = 1;
const WAITERS: usize = 2;
const ONE: usize = 4;

/// The most permits a word can count.
pub(crate) const MAX_PERMITS: usize = usize::MAX >> 3;

/// The word.
pub(crate) struct Permits(AtomicUsize);

/// A value of the word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot(usize);

impl Snapshot {
    pub(crate) fn free(self) -> usize {
        self.0 / ONE
    }

    pub(crate) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    fn has_waiters(self) -> bool {
        self.0 & WAITERS != 0
    }
}

/// What came of an attempt to take permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Take {
    /// All of them.
    Taken,
    /// There are not enough. [`Permits::take_or_wait`] took this many, and the caller must join the list.
    Short(usize),
    /// The semaphore is closed.
    Closed,
}

impl Permits {
    /// The bits of a word with `permits` free.
    pub(crate) const fn bits(permits: usize) -> usize {
        assert!(permits <= MAX_PERMITS, "a semaphore may not have more than MAX_PERMITS permits");
        permits * ONE
    }

    /// The word with these [`bits`](Self::bits).
    pub(crate) const fn from_atomic(bits: AtomicUsize) -> Self {
        Self(bits)
    }

    pub(crate) fn load(&self) -> Snapshot {
        // ORDERING: Acquire pairs with the Release of `give`, for callers that conclude from the count that others are
        // done (a channel's `is_idle`).
        Snapshot(self.0.load(Ordering::Acquire))
    }

    /// Takes `n` permits if that many are free.
    #[inline]
    pub(crate) fn try_take(&self, n: usize) -> Take {
        self.update(|now| match now {
            now if now.is_closed() => Err(Take::Closed),
            now if now.free() < n => Err(Take::Short(0)),
            now => Ok((now.0 - n * ONE, Take::Taken)),
        })
    }

    /// Takes `n` permits, or what there is and marks that somebody waits. The list's lock is held.
    pub(crate) fn take_or_wait(&self, n: usize) -> Take {
        if mutation::on("semaphore_waits_blindly") {
            self.0.fetch_or(WAITERS, Ordering::AcqRel);
            return Take::Short(0);
        }
        self.update(|now| match now {
            now if now.is_closed() && !mutation::on("semaphore_waits_when_closed") => Err(Take::Closed),
            // Others wait already. Nobody clears that without the lock, so there is nothing to write.
            Snapshot(WAITERS) => Err(Take::Short(0)),
            now if now.free() < n && mutation::on("semaphore_leaves_permits") => Ok((now.0 | WAITERS, Take::Short(0))),
            now if now.free() < n => Ok((WAITERS, Take::Short(now.free()))),
            now => Ok((now.0 - n * ONE, Take::Taken)),
        })
    }

    /// Makes `n` permits free, unless somebody waits for them: then nothing changes and it returns false.
    ///
    /// # Panics
    ///
    /// If there would be more than [`MAX_PERMITS`].
    #[must_use]
    #[inline]
    #[track_caller]
    pub(crate) fn give(&self, n: usize) -> bool {
        let mut now = Snapshot(self.0.load(Ordering::Relaxed));
        loop {
            if now.has_waiters() && !mutation::on("semaphore_gives_past_waiters") {
                return false;
            }
            let next = now.plus(n);
            // ORDERING: Release pairs with the Acquire of `update`: what was done under a permit is seen by the next
            // holder (model: semaphore_passes_data_on).
            match self.0.compare_exchange_weak(now.0, next, give_ordering(), Ordering::Relaxed) {
                Ok(_) => return true,
                Err(actual) => now = Snapshot(actual),
            }
        }
    }

    /// The list became empty and `n` permits are left over. The list's lock is held.
    #[track_caller]
    pub(crate) fn waiters_gone(&self, n: usize) {
        let mut now = Snapshot(self.0.load(Ordering::Relaxed));
        loop {
            let next = now.plus(n) & !WAITERS;
            // ORDERING: Release as in `give`.
            match self.0.compare_exchange_weak(now.0, next, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return,
                Err(actual) => now = Snapshot(actual),
            }
        }
    }

    /// Takes up to `n` free permits and returns how many.
    pub(crate) fn take_up_to(&self, n: usize) -> usize {
        let mut now = Snapshot(self.0.load(Ordering::Relaxed));
        loop {
            let taken = n.min(now.free());
            // ORDERING: Acquire as in `update`.
            let next = now.0 - taken * ONE;
            match self.0.compare_exchange_weak(now.0, next, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return taken,
                Err(actual) => now = Snapshot(actual),
            }
        }
    }

    /// From now on permits are given back only. The list's lock is held.
    pub(crate) fn close(&self) {
        let mut now = self.0.load(Ordering::Relaxed);
        // ORDERING: Release pairs with the Acquire loads of those who find it closed: what the closer did before is
        // seen by them. Acquire, so that the closer sees what givers of permits did before.
        while let Err(actual) =
            self.0.compare_exchange_weak(now, (now | CLOSED) & !WAITERS, Ordering::AcqRel, Ordering::Relaxed)
        {
            now = actual;
        }
    }

    #[inline]
    fn update(&self, mut step: impl FnMut(Snapshot) -> Result<(usize, Take), Take>) -> Take {
        // ORDERING: Acquire pairs with `close`, for those who go no further than this load.
        let mut now = Snapshot(self.0.load(Ordering::Acquire));
        loop {
            let (next, outcome) = match step(now) {
                Ok(step) => step,
                Err(outcome) => return outcome,
            };
            // ORDERING: Acquire pairs with the Release of `give` and `waiters_gone`: whoever takes a permit sees what
            // its former holder did (model: semaphore_passes_data_on).
            match self.0.compare_exchange_weak(now.0, next, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return outcome,
                Err(actual) => now = Snapshot(actual),
            }
        }
    }
}

impl Snapshot {
    #[track_caller]
    fn plus(self, n: usize) -> usize {
        let fits = self.free().checked_add(n).is_some_and(|sum| sum <= MAX_PERMITS);
        assert!(fits, "number of added permits ({n}) would overflow MAX_PERMITS ({MAX_PERMITS})");
        self.0 + n * ONE
    }
}

fn give_ordering() -> Ordering {
    mutation::weaken("semaphore_gives_relaxed", Ordering::Release)
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;

    fn permits(n: usize) -> Permits {
        Permits::from_atomic(AtomicUsize::new(Permits::bits(n)))
    }

    #[test]
    fn nothing_is_free_while_somebody_waits() {
        model(0, 1, || {
            let word = permits(3);
            assert_eq!(word.try_take(1), Take::Taken);
            assert_eq!(word.try_take(3), Take::Short(0));
            assert_eq!(word.take_or_wait(3), Take::Short(2));
            assert_eq!(word.load().free(), 0);
            assert_eq!(word.try_take(1), Take::Short(0));
            assert!(!word.give(1));
            word.waiters_gone(1);
            assert_eq!(word.load().free(), 1);
            assert!(word.give(1));
        });
    }

    #[test]
    fn a_closed_word_counts_on() {
        model(0, 1, || {
            let word = permits(1);
            assert_eq!(word.take_or_wait(2), Take::Short(1));
            word.close();
            assert_eq!(word.try_take(0), Take::Closed);
            assert_eq!(word.take_or_wait(1), Take::Closed);
            assert!(word.give(1));
            assert_eq!(word.load().free(), 1);
            assert!(word.load().is_closed());
            assert_eq!(word.take_up_to(5), 1);
        });
    }

    #[test]
    #[should_panic(expected = "would overflow MAX_PERMITS")]
    fn too_many() {
        model(0, 1, || {
            let _ = permits(MAX_PERMITS).give(1);
        });
    }
}
