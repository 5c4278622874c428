//! The cooperative budget: how a task that is always ready still lets others run.
//!
//! Each poll of a task may do 128 operations on leaves (receive a message, read from a socket, wait for a lock).
//! A leaf asks [`poll_proceed`] first; when the budget is used up it returns `Pending` after waking the task, which
//! thereby goes to the tail of its queue. This file owns the thread-local budget; schedulers refill it with
//! `with_budget`.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

/// Operations a task may do in one poll.
const BUDGET: u8 = 128;

/// What is left of the current poll's budget; `None` where nothing limits it.
type Budget = Option<u8>;

thread_local! {
    static CURRENT: Cell<Budget> = const { Cell::new(None) };
    /// Times that a task had to yield, until the scheduler takes them over.
    static FORCED_YIELDS: Cell<u64> = const { Cell::new(0) };
}

/// Runs `f` (one poll of a task) with a full budget.
#[inline]
pub(crate) fn with_budget<R>(f: impl FnOnce() -> R) -> R {
    with(Some(BUDGET), f)
}

/// [`with_budget`], and how many operations `f` did.
pub(crate) fn counting_budget<R>(f: impl FnOnce() -> R) -> (R, u8) {
    with_budget(|| {
        let result = f();
        let left = CURRENT.try_with(Cell::get).ok().flatten();
        (result, left.map_or(0, |left| BUDGET - left))
    })
}

/// Runs `f` without a budget.
#[inline]
pub(crate) fn without_budget<R>(f: impl FnOnce() -> R) -> R {
    with(None, f)
}

#[inline]
fn with<R>(budget: Budget, f: impl FnOnce() -> R) -> R {
    struct Restore(Budget);
    impl Drop for Restore {
        fn drop(&mut self) {
            // The thread-local may be gone when a thread ends; then nobody is left to limit.
            let _ = CURRENT.try_with(|current| current.set(self.0));
        }
    }
    let before = CURRENT.try_with(|current| current.replace(budget)).unwrap_or(None);
    let _restore = Restore(before);
    f()
}

/// True if the current task may do at least one more operation before it has to yield.
///
/// Outside a task it is always true.
///
/// # Examples
///
/// ```
/// assert!(heist::task::coop::has_budget_remaining());
/// ```
#[inline]
pub fn has_budget_remaining() -> bool {
    CURRENT.try_with(|current| current.get() != Some(0)).unwrap_or(true)
}

/// Takes one unit of the current task's budget.
///
/// Returns `Pending`, with the task already woken, when the budget is used up: the caller returns `Pending` in turn.
/// Otherwise the caller goes on, and calls [`RestoreOnPending::made_progress`] if its operation succeeded; a guard
/// dropped without that gives the unit back, since an operation that only waits shall cost nothing.
///
/// # Examples
///
/// ```
/// use std::task::{Context, Poll, ready};
///
/// fn poll_next(cx: &mut Context<'_>) -> Poll<u32> {
///     let coop = ready!(heist::task::coop::poll_proceed(cx));
///     coop.made_progress();
///     Poll::Ready(7)
/// }
/// # let waker = std::task::Waker::noop();
/// # assert_eq!(poll_next(&mut Context::from_waker(waker)), Poll::Ready(7));
/// ```
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    let before = CURRENT.try_with(|current| {
        let before = current.get();
        if let Some(left) = before {
            current.set(Some(left.saturating_sub(1)));
        }
        before
    });
    match before {
        Ok(Some(0)) => {
            forced_to_yield();
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        Ok(before) => Poll::Ready(RestoreOnPending(Cell::new(before), PhantomData)),
        Err(_) => Poll::Ready(RestoreOnPending(Cell::new(None), PhantomData)),
    }
}

#[cold]
fn forced_to_yield() {
    let _ = FORCED_YIELDS.try_with(|forced| forced.set(forced.get() + 1));
}

/// How often the current thread made a task yield since this was last called.
pub(crate) fn take_forced_yields() -> u64 {
    FORCED_YIELDS.try_with(Cell::take).unwrap_or(0)
}

/// Gives a unit of budget back when dropped, unless [`made_progress`](Self::made_progress) was called.
///
/// # Examples
///
/// ```
/// use std::task::{Context, Poll, Waker};
/// use heist::task::coop::{self, RestoreOnPending};
///
/// let guard: Poll<RestoreOnPending> = coop::poll_proceed(&mut Context::from_waker(Waker::noop()));
/// // Outside a task there is no budget, so nothing is ever pending for want of it.
/// assert!(guard.is_ready());
/// ```
#[derive(Debug)]
#[must_use]
pub struct RestoreOnPending(Cell<Budget>, PhantomData<*mut ()>);

