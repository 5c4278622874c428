//! The end of a worker: dropping its tasks when the runtime shuts down.

use heist_primitives::atomic::{Ordering, fence};

use super::worker::Worker;

impl Worker {
    /// The runtime shuts down: drops the worker's tasks, and counts it no more.
    pub(super) fn end(&self) {
        self.close();
        self.shared.idle.worker_ended(&self.slot.mode, self.searching.get(), &*self.shared);
        self.slot.closing.store(false, Ordering::Relaxed);
    }

    /// A spare that has ended finds that the runtime shuts down: it is a worker again, for as long as that takes.
    pub(super) fn end_after_all(&self) {
        self.slot.mode.run();
        self.end();
    }

    /// Shutdown: drops every task of this worker, and every other that comes its way.
    pub(super) fn close(&self) {
        let slot = &**self.slot;
        slot.closing.store(true, Ordering::Relaxed);
        // ORDERING: SeqCst pairs with the fence in `Guest::push`: either the guest sees that the runtime is closed or
        // `take_back` sees its task.
        fence(Ordering::SeqCst);
        // It may have been the last that asked the poller (model n5_closing).
        self.shared.wake_driver_thread();
        slot.tick.during(|| self.place.abort_all());
        let mut patience = Patience::new();
        loop {
            while let Some(task) =
                self.next_local().or_else(|| self.take_injected()).or_else(|| self.shared.take_back())
            {
                slot.tick.during(|| self.shared.config.hooks.cancel(task, &self.place));
                slot.stats.finished.add(1);
                patience = Patience::new();
            }
            self.take_returns();
            if self.place.is_empty() {
                return;
            }
            // The last tasks are in other threads' hands: being run by a worker, or woken by a thread that has not
            // pushed them yet. Neither tells, so this waits a little and looks again.
            patience.wait();
        }
    }
}

/// Waits that grow from 10 µs to 1 ms.
#[derive(Debug)]
struct Patience(u64);

impl Patience {
    fn new() -> Self {
        Self(10)
    }

    fn wait(&mut self) {
        std::thread::park_timeout(std::time::Duration::from_micros(self.0));
        self.0 = (self.0 * 2).min(1000);
    }
}
