//! The state of a timer entry: one atomic word. No other file knows its values.

use std::fmt;

use heist_primitives::atomic::{AtomicU8, Ordering};
use heist_primitives::{MODEL, mutation};

/// Where a timer entry is in its life.
///
/// ```text
///             1 arm                    2 fire
///   Idle ────────────────▶ Registered ────────▶ Fired
///    ▲ │                    │      │              │
///    │ │ 6 already due      │      │ 3 close      │
///    │ └────────────────────┼──────┼───▶ Fired    │
///    │      4 cancel        │      ▼              │
///    ├──────────────────────┘   Closed            │
///    │      5 rewind                              │
///    └────────────────────────────────────────────┘
/// ```
///
/// | state | linked in a wheel | content of the entry belongs to | who may leave it |
/// |---|---|---|---|
/// | `Idle` | no | the owner of the timer | the owner: 1 (under the shard's lock), 6 |
/// | `Registered` | yes | whoever holds the shard's lock | whoever holds the shard's lock: 2, 3, 4 |
/// | `Fired` | no | the owner | the owner: 5 |
/// | `Closed` | no | the owner | the owner: 5 |
///
/// Every transition is a plain store, because each state names the one party that may leave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Snapshot {
    /// Not in a wheel: never armed, cancelled, or reset after it fired.
    Idle,
    /// In a wheel.
    Registered,
    /// The deadline passed.
    Fired,
    /// The shard was closed first.
    Closed,
}

/// The atomic word that holds a [`Snapshot`].
pub(crate) struct State(AtomicU8);

impl State {
    pub(crate) fn new() -> Self {
        Self(AtomicU8::new(Snapshot::Idle as u8))
    }

    /// The state now. `Registered` may be over at any moment unless the shard's lock is held.
    #[inline]
    pub(crate) fn get(&self) -> Snapshot {
        // ORDERING: pairs with the Release store in `leave_wheel`: whoever sees that the shard let go of the entry may
        // free it, so the shard's last accesses must come before. Model `drop_against_fire`.
        match self.0.load(Ordering::Acquire) {
            0 => Snapshot::Idle,
            1 => Snapshot::Registered,
            2 => Snapshot::Fired,
            _ => Snapshot::Closed,
        }
    }

    /// Transition 1, by the owner, under the lock of the shard that linked the entry.
    pub(crate) fn armed(&self) {
        self.expect(Snapshot::Idle);
        // Relaxed: firing threads learn of the entry through the lock.
        self.0.store(Snapshot::Registered as u8, Ordering::Relaxed);
    }

    /// Transition 2, under the shard's lock, after the entry was unlinked. The entry must not be touched afterwards.
    pub(crate) fn fired(&self) {
        self.leave_wheel(Snapshot::Fired);
    }

    /// Transition 3, as [`fired`](Self::fired).
    pub(crate) fn closed(&self) {
        self.leave_wheel(Snapshot::Closed);
    }

    /// Transition 4, by the owner, under the shard's lock, after the entry was unlinked.
    pub(crate) fn cancelled(&self) {
        self.expect(Snapshot::Registered);
        self.0.store(Snapshot::Idle as u8, Ordering::Relaxed);
    }

    /// Transition 5, by the owner.
    pub(crate) fn rewound(&self) {
        self.0.store(Snapshot::Idle as u8, Ordering::Relaxed);
    }

    /// Transition 6, by the owner.
    pub(crate) fn already_due(&self) {
        self.expect(Snapshot::Idle);
        self.0.store(Snapshot::Fired as u8, Ordering::Relaxed);
    }

    fn leave_wheel(&self, to: Snapshot) {
        self.expect(Snapshot::Registered);
        let order = if mutation::on("TIMER_FIRE_RELAXED") { Ordering::Relaxed } else { Ordering::Release };
        // ORDERING: pairs with the load in `get`; the store is the shard's last access to the entry.
        self.0.store(to as u8, order);
    }

    /// Checks a transition's start. Not in models: loom looks for races between a store and the access right before it,
    /// which this would be.
    fn expect(&self, state: Snapshot) {
        if !MODEL {
            debug_assert_eq!(self.get(), state, "timer entry in the wrong state");
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