impl RestoreOnPending {
    /// The operation succeeded: the unit is spent.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::{Context, Poll, Waker, ready};
    /// use heist::task::coop;
    ///
    /// fn poll_try(attempt: Option<u32>, cx: &mut Context<'_>) -> Poll<u32> {
    ///     let unit = ready!(coop::poll_proceed(cx));
    ///     // Without an outcome the unit goes back when `unit` is dropped.
    ///     let Some(outcome) = attempt else { return Poll::Pending };
    ///     unit.made_progress();
    ///     Poll::Ready(outcome)
    /// }
    /// assert!(poll_try(None, &mut Context::from_waker(Waker::noop())).is_pending());
    /// ```
    #[inline]
    pub fn made_progress(&self) {
        self.0.set(None);
    }
}

impl Drop for RestoreOnPending {
    #[inline]
    fn drop(&mut self) {
        let before = self.0.get();
        if before.is_some() {
            let _ = CURRENT.try_with(|current| current.set(before));
        }
    }
}

/// Takes one unit of budget and yields if none is left.
///
/// For loops that compute without waiting for anything. It yields only when the task has used its budget up, so it is
/// cheap enough for every iteration.
///
/// # Cancel safety
///
/// Cancel safe: dropped early it has only not yielded.
///
/// # Examples
///
/// ```
/// async fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
///     let mut sum = 0;
///     for number in numbers {
///         sum += number;
///         heist::task::coop::consume_budget().await;
///     }
///     sum
/// }
/// ```
pub async fn consume_budget() {
    poll_fn(|cx| {
        let coop = ready!(poll_proceed(cx));
        coop.made_progress();
        Poll::Ready(())
    })
    .await;
}

pin_project! {
    /// The future of [`unconstrained`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::coop::{self, Unconstrained};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let future: Unconstrained<_> = coop::unconstrained(async { 3 });
    ///     assert_eq!(future.await, 3);
    /// }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Unconstrained<F> {
        #[pin]
        inner: F,
    }
}

/// Lets a future run without a budget.
///
/// It can then keep its worker for as long as it is ready, so other tasks of that worker may wait.
///
/// # Examples
///
/// ```
/// # async fn work() {}
/// # async fn example() {
/// heist::task::coop::unconstrained(work()).await;
/// # }
/// ```
pub fn unconstrained<F>(inner: F) -> Unconstrained<F> {
    Unconstrained { inner }
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = self.project().inner;
        without_budget(|| inner.poll(cx))
    }
}

pin_project! {
    /// The future of [`cooperative`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::coop::{self, Coop};
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let future: Coop<_> = coop::cooperative(async { 3 });
    ///     assert_eq!(future.await, 3);
    /// }
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Coop<F: Future> {
        #[pin]
        fut: F,
    }
}

/// Makes a future take part in the budget: each time it completes, one unit is spent.
///
/// # Examples
///
/// ```
/// # async fn leaf() -> u32 { 3 }
/// # async fn example() {
/// let value = heist::task::coop::cooperative(leaf()).await;
/// # }
/// ```
pub fn cooperative<F: Future>(fut: F) -> Coop<F> {
    Coop { fut }
}

impl<F: Future> Future for Coop<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let coop = ready!(poll_proceed(cx));
        let output = ready!(self.project().fut.poll(cx));
        coop.made_progress();
        Poll::Ready(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn cx() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    #[test]
    fn a_budget_ends() {
        with_budget(|| {
            for _ in 0..BUDGET {
                let Poll::Ready(coop) = poll_proceed(&mut cx()) else { panic!("budget ended early") };
                coop.made_progress();
            }
            assert!(!has_budget_remaining());
            assert!(poll_proceed(&mut cx()).is_pending());
            without_budget(|| assert!(poll_proceed(&mut cx()).is_ready()));
            assert!(poll_proceed(&mut cx()).is_pending());
        });
        assert!(has_budget_remaining());
    }

    #[test]
    fn an_operation_that_waits_costs_nothing() {
        with_budget(|| {
            for _ in 0..1000 {
                drop(poll_proceed(&mut cx()));
            }
            assert!(has_budget_remaining());
        });
    }

    #[test]
    fn exhaustion_wakes_the_task() {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};
        struct Count(AtomicUsize);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        with(Some(0), || assert!(poll_proceed(&mut Context::from_waker(&waker)).is_pending()));
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }
}
