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
use std::time::Duration;

use crate::blocking;
use crate::driver::Driver;
use crate::runtime::config::Config;
use crate::runtime::context;
use crate::task::JoinHandle;

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

    /// The runtime's blocking pool.
    pub(crate) fn blocking(&self) -> &blocking::Pool {
        match self {
            Handle::CurrentThread(shared) => shared.blocking(),
            Handle::MultiThread(shared) => shared.blocking(),
        }
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
        match self {
            Handle::CurrentThread(shared) => shared.spawn(future, spawned_at),
            Handle::MultiThread(shared) => shared.spawn(future, spawned_at),
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

    /// The wheel that the current thread should put its timers on: its own slot's if it is a running worker of this
    /// runtime, otherwise the one shared by all other threads.
    pub(crate) fn timer_shard(&self) -> usize {
        match self {
            Handle::CurrentThread(shared) => shared.timer_shard(),
            Handle::MultiThread(shared) => shared.timer_shard(),
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

    pub(crate) fn worker_busy(&self, worker: usize) -> Duration {
        match self {
            Handle::CurrentThread(shared) => shared.busy(),
            Handle::MultiThread(shared) => shared.worker_busy(worker),
        }
    }
}

/// The index of the worker that the current thread is.
pub(crate) fn current_worker_index() -> Option<usize> {
    multi_thread::worker_index().or_else(|| current_thread::is_driving().then_some(0))
}
