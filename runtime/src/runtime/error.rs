//! Errors of the runtime as a whole: no current runtime, and a runtime that has shut down.

use std::error::Error;
use std::fmt;
use std::io;

use super::context::NoContext;

/// True if an I/O operation failed because its runtime has shut down.
///
/// # Examples
///
/// ```
/// let error = std::io::Error::other("something else");
/// assert!(!heist::runtime::is_rt_shutdown_err(&error));
/// ```
pub fn is_rt_shutdown_err(error: &io::Error) -> bool {
    heist_io_driver::is_shutdown_error(error)
}

/// The error of [`Handle::try_current`](super::Handle::try_current): there is no current runtime.
pub struct TryCurrentError {
    reason: NoContext,
}

impl TryCurrentError {
    pub(crate) fn new(reason: NoContext) -> Self {
        Self { reason }
    }

    /// True if the thread is outside every runtime.
    pub fn is_missing_context(&self) -> bool {
        self.reason == NoContext::Missing
    }

    /// True if the thread is ending and no longer knows whether it was inside a runtime.
    pub fn is_thread_local_destroyed(&self) -> bool {
        self.reason == NoContext::Destroyed
    }
}

impl fmt::Debug for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.reason {
            NoContext::Missing => "NoContext",
            NoContext::Destroyed => "ThreadLocalDestroyed",
        };
        f.debug_struct("TryCurrentError").field("kind", &format_args!("{kind}")).finish()
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.message())
    }
}

impl Error for TryCurrentError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_reasons_are_told_apart() {
        let missing = TryCurrentError::new(NoContext::Missing);
        assert!(missing.is_missing_context() && !missing.is_thread_local_destroyed());
        assert!(missing.to_string().starts_with("there is no reactor running"));
        let destroyed = TryCurrentError::new(NoContext::Destroyed);
        assert!(!destroyed.is_missing_context() && destroyed.is_thread_local_destroyed());
        assert!(destroyed.to_string().contains("has been destroyed"));
    }
}
