//! `TcpStream`.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BufMut;
use heist_io_driver::Direction;
use socket2::{SockRef, Socket};

use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf, connect, split};
use crate::io::evented::{Evented, check_nonblocking, peek_into};
use crate::io::util::splice::Channel;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use crate::net::addr::{first_success_async, resolve};
use crate::net::{ToSocketAddrs, half};

/// Urgent data has to be noticed, since reads stop at its mark: a short read then does not mean that nothing is left.
const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);

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
    /// If `addr` is a name or a list with several addresses, they race as RFC 8305 ("Happy Eyeballs") says: the families
    /// of addresses take turns, beginning with that of the first address; an address that has not answered within
    /// 250 ms gets the next one for a rival, and one that fails at once; the first connection wins, and the other attempts
    /// are given up. So a name of which some addresses are dead costs a quarter of a second and not minutes.
    /// [`connect_in_order`](Self::connect_in_order) tries them one by one. A runtime without timers does so too.
    ///
    /// [`TcpSocket`](crate::net::TcpSocket) has more options.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: connections that were being made are given up.
    ///
    /// # Errors
    ///
    /// The name cannot be resolved, or none of its addresses can be connected to. Of their errors the last stands, but one
    /// that only says that this machine has no way to such addresses (IPv6, say) yields to any other.
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
        connect::race(resolve(addr).await?).await
    }

    /// Connects to the first of several addresses that can be connected to, and tries the next one only when one has
    /// failed. Not part of Tokio, where [`connect`](Self::connect) does this.
    ///
    /// It is for lists whose order matters more than time, such as a main server and its substitute. An address that does
    /// not answer holds the others up until the system gives up on it, which takes minutes.
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
    /// use std::net::SocketAddr;
    ///
    /// use heist::net::TcpStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let main_and_substitute = [SocketAddr::from(([10, 0, 0, 1], 80)), SocketAddr::from(([10, 0, 0, 2], 80))];
    ///     let stream = TcpStream::connect_in_order(&main_and_substitute[..]).await?;
    /// #   drop(stream);
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect_in_order<A: ToSocketAddrs>(addr: A) -> io::Result<TcpStream> {
        first_success_async(resolve(addr).await?, connect::connect_addr).await
    }

    /// A stream whose connection is being made.
    pub(super) fn connecting(socket: Socket) -> io::Result<TcpStream> {
        Self::new(socket.into(), Ready::EMPTY)
    }

    #[track_caller]
    fn new(stream: net::TcpStream, initial: Ready) -> io::Result<TcpStream> {
        Ok(TcpStream { io: Evented::new(stream, INTEREST, initial)? })
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
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = std::net::TcpStream::connect(listener.local_addr()?)?;
    ///     stream.set_nonblocking(true)?;
    ///     let stream = TcpStream::from_std(stream)?;
    ///     assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let stream: std::net::TcpStream = stream.into_std()?;
    ///     stream.set_nonblocking(false)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_std(self) -> io::Result<net::TcpStream> {
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
    ///     assert_eq!(stream.local_addr()?, peer.peer_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr()
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let mut stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (mut peer, _) = listener.accept().await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (mut peer, _) = listener.accept().await?;
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
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::io::IoSliceMut;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     stream.readable().await?;
    ///     let (mut first, mut rest) = ([0; 1], [0; 16]);
    ///     let bufs = &mut [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
    ///     assert_eq!(stream.try_read_vectored(bufs)?, 4);
    ///     assert_eq!((&first, &rest[..3]), (b"p", &b"ing"[..]));
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::io::IoSlice;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.writable().await?;
    ///     let bufs = [IoSlice::new(b"pi"), IoSlice::new(b"ng")];
    ///     assert_eq!(stream.try_write_vectored(&bufs)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io.try_write_vectored(bufs)
    }

    /// Does an operation of one's own on the socket, if it is worth trying.
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
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
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
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

    /// Reads without taking what it reads: the next read gets it again.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// That of the system, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     let mut buf = [0; 4];
    ///     assert_eq!(stream.peek(&mut buf).await?, 4);
    ///     // The bytes are still there.
    ///     assert_eq!(stream.try_read(&mut buf)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, || self.io.peek(buf)).await
    }

    /// Polls for something to [`peek`](Self::peek) at. Returns how many bytes were added to `buf`. Only the waker of the
    /// last call that polls for reading is woken.
    ///
    /// # Errors
    ///
    /// As [`peek`](Self::peek).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (peer, _) = listener.accept().await?;
    ///     peer.writable().await?;
    ///     peer.try_write(b"ping")?;
    ///     let mut memory = [0; 4];
    ///     let mut buf = ReadBuf::new(&mut memory);
    ///     assert_eq!(poll_fn(|cx| stream.poll_peek(cx, &mut buf)).await?, 4);
    ///     assert_eq!(buf.filled(), b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Read, || peek_into(SockRef::from(&*self.io), buf))
    }
}

