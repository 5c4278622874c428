//! The runtime that the current thread is inside of, and whether the thread may block.
//!
//! Two thread-locals: the stack of entered runtimes (by [`enter`]), and how the thread runs futures (by
//! [`enter_runtime`]), which decides whether blocking it is a mistake.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::driver::time::TimeDriver;
use crate::scheduler;

thread_local! {
    static CURRENT: RefCell<Option<scheduler::Handle>> = const { RefCell::new(None) };
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static ENTERED: Cell<Entered> = const { Cell::new(Entered::No) };
}

/// Whether the thread is polling futures for a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entered {
    /// It is not: it may block.
    No,
    /// It is: blocking would stop other tasks.
    Yes {
        /// `block_in_place` may change that.
        may_block_in_place: bool,
    },
}

/// Why there is no current runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoContext {
    /// None was entered.
    Missing,
    /// The thread is ending and its thread-locals are gone.
    Destroyed,
}

pub(crate) const NO_CONTEXT: &str = "there is no reactor running, must be called from the context of a Tokio 1.x runtime: \
    call it inside `block_on`, a spawned task, or while an `EnterGuard` of `Runtime::enter` is alive";
pub(crate) const DESTROYED: &str = "The Tokio context thread-local variable has been destroyed.";
const NO_TIME: &str = "A Tokio 1.x context was found, but timers are disabled. Call `enable_time` on the runtime \
    builder to enable timers.";
const NO_IO: &str =
    "A Tokio 1.x context was found, but IO is disabled. Call `enable_io` on the runtime builder to enable IO.";
const CANNOT_BLOCK: &str = "Cannot block the current thread from within a runtime. This happens because a function \
    attempted to block the current thread while the thread is being used to drive asynchronous tasks. Use the \
    asynchronous method, or move the call to `spawn_blocking` or `block_in_place`.";

impl NoContext {
    pub(crate) fn message(self) -> &'static str {
        match self {
            NoContext::Missing => NO_CONTEXT,
            NoContext::Destroyed => DESTROYED,
        }
    }
}

/// Calls `f` with the current runtime's scheduler.
pub(crate) fn with_current<R>(f: impl FnOnce(&scheduler::Handle) -> R) -> Result<R, NoContext> {
    match CURRENT.try_with(|current| current.borrow().as_ref().map(f)) {
        Ok(Some(result)) => Ok(result),
        Ok(None) => Err(NoContext::Missing),
        Err(_) => Err(NoContext::Destroyed),
    }
}

/// The driver handle for sockets created now.
///
/// # Panics
///
/// Outside a runtime, and in one without `enable_io`.
#[track_caller]
pub(crate) fn io_handle() -> heist_io_driver::Handle {
    match with_current(|handle| handle.driver().io.clone()) {
        Ok(Some(io)) => io,
        Ok(None) => panic!("{NO_IO}"),
        Err(error) => panic!("{}", error.message()),
    }
}

/// Calls `f` with the current runtime's timers and the index of the wheel that this thread should use.
///
/// # Panics
///
/// Outside a runtime, and in one without `enable_time`.
#[track_caller]
pub(crate) fn with_time<R>(f: impl FnOnce(&TimeDriver, usize) -> R) -> R {
    let result = with_current(|handle| handle.driver().time.as_ref().map(|time| f(time, handle.timer_shard())));
    match result {
        Ok(Some(result)) => result,
        Ok(None) => panic!("{NO_TIME}"),
        Err(error) => panic!("{}", error.message()),
    }
}

/// Makes `handle` the current runtime until the guard drops.
///
/// # Panics
///
/// If the thread's locals are gone.
#[track_caller]
pub(crate) fn enter(handle: scheduler::Handle) -> ContextGuard {
    let before = CURRENT.try_with(|current| current.replace(Some(handle)));
    let Ok(before) = before else { panic!("{DESTROYED}") };
    let depth = DEPTH.get() + 1;
    DEPTH.set(depth);
    ContextGuard { before, depth, not_send: PhantomData }
}

/// Restores the runtime that was current before, when dropped.
#[derive(Debug)]
pub(crate) struct ContextGuard {
    before: Option<scheduler::Handle>,
    depth: usize,
    not_send: PhantomData<*mut ()>,
}

impl Drop for ContextGuard {
    #[track_caller]
    fn drop(&mut self) {
        let depth = DEPTH.get();
        if depth != self.depth {
            if !thread::panicking() {
                panic!(
                    "`EnterGuard` values dropped out of order. Guards returned by `Handle::enter()` must be dropped in \
                     the reverse order as they were acquired."
                );
            }
            return;
        }
        // The last guard of a thread that is ending finds nothing to restore.
        let entered = CURRENT.try_with(|current| current.replace(self.before.take()));
        DEPTH.set(depth - 1);
        drop(entered);
    }
}

/// How the current thread runs futures.
pub(crate) fn entered() -> Entered {
    ENTERED.get()
}

/// Marks the thread as polling futures (or, with [`Entered::No`], as allowed to block) until the guard drops.
pub(crate) fn set_entered(entered: Entered) -> EnteredGuard {
    EnteredGuard { before: ENTERED.replace(entered), not_send: PhantomData }
}

/// Restores what [`set_entered`] replaced.
#[derive(Debug)]
pub(crate) struct EnteredGuard {
    before: Entered,
    not_send: PhantomData<*mut ()>,
}

impl Drop for EnteredGuard {
    fn drop(&mut self) {
        ENTERED.set(self.before);
    }
}

/// Waits for `future` on a thread that runs no tasks; what `blocking_recv` and its like are made of.
///
/// # Panics
///
/// If the thread is being used to drive tasks.
#[track_caller]
pub(crate) fn block_on_sync<F: Future>(future: F) -> F::Output {
    assert!(entered() == Entered::No, "{CANNOT_BLOCK}");
    park_until_ready(future)
}

/// Polls `future` on this thread, parking it in between.
pub(crate) fn park_until_ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = crate::task::coop::with_budget(|| future.as_mut().poll(&mut cx)) {
            return output;
        }
        thread::park();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}
