//! The way of a file operation to the blocking pool and back.

use std::io;
use std::panic::Location;

use crate::runtime::context::{self, NoContext};
use crate::scheduler;
use crate::task::{JoinError, JoinHandle};

/// Runs `f`, which makes system calls that block, on the blocking pool.
///
/// Once polled, `f` is run even if this future is dropped, unless the runtime shuts down before it starts.
pub(super) async fn unblock<T, F>(f: F) -> io::Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> io::Result<T> + Send + 'static,
{
    finish(start(f).await)
}

/// Starts `f` on the blocking pool.
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
pub(super) fn start<T, F>(f: F) -> JoinHandle<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let runtime = current_runtime();
    runtime.blocking().spawn(f, &runtime, Location::caller())
}

/// What an operation on the pool came to. It has no result if the runtime shut down before it started.
pub(super) fn finish<T>(joined: Result<io::Result<T>, JoinError>) -> io::Result<T> {
    joined.unwrap_or_else(|_| Err(io::Error::other("background task failed")))
}

/// The runtime whose pool does the operation.
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
fn current_runtime() -> scheduler::Handle {
    match try_current_runtime() {
        Ok(handle) => handle,
        Err(error) => panic!("{}", error.message()),
    }
}

/// As [`current_runtime`], for callers that have something to put in order before they panic.
pub(super) fn try_current_runtime() -> Result<scheduler::Handle, NoContext> {
    context::with_current(scheduler::Handle::clone)
}

/// For operations that may get by without the pool: whether they panic outside a runtime must not depend on that.
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
pub(super) fn check_runtime() {
    if let Err(error) = context::with_current(|_| ()) {
        panic!("{}", error.message());
    }
}
