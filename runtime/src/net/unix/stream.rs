//! `UnixStream`.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::BufMut;
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, SocketAddr, UCred, WriteHalf, split};
use crate::io::evented::{Evented, check_nonblocking};
use crate::io::util::splice::Channel;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use crate::net::{half, sys};

/// Urgent data has to be noticed, since reads stop at its mark: a short read then does not mean that nothing is left.
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);

/// A connection between two processes of one machine.
///
/// Reading and writing go through [`AsyncReadExt`](crate::io::AsyncReadExt) and
/// [`AsyncWriteExt`](crate::io::AsyncWriteExt). Dropped, the connection closes in both directions; to close only the
/// writing direction call [`shutdown`](crate::io::AsyncWriteExt::shutdown).
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::UnixStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (mut ours, mut theirs) = UnixStream::pair()?;
///     ours.write_all(b"hello").await?;
///     ours.shutdown().await?;
///     let mut received = String::new();
///     theirs.read_to_string(&mut received).await?;
///     assert_eq!(received, "hello");
///     Ok(())
/// }
/// ```
pub struct UnixStream {
    io: Evented<net::UnixStream>,
}

impl UnixStream {
    /// Connects to the socket at a path. On Linux a path that begins with a zero byte is an abstract name.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a connection that was being made is given up.
    ///
    /// # Errors
    ///
    /// That of the system: nobody listens there, or one may not connect. On Linux `WouldBlock` says that too many
    /// connections wait to be accepted; the system offers no way to wait for that to change.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let stream = UnixStream::connect("/run/service.socket").await?;
    /// #   drop(stream);
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect<P>(path: P) -> io::Result<UnixStream>
    where
        P: AsRef<Path>,
    {
        let addr = SocketAddr::from_path(path.as_ref())?;
        Self::connect_addr(&addr).await
    }

    /// Connects to the socket with an address: [`connect`](Self::connect).
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: a connection that was being made is given up.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{UnixListener, UnixStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-connect-addr-{}", std::process::id()));
    ///     let listener = UnixListener::bind(&path)?;
    ///     let stream = UnixStream::connect_addr(&listener.local_addr()?).await;
    ///     std::fs::remove_file(&path)?;
    ///     assert_eq!(stream?.peer_addr()?.as_pathname(), Some(&*path));
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect_addr(addr: &SocketAddr) -> io::Result<UnixStream> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        Self::connect_socket(socket, addr).await
    }

    /// Connects a socket that does not block.
    pub(super) async fn connect_socket(socket: Socket, addr: &SocketAddr) -> io::Result<UnixStream> {
        match socket.connect(&addr.to_system()?) {
            Err(error) if error.raw_os_error() != Some(Errno::INPROGRESS.raw_os_error()) => return Err(error),
            _ => {}
        }
        // Registered only now: before, the system would report it as hung up. The connection is mostly there already. That
        // the driver is waited for nevertheless lets a listener of this runtime accept before its queue is full.
        let stream = Self::new(socket.into(), Ready::EMPTY)?;
        poll_fn(|cx| stream.io.poll_write_ready(cx)).await?;
        match stream.take_error()? {
            None => Ok(stream),
            Some(error) => Err(error),
        }
    }

