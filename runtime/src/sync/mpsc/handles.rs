//! How many senders a channel has. A strong one keeps the channel open, a weak one does not.

use heist_primitives::atomic::{AtomicUsize, Ordering};
use heist_primitives::mutation;

/// The counts. Strong handles that are gone do not come back: zero is final.
#[derive(Debug)]
pub(crate) struct Handles {
    strong: AtomicUsize,
    weak: AtomicUsize,
}

impl Handles {
    /// One strong handle.
    pub(crate) fn new() -> Self {
        Self { strong: AtomicUsize::new(1), weak: AtomicUsize::new(0) }
    }

    pub(crate) fn strong(&self) -> usize {
        // ORDERING: Acquire pairs with `remove_strong`: a receiver that reads zero sees every message sent.
        self.strong.load(Ordering::Acquire)
    }

    pub(crate) fn weak(&self) -> usize {
        self.weak.load(Ordering::Relaxed)
    }

    pub(crate) fn add_strong(&self) {
        self.strong.fetch_add(1, Ordering::Relaxed);
    }

    /// True if it was the last.
    #[must_use]
    pub(crate) fn remove_strong(&self) -> bool {
        // ORDERING: Release pairs with `strong`; Acquire chains the removals, so that the last stands for all.
        self.strong.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Makes a weak handle's holder the holder of a strong one, unless none is left.
    #[must_use]
    pub(crate) fn upgrade(&self) -> bool {
        let more = |strong| if strong == 0 && !mutation::on("mpsc_revives") { None } else { Some(strong + 1) };
        self.strong.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    pub(crate) fn add_weak(&self) {
        self.weak.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remove_weak(&self) {
        self.weak.fetch_sub(1, Ordering::Relaxed);
    }
}
