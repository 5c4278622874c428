//! The handle that can abort a task but not take its output.

use std::fmt;

use super::id::Id;
use super::raw::TaskRef;

/// A handle to a task that can abort it, and see whether it is over.
///
/// It keeps neither the task running nor its output alive.
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
///     assert!(abort.is_finished());
/// }
/// ```
#[derive(Clone)]
pub struct AbortHandle(TaskRef);

impl AbortHandle {
    pub(crate) fn new(task: TaskRef) -> Self {
        Self(task)
    }

    /// Asks for the task to be cancelled, as [`JoinHandle::abort`](super::JoinHandle::abort) does.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(std::future::pending::<()>());
    ///     task.abort_handle().abort();
    ///     assert!(task.await.unwrap_err().is_cancelled());
    /// }
    /// ```
    pub fn abort(&self) {
        self.0.abort();
    }

    /// True if the task is over, whatever way it ended.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(async {});
    ///     let handle = task.abort_handle();
    ///     task.await.unwrap();
    ///     assert!(handle.is_finished());
    /// }
    /// ```
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// The id of the task.
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() {
    ///     let task = heist::spawn(async {});
    ///     assert_eq!(task.abort_handle().id(), task.id());
    /// }
    /// ```
    pub fn id(&self) -> Id {
        self.0.id()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("id", &self.id()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{RefUnwindSafe, UnwindSafe};

    use super::*;

    #[test]
    fn auto_traits() {
        fn always<T: Clone + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
        always::<AbortHandle>();
    }
}