    /// Two streams that are connected with each other.
    ///
    /// # Errors
    ///
    /// That of the system: no descriptors are left.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, theirs) = UnixStream::pair()?;
    ///     assert!(ours.local_addr()?.is_unnamed() && theirs.peer_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (ours, theirs) = net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        theirs.set_nonblocking(true)?;
        Ok((Self::at_once(ours)?, Self::at_once(theirs)?))
    }

    #[track_caller]
    fn new(stream: net::UnixStream, initial: Ready) -> io::Result<UnixStream> {
        Ok(UnixStream { io: Evented::new(stream, INTEREST, initial)? })
    }

    /// A connection that is there already, and that something may have been written to: all operations are tried without
    /// waiting for the driver to say that they are worth it.
    #[track_caller]
    pub(super) fn at_once(stream: net::UnixStream) -> io::Result<UnixStream> {
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
    ///
    /// # Examples
    ///
    /// ```
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
    ///     ours.set_nonblocking(true)?;
    ///     let ours = heist::net::UnixStream::from_std(ours)?;
    /// #   drop(ours);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_std(stream: net::UnixStream) -> io::Result<UnixStream> {
        check_nonblocking(&stream);
        Self::new(stream, Ready::EMPTY)
    }

    /// Gives the stream back to the standard library. It still does not block.
    ///
    /// # Errors
    ///
    /// Its registration cannot be ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     let stream: std::os::unix::net::UnixStream = stream.into_std()?;
    ///     stream.set_nonblocking(false)?;
    ///     drop(peer);
    ///     Ok(())
    /// }
    /// ```
    pub fn into_std(self) -> io::Result<net::UnixStream> {
        self.io.into_inner()
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     assert!(stream.local_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr().map(SocketAddr::from)
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     assert!(stream.peer_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr().map(SocketAddr::from)
    }

    /// Who was at the other end when the connection was made.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, theirs) = UnixStream::pair()?;
    ///     assert_eq!(ours.peer_cred()?.uid(), theirs.peer_cred()?.uid());
    ///     Ok(())
    /// }
    /// ```
    pub fn peer_cred(&self) -> io::Result<UCred> {
        sys::peer_cred(self)
    }

    /// The error that the connection has met, if any, which is cleared by this.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     assert!(stream.take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.take_error()
    }

    /// Lends the two directions as halves.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt};
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (mut stream, mut peer) = UnixStream::pair()?;
    ///     let (mut reader, mut writer) = stream.split();
    ///     writer.write_all(b"ping").await?;
    ///     peer.write_all(b"pong").await?;
    ///     let mut answer = [0; 4];
    ///     reader.read_exact(&mut answer).await?;
    ///     assert_eq!(&answer, b"pong");
    ///     Ok(())
    /// }
    /// ```
    pub fn split<'a>(&'a mut self) -> (ReadHalf<'a>, WriteHalf<'a>) {
        split::split(self)
    }

    /// Splits the connection into two halves that can go to different tasks. Dropping the half that writes shuts its
    /// direction down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt};
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, mut peer) = UnixStream::pair()?;
    ///     let (mut reader, mut writer) = stream.into_split();
    ///     let writing = heist::spawn(async move { writer.write_all(b"ping").await });
    ///     peer.write_all(b"pong").await?;
    ///     let mut answer = [0; 4];
    ///     reader.read_exact(&mut answer).await?;
    ///     assert_eq!(&answer, b"pong");
    ///     writing.await??;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        split::into_split(self)
    }
}

