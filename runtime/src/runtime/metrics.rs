//! Numbers about a running runtime.

use std::time::Duration;

use super::handle::Handle;

/// A view of a runtime's numbers, by [`Handle::metrics`].
///
/// Reading a number disturbs no worker. Numbers read one after the other belong to different moments.
///
/// # Examples
///
/// ```
/// use heist::runtime::Builder;
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
/// assert_eq!(runtime.metrics().num_workers(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RuntimeMetrics {
    handle: Handle,
}

impl RuntimeMetrics {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// The number of worker threads; always 1 on a current-thread runtime.
    pub fn num_workers(&self) -> usize {
        self.handle.inner.num_workers()
    }

    /// The number of tasks that have been spawned and have not ended.
    pub fn num_alive_tasks(&self) -> usize {
        self.handle.inner.num_alive_tasks()
    }

    /// The number of tasks in the queue that all workers share: tasks spawned or woken outside the workers.
    pub fn global_queue_depth(&self) -> usize {
        self.handle.inner.injector_depth()
    }

    /// The number of threads of the blocking pool, idle ones included.
    pub fn num_blocking_threads(&self) -> usize {
        self.handle.inner.blocking().counts().threads
    }

    /// The number of threads of the blocking pool that wait for a closure.
    pub fn num_idle_blocking_threads(&self) -> usize {
        self.handle.inner.blocking().counts().idle
    }

    /// The number of closures of [`spawn_blocking`](crate::task::spawn_blocking) that wait for a thread.
    pub fn blocking_queue_depth(&self) -> usize {
        self.handle.inner.blocking().counts().queued
    }

    /// How long `worker` has been busy since the runtime started: all the time that it was not parked.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        self.check(worker);
        self.handle.inner.worker_busy(worker)
    }

    /// How often `worker` has parked because it had nothing to do.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.handle.inner.worker_park_count(worker)
    }

    /// How often `worker` has parked and unparked, taken together: odd while it is parked.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.handle.inner.worker_park_unpark_count(worker)
    }

    #[track_caller]
    fn check(&self, worker: usize) {
        let workers = self.num_workers();
        assert!(
            worker < workers,
            "there is no worker {worker}: the indices go from 0 to `num_workers() - 1`, {}",
            workers - 1
        );
    }
}
