//! What a multi-thread runtime tells about itself. Owns no numbers. Those of spares go to the workers by whose numbers they
//! go.

use std::sync::atomic::Ordering;
use std::thread::ThreadId;
use std::time::Duration;

use super::Shared;
use crate::runtime::metrics::counts::WorkCounts;

impl Shared {
    pub(crate) fn num_workers(&self) -> usize {
        self.slots.workers()
    }

    pub(crate) fn num_alive_tasks(&self) -> usize {
        // Finished first: a task that ends in between must not make the difference negative.
        let by_workers: u64 = self.slots.iter().map(|slot| slot.stats.finished.get()).sum();
        let finished = by_workers + self.dropped_at_end.load(Ordering::Relaxed);
        self.spawned_tasks().saturating_sub(finished) as usize
    }

    pub(crate) fn injector_depth(&self) -> usize {
        self.injector.len()
    }

    pub(crate) fn worker_park_count(&self, worker: usize) -> u64 {
        self.slots.of_worker(worker).map(|slot| slot.stats.parks.get()).sum()
    }

    pub(crate) fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.slots.get(worker).stats.parked_or_not.get()
    }

    pub(crate) fn worker_busy(&self, worker: usize) -> Duration {
        Duration::from_nanos(self.slots.of_worker(worker).map(|slot| slot.stats.busy_ns.get()).sum())
    }

    pub(crate) fn spawned_tasks(&self) -> u64 {
        let by_workers: u64 = self.slots.iter().map(|slot| slot.stats.spawned.get()).sum();
        by_workers + self.injector.spawned() + self.guest_spawns.load(Ordering::Relaxed)
    }

    pub(crate) fn remote_schedules(&self) -> u64 {
        self.injector.added()
    }

    pub(crate) fn with_counts(&self, worker: usize, mut f: impl FnMut(&WorkCounts)) {
        self.slots.of_worker(worker).for_each(|slot| f(&slot.stats.work));
    }

    pub(crate) fn mean_poll_ns(&self, worker: usize) -> u64 {
        self.slots.get(worker).stats.work.mean_poll_ns.get()
    }

    pub(crate) fn worker_thread_id(&self, worker: usize) -> Option<ThreadId> {
        self.slots.get(worker).thread().map(|thread| thread.id())
    }

    pub(crate) fn worker_queue_depth(&self, worker: usize) -> usize {
        let slot = self.slots.get(worker);
        slot.stealer.len() + usize::from(!slot.lifo.is_empty())
    }

    pub(crate) fn worker_stall_count(&self, worker: usize) -> u64 {
        self.slots.of_worker(worker).map(|slot| slot.stats.stalls.get()).sum()
    }

    pub(crate) fn worker_block_in_place_count(&self, worker: usize) -> u64 {
        self.slots.of_worker(worker).map(|slot| slot.stats.blocks.get()).sum()
    }

    pub(crate) fn num_running_workers(&self) -> usize {
        self.idle.snapshot().running()
    }
}
