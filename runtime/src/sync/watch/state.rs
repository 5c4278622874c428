//! The word of a channel: how often its value has changed, and whether a sender is left.
//!
//! ```text
//! bits 1..  VERSION, the changes of the value; wraps around
//! bit  0    CLOSED, the last sender is gone
//!
//!   open ──value_changed──► open, VERSION + 1     (under the write lock of the value)
//!   open ──close──► closed                        (final)
//! ```
//!
//! The version moves only under the write lock of the value, so whoever reads it under the read lock knows the version
//! of that value. Whoever reads it without the lock finds, once he has the lock, a value at least as new.

use std::fmt;

use heist_primitives::atomic::{AtomicUsize, Ordering};
use heist_primitives::mutation;

const CLOSED: usize = 1;
const CHANGE: usize = 2;

/// The word.
pub(super) struct State(AtomicUsize);

/// What the word said at some moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Snapshot(usize);

/// A version of the value. Only equality tells something, since versions wrap around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version(usize);

impl State {
    /// The first version; a sender exists.
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(super) fn load(&self) -> Snapshot {
        // ORDERING: Acquire pairs with the Release of `value_changed` and `close`: whoever sees a version, or the end,
        // sees what its sender did before (models: watch_send_against_changed, watch_last_sender_against_changed).
        Snapshot(self.0.load(mutation::weaken("watch_state_relaxed", Ordering::Acquire)))
    }

    /// The value is a new one. The write lock is held.
    pub(super) fn value_changed(&self) {
        // ORDERING: Release pairs with `load`.
        let before = Snapshot(self.0.fetch_add(CHANGE, Ordering::Release));
        debug_assert!(!before.is_closed(), "somebody sends without a sender: {before:?}");
    }

    /// The last sender is gone.
    pub(super) fn close(&self) {
        // ORDERING: Release pairs with `load`.
        let before = Snapshot(self.0.fetch_or(CLOSED, Ordering::Release));
        debug_assert!(!before.is_closed(), "two last senders: {before:?}");
    }
}

impl Snapshot {
    pub(super) fn version(self) -> Version {
        Version(self.0 & !CLOSED)
    }

    pub(super) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }
}

impl Version {
    /// The one before: certain to differ.
    pub(super) fn previous(self) -> Self {
        Self(self.0.wrapping_sub(CHANGE))
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load().fmt(f)
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("version", &self.version()).field("closed", &self.is_closed()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heist_primitives::model;

    #[test]
    fn transitions() {
        model(0, 1, || {
            let state = State::new();
            let first = state.load();
            assert!(!first.is_closed());
            state.value_changed();
            let second = state.load();
            assert_ne!(first.version(), second.version());
            assert_eq!(second.version().previous(), first.version());
            state.close();
            assert!(state.load().is_closed());
            assert_eq!(state.load().version(), second.version());
            assert_ne!(first.version().previous(), first.version(), "also at the wrap-around");
        });
    }
}
