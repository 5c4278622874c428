//! Numbers about a running runtime.

pub(crate) mod counts;
mod details;
pub(crate) mod histogram;

use std::time::Duration;

use self::counts::WorkCounts;
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

    /// How often tasks on `worker` have been in one poll for longer than the
    /// [stall threshold](super::Builder::stall_threshold), so that others took over; 0 on a current-thread runtime.
    ///
    /// Polls on spare threads count for the worker by whose number the spare goes.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_stall_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.handle.inner.worker_stall_count(worker)
    }

    /// How often tasks on `worker` have called [`block_in_place`](crate::task::block_in_place), nested calls not counted.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_block_in_place_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.handle.inner.worker_block_in_place_count(worker)
    }

    /// The number of workers that are awake and make progress: neither parked nor stuck in a poll nor in
    /// [`block_in_place`](crate::task::block_in_place).
    ///
    /// For a moment after a worker has come back it may be one more than [`num_workers`](Self::num_workers).
    pub fn num_running_workers(&self) -> usize {
        self.handle.inner.num_running_workers()
    }

    /// The number of spare threads, which stand in for workers that are stuck in a poll or in
    /// [`block_in_place`](crate::task::block_in_place), idle ones included.
    pub fn num_spare_workers(&self) -> usize {
        self.handle.inner.num_spare_workers()
    }

    /// What `number` says of one worker.
    fn of(&self, worker: usize, number: impl Fn(&WorkCounts) -> u64) -> u64 {
        let mut sum = 0;
        self.handle.inner.with_counts(worker, |counts| sum += number(counts));
        sum
    }

    /// What `number` says of all workers together.
    fn sum(&self, number: impl Fn(&WorkCounts) -> u64) -> u64 {
        (0..self.num_workers()).map(|worker| self.of(worker, &number)).sum()
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
