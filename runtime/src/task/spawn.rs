//! `spawn`: from a future to a task of the current runtime.

use std::future::Future;
use std::panic::Location;

use super::JoinHandle;
use crate::runtime::context;

/// Spawns a task: the current runtime begins to run the future at once, whether or not the handle is awaited.
///
/// The task may run on another thread, at the same time as the caller. Dropping the handle detaches the task. When the
/// runtime shuts down the future is dropped, finished or not.
///
/// # Panics
///
/// Outside a runtime: call it inside `block_on` or a task, or while a guard of
/// [`Handle::enter`](crate::runtime::Handle::enter) is alive. A panic of the future reaches the `JoinHandle`.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     let task = heist::spawn(async { 1 + 2 });
///     assert_eq!(task.await.unwrap(), 3);
/// }
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let spawned_at = Location::caller();
    match context::with_current(|handle| handle.spawn(future, spawned_at)) {
        Ok(join) => join,
        Err(error) => panic!("{}", error.message()),
    }
}
