//! `TcpStream`.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{self, Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BufMut;
use heist_io_driver::Direction;
use rustix::io::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use crate::io::evented::{Evented, check_nonblocking, peek_into, read_into_buf};
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use crate::net::ToSocketAddrs;
use crate::net::addr::{first_success, resolve};

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// A TCP connection.
///
/// Reading and writing go through [`AsyncReadExt`](crate::io::AsyncReadExt) and
/// [`AsyncWriteExt`](crate::io::AsyncWriteExt). Dropped, the connection closes in both directions; to close only the
/// writing direction call [`shutdown`](crate::io::AsyncWriteExt::shutdown).
///
/// # Examples
///
/// ```no_run
/// use heist::io::AsyncWriteExt;
/// use heist::net::TcpStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut stream = TcpStream::connect("127.0.0.1:8080").await?;
///     stream.write_all(b"hello world!").await?;
///     Ok(())
/// }
/// ```
pub struct TcpStream {
    io: Evented<net::TcpStream>,
}

impl TcpStream {
    /// Connects to an address.
    ///
    /// If `addr` is several addresses they are tried in turn. [`TcpSocket`](crate::net::TcpSocket) has more options.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a connection that was being made is given up.
    ///
    /// # Errors
    ///
    /// The name cannot be resolved, or none of its addresses can be connected to: the last error stands.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use heist::net::TcpStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let stream = TcpStream::connect("localhost:8080").await?;
    /// #   drop(stream);
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<TcpStream> {
        let addrs = resolve(addr).await?;
        first_success(addrs, |addr| async move {
            let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
            socket.set_nonblocking(true)?;
            Self::connect_socket(socket, addr).await
        })
        .await
    }

    /// Connects a socket that does not block.
    pub(crate) async fn connect_socket(socket: Socket, addr: SocketAddr) -> io::Result<TcpStream> {
        if let Err(error) = socket.connect(&addr.into()) {
            // Interrupted, it goes on in the background as well.
            let goes_on = [Errno::INPROGRESS, Errno::INTR].map(|errno| Some(errno.raw_os_error()));
            if !goes_on.contains(&error.raw_os_error()) {
                return Err(error);
            }
        }
        // Registered only now: before, the system would report it as hung up.
        let stream = Self::new(socket.into(), Ready::EMPTY)?;
        poll_fn(|cx| stream.io.poll_write_ready(cx)).await?;
        match stream.take_error()? {
            None => Ok(stream),
            Some(error) => Err(error),
        }
    }

    #[track_caller]
    fn new(stream: net::TcpStream, initial: Ready) -> io::Result<TcpStream> {
        Ok(TcpStream { io: Evented::new(stream, BOTH, initial)? })
    }

    /// A connection that comes from a listener. It can be written to at once, and often there is something to read, so
    /// both are tried without waiting for the driver to say so.
    #[track_caller]
    pub(crate) fn accepted(stream: net::TcpStream) -> io::Result<TcpStream> {
        Self::new(stream, Ready::READABLE | Ready::WRITABLE)
    }

    /// Takes over a stream of the standard library. It must not block: call its `set_nonblocking(true)` first.
    ///
    /// # Errors
    ///
    /// It cannot be registered.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, in one without `enable_io`, and in debug builds if the socket is in blocking mode.
    #[track_caller]
    pub fn from_std(stream: net::TcpStream) -> io::Result<TcpStream> {
        check_nonblocking(&stream);
        Self::new(stream, Ready::EMPTY)
    }

    /// Gives the stream back to the standard library. It still does not block.
    ///
    /// # Errors
    ///
    /// Its registration cannot be ended.
    pub fn into_std(self) -> io::Result<net::TcpStream> {
        self.io.into_inner()
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr()
    }