/// Options.
impl TcpStream {
    /// True if small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_nodelay(true)?;
    ///     assert_eq!(stream.nodelay()?, true);
    ///     Ok(())
    /// }
    /// ```
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.nodelay()
    }

    /// Lets small writes be sent at once instead of being gathered (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_nodelay(true)?;
    ///     assert_eq!(stream.nodelay()?, true);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.set_nodelay(nodelay)
    }

    /// True if what arrives is acknowledged at once (`TCP_QUICKACK`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_quickack(true)?;
    ///     stream.quickack()?;
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn quickack(&self) -> io::Result<bool> {
        SockRef::from(&*self.io).tcp_quickack()
    }

    /// Lets what arrives be acknowledged at once (`TCP_QUICKACK`). The system may change it by itself later.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_quickack(true)?;
    ///     stream.quickack()?;
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        SockRef::from(&*self.io).set_tcp_quickack(quickack)
    }

    /// How long closing waits for what has not been sent (`SO_LINGER`); `None` if it does so in the background.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_linger(Some(Duration::from_secs(1)))?;
    ///     assert_eq!(stream.linger()?, Some(Duration::from_secs(1)));
    ///     Ok(())
    /// }
    /// ```
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(&*self.io).linger()
    }

    /// Lets closing wait for what has not been sent (`SO_LINGER`), in whole seconds. That blocks the thread.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::time::Duration;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_linger(Some(Duration::from_secs(1)))?;
    ///     assert_eq!(stream.linger()?, Some(Duration::from_secs(1)));
    ///     Ok(())
    /// }
    /// ```
    #[deprecated(note = "a socket that lingers blocks the thread that drops it; see `set_zero_linger`")]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        SockRef::from(&*self.io).set_linger(dur)
    }

    /// Lets closing drop what has not been sent and reset the connection (`SO_LINGER` of zero).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     // Dropping it now resets the connection.
    ///     stream.set_zero_linger()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set_zero_linger(&self) -> io::Result<()> {
        SockRef::from(&*self.io).set_linger(Some(Duration::ZERO))
    }

    /// The time to live of outgoing packets (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_ttl(32)?;
    ///     assert_eq!(stream.ttl()?, 32);
    ///     Ok(())
    /// }
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.ttl()
    }

    /// Sets the time to live of outgoing packets (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
    ///     stream.set_ttl(32)?;
    ///     assert_eq!(stream.ttl()?, 32);
    ///     Ok(())
    /// }
    /// ```
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

impl half::Stream for TcpStream {
    type Io = net::TcpStream;

    fn io(&self) -> &Evented<net::TcpStream> {
        &self.io
    }

    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_recv(cx, buf)
    }

    fn shutdown_write(&self) -> io::Result<()> {
        half::close_write(|how| self.io.shutdown(how))
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_recv(cx, buf)
    }

    fn __copy_source(&self) -> Option<Channel<'_>> {
        Some(self.io.channel())
    }
}

impl AsyncWrite for TcpStream {
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
