//! The one place where a runtime starts threads.
//!
//! Nothing else calls `std::thread`, so that tests (and a simulator) can put their own rules here.

use std::io;
use std::thread;

/// Starts a thread. A stack size (in bytes) of `None` is the standard library's default.
///
/// # Errors
///
/// If the operating system refuses, or the name contains a NUL byte.
pub(crate) fn spawn(
    name: String,
    stack_size: Option<usize>,
    f: impl FnOnce() + Send + 'static,
) -> io::Result<thread::JoinHandle<()>> {
    failure::check()?;
    if name.contains('\0') {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "a thread's name must not contain a NUL byte"));
    }
    let mut builder = thread::Builder::new().name(name);
    if let Some(size) = stack_size {
        builder = builder.stack_size(size);
    }
    builder.spawn(f)
}

#[cfg(test)]
pub(crate) use failure::fail_next;

#[cfg(test)]
mod failure {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static REMAINING: Cell<usize> = const { Cell::new(0) };
    }

    /// Lets the next `n` threads that the current thread starts fail.
    pub(crate) fn fail_next(n: usize) {
        REMAINING.set(n);
    }

    pub(super) fn check() -> io::Result<()> {
        match REMAINING.get() {
            0 => Ok(()),
            n => {
                REMAINING.set(n - 1);
                Err(io::Error::new(io::ErrorKind::WouldBlock, "injected failure"))
            }
        }
    }
}

#[cfg(not(test))]
mod failure {
    /// Nothing is injected outside tests.
    #[inline]
    pub(super) fn check() -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_its_name() {
        let handle = spawn("of-a-test".into(), Some(256 * 1024), || {
            assert_eq!(thread::current().name(), Some("of-a-test"));
        });
        handle.unwrap().join().unwrap();
    }

    #[test]
    fn a_bad_name_is_an_error() {
        assert_eq!(spawn("a\0b".into(), None, || ()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn failures_are_injected_and_end() {
        fail_next(1);
        assert!(spawn("fails".into(), None, || ()).is_err());
        spawn("starts".into(), None, || ()).unwrap().join().unwrap();
    }
}
