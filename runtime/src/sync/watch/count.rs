//! How many senders, or receivers, a channel has.

use heist_primitives::atomic::{AtomicUsize, Ordering};

/// The count. It cannot overflow: each handle owns a reference to the channel, and `Arc` counts those.
#[derive(Debug)]
pub(super) struct Count(AtomicUsize);

impl Count {
    pub(super) fn new(handles: usize) -> Self {
        Self(AtomicUsize::new(handles))
    }

    pub(super) fn get(&self) -> usize {
        // ORDERING: Acquire pairs with `remove`: whoever reads zero sees what the handles were used for.
        self.0.load(Ordering::Acquire)
    }

    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// True if it was the last.
    #[must_use]
    pub(super) fn remove(&self) -> bool {
        // ORDERING: Release pairs with `get`; Acquire chains the removals, so that the last stands for all.
        self.0.fetch_sub(1, Ordering::AcqRel) == 1
    }
}
