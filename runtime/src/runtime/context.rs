//! The runtime that the current thread is inside of, and whether the thread may block.
//!
//! Two thread-locals: the stack of entered runtimes (by [`enter`]), and how the thread runs futures (by
//! [`enter_runtime`]), which decides whether blocking it is a mistake.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::seed::SeedGuard;
use crate::driver::time::TimeDriver;
use crate::scheduler;

thread_local! {
    /// The last one is current.
    static STACK: RefCell<Vec<Rc<scheduler::Handle>>> = const { RefCell::new(Vec::new()) };
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
const CANNOT_BLOCK: &str = "Cannot block the current thread from within a runtime. This happens because a function \
    attempted to block the current thread while the thread is being used to drive asynchronous tasks. Use the \
    asynchronous method, or move the call to `spawn_blocking` or `block_in_place`.";

const CANNOT_START: &str = "Cannot start a runtime from within a runtime. This happens because a function (like \
    `block_on`) attempted to block the current thread while the thread is being used to drive asynchronous tasks. Use \
    `.await` here, or move the call to `spawn_blocking` or `block_in_place`.";

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
    // `f` may run user code, which may enter and leave runtimes, so it gets a count of its own instead of a borrow.
    match STACK.try_with(|stack| stack.borrow().last().cloned()) {
        Ok(Some(handle)) => Ok(f(&handle)),
        Ok(None) => Err(NoContext::Missing),
        Err(_) => Err(NoContext::Destroyed),
    }
}

/// [`with_current`] for an `f` that runs no foreign code, and enters and leaves no runtime.
#[inline]
pub(crate) fn peek_current<R>(f: impl FnOnce(&scheduler::Handle) -> R) -> Result<R, NoContext> {
    match STACK.try_with(|stack| stack.borrow().last().map(|handle| f(handle))) {
        Ok(Some(result)) => Ok(result),
        Ok(None) => Err(NoContext::Missing),
        Err(_) => Err(NoContext::Destroyed),
    }
}

/// Calls `f` with the current runtime's timers and the index of the wheel that this thread should use. `f` runs no foreign
/// code, and enters and leaves no runtime.
///
/// # Panics
///
/// Outside a runtime, and in one without `enable_time`.
#[track_caller]
pub(crate) fn with_time<R>(f: impl FnOnce(&TimeDriver, usize) -> R) -> R {
    let result = peek_current(|handle| handle.driver().time.as_ref().map(|time| f(time, handle.timer_place().shard)));
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
    match try_enter(handle) {
        Some(guard) => guard,
        None => panic!("{DESTROYED}"),
    }
}

/// As [`enter`], but `None` if the thread's locals are gone: for what runs while a thread ends.
pub(crate) fn try_enter(handle: scheduler::Handle) -> Option<ContextGuard> {
    let push = |stack: &RefCell<Vec<_>>| {
        let mut stack = stack.borrow_mut();
        stack.push(Rc::new(handle));
        stack.len()
    };
    let depth = STACK.try_with(push).ok()?;
    Some(ContextGuard { depth, not_send: PhantomData })
}

/// Makes a type `!Send` that may be `Sync`, as guards of thread-locals are.
type NotSend = PhantomData<std::sync::MutexGuard<'static, ()>>;

/// Restores the runtime that was current before, when dropped.
#[derive(Debug)]
pub(crate) struct ContextGuard {
    /// How many runtimes were entered when this one was, itself included.
    depth: usize,
    not_send: NotSend,
}

impl Drop for ContextGuard {
    #[track_caller]
    fn drop(&mut self) {
        // The last guard of a thread that is ending finds nothing to restore.
        let Ok(depth) = STACK.try_with(|stack| stack.borrow().len()) else { return };
        if depth != self.depth {
            if !thread::panicking() {
                panic!(
                    "`EnterGuard` values dropped out of order. Guards returned by `Handle::enter()` must be dropped in \
                     the reverse order as they were acquired."
                );
            }
            return;
        }
        // Dropped outside the borrow: it may be the last reference to its runtime.
        let left = STACK.try_with(|stack| stack.borrow_mut().pop());
        drop(left);
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

/// Makes `handle` the current runtime and marks the thread as polling its futures, until the guard drops: the frame of
/// every `block_on`.
///
/// # Panics
///
/// If the thread is already polling futures, of this runtime or of another.
#[track_caller]
pub(crate) fn enter_runtime(handle: scheduler::Handle, may_block_in_place: bool) -> RuntimeGuard {
    assert!(entered() == Entered::No, "{CANNOT_START}");
    let seed = handle.config().enter_seed();
    let context = enter(handle);
    RuntimeGuard { _seed: seed, _entered: set_entered(Entered::Yes { may_block_in_place }), _context: context }
}

/// Undoes [`enter_runtime`] when dropped.
#[derive(Debug)]
pub(crate) struct RuntimeGuard {
    _seed: Option<SeedGuard>,
    // Dropped first: restoring the context may panic.
    _entered: EnteredGuard,
    _context: ContextGuard,
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
