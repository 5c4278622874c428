//! The guards that an `AsyncFd` hands out once it is ready: whoever holds one says whether it still is.

use std::fmt;
use std::io;
use std::os::fd::AsRawFd;

use heist_io_driver::ReadyEvent;

use super::{AsyncFd, TryIoError};
use crate::io::Ready;

/// The readiness that a guard tells of, as far as it was not cleared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen(Option<ReadyEvent>);

impl Seen {
    pub(super) fn new(event: ReadyEvent) -> Self {
        Self(Some(event))
    }

    fn ready(self) -> Ready {
        self.0.map_or(Ready::EMPTY, ReadyEvent::ready)
    }

    /// Clears what it tells of, unless newer readiness has come.
    fn clear<T: AsRawFd>(&mut self, fd: &AsyncFd<T>) {
        if let Some(event) = self.0.take() {
            fd.io.registration().clear(event);
        }
    }

    fn clear_matching<T: AsRawFd>(&mut self, fd: &AsyncFd<T>, ready: Ready) {
        let Some(event) = self.0 else { return };
        fd.io.registration().clear(event.with_ready(ready));
        self.0 = Some(event.with_ready(Ready::ALL - ready));
    }
}

fn would_block<R>(result: &io::Result<R>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// The readiness of an [`AsyncFd`] that is borrowed shared.
#[must_use = "say whether the readiness lasts: `clear_ready`, `retain_ready` or `try_io`"]
pub struct AsyncFdReadyGuard<'a, T: AsRawFd> {
    fd: &'a AsyncFd<T>,
    seen: Seen,
}

/// The readiness of an [`AsyncFd`] that is borrowed exclusively.
#[must_use = "say whether the readiness lasts: `clear_ready`, `retain_ready` or `try_io`"]
pub struct AsyncFdReadyMutGuard<'a, T: AsRawFd> {
    fd: &'a mut AsyncFd<T>,
    seen: Seen,
}

impl<'a, Inner: AsRawFd> AsyncFdReadyGuard<'a, Inner> {
    pub(super) fn new(fd: &'a AsyncFd<Inner>, event: ReadyEvent) -> Self {
        Self { fd, seen: Seen::new(event) }
    }

    /// Says that the descriptor is not ready any more: an operation failed with `WouldBlock`.
    ///
    /// What has become ready since this guard was made stays so. Clearing readiness that is still there loses it, since
    /// only changes are reported: the next wait would not end.
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
    ///     let mut guard = fd.readable().await?;
    ///     let mut stream = guard.get_inner();
    ///     if stream.read(&mut [0; 16])? < 16 {
    ///         // There was no more than that.
    ///         guard.clear_ready();
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn clear_ready(&mut self) {
        self.seen.clear(self.fd);
    }

    /// As [`clear_ready`](Self::clear_ready) for a part of the readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::unix::AsyncFd;
    /// use heist::io::{Interest, Ready};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     let mut guard = fd.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(guard.ready().is_writable());
    ///     guard.clear_ready_matching(Ready::WRITABLE);
    ///     assert!(!guard.ready().is_writable());
    ///     Ok(())
    /// }
    /// ```
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.seen.clear_matching(self.fd, ready);
    }

    /// Says that the descriptor is still ready. It does nothing, and so does dropping the guard.
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
    ///     let mut guard = fd.readable().await?;
    ///     guard.get_inner().read_exact(&mut [0; 2])?;
    ///     // There is more.
    ///     guard.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    pub fn retain_ready(&mut self) {}

    /// What the descriptor is ready for, without what was cleared through this guard.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     drop(peer);
    ///     let guard = fd.readable().await?;
    ///     if guard.ready().is_read_closed() {
    ///         println!("nothing will come any more");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn ready(&self) -> Ready {
        self.seen.ready()
    }

    /// Does `f`; if it fails with `WouldBlock` the readiness is cleared.
    ///
    /// # Errors
    ///
    /// [`TryIoError`] instead of `WouldBlock`; any other error of `f` is in the inner result.
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
    ///     let mut guard = fd.readable().await?;
    ///     let mut buf = [0; 16];
    ///     match guard.try_io(|fd| fd.get_ref().read(&mut buf)) {
    ///         Ok(length) => assert_eq!(length?, 4),
    ///         Err(_would_block) => {} // Wait once more.
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn try_io<R>(
        &mut self,
        f: impl FnOnce(&'a AsyncFd<Inner>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        let result = f(self.fd);
        if would_block(&result) {
            self.clear_ready();
            return Err(TryIoError(()));
        }
        Ok(result)
    }

    /// The `AsyncFd`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     let guard = fd.writable().await?;
    ///     assert_eq!(guard.get_ref().as_raw_fd(), fd.as_raw_fd());
    ///     Ok(())
    /// }
    /// ```
    pub fn get_ref(&self) -> &'a AsyncFd<Inner> {
        self.fd
    }

    /// The object in the `AsyncFd`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let fd = AsyncFd::new(stream)?;
    ///     let guard = fd.writable().await?;
    ///     let mut stream: &UnixStream = guard.get_inner();
    ///     assert_eq!(stream.write(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn get_inner(&self) -> &'a Inner {
        self.fd.get_ref()
    }
}

