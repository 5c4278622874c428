//! The end of a worker: dropping its tasks when the runtime shuts down.

use heist_primitives::atomic::{Ordering, fence};

use super::worker::Worker;

impl Worker {
    /// The runtime shuts down: drops what it finds, and counts no more. What is left in its list then is in other threads'
    /// hands: being polled, or woken by a thread that has not pushed it yet. The worker's thread leaves that to the driver
    /// thread.
    #[cold]
    #[inline(never)]
    pub(super) fn end(&self) {
        let slot = &**self.slot;
        self.closing.set(true);
        // ORDERING: SeqCst pairs with the fence in `Guest::push`: either the guest sees that the runtime is closed or
        // `take_back` sees its task.
        fence(Ordering::SeqCst);
        slot.tick.during(|| self.place.abort_all());
        while let Some(task) = self.next_local().or_else(|| self.take_injected()).or_else(|| self.shared.take_back()) {
            slot.tick.during(|| self.shared.config.hooks.cancel(task, &self.place));
            slot.stats.finished.add(1);
        }
        self.take_returns();
        self.shared.idle.worker_ended(&slot.mode, self.searching.get(), &*self.shared);
    }
}