/// Waiting and trying.
impl UnixStream {
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
    /// ```
    /// use heist::io::Interest;
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, _theirs) = UnixStream::pair()?;
    ///     let ready = ours.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     if ready.is_writable() {
    ///         assert_eq!(ours.try_write(b"hello")?, 5);
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
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, theirs) = UnixStream::pair()?;
    ///     theirs.try_write(b"hello")?;
    ///     let mut buffer = [0; 16];
    ///     let count = loop {
    ///         ours.readable().await?;
    ///         match ours.try_read(&mut buffer) {
    ///             Ok(count) => break count,
    ///             Err(error) if error.kind() == ErrorKind::WouldBlock => {}
    ///             Err(error) => return Err(error),
    ///         }
    ///     };
    ///     assert_eq!(&buffer[..count], b"hello");
    ///     Ok(())
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
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.writable().await?;
    ///     assert_eq!(stream.try_write(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Polls until reading is worth trying. Only the waker of the last call that polls for reading is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     poll_fn(|cx| stream.poll_read_ready(cx)).await?;
    ///     assert_eq!(stream.try_read(&mut [0; 16])?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_read_ready(cx)
    }

    /// Polls until writing is worth trying. Only the waker of the last call that polls for writing is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     poll_fn(|cx| stream.poll_write_ready(cx)).await?;
    ///     assert_eq!(stream.try_write(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_write_ready(cx)
    }

    /// Reads without waiting. 0 bytes are the end of the stream, or an empty buffer.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     stream.readable().await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(stream.try_read(&mut buf)?, 4);
    ///     assert_eq!(stream.try_read(&mut buf).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_read(buf)
    }

    /// Reads into several buffers, in order, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    /// use std::io::IoSliceMut;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     stream.readable().await?;
    ///     let (mut first, mut rest) = ([0; 1], [0; 16]);
    ///     let bufs = &mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
    ///     assert_eq!(stream.try_read_vectored(bufs)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.io.try_read_vectored(bufs)
    }

    /// Reads into a buffer that grows by it, without waiting. The buffer needs spare room.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     stream.readable().await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     assert_eq!(stream.try_read_buf(&mut buf)?, 4);
    ///     assert_eq!(buf, b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn try_read_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.try_read_buf(buf)
    }

    /// Writes without waiting. Returns how much of it was taken.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.writable().await?;
    ///     assert_eq!(stream.try_write(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_write(buf)
    }

    /// Writes several buffers, in order, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    /// use std::io::IoSlice;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     stream.writable().await?;
    ///     let bufs = [IoSlice::new(b"pi"), IoSlice::new(b"ng")];
    ///     assert_eq!(stream.try_write_vectored(&bufs)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.try_write_vectored(bufs)
    }

    /// Does an operation of one's own on the socket, if it is worth trying; for instance one that passes descriptors.
    ///
    /// `f` must not wait, must use this socket, and must return `WouldBlock` if and only if the socket would have made
    /// it wait: that is taken for the end of the socket's readiness.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, without calling `f`, if the socket is not ready; otherwise that of `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     stream.readable().await?;
    ///     // Any system call on the descriptor that may say `WouldBlock`.
    ///     let mut buf = [0; 16];
    ///     let length = stream.try_io(Interest::READABLE, || Ok(rustix::io::read(&stream, &mut buf)?))?;
    ///     assert_eq!(&buf[..length], b"ping");
    ///     Ok(())
    /// }
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, peer) = UnixStream::pair()?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     // Any system call on the descriptor that may say `WouldBlock`.
    ///     let mut buf = [0; 16];
    ///     let length = stream.async_io(Interest::READABLE, || Ok(rustix::io::read(&stream, &mut buf)?)).await?;
    ///     assert_eq!(&buf[..length], b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub async fn async_io<R>(&self, interest: Interest, f: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        self.io.async_io(interest, f).await
    }
}

impl TryFrom<net::UnixStream> for UnixStream {
    type Error = io::Error;

    /// As [`UnixStream::from_std`].
    fn try_from(stream: net::UnixStream) -> io::Result<Self> {
        Self::from_std(stream)
    }
}

impl half::Stream for UnixStream {
    type Io = net::UnixStream;

    fn io(&self) -> &Evented<net::UnixStream> {
        &self.io
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_recv_message(cx, buf)
    }

    fn shutdown_write(&self) -> io::Result<()> {
        half::close_write(|how| self.io.shutdown(how))
    }
}

impl AsyncRead for UnixStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        half::Stream::poll_read(&*self, cx, buf)
    }

    fn __copy_source(&self) -> Option<Channel<'_>> {
        Some(self.io.channel())
    }
}

impl AsyncWrite for UnixStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Nothing is held back on this side, so there is nothing to do.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(half::Stream::shutdown_write(&*self))
    }

    fn __copy_target(&self) -> Option<Channel<'_>> {
        Some(self.io.channel())
    }
}

impl AsRef<Self> for UnixStream {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for UnixStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for UnixStream {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}
