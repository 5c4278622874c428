//! A runtime that stays on its thread, so that its tasks need not be `Send`.

use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::scheduler::{self, current_thread};
use crate::task::{Id, JoinHandle};

use super::builder::Builder;
use super::handle::{EnterGuard, Handle};
use super::metrics::RuntimeMetrics;
use super::runtime::Runtime;

/// A current-thread runtime that cannot leave the thread that built it.
///
/// [`spawn_local`](Self::spawn_local), and [`task::spawn_local`](crate::task::spawn_local) inside
/// [`block_on`](Self::block_on), accept futures that are not `Send`. A [`Handle`] may go to other threads; what is
/// spawned through it has to be `Send` and runs here too.
///
/// It shuts down as [`Runtime`] does.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = heist::runtime::LocalRuntime::new()?;
/// let text = Rc::new(String::from("not Send"));
/// let task = runtime.spawn_local(async move { text.len() });
/// assert_eq!(runtime.block_on(task).unwrap(), 8);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LocalRuntime {
    runtime: Runtime,
    scheduler: Arc<current_thread::Shared>,
    /// Neither `Send` nor `Sync`: whoever has a reference is on the thread that built it.
    stays: PhantomData<*mut u8>,
}

// A panic in user code never unwinds through the runtime's own data.
impl UnwindSafe for LocalRuntime {}
impl RefUnwindSafe for LocalRuntime {}

/// Settings of a [`LocalRuntime`] only, for [`Builder::build_local`]. So far there are none.
///
/// # Examples
///
/// ```
/// use heist::runtime::{Builder, LocalOptions};
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LocalOptions {
    /// Settings to come may hold what is bound to the thread.
    stays: PhantomData<*mut u8>,
}

impl LocalRuntime {
    /// A local runtime with I/O and timers.
    ///
    /// # Errors
    ///
    /// If the operating system refuses a poller.
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread().enable_all().build_local(LocalOptions::default())
    }

    pub(super) fn from_scheduler(scheduler: Arc<current_thread::Shared>) -> Self {
        let runtime = Runtime::from_scheduler(scheduler::Handle::CurrentThread(scheduler.clone()));
        Self { runtime, scheduler, stays: PhantomData }
    }

    /// A reference to the runtime, which may go to other threads.
    pub fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Spawns a task that stays on this thread. It runs while the thread is in [`block_on`](Self::block_on).
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.scheduler.spawn_local(Id::next(), future, Location::caller())
    }

    /// Runs a closure that blocks on a thread meant for that.
    ///
    /// See [`task::spawn_blocking`](crate::task::spawn_blocking).
    ///
    /// # Panics
    ///
    /// If the pool has no thread and the operating system refuses to start one.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.runtime.spawn_blocking(func)
    }

    /// Runs a future to completion on this thread, and all tasks, timers and I/O with it.
    ///
    /// # Panics
    ///
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Makes the runtime current on this thread until the guard drops.
    ///
    /// See [`Handle::enter`].
    ///
    /// # Panics
    ///
    /// While the thread ends and its thread-local variables are gone.
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// The runtime's numbers.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.runtime.metrics()
    }

    /// Shuts the runtime down and waits for its end, at most for `duration`.
    ///
    /// # Panics
    ///
    /// As [`Runtime::shutdown_timeout`].
    #[track_caller]
    pub fn shutdown_timeout(self, duration: Duration) {
        self.runtime.shutdown_timeout(duration);
    }

    /// Shuts the runtime down without waiting: allowed inside an asynchronous context.
    pub fn shutdown_background(self) {
        self.runtime.shutdown_background();
    }
}