    /// The error that the connection has met, if any, which is cleared by this.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.take_error()
    }

    /// Lends the two directions as halves.
    pub fn split<'a>(&'a mut self) -> (ReadHalf<'a>, WriteHalf<'a>) {
        (ReadHalf(self), WriteHalf(self))
    }

    /// Splits the connection into two halves that can go to different tasks. Dropping the half that writes shuts its
    /// direction down.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        let stream = Arc::new(self);
        (OwnedReadHalf::new(stream.clone()), OwnedWriteHalf::new(stream))
    }

    pub(super) fn shutdown_write(&self) -> io::Result<()> {
        match self.io.shutdown(Shutdown::Write) {
            // The peer was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }
}

/// Waiting and trying.
impl TcpStream {
    /// Waits until the stream is ready for any of `interest`.
    ///
    /// It may wake without cause, so what follows may still fail with `WouldBlock`. Any number of tasks may wait so.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: readiness stays until an operation fails with `WouldBlock`.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use heist::io::Interest;
    /// use heist::net::TcpStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let stream = TcpStream::connect("127.0.0.1:8080").await?;
    ///     let ready = stream.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     if ready.is_writable() {
    ///         let written = stream.try_write(b"hello");
    /// #       drop(written);
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.io.ready(interest).await
    }

    /// Waits until reading is worth trying: [`ready`](Self::ready) with [`Interest::READABLE`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::io::ErrorKind;
    ///
    /// use heist::net::TcpStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let stream = TcpStream::connect("127.0.0.1:8080").await?;
    ///     let mut buffer = [0; 1024];
    ///     loop {
    ///         stream.readable().await?;
    ///         match stream.try_read(&mut buffer) {
    ///             Ok(0) => return Ok(()),
    ///             Ok(count) => println!("{count} bytes"),
    ///             Err(error) if error.kind() == ErrorKind::WouldBlock => {}
    ///             Err(error) => return Err(error),
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until writing is worth trying: [`ready`](Self::ready) with [`Interest::WRITABLE`].
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Polls until reading is worth trying. Only the waker of the last call that polls for reading is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_read_ready(cx)
    }

    /// Polls until writing is worth trying. Only the waker of the last call that polls for writing is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_write_ready(cx)
    }

    /// Reads without waiting. 0 bytes are the end of the stream, or an empty buffer.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; otherwise that of the system.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || (&*self.io).read(buf))
    }

    /// Reads into several buffers, in order, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || (&*self.io).read_vectored(bufs))
    }

    /// Reads into a buffer that grows by it, without waiting. The buffer needs spare room.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    pub fn try_read_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || read_into_buf(&*self.io, buf))
    }

    /// Writes without waiting. Returns how much of it was taken.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; otherwise that of the system.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_io(Interest::WRITABLE, || (&*self.io).write(buf))
    }

    /// Writes several buffers, in order, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.try_io(Interest::WRITABLE, || (&*self.io).write_vectored(bufs))
    }

    /// Does an operation of one's own on the socket, if it is worth trying.
    ///
    /// `f` must not wait, must use this socket, and must return `WouldBlock` if and only if the socket would have made
    /// it wait: that is taken for the end of the socket's readiness.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, without calling `f`, if the socket is not ready; otherwise that of `f`.
    pub fn try_io<R>(&self, interest: Interest, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.io.try_io(interest, f)
    }

    /// Does an operation of one's own on the socket, waiting until it does not return `WouldBlock`.
    ///
    /// `f` must not wait, must use this socket, and must return `WouldBlock` if and only if the socket would have made
    /// it wait.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: `f` has succeeded or failed only if this has returned.
    ///
    /// # Errors
    ///
    /// That of `f`, or the runtime has been shut down.
    pub async fn async_io<R>(&self, interest: Interest, f: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        self.io.async_io(interest, f).await
    }

    /// Reads without taking what it reads: the next read gets it again.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// That of the system, or the runtime has been shut down.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, || self.io.peek(buf)).await
    }

    /// Polls for something to [`peek`](Self::peek) at. Returns how many bytes were added to `buf`. Only the waker of the
    /// last call that polls for reading is woken.
    ///
    /// # Errors
    ///
    /// As [`peek`](Self::peek).
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Read, || peek_into(SockRef::from(&*self.io), buf))
    }

    pub(super) fn poll_read_shared(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_read(cx, buf)
    }

    pub(super) fn poll_write_shared(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_write(cx, buf)
    }

    pub(super) fn poll_write_vectored_shared(
        &self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_write_vectored(cx, bufs)
    }
}

/// Options.
impl TcpStream {
    /// True if small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.nodelay()
    }

    /// Lets small writes be sent at once instead of being gathered (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.set_nodelay(nodelay)
    }

    /// True if what arrives is acknowledged at once (`TCP_QUICKACK`).
    ///
    /// # Errors
    ///
    /// That of the system.
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn quickack(&self) -> io::Result<bool> {
        SockRef::from(&*self.io).tcp_quickack()
    }

    /// Lets what arrives be acknowledged at once (`TCP_QUICKACK`). The system may change it by itself later.
    ///
    /// # Errors
    ///
    /// That of the system.
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        SockRef::from(&*self.io).set_tcp_quickack(quickack)
    }

    /// How long closing waits for what has not been sent (`SO_LINGER`); `None` if it does so in the background.
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(&*self.io).linger()
    }

    /// Lets closing wait for what has not been sent (`SO_LINGER`), in whole seconds. That blocks the thread.
    ///
    /// # Errors
    ///
    /// That of the system.
    #[deprecated(note = "a socket that lingers blocks the thread that drops it; see `set_zero_linger`")]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        SockRef::from(&*self.io).set_linger(dur)
    }

    /// Lets closing drop what has not been sent and reset the connection (`SO_LINGER` of zero).
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        SockRef::from(&*self.io).set_linger(Some(Duration::ZERO))
    }

    /// The time to live of outgoing packets (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.ttl()
    }

    /// Sets the time to live of outgoing packets (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// That of the system.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.set_ttl(ttl)
    }
}

impl TryFrom<net::TcpStream> for TcpStream {
    type Error = io::Error;

    /// As [`TcpStream::from_std`].
    fn try_from(stream: net::TcpStream) -> io::Result<Self> {
        Self::from_std(stream)
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.poll_read_shared(cx, buf)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_shared(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored_shared(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing is held back on this side, so there is nothing to do.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.shutdown_write())
    }
}

impl AsRef<Self> for TcpStream {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for TcpStream {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}
