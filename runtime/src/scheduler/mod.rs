//! The schedulers, and the one type that stands for either.

pub(crate) mod current_thread;
pub(crate) mod idle;
pub(crate) mod injector;
mod lifo;
pub(crate) mod multi_thread;
mod scoped;
mod sys;
pub(crate) mod threads;

use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::Duration;

use crate::blocking;
use crate::driver::Driver;
use crate::driver::time::Here;
use crate::runtime::config::Config;
use crate::runtime::context;
use crate::runtime::metrics::counts::WorkCounts;
use crate::task::{Id, JoinHandle};

/// A reference to a runtime's scheduler, of either flavour.
#[derive(Debug, Clone)]
pub(crate) enum Handle {
    /// Tasks run on the thread that calls `block_on`.
    CurrentThread(Arc<current_thread::Shared>),
    /// Tasks run on worker threads.
    MultiThread(Arc<multi_thread::Shared>),
}

impl Handle {
    /// The runtime's driver.
    pub(crate) fn driver(&self) -> &Driver {
        match self {
            Handle::CurrentThread(shared) => shared.driver(),
            Handle::MultiThread(shared) => shared.driver(),
        }
    }

    /// The runtime's blocking pools.
    pub(crate) fn blocking_pools(&self) -> &blocking::Pools {
        match self {
            Handle::CurrentThread(shared) => shared.blocking_pools(),
            Handle::MultiThread(shared) => shared.blocking_pools(),
        }
    }

    /// The blocking pool of `spawn_blocking`.
    pub(crate) fn blocking(&self) -> &blocking::Pool {
        self.blocking_pools().closures()
    }

    /// How the runtime was configured.
    pub(crate) fn config(&self) -> &Config {
        match self {
            Handle::CurrentThread(shared) => shared.config(),
            Handle::MultiThread(shared) => shared.config(),
        }
    }

    /// The runtime's id.
    pub(crate) fn id(&self) -> crate::runtime::Id {
        match self {
            Handle::CurrentThread(shared) => shared.id(),
            Handle::MultiThread(shared) => shared.id(),
        }
    }

    /// Puts a new task into a queue.
    pub(crate) fn spawn<F>(&self, future: F, spawned_at: &'static Location<'static>) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.spawn_as(Id::next(), future, spawned_at)
    }

    /// Puts a new task with an id that was taken for it into a queue.
    pub(crate) fn spawn_as<F>(&self, id: Id, future: F, spawned_at: &'static Location<'static>) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match self {
            Handle::CurrentThread(shared) => shared.spawn(id, future, spawned_at),
            Handle::MultiThread(shared) => shared.spawn(id, future, spawned_at),
        }
    }

    /// Runs `future` on this thread, driving the runtime as far as it needs that.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Handle::CurrentThread(shared) => shared.block_on(future),
            Handle::MultiThread(shared) => shared.block_on(future),
        }
    }

    /// Runs `future` on this thread. A current-thread runtime is not driven by it.
    pub(crate) fn block_on_handle<F: Future>(&self, future: F) -> F::Output {
        match self {
            Handle::CurrentThread(_) => context::park_until_ready(future),
            Handle::MultiThread(shared) => shared.block_on(future),
        }
    }

    /// Where the current thread should put its timers: on its own slot's wheel if it is a running worker of this runtime,
    /// otherwise on the one shared by all other threads.
    pub(crate) fn timer_place(&self) -> Here {
        match self {
            Handle::CurrentThread(shared) => shared.timer_place(),
            Handle::MultiThread(shared) => shared.timer_place(),
        }
    }

    /// Ends the sleep of a thread that drives a current-thread runtime, so that it looks at the clock again.
    pub(crate) fn unpark_driver(&self) {
        if let Handle::CurrentThread(shared) = self {
            shared.wake_driving_thread();
        }
    }

    /// Refuses new tasks; workers drop theirs. Does not wait.
    pub(crate) fn begin_shutdown(&self) {
        match self {
            Handle::CurrentThread(shared) => shared.begin_shutdown(),
            Handle::MultiThread(shared) => shared.begin_shutdown(),
        }
    }

    /// Waits until all tasks are dropped and all workers have ended; a current-thread runtime's tasks are dropped here.
    /// False if `timeout` passed first.
    pub(crate) fn wait_for_workers(&self, timeout: Option<Duration>) -> bool {
        match self {
            Handle::CurrentThread(shared) => shared.drop_tasks(),
            Handle::MultiThread(shared) => shared.wait_for_workers(timeout),
        }
    }
}

