//! The numbers for those who look closely at a runtime. Tokio has them behind `--cfg tokio_unstable`.

use std::ops::Range;
use std::thread::ThreadId;
use std::time::Duration;

use super::RuntimeMetrics;

/// What all threads did together.
impl RuntimeMetrics {
    /// The number of tasks that have been spawned, those that have ended included.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     heist::spawn(async {}).await.unwrap();
    ///     assert_eq!(Handle::current().metrics().spawned_tasks_count(), 1);
    /// }
    /// ```
    pub fn spawned_tasks_count(&self) -> u64 {
        self.handle.inner.spawned_tasks()
    }

    /// How often a task was put into the queue that all workers share because a thread that is no worker spawned or woke
    /// it; on a multi-thread runtime also because its worker was stuck.
    ///
    /// What a thread inside [`block_on`](crate::runtime::Runtime::block_on) spawns and wakes on a multi-thread runtime is
    /// not counted: it goes through a queue of its own.
    pub fn remote_schedule_count(&self) -> u64 {
        self.handle.inner.remote_schedules()
    }

    /// The number of sockets and other sources that have been registered with the runtime's poller, those that were
    /// deregistered included.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpListener;
    /// use heist::runtime::Handle;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let metrics = Handle::current().metrics();
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     assert_eq!(metrics.io_driver_fd_registered_count(), 1);
    ///     drop(listener);
    ///     assert_eq!(metrics.io_driver_fd_deregistered_count(), 1);
    ///     Ok(())
    /// }
    /// ```
    pub fn io_driver_fd_registered_count(&self) -> u64 {
        self.io().registered
    }

    /// The number of sockets and other sources that have been deregistered from the runtime's poller.
    pub fn io_driver_fd_deregistered_count(&self) -> u64 {
        self.io().deregistered
    }

    /// The number of events that the runtime's poller has reported. One event may be about reading, writing and errors.
    pub fn io_driver_ready_count(&self) -> u64 {
        self.io().events
    }

    fn io(&self) -> heist_io_driver::Counts {
        self.handle.inner.driver().io.as_ref().map(heist_io_driver::Handle::counts).unwrap_or_default()
    }

    /// How often a task was made to yield because it had used its budget up, see [`coop`](crate::task::coop).
    pub fn budget_forced_yield_count(&self) -> u64 {
        self.sum(|counts| counts.forced_yields.get())
    }
}

/// What one worker did.
impl RuntimeMetrics {
    /// The thread of `worker`: on a current-thread runtime the one that drives it, or did so last. `None` before there was
    /// one.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_thread_id(&self, worker: usize) -> Option<ThreadId> {
        self.check(worker);
        self.handle.inner.worker_thread_id(worker)
    }

    /// How often `worker` has polled a task.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    ///
    /// #[heist::main(flavor = "current_thread")]
    /// async fn main() {
    ///     heist::spawn(heist::task::yield_now()).await.unwrap();
    ///     assert_eq!(Handle::current().metrics().worker_poll_count(0), 2);
    /// }
    /// ```
    #[track_caller]
    pub fn worker_poll_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.of(worker, |counts| counts.polls.get())
    }

    /// The mean duration of the polls on `worker`, with most weight on the last ones.
    ///
    /// It is measured over many polls at once and includes what the worker does in between. Zero before the first
    /// measurement.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_mean_poll_time(&self, worker: usize) -> Duration {
        self.check(worker);
        Duration::from_nanos(self.handle.inner.mean_poll_ns(worker))
    }

    /// How often `worker` woke up, found no task, and parked again.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_noop_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.of(worker, |counts| counts.noops.get())
    }

    /// The number of tasks that `worker` has taken from other workers; 0 on a current-thread runtime.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_steal_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.of(worker, |counts| counts.steals.get())
    }

    /// How often `worker` has taken tasks from another worker, however many each time; 0 on a current-thread runtime.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_steal_operations(&self, worker: usize) -> u64 {
        self.check(worker);
        self.of(worker, |counts| counts.steal_operations.get())
    }

    /// How often `worker` has spawned or woken a task, which then went to the worker's own queue.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_local_schedule_count(&self, worker: usize) -> u64 {
        self.check(worker);
        self.of(worker, |counts| counts.scheduled.get())
    }

    /// How often the queue of `worker` was full. Always 0: queues grow.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_overflow_count(&self, worker: usize) -> u64 {
        self.check(worker);
        0
    }

    /// The number of tasks in the queue of `worker`.
    ///
    /// A current-thread runtime's queue can be seen by its own thread alone: 0 on others, and while no thread drives it.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers).
    #[track_caller]
    pub fn worker_local_queue_depth(&self, worker: usize) -> usize {
        self.check(worker);
        self.handle.inner.worker_queue_depth(worker)
    }
}

/// The histogram of poll times.
impl RuntimeMetrics {
    /// True if the durations of polls are counted, see
    /// [`enable_metrics_poll_time_histogram`](crate::runtime::Builder::enable_metrics_poll_time_histogram).
    pub fn poll_time_histogram_enabled(&self) -> bool {
        self.handle.inner.config().hooks.poll_times().is_some()
    }

    /// The number of buckets of the histogram; 0 if there is none.
    pub fn poll_time_histogram_num_buckets(&self) -> usize {
        self.handle.inner.config().hooks.poll_times().map_or(0, |histogram| histogram.buckets())
    }

    /// The durations that are counted in a bucket; an empty range if there is no histogram.
    ///
    /// # Panics
    ///
    /// If `bucket` is not less than
    /// [`poll_time_histogram_num_buckets`](Self::poll_time_histogram_num_buckets), unless there is no histogram.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Builder::new_current_thread().enable_metrics_poll_time_histogram().build()?;
    /// let first = runtime.metrics().poll_time_histogram_bucket_range(0);
    /// assert_eq!(first, Duration::ZERO..Duration::from_micros(100));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn poll_time_histogram_bucket_range(&self, bucket: usize) -> Range<Duration> {
        self.check_bucket(bucket);
        let histogram = self.handle.inner.config().hooks.poll_times();
        histogram.map_or_else(Range::default, |histogram| histogram.range_of(bucket))
    }

    /// How many polls on `worker` took as long as that bucket says; 0 if there is no histogram.
    ///
    /// # Panics
    ///
    /// If `worker` is not less than [`num_workers`](Self::num_workers), or `bucket` not less than
    /// [`poll_time_histogram_num_buckets`](Self::poll_time_histogram_num_buckets) unless there is no histogram.
    #[track_caller]
    pub fn poll_time_histogram_bucket_count(&self, worker: usize, bucket: usize) -> u64 {
        self.check(worker);
        self.check_bucket(bucket);
        self.of(worker, |counts| counts.polls_in(bucket))
    }

    #[track_caller]
    fn check_bucket(&self, bucket: usize) {
        let buckets = self.poll_time_histogram_num_buckets();
        assert!(
            bucket < buckets || buckets == 0,
            "there is no bucket {bucket}: the indices go from 0 to `poll_time_histogram_num_buckets() - 1`, {}",
            buckets.saturating_sub(1)
        );
    }
}
