//! The parking token: one thread sleeps on it, any thread may wake it. Owns its word.
//!
//! | state | meaning | left by |
//! |---|---|---|
//! | EMPTY | the owner is awake, nobody has called | owner: CAS to PARKED; caller: swap to NOTIFIED |
//! | PARKED | the owner sleeps or is about to | caller: swap to NOTIFIED, then wakes the thread; owner: swap to EMPTY |
//! | NOTIFIED | somebody has called | owner: swap to EMPTY |
//!
//! The caller's step is a swap, never a store: two callers must see each other, and loom reports a store as a lost
//! wake-up (model `d2`, mutation `UNPARK_STORE`).

use heist_primitives::atomic::{AtomicU32, Ordering};
use heist_primitives::mutation;

const EMPTY: u32 = 0;
const PARKED: u32 = 1;
const NOTIFIED: u32 = 2;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Token(AtomicU32);

impl Token {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(EMPTY))
    }

    /// Owner: announces sleep. False if a call came first; then the owner must not sleep.
    #[must_use]
    pub(crate) fn prepare(&self) -> bool {
        // ORDERING: Acquire on failure pairs with the Release half of `notify`: what the caller did is visible.
        self.0.compare_exchange(EMPTY, PARKED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Owner: whether somebody has called.
    pub(crate) fn is_notified(&self) -> bool {
        // ORDERING: pairs with the Release half of `notify`.
        self.0.load(Ordering::Acquire) == NOTIFIED
    }

    /// Owner: is awake again and takes note of a call. True if there was one.
    pub(crate) fn clear(&self) -> bool {
        // ORDERING: Acquire pairs with the Release half of `notify`.
        self.0.swap(EMPTY, Ordering::AcqRel) == NOTIFIED
    }

    /// Caller: true if the owner has to be woken by the operating system.
    #[must_use]
    pub(crate) fn notify(&self) -> bool {
        if mutation::on("UNPARK_STORE") {
            let was_parked = self.0.load(Ordering::Acquire) == PARKED;
            self.0.store(NOTIFIED, Ordering::Release);
            return was_parked;
        }
        // ORDERING: Release pairs with the owner's loads above, Acquire with its `prepare`.
        self.0.swap(NOTIFIED, Ordering::AcqRel) == PARKED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_before_sleep_prevents_it() {
        // As a model, since the models mount this file.
        heist_primitives::model(0, 1, || {
            let token = Token::new();
            assert!(!token.notify());
            assert!(!token.prepare());
            assert!(token.clear());
            assert!(token.prepare());
            assert!(token.notify());
            assert!(token.is_notified());
        });
    }
}
