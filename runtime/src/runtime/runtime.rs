//! The runtime as its owner sees it: running futures, and the end of everything.
//!
//! Shutdown, in this order: the scheduler takes no more tasks and drops those it has; the blocking pool takes no more
//! closures and drops those that have not started; then the owner waits, for the workers first and for the closures
//! that run after them, because a task that is being dropped may still wait for its closure.

use std::future::Future;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::thread;
use std::time::{Duration, Instant};

use crate::scheduler;
use crate::task::JoinHandle;

use super::builder::Builder;
use super::context::{self, Entered};
use super::handle::{EnterGuard, Handle, RuntimeFlavor};
use super::metrics::RuntimeMetrics;

const CANNOT_DROP: &str = "Cannot drop a runtime in a context where blocking is not allowed. This happens when a \
    runtime is dropped from within an asynchronous context. Call `shutdown_background` on it instead, or drop it in \
    `spawn_blocking` or `block_in_place`.";

/// A runtime: it runs tasks, timers and I/O until it is dropped.
///
/// # Shutdown
///
/// Dropping the runtime drops every task at its next yield point and waits for that, and for the closures of
/// [`spawn_blocking`](crate::task::spawn_blocking) that have started, however long they take. Closures that have not
/// started are dropped. [`shutdown_timeout`](Self::shutdown_timeout) waits no longer than it is told and
/// [`shutdown_background`](Self::shutdown_background) not at all.
///
/// # Panics
///
/// Dropping a runtime inside an asynchronous context panics, because it would block the thread; the runtime then shuts
/// down in the background.
///
/// # Examples
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let runtime = heist::runtime::Runtime::new()?;
/// let sum = runtime.block_on(async {
///     let task = heist::spawn(async { 1 + 2 });
///     task.await.unwrap()
/// });
/// assert_eq!(sum, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    /// Nothing is left to be done by `drop`.
    is_shut_down: bool,
}

// A panic in user code never unwinds through the runtime's own data.
impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl Runtime {
    /// A multi-thread runtime with I/O and timers and one worker per processor that the process may use.
    ///
    /// # Errors
    ///
    /// If the operating system refuses a thread or a poller.
    ///
    /// # Panics
    ///
    /// If `HEIST_WORKER_THREADS` or `TOKIO_WORKER_THREADS` is set to something other than a positive number.
    #[track_caller]
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build()
    }

    pub(super) fn from_scheduler(inner: scheduler::Handle) -> Self {
        Self { handle: Handle { inner }, is_shut_down: false }
    }

    /// A reference to the runtime, for [`Handle::clone`].
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Spawns a task: the runtime begins to run the future at once, whether or not the handle is awaited.
    ///
    /// A current-thread runtime runs it as soon as some thread is in [`block_on`](Self::block_on).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.spawn(async { 7 });
    /// assert_eq!(runtime.block_on(task).unwrap(), 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
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
        self.handle.spawn_blocking(func)
    }

    /// Runs a future to completion on this thread and, on a current-thread runtime, all tasks, timers and I/O with it.
    ///
    /// Tasks spawned meanwhile may outlast it; they go on when some thread is in `block_on` again (current-thread) or
    /// at once (multi-thread).
    ///
    /// # Panics
    ///
    /// If the thread is already polling futures: inside a task, or inside another `block_on`. Await the future there,
    /// or go through [`spawn_blocking`](crate::task::spawn_blocking). A panic of the future reaches the caller; the
    /// runtime stays usable.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// assert_eq!(runtime.block_on(async { 7 }), 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let may_block_in_place = self.handle.runtime_flavor() == RuntimeFlavor::MultiThread;
        let _guard = context::enter_runtime(self.handle.inner.clone(), may_block_in_place);
        self.handle.inner.block_on(future)
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
        self.handle.enter()
    }

    /// The runtime's numbers.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }

    /// Shuts the runtime down and waits for its end, at most for `duration`.
    ///
    /// What has not ended by then (closures of `spawn_blocking`, tasks that do not yield) goes on without being waited
    /// for.
    ///
    /// # Panics
    ///
    /// Inside an asynchronous context, unless `duration` is zero; the runtime then shuts down in the background.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// runtime.spawn_blocking(|| std::thread::sleep(Duration::from_secs(1)));
    /// runtime.shutdown_timeout(Duration::from_millis(10));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn shutdown_timeout(mut self, duration: Duration) {
        self.shut_down(Some(duration));
    }

    /// Shuts the runtime down without waiting: allowed inside an asynchronous context.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Runtime;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = Runtime::new()?;
    /// runtime.block_on(async {
    ///     Runtime::new().unwrap().shutdown_background();
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown_background(mut self) {
        self.shut_down(Some(Duration::ZERO));
    }

    #[track_caller]
    fn shut_down(&mut self, timeout: Option<Duration>) {
        if std::mem::replace(&mut self.is_shut_down, true) {
            return;
        }
        let may_block = context::entered() == Entered::No;
        let wants_to_block = timeout != Some(Duration::ZERO);
        let deadline = match timeout {
            _ if !may_block => Some(Instant::now()),
            // A time too long for the clock is no limit.
            Some(timeout) => Instant::now().checked_add(timeout),
            None => None,
        };
        end(&self.handle.inner, deadline);
        assert!(may_block || !wants_to_block || thread::panicking(), "{CANNOT_DROP}");
    }
}

impl Drop for Runtime {
    #[track_caller]
    fn drop(&mut self) {
        self.shut_down(None);
    }
}

/// Shuts down and waits until `deadline`.
fn end(handle: &scheduler::Handle, deadline: Option<Instant>) {
    // What is dropped here may ask for the current runtime. A thread that is ending has none, and that has to do.
    let context = context::try_enter(handle.clone());
    handle.begin_shutdown();
    handle.blocking_pools().close();
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let workers_have_ended = handle.wait_for_workers(left);
    drop(context);
    if workers_have_ended {
        handle.blocking_pools().wait_for_end(deadline);
    }
}
