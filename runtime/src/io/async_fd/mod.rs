//! [`AsyncFd`], which lends the driver to any descriptor that the system can wait for.
//!
//! * `source`: what is registered;
//! * `guard`: what a wait returns;
//! * `error`: what can go wrong.

mod error;
mod guard;
mod source;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use heist_io_driver::{Direction, ReadyEvent};

use self::source::Source;
use crate::io::evented::Evented;
use crate::io::{Interest, Ready};
use crate::task::coop::{cooperative, poll_proceed};

pub use error::{AsyncFdRegisterError, AsyncFdTryNewError, TryIoError};
pub use guard::{AsyncFdReadyGuard, AsyncFdReadyMutGuard};

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// An object with a descriptor that the runtime waits for.
///
/// The descriptor must be in non-blocking mode, and of a kind that the system can wait for: a socket, a pipe, a
/// terminal, an event or timer descriptor, but not a regular file. It is registered until the `AsyncFd` is dropped, which
/// drops the object afterwards.
///
/// Only changes of readiness are reported. So the way to use it is: wait ([`readable`](Self::readable)), try the
/// operation, and if it fails with `WouldBlock` clear the readiness before waiting again.
/// [`AsyncFdReadyGuard::try_io`] and [`async_io`](Self::async_io) do that. Any number of tasks may wait with the
/// `async` methods; of those that poll only the last task for each direction is woken.
///
/// The object must name the same descriptor as long as it is in here.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
///
/// use heist::io::unix::AsyncFd;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (stream, mut peer) = UnixStream::pair()?;
///     stream.set_nonblocking(true)?;
///     let fd = AsyncFd::new(stream)?;
///
///     peer.write_all(b"hello")?;
///     let mut bytes = [0; 8];
///     let count = loop {
///         let mut guard = fd.readable().await?;
///         match guard.try_io(|fd| fd.get_ref().read(&mut bytes)) {
///             Ok(result) => break result?,
///             Err(_would_block) => continue,
///         }
///     };
///     assert_eq!(&bytes[..count], b"hello");
///     Ok(())
/// }
/// ```
pub struct AsyncFd<T: AsRawFd> {
    io: Evented<Source<T>>,
}

/// Making one, and taking it apart.
impl<T: AsRawFd> AsyncFd<T> {
    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// That of the system: the descriptor is not open, is registered already (`AlreadyExists`), or is of a kind that
    /// cannot be waited for (`PermissionDenied`). `inner` is dropped then; [`try_new`](Self::try_new) gives it back.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, in one without `enable_io`, and if the descriptor's number is -1.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     fd.writable().await?.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn new(inner: T) -> io::Result<Self> {
        Ok(Self::try_new(inner)?)
    }

    /// Registers a descriptor for less than reading and writing, or for [`Interest::PRIORITY`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::with_interest(stream, Interest::READABLE)?;
    ///     peer.write_all(b"ping")?;
    ///     fd.readable().await?.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        Ok(Self::try_with_interest(inner, interest)?)
    }

    /// As [`new`](Self::new), but an error contains `inner`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let file = std::fs::File::open("/dev/null")?;
    ///     // A file cannot be waited for; the error gives it back.
    ///     let (file, error) = AsyncFd::try_new(file).unwrap_err().into_parts();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    ///     drop(file);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        Self::try_with_interest(inner, BOTH)
    }

    /// As [`with_interest`](Self::with_interest), but an error contains `inner`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::try_with_interest(stream, Interest::WRITABLE)?;
    ///     fd.writable().await?.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn try_with_interest(inner: T, interest: Interest) -> Result<Self, AsyncFdRegisterError<T>> {
        match Evented::try_new(Source(inner), interest, Ready::EMPTY) {
            Ok(io) => Ok(Self { io }),
            Err((Source(inner), error)) => Err(AsyncFdRegisterError::new(inner, error)),
        }
    }

    /// The object.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     assert!(fd.get_ref().local_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn get_ref(&self) -> &T {
        &self.io.0
    }

    /// The object. It must not be made to name another descriptor.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     fd.get_mut().write_all(b"ping")?;
    ///     Ok(())
    /// }
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.io.get_mut().0
    }

    /// Ends the registration and gives the object back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     let stream: UnixStream = fd.into_inner();
    ///     stream.set_nonblocking(false)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_inner(self) -> T {
        let (Source(inner), _result) = self.io.deregister();
        inner
    }
}

