//! The handle that a spawn returns.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use super::abort::AbortHandle;
use super::coop;
use super::error::JoinError;
use super::id::Id;
use super::raw::Join;

/// A handle to a spawned task, which is also the future of its output.
///
/// Dropping it detaches the task, which goes on; [`abort`](Self::abort) stops it. Awaited, it gives the task's output,
/// or a [`JoinError`] if the task panicked or was cancelled.
///
/// # Cancel safety
///
/// `&mut handle` is cancel safe: if it is dropped in a `select!`, the output stays for the next await.
///
/// # Panics
///
/// When polled again after it gave the output.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     let task = heist::spawn(async { 1 + 1 });
///     assert_eq!(task.await.unwrap(), 2);
/// }
/// ```
pub struct JoinHandle<T>(Join<T>);

impl<T> JoinHandle<T> {
    pub(crate) fn new(join: Join<T>) -> Self {
        Self(join)
    }

    /// Asks for the task to be cancelled.
    ///
    /// Its future is dropped where it would have run next; if it is running, after the poll. Awaiting the handle then
    /// gives a cancelled [`JoinError`]. A task that is finished, or finishes in that very poll, keeps its output. A
    /// closure given to `spawn_blocking` can be cancelled only before it starts.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(std::future::pending::<()>());
    ///     task.abort();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// }
    /// ```
    pub fn abort(&self) {
        self.0.abort();
    }

    /// True if the task is over, whatever way it ended.
    ///
    /// After an abort it can stay false for a while: until the task was dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(async {});
    ///     while !task.is_finished() {
    ///         heist::task::yield_now().await;
    ///     }
    ///     task.await.unwrap();
    /// }
    /// ```
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// A handle that can abort the task but not take its output.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(std::future::pending::<()>());
    ///     let abort = task.abort_handle();
    ///     abort.abort();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// }
    /// ```
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle::new(self.0.task_ref())
    }

    /// The id of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(async { heist::task::id() });
    ///     let id = task.id();
    ///     assert_eq!(task.await.unwrap(), id);
    /// }
    /// ```
    pub fn id(&self) -> Id {
        self.0.id()
    }

    /// True if the task is over; otherwise `waker` is woken once it is. Takes no output and no budget.
    pub(crate) fn try_set_join_waker(&mut self, waker: &Waker) -> bool {
        self.0.register(waker)
    }

    /// The output of a task that is finished. Takes no budget.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    #[track_caller]
    pub(crate) fn join_finished(self) -> Result<T, JoinError> {
        self.0.into_output()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let coop = ready!(coop::poll_proceed(cx));
        let output = ready!(self.0.poll(cx.waker()));
        coop.made_progress();
        Poll::Ready(output)
    }
}

impl<T: fmt::Debug> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("id", &self.id()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{RefUnwindSafe, UnwindSafe};

    use super::*;

    #[test]
    fn auto_traits() {
        fn shared<T: Send + Sync>() {}
        fn always<T: Unpin + UnwindSafe + RefUnwindSafe>() {}
        shared::<JoinHandle<Cell<u8>>>();
        always::<JoinHandle<*mut Cell<u8>>>();
    }
}
