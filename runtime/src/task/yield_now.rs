//! `yield_now`: a task lets the others go first.

use std::future::poll_fn;
use std::task::Poll;

/// Lets other tasks run: the current task goes to the tail of its queue.
///
/// Sockets and timers make progress too, even while every task does nothing but yield: workers look after them by
/// time, not only when they run out of work. Which tasks run before this one goes on is not specified, and it may be
/// none; a task that waits for something should wait for that, not yield in a loop.
///
/// A branch of `select!` or `join!` yields its whole task, whose other branches are polled again with it.
///
/// # Cancel safety
///
/// Cancel safe: dropped early it has only not yielded.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// #[heist::main(flavor = "current_thread")]
/// async fn main() {
///     let done = Arc::new(AtomicBool::new(false));
///     heist::spawn({
///         let done = done.clone();
///         async move { done.store(true, Ordering::Relaxed) }
///     });
///     while !done.load(Ordering::Relaxed) {
///         heist::task::yield_now().await;
///     }
/// }
/// ```
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_yielded, true) {
            return Poll::Ready(());
        }
        // The wake comes during the poll, so the scheduler puts the task behind all others (`Schedule::reschedule`).
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};

    use super::*;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn is_pending_once_and_wakes_once() {
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        let mut cx = Context::from_waker(&waker);
        let mut future = pin!(yield_now());
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        assert_eq!(future.as_mut().poll(&mut cx), Poll::Pending);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(future.as_mut().poll(&mut cx), Poll::Ready(()));
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }
}
