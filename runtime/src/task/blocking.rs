//! `spawn_blocking`: closures that block, on threads meant for that.

use std::panic::Location;

use super::JoinHandle;
use crate::runtime::context;
use crate::scheduler;

/// Runs a closure that blocks or computes for long on a thread where that disturbs nobody.
///
/// The closure runs inside the runtime: [`Handle::current`](crate::runtime::Handle::current) and
/// [`Handle::block_on`](crate::runtime::Handle::block_on) work in it. Threads are started as needed, up to
/// [`max_blocking_threads`](crate::runtime::Builder::max_blocking_threads); beyond that closures wait in a queue.
///
/// Once it has started, a closure cannot be stopped: [`abort`](JoinHandle::abort) has an effect only before, and a
/// runtime that shuts down waits for it. An aborted closure that waits in the queue is dropped at once, on the thread
/// that aborts it.
///
/// # Panics
///
/// Outside a runtime; and if no thread of the pool exists and the operating system refuses to start one. A panic of the
/// closure reaches the `JoinHandle`.
///
/// # Examples
///
/// ```
/// #[heist::main]
/// async fn main() {
///     let sum = heist::task::spawn_blocking(|| (1..=100).sum::<u32>()).await.unwrap();
///     assert_eq!(sum, 5050);
/// }
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    // A clone, because a panic inside the closure given to `with_current` would not blame our caller.
    match context::with_current(scheduler::Handle::clone) {
        Ok(handle) => handle.blocking().spawn(f, &handle, Location::caller()),
        Err(error) => panic!("{}", error.message()),
    }
}
