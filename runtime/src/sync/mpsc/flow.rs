//! The two ways to limit senders: by permits, or not at all.

use std::fmt;

use super::chan::Flow;
use crate::sync::semaphore::raw::RawSemaphore;

/// A permit per message that is in the channel or about to be sent.
pub(crate) struct Permits {
    pub(crate) semaphore: RawSemaphore,
    /// The permits in all.
    pub(crate) bound: usize,
}

impl Flow for Permits {
    const LIST_CLOSES: bool = false;

    fn close(&self) {
        self.semaphore.close();
    }

    fn received(&self, n: usize) {
        self.semaphore.release(n);
    }

    fn is_idle(&self) -> bool {
        let now = self.semaphore.snapshot();
        now.is_closed() && now.free() == self.bound
    }
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permits").field("semaphore", &self.semaphore).field("bound", &self.bound).finish()
    }
}

/// Everybody may send until the list is closed.
#[derive(Debug)]
pub(crate) struct Unlimited;

impl Flow for Unlimited {
    const LIST_CLOSES: bool = true;

    fn close(&self) {}

    fn received(&self, _n: usize) {}

    fn is_idle(&self) -> bool {
        // Whoever got a position before the close is waited for at that position.
        true
    }
}
