//! The word of a [`Notify`](super::Notify): whether a permit is stored or somebody waits, and the calls of
//! `notify_waiters` so far.
//!
//! ```text
//! bits 2..   CALLS, the calls of notify_waiters; wraps around
//! bits 0..1  EMPTY, WAITING or NOTIFIED
//!
//!   EMPTY ──store_permit──► NOTIFIED ──take──► EMPTY              (no lock)
//!   EMPTY ──wait──► WAITING ──waiters_gone──► EMPTY               (under the lock)
//!   EMPTY, NOTIFIED ──call──► same, CALLS + 1                     (no lock)
//!   WAITING ──call_waiters──► EMPTY, CALLS + 1                    (under the lock)
//! ```
//!
//! A waiter remembers the CALLS of its creation; it is *current* while they have not moved.
//!
//! Rule **N1**: the state is WAITING exactly while a current waiter is on the list. Waiters that a call has outdated
//! may still be on it, in front of all current ones; they are on their way out and count as notified.

use std::fmt;

use heist_primitives::atomic::{AtomicUsize, Ordering};
use heist_primitives::mutation;

const STATE: usize = 3;
const EMPTY: usize = 0;
const WAITING: usize = 1;
const NOTIFIED: usize = 2;
const CALL: usize = 4;

/// The word.
pub(crate) struct Word(AtomicUsize);

/// True if of two counts of calls `seen` is the earlier one. Counts wrap around; those in use at a time are close together.
pub(crate) fn is_before(seen: usize, calls: usize) -> bool {
    (calls.wrapping_sub(seen).wrapping_mul(CALL) as isize) > 0
}

/// What a waiter that wants to join the list found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Joined {
    /// It is to join.
    Waiting,
    /// It took the stored permit.
    Consumed,
    /// A call of `notify_waiters` since its creation has notified it.
    Called,
}

impl Word {
    /// The bits of a word that the next call makes wrap around.
    #[cfg(test)]
    pub(crate) const LAST_CALL: usize = usize::MAX & !STATE;

    /// No permit, nobody waits. The argument must be zero.
    pub(crate) const fn from_atomic(zero: AtomicUsize) -> Self {
        Self(zero)
    }

    /// The calls of `notify_waiters` so far.
    pub(crate) fn calls(&self) -> usize {
        // ORDERING: Acquire pairs with the Release of `update`: whoever sees a call sees what was done before it.
        self.0.load(Ordering::Acquire) / CALL
    }

    /// Stores a permit, or finds one there; false if somebody waits, who is to get the notification instead.
    #[must_use]
    pub(crate) fn store_permit(&self) -> bool {
        self.update(|now| (now & STATE != WAITING).then_some(now & !STATE | NOTIFIED)).is_ok()
    }

    /// True if there was a call of `notify_waiters` after the `seen`-th, or else if there is a permit, which it takes.
    #[inline]
    #[must_use]
    pub(crate) fn take(&self, seen: usize) -> bool {
        let has_permit = |now| now & STATE == NOTIFIED && now / CALL == seen;
        match self.update(|now| has_permit(now).then_some(now & !STATE | EMPTY)) {
            Ok(_) => true,
            Err(now) => now / CALL != seen,
        }
    }

    /// Counts a call of `notify_waiters`; false, and not counted, if somebody waits.
    #[must_use]
    pub(crate) fn call(&self) -> bool {
        self.update(|now| (now & STATE != WAITING).then(|| now.wrapping_add(CALL))).is_ok()
    }

    /// Counts a call that outdates everybody on the list, and returns the new count. The lock is held.
    pub(crate) fn call_waiters(&self) -> usize {
        let before = self.update(|now| Some(now.wrapping_add(CALL) & !STATE | EMPTY));
        debug_assert!(before.is_ok_and(|now| now & STATE == WAITING));
        self.calls()
    }

    /// A waiter created after `seen` calls wants to join the list. The lock is held.
    pub(crate) fn wait(&self, seen: usize) -> Joined {
        let mut joined = Joined::Waiting;
        let _ = self.update(|now| {
            joined = match now & STATE {
                _ if now / CALL != seen && !mutation::on("notify_joins_outdated") => Joined::Called,
                NOTIFIED => Joined::Consumed,
                _ => Joined::Waiting,
            };
            match joined {
                // The lock keeps WAITING as it is, so there is nothing to write.
                Joined::Waiting if now & STATE == WAITING => None,
                Joined::Waiting => Some(now & !STATE | WAITING),
                Joined::Consumed => Some(now & !STATE | EMPTY),
                Joined::Called => None,
            }
        });
        joined
    }

    /// No current waiter is on the list any more. The lock is held. Does nothing if the state says so already.
    pub(crate) fn waiters_gone(&self) {
        let _ = self.update(|now| (now & STATE == WAITING).then_some(now & !STATE | EMPTY));
    }

    #[inline]
    fn update(&self, step: impl FnMut(usize) -> Option<usize>) -> Result<usize, usize> {
        // ORDERING: Release and Acquire on each step, also where the value stays the same: whoever consumes a permit
        // or sees a call sees what every notifier before it did (model: notify_passes_data_on).
        let order = mutation::weaken("notify_relaxed", Ordering::AcqRel);
        self.0.fetch_update(order, mutation::weaken("notify_relaxed", Ordering::Acquire), step)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = self.0.load(Ordering::Relaxed);
        let state = ["empty", "waiting", "notified"][now & STATE];
        f.debug_struct("Word").field("state", &state).field("calls", &(now / CALL)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;

    #[test]
    fn transitions() {
        model(0, 1, || {
            let word = Word::from_atomic(AtomicUsize::new(0));
            assert!(!word.take(0));
            assert!(word.store_permit());
            assert!(word.store_permit());
            assert!(word.call());
            assert_eq!(word.calls(), 1);
            assert_eq!(word.wait(0), Joined::Called);
            assert_eq!(word.wait(1), Joined::Consumed);
            assert_eq!(word.wait(1), Joined::Waiting);
            assert!(!word.store_permit());
            assert!(!word.call());
            assert_eq!(word.call_waiters(), 2);
            assert_eq!(word.wait(2), Joined::Waiting);
            word.waiters_gone();
            assert!(word.store_permit());
            assert!(word.take(1), "notified with all");
            assert!(word.take(2), "the permit is still there");
            assert!(!word.take(2));
        });
    }
}