/// Waiting.
impl<T: AsRawFd> AsyncFd<T> {
    /// Waits until the descriptor is ready for any of `interest`. It may wake without cause.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: readiness stays until it is cleared.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut guard = fd.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(guard.ready().is_writable());
    ///     guard.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let event = cooperative(self.io.registration().ready(interest)).await?;
        Ok(AsyncFdReadyGuard::new(self, event))
    }

    /// As [`ready`](Self::ready), with a guard that lends the object exclusively.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut guard = fd.ready_mut(Interest::READABLE).await?;
    ///     guard.get_inner_mut().read_exact(&mut [0; 4])?;
    ///     guard.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    pub async fn ready_mut(&mut self, interest: Interest) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let event = cooperative(self.io.registration().ready(interest)).await?;
        Ok(AsyncFdReadyMutGuard::new(self, event))
    }

    /// Waits until reading is worth trying.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut buf = [0; 16];
    ///     let mut guard = fd.readable().await?;
    ///     if let Ok(length) = guard.try_io(|fd| fd.get_ref().read(&mut buf)) {
    ///         assert_eq!(length?, 4);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[allow(clippy::needless_lifetimes)] // The lifetime's name is part of the signature.
    pub async fn readable<'a>(&'a self) -> io::Result<AsyncFdReadyGuard<'a, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Waits until reading is worth trying.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut buf = [0; 16];
    ///     let mut guard = fd.readable_mut().await?;
    ///     if let Ok(length) = guard.try_io(|fd| fd.get_mut().read(&mut buf)) {
    ///         assert_eq!(length?, 4);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[allow(clippy::needless_lifetimes)] // As above.
    pub async fn readable_mut<'a>(&'a mut self) -> io::Result<AsyncFdReadyMutGuard<'a, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// Waits until writing is worth trying.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     let mut guard = fd.writable().await?;
    ///     if let Ok(length) = guard.try_io(|fd| fd.get_ref().write(b"ping")) {
    ///         assert_eq!(length?, 4);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[allow(clippy::needless_lifetimes)] // As above.
    pub async fn writable<'a>(&'a self) -> io::Result<AsyncFdReadyGuard<'a, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// Waits until writing is worth trying.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::unix::AsyncFd;
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let mut guard = fd.writable_mut().await?;
    ///     if let Ok(length) = guard.try_io(|fd| fd.get_mut().write(b"ping")) {
    ///         assert_eq!(length?, 4);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[allow(clippy::needless_lifetimes)] // As above.
    pub async fn writable_mut<'a>(&'a mut self) -> io::Result<AsyncFdReadyMutGuard<'a, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Polls until reading is worth trying. Only the waker of the last call that polls for reading is woken.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use std::task::{Poll, ready};
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut buf = [0; 16];
    ///     let length = poll_fn(|cx| loop {
    ///         let mut guard = ready!(fd.poll_read_ready(cx))?;
    ///         if let Ok(result) = guard.try_io(|fd| fd.get_ref().read(&mut buf)) {
    ///             return Poll::Ready(result);
    ///         }
    ///     });
    ///     assert_eq!(length.await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_read_ready<'a>(&'a self, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let event = ready!(self.poll_wait(cx, Direction::Read))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// Polls until reading is worth trying. Only the waker of the last call that polls for reading is woken.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use std::task::{Poll, ready};
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut buf = [0; 16];
    ///     let length = poll_fn(|cx| loop {
    ///         let mut guard = ready!(fd.poll_read_ready_mut(cx))?;
    ///         if let Ok(result) = guard.try_io(|fd| fd.get_mut().read(&mut buf)) {
    ///             return Poll::Ready(result);
    ///         }
    ///     });
    ///     assert_eq!(length.await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_read_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let event = ready!(self.poll_wait(cx, Direction::Read))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    /// Polls until writing is worth trying. Only the waker of the last call that polls for writing is woken.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    /// use std::task::{Poll, ready};
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     let length = poll_fn(|cx| loop {
    ///         let mut guard = ready!(fd.poll_write_ready(cx))?;
    ///         if let Ok(result) = guard.try_io(|fd| fd.get_ref().write(b"ping")) {
    ///             return Poll::Ready(result);
    ///         }
    ///     });
    ///     assert_eq!(length.await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_write_ready<'a>(&'a self, cx: &mut Context<'_>) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let event = ready!(self.poll_wait(cx, Direction::Write))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// Polls until writing is worth trying. Only the waker of the last call that polls for writing is woken.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    /// use std::task::{Poll, ready};
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let length = poll_fn(|cx| loop {
    ///         let mut guard = ready!(fd.poll_write_ready_mut(cx))?;
    ///         if let Ok(result) = guard.try_io(|fd| fd.get_mut().write(b"ping")) {
    ///             return Poll::Ready(result);
    ///         }
    ///     });
    ///     assert_eq!(length.await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_write_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let event = ready!(self.poll_wait(cx, Direction::Write))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    fn poll_wait(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<io::Result<ReadyEvent>> {
        let coop = ready!(poll_proceed(cx));
        let result = ready!(self.io.registration().poll_ready(cx, direction));
        coop.made_progress();
        Poll::Ready(result)
    }
}

/// Trying.
impl<T: AsRawFd> AsyncFd<T> {
    /// Does `f` if it is worth trying, without waiting.
    ///
    /// `f` must return `WouldBlock` if and only if the descriptor would have made it wait: that is taken for the end of
    /// its readiness.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, without calling `f`, if the descriptor is not ready; otherwise that of `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     fd.readable().await?.retain_ready();
    ///     let mut buf = [0; 16];
    ///     assert_eq!(fd.try_io(Interest::READABLE, |mut stream| stream.read(&mut buf))?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_io<R>(&self, interest: Interest, f: impl FnOnce(&T) -> io::Result<R>) -> io::Result<R> {
        self.io.try_io(interest, || f(self.get_ref()))
    }

    /// As [`try_io`](Self::try_io), with the object lent exclusively.
    ///
    /// # Errors
    ///
    /// As [`try_io`](Self::try_io).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     fd.readable().await?.retain_ready();
    ///     let mut buf = [0; 16];
    ///     assert_eq!(fd.try_io_mut(Interest::READABLE, |stream| stream.read(&mut buf))?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_io_mut<R>(&mut self, interest: Interest, f: impl FnOnce(&mut T) -> io::Result<R>) -> io::Result<R> {
        let event = self.io.registration().ready_event(interest);
        if event.ready().is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        AsyncFdReadyMutGuard::new(self, event)
            .try_io(|fd| f(fd.get_mut()))
            .unwrap_or_else(|_would_block| Err(io::ErrorKind::WouldBlock.into()))
    }

    /// Does `f`, waiting until it does not fail with `WouldBlock`.
    ///
    /// `f` must not wait, and must return `WouldBlock` if and only if the descriptor would have made it wait.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: `f` has succeeded or failed only if this has returned.
    ///
    /// # Errors
    ///
    /// That of `f`, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"hello")?;
    ///     let mut bytes = [0; 8];
    ///     let count = fd.async_io(Interest::READABLE, |mut stream| stream.read(&mut bytes)).await?;
    ///     assert_eq!(&bytes[..count], b"hello");
    ///     Ok(())
    /// }
    /// ```
    pub async fn async_io<R>(&self, interest: Interest, mut f: impl FnMut(&T) -> io::Result<R>) -> io::Result<R> {
        self.io.async_io(interest, || f(self.get_ref())).await
    }

    /// As [`async_io`](Self::async_io), with the object lent exclusively.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe, as [`async_io`](Self::async_io).
    ///
    /// # Errors
    ///
    /// As [`async_io`](Self::async_io).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(fd.async_io_mut(Interest::READABLE, |stream| stream.read(&mut buf)).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut f: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let mut guard = self.ready_mut(interest).await?;
            if let Ok(result) = guard.try_io(|fd| f(fd.get_mut())) {
                return result;
            }
        }
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().as_raw_fd()
    }
}

impl<T: AsRawFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl<T: fmt::Debug + AsRawFd> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd").field("inner", self.get_ref()).finish()
    }
}