impl<'a, Inner: AsRawFd> AsyncFdReadyMutGuard<'a, Inner> {
    pub(super) fn new(fd: &'a mut AsyncFd<Inner>, event: ReadyEvent) -> Self {
        Self { fd, seen: Seen::new(event) }
    }

    /// Says that the descriptor is not ready any more; see [`AsyncFdReadyGuard::clear_ready`].
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
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut guard = fd.readable_mut().await?;
    ///     if guard.get_inner_mut().read(&mut [0; 16])? < 16 {
    ///         // There was no more than that.
    ///         guard.clear_ready();
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn clear_ready(&mut self) {
        self.seen.clear(self.fd);
    }

    /// As [`clear_ready`](Self::clear_ready) for a part of the readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::unix::AsyncFd;
    /// use heist::io::{Interest, Ready};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let mut guard = fd.ready_mut(Interest::READABLE | Interest::WRITABLE).await?;
    ///     guard.clear_ready_matching(Ready::WRITABLE);
    ///     assert!(!guard.ready().is_writable());
    ///     Ok(())
    /// }
    /// ```
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.seen.clear_matching(self.fd, ready);
    }

    /// Says that the descriptor is still ready. It does nothing, and so does dropping the guard.
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
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut guard = fd.readable_mut().await?;
    ///     guard.get_inner_mut().read_exact(&mut [0; 2])?;
    ///     // There is more.
    ///     guard.retain_ready();
    ///     Ok(())
    /// }
    /// ```
    pub fn retain_ready(&mut self) {}

    /// What the descriptor is ready for, without what was cleared through this guard.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::Interest;
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let guard = fd.ready_mut(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(guard.ready().is_writable() && !guard.ready().is_readable());
    ///     Ok(())
    /// }
    /// ```
    pub fn ready(&self) -> Ready {
        self.seen.ready()
    }

    /// Does `f`; if it fails with `WouldBlock` the readiness is cleared.
    ///
    /// # Errors
    ///
    /// [`TryIoError`] instead of `WouldBlock`; any other error of `f` is in the inner result.
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
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     peer.write_all(b"ping")?;
    ///     let mut buf = [0; 16];
    ///     let length = loop {
    ///         let mut guard = fd.readable_mut().await?;
    ///         if let Ok(result) = guard.try_io(|fd| fd.get_mut().read(&mut buf)) {
    ///             break result?;
    ///         }
    ///     };
    ///     assert_eq!(&buf[..length], b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn try_io<R>(
        &mut self,
        f: impl FnOnce(&mut AsyncFd<Inner>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        let result = f(self.fd);
        if would_block(&result) {
            self.clear_ready();
            return Err(TryIoError(()));
        }
        Ok(result)
    }

    /// The `AsyncFd`.
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
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let mut guard = fd.writable_mut().await?;
    ///     assert!(guard.get_ref().get_ref().take_error()?.is_none());
    ///     assert!(guard.get_mut().get_mut().take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn get_ref(&self) -> &AsyncFd<Inner> {
        self.fd
    }

    /// The `AsyncFd`.
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
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let mut guard = fd.writable_mut().await?;
    ///     assert!(guard.get_ref().get_ref().take_error()?.is_none());
    ///     assert!(guard.get_mut().get_mut().take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn get_mut(&mut self) -> &mut AsyncFd<Inner> {
        self.fd
    }

    /// The object in the `AsyncFd`.
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
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let guard = fd.writable_mut().await?;
    ///     assert!(guard.get_inner().take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn get_inner(&self) -> &Inner {
        self.fd.get_ref()
    }

    /// The object in the `AsyncFd`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// use heist::io::unix::AsyncFd;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.set_nonblocking(true)?;
    ///     let mut fd = AsyncFd::new(stream)?;
    ///     let mut guard = fd.writable_mut().await?;
    ///     assert_eq!(guard.get_inner_mut().write(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn get_inner_mut(&mut self) -> &mut Inner {
        self.fd.get_mut()
    }
}

impl<T: fmt::Debug + AsRawFd> fmt::Debug for AsyncFdReadyGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyGuard").field("async_fd", &self.fd).field("ready", &self.ready()).finish()
    }
}

impl<T: fmt::Debug + AsRawFd> fmt::Debug for AsyncFdReadyMutGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyMutGuard").field("async_fd", &self.fd).field("ready", &self.ready()).finish()
    }
}
