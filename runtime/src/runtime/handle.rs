//! References to a runtime: spawning, entering and waiting from anywhere.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};

use crate::scheduler;
use crate::task::JoinHandle;

use super::context::{self, ContextGuard};
use super::error::TryCurrentError;
use super::id::Id;
use super::metrics::RuntimeMetrics;

/// A reference to a runtime.
///
/// Clones are cheap and refer to the same runtime. A handle does not keep the runtime running: it may outlive it, and
/// then what it spawns is cancelled at once.
///
/// # Examples
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let runtime = heist::runtime::Runtime::new()?;
/// let handle = runtime.handle().clone();
/// let sum = std::thread::spawn(move || handle.block_on(async { 1 + 2 })).join().unwrap();
/// assert_eq!(sum, 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) inner: scheduler::Handle,
}

// A panic in user code never unwinds through the runtime's own data.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

/// The kinds of runtime.
///
/// # Examples
///
/// ```
/// use heist::runtime::{Builder, RuntimeFlavor};
///
/// # fn main() -> std::io::Result<()> {
/// let runtime = Builder::new_current_thread().build()?;
/// assert_eq!(runtime.handle().runtime_flavor(), RuntimeFlavor::CurrentThread);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// Tasks run on the thread that calls `block_on`.
    CurrentThread,
    /// Tasks run on worker threads.
    MultiThread,
}

/// Keeps a runtime current on this thread, by [`Handle::enter`].
///
/// Guards have to be dropped in the reverse order of their creation.
#[derive(Debug)]
#[must_use = "Creating and dropping a guard does nothing"]
pub struct EnterGuard<'a> {
    _guard: ContextGuard,
    _handle: PhantomData<&'a Handle>,
}

impl Handle {
    /// Makes the runtime current on this thread until the guard drops, so that [`spawn`](crate::spawn), timers and
    /// sockets find it. It neither runs tasks nor forbids to block.
    ///
    /// # Panics
    ///
    /// While the thread ends and its thread-local variables are gone. The guard's drop panics if a guard created later
    /// is still alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let _guard = runtime.handle().enter();
    /// let task = heist::spawn(async { 7 });
    /// assert_eq!(runtime.block_on(task).unwrap(), 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard { _guard: context::enter(self.inner.clone()), _handle: PhantomData }
    }

    /// The current runtime.
    ///
    /// # Panics
    ///
    /// Outside a runtime. [`try_current`](Self::try_current) returns an error instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let id = runtime.block_on(async { Handle::current().id() });
    /// assert_eq!(id, runtime.handle().id());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn current() -> Self {
        match Self::try_current() {
            Ok(handle) => handle,
            Err(error) => panic!("{error}"),
        }
    }

    /// The current runtime, if there is one.
    ///
    /// # Errors
    ///
    /// If the thread is outside every runtime, or is ending.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = heist::runtime::Handle::try_current().unwrap_err();
    /// assert!(error.is_missing_context());
    /// ```
    pub fn try_current() -> Result<Self, TryCurrentError> {
        match context::with_current(scheduler::Handle::clone) {
            Ok(inner) => Ok(Self { inner }),
            Err(reason) => Err(TryCurrentError::new(reason)),
        }
    }

    /// Spawns a task: the runtime begins to run the future at once, whether or not the handle is awaited.
    ///
    /// On a runtime that has shut down the task is cancelled at once.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.handle().spawn(async { 7 });
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
        self.inner.spawn(future, Location::caller())
    }

    /// Runs a closure that blocks on a thread meant for that.
    ///
    /// See [`task::spawn_blocking`](crate::task::spawn_blocking).
    ///
    /// # Panics
    ///
    /// If the pool has no thread and the operating system refuses to start one.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.handle().spawn_blocking(|| std::fs::read_to_string("/dev/null"));
    /// assert_eq!(runtime.block_on(task).unwrap()?, "");
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.inner.blocking().spawn(func, &self.inner, Location::caller())
    }

    /// Runs a future to completion on this thread, inside the runtime.
    ///
    /// On a current-thread runtime this thread does not drive timers and I/O: somebody has to be in
    /// [`Runtime::block_on`](super::Runtime::block_on) meanwhile, or a future that waits for them waits for ever.
    ///
    /// # Panics
    ///
    /// If the thread is already polling futures: inside a task, or inside another `block_on`. Await the future there,
    /// or go through [`spawn_blocking`](crate::task::spawn_blocking). A panic of the future reaches the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let runtime = heist::runtime::Runtime::new()?;
    /// assert_eq!(runtime.handle().block_on(async { 7 }), 7);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _guard = context::enter_runtime(self.inner.clone(), true);
        self.inner.block_on_handle(future)
    }

    /// The kind of the runtime.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        match self.inner {
            scheduler::Handle::CurrentThread(_) => RuntimeFlavor::CurrentThread,
            scheduler::Handle::MultiThread(_) => RuntimeFlavor::MultiThread,
        }
    }

    /// The identity of the runtime.
    pub fn id(&self) -> Id {
        self.inner.id()
    }

    /// The name of the runtime, as set by [`Builder::name`](super::Builder::name).
    pub fn name(&self) -> Option<&str> {
        self.inner.config().name.as_deref()
    }

    /// The runtime's numbers.
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics::new(self.clone())
    }
}

/// The index of the worker that this thread is, as [`RuntimeMetrics`] counts them; `None` on other threads.
///
/// On a current-thread runtime it is 0 on the thread that drives the runtime, and `None` on others that are in
/// `block_on` at the same time. On a multi-thread runtime the thread in `block_on` is no worker. A task may find itself
/// on another worker after each `.await`.
///
/// # Examples
///
/// ```
/// assert_eq!(heist::runtime::worker_index(), None);
/// ```
pub fn worker_index() -> Option<usize> {
    scheduler::current_worker_index()
}
