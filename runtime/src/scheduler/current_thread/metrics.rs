//! What a current-thread runtime tells about itself. Owns no numbers.

use std::sync::atomic::Ordering;
use std::thread::ThreadId;
use std::time::Duration;

use super::core::Active;
use super::{Shared, with_active};
use crate::runtime::metrics::counts::WorkCounts;

impl Shared {
    pub(crate) fn num_alive_tasks(&self) -> usize {
        let finished = self.stats.finished.load(Ordering::Relaxed);
        self.stats.spawned.load(Ordering::Relaxed).saturating_sub(finished) as usize
    }

    pub(crate) fn injector_depth(&self) -> usize {
        self.injector.len()
    }

    pub(crate) fn park_count(&self) -> u64 {
        self.stats.parks.load(Ordering::Relaxed)
    }

    pub(crate) fn park_unpark_count(&self) -> u64 {
        self.stats.parked_or_not.load(Ordering::Relaxed)
    }

    pub(crate) fn busy(&self) -> Duration {
        Duration::from_nanos(self.stats.busy_ns.load(Ordering::Relaxed))
    }

    pub(crate) fn spawned_tasks(&self) -> u64 {
        self.stats.spawned.load(Ordering::Relaxed)
    }

    pub(crate) fn remote_schedules(&self) -> u64 {
        self.injector.added()
    }

    pub(crate) fn with_counts(&self, mut f: impl FnMut(&WorkCounts)) {
        f(&self.stats.work);
    }

    pub(crate) fn mean_poll_ns(&self) -> u64 {
        self.stats.work.mean_poll_ns.get()
    }

    pub(crate) fn driving_thread_id(&self) -> Option<ThreadId> {
        *self.driving.lock()
    }

    /// The driving thread's queue, which only that thread sees.
    pub(crate) fn queue_depth(&self) -> usize {
        with_active(self, |active| active.map_or(0, Active::queue_depth))
    }
}