/// Metrics.
impl Handle {
    pub(crate) fn num_workers(&self) -> usize {
        match self {
            Handle::CurrentThread(_) => 1,
            Handle::MultiThread(shared) => shared.num_workers(),
        }
    }

    pub(crate) fn num_alive_tasks(&self) -> usize {
        match self {
            Handle::CurrentThread(shared) => shared.num_alive_tasks(),
            Handle::MultiThread(shared) => shared.num_alive_tasks(),
        }
    }

    pub(crate) fn injector_depth(&self) -> usize {
        match self {
            Handle::CurrentThread(shared) => shared.injector_depth(),
            Handle::MultiThread(shared) => shared.injector_depth(),
        }
    }

    pub(crate) fn worker_park_count(&self, worker: usize) -> u64 {
        match self {
            Handle::CurrentThread(shared) => shared.park_count(),
            Handle::MultiThread(shared) => shared.worker_park_count(worker),
        }
    }

    pub(crate) fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        match self {
            Handle::CurrentThread(shared) => shared.park_unpark_count(),
            Handle::MultiThread(shared) => shared.worker_park_unpark_count(worker),
        }
    }

    pub(crate) fn spawned_tasks(&self) -> u64 {
        match self {
            Handle::CurrentThread(shared) => shared.spawned_tasks(),
            Handle::MultiThread(shared) => shared.spawned_tasks(),
        }
    }

    pub(crate) fn remote_schedules(&self) -> u64 {
        match self {
            Handle::CurrentThread(shared) => shared.remote_schedules(),
            Handle::MultiThread(shared) => shared.remote_schedules(),
        }
    }

    /// Calls `f` with what `worker` has counted, once for each thread that goes by that number.
    pub(crate) fn with_counts(&self, worker: usize, f: impl FnMut(&WorkCounts)) {
        match self {
            Handle::CurrentThread(shared) => shared.with_counts(f),
            Handle::MultiThread(shared) => shared.with_counts(worker, f),
        }
    }

    pub(crate) fn mean_poll_ns(&self, worker: usize) -> u64 {
        match self {
            Handle::CurrentThread(shared) => shared.mean_poll_ns(),
            Handle::MultiThread(shared) => shared.mean_poll_ns(worker),
        }
    }

    pub(crate) fn worker_thread_id(&self, worker: usize) -> Option<ThreadId> {
        match self {
            Handle::CurrentThread(shared) => shared.driving_thread_id(),
            Handle::MultiThread(shared) => shared.worker_thread_id(worker),
        }
    }

    pub(crate) fn worker_queue_depth(&self, worker: usize) -> usize {
        match self {
            Handle::CurrentThread(shared) => shared.queue_depth(),
            Handle::MultiThread(shared) => shared.worker_queue_depth(worker),
        }
    }

    pub(crate) fn worker_busy(&self, worker: usize) -> Duration {
        match self {
            Handle::CurrentThread(shared) => shared.busy(),
            Handle::MultiThread(shared) => shared.worker_busy(worker),
        }
    }

    pub(crate) fn worker_stall_count(&self, worker: usize) -> u64 {
        match self {
            Handle::CurrentThread(_) => 0,
            Handle::MultiThread(shared) => shared.worker_stall_count(worker),
        }
    }

    pub(crate) fn worker_block_in_place_count(&self, worker: usize) -> u64 {
        match self {
            Handle::CurrentThread(_) => 0,
            Handle::MultiThread(shared) => shared.worker_block_in_place_count(worker),
        }
    }

    pub(crate) fn num_running_workers(&self) -> usize {
        match self {
            Handle::CurrentThread(shared) => usize::from(shared.park_unpark_count() % 2 == 0),
            Handle::MultiThread(shared) => shared.num_running_workers(),
        }
    }

    pub(crate) fn num_spare_workers(&self) -> usize {
        match self {
            Handle::CurrentThread(_) => 0,
            Handle::MultiThread(shared) => shared.num_spare_workers(),
        }
    }
}

/// Runs `f`, which blocks the thread. If that is a worker of a multi-thread runtime, others do its work meanwhile.
pub(crate) fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
    multi_thread::block_in_place(f)
}

/// The index of the worker that the current thread is.
pub(crate) fn current_worker_index() -> Option<usize> {
    multi_thread::worker_index().or_else(|| current_thread::is_driving().then_some(0))
}
