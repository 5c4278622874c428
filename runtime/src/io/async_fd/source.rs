//! An object that only knows the number of its descriptor, as something that can be registered; and the constructors of
//! [`AsyncFd`] whose callers vouch for that number.
//!
//! Rule F1: `AsRawFd` is implemented for objects that own or borrow an open descriptor. The numbers themselves implement
//! it too, so a caller of the safe constructors may give one that is closed or changes. What the driver then does is no
//! more than a system call that fails, or that concerns a descriptor the caller did not mean: it reads and writes
//! nothing through it. Numbers below zero, which a [`BorrowedFd`] does not hold, become another that is no descriptor.

#![allow(unsafe_code)]

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use super::{AsyncFd, AsyncFdRegisterError, BOTH};
use crate::io::Interest;

/// An object with a descriptor.
#[derive(Debug)]
pub(super) struct Source<T>(pub(super) T);

impl<T: AsRawFd> AsFd for Source<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        let number = match self.0.as_raw_fd() {
            // No process can have so many, so the system refuses it as it would refuse the original.
            ..0 => RawFd::MAX,
            number => number,
        };
        // SAFETY: rule F1; the borrow ends with that of the object; the number is not -1.
        unsafe { BorrowedFd::borrow_raw(number) }
    }
}

impl<T: AsRawFd> AsyncFd<T> {
    /// As [`try_new`](Self::try_new), with the caller's word for the descriptor.
    ///
    /// # Safety
    ///
    /// The descriptor that `inner` names is open, stays so until the `AsyncFd` is gone or gives `inner` back, and
    /// [`as_raw_fd`](AsRawFd::as_raw_fd) names the same one each time.
    ///
    /// # Errors
    ///
    /// As [`try_new`](Self::try_new).
    ///
    /// # Panics
    ///
    /// As [`try_new`](Self::try_new).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     // SAFETY: the descriptor is the stream's own.
    ///     let fd = unsafe { AsyncFd::register(stream) }?;
    ///     fd.writable().await?.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub unsafe fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::try_with_interest(inner, BOTH)
    }

    /// As [`register`](Self::register), for less or more than reading and writing.
    ///
    /// # Safety
    ///
    /// As [`register`](Self::register).
    ///
    /// # Errors
    ///
    /// As [`try_new`](Self::try_new).
    ///
    /// # Panics
    ///
    /// As [`try_new`](Self::try_new).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     // SAFETY: the descriptor is the stream's own.
    ///     let fd = unsafe { AsyncFd::register_with_interest(stream, Interest::READABLE) }?;
    ///     peer.write_all(b"ping")?;
    ///     fd.readable().await?.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub unsafe fn register_with_interest(inner: T, interest: Interest) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::try_with_interest(inner, interest)
    }
}
