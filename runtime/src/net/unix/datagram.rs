//! `UnixDatagram`.

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net;
use std::path::Path;
use std::task::{Context, Poll};

use bytes::BufMut;
use heist_io_driver::Direction;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{SockAddr, SockRef};

use super::SocketAddr;
use crate::io::evented::{Evented, check_nonblocking, fill_buf, recv_from_into, recv_into};
use crate::io::{Interest, ReadBuf, Ready};

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// A Unix socket that sends and receives datagrams.
///
/// Unlike those of UDP they arrive, and in order: a sender waits until the receiver has room.
///
/// # Examples
///
/// ```
/// use heist::net::UnixDatagram;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (ours, theirs) = UnixDatagram::pair()?;
///     ours.send(b"hello").await?;
///     let mut buffer = [0; 16];
///     let count = theirs.recv(&mut buffer).await?;
///     assert_eq!(&buffer[..count], b"hello");
///     Ok(())
/// }
/// ```
pub struct UnixDatagram {
    io: Evented<net::UnixDatagram>,
}

impl UnixDatagram {
    /// A socket at a path, which must not exist. On Linux a path that begins with a zero byte is an abstract name.
    ///
    /// # Errors
    ///
    /// That of the system: the path is in use, or may not be created.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-datagram-{}", std::process::id()));
    ///     let server = UnixDatagram::bind(&path)?;
    ///     let sent = UnixDatagram::unbound()?.send_to(b"hello", &path).await;
    ///     std::fs::remove_file(&path)?;
    ///     assert_eq!(sent?, 5);
    ///     let (count, sender) = server.recv_from(&mut [0; 16]).await?;
    ///     assert!(count == 5 && sender.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn bind<P>(path: P) -> io::Result<UnixDatagram>
    where
        P: AsRef<Path>,
    {
        let addr = SocketAddr::from_path(path.as_ref())?;
        Self::fresh(net::UnixDatagram::bind_addr(addr.as_std())?)
    }

    /// Two sockets that are connected with each other.
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
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(socket.recv(&mut buf).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (ours, theirs) = net::UnixDatagram::pair()?;
        Ok((Self::fresh(ours)?, Self::fresh(theirs)?))
    }

    /// A socket without an address: it can send, and receive from the peer that it is connected to.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UnixDatagram::unbound()?;
    ///     assert!(socket.local_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn unbound() -> io::Result<UnixDatagram> {
        Self::fresh(net::UnixDatagram::unbound()?)
    }

    #[track_caller]
    fn fresh(socket: net::UnixDatagram) -> io::Result<UnixDatagram> {
        socket.set_nonblocking(true)?;
        Self::new(socket)
    }

    /// A socket that nothing has been sent with, so that it can be written to at once.
    #[track_caller]
    pub(super) fn new(socket: net::UnixDatagram) -> io::Result<UnixDatagram> {
        Ok(UnixDatagram { io: Evented::new(socket, BOTH, Ready::WRITABLE)? })
    }

    /// Connects the socket: [`send`](Self::send) then sends to that path, and only what comes from there is received.
    /// Linux also takes a path that begins with a zero byte for an abstract name.
    ///
    /// # Errors
    ///
    /// That of the system: no socket is there, or one may not send to it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-dgram-connect-{}", std::process::id()));
    ///     let server = UnixDatagram::bind(&path)?;
    ///     let socket = UnixDatagram::unbound()?;
    ///     socket.connect(&path)?;
    ///     socket.send(b"ping").await?;
    ///     assert_eq!(server.recv(&mut [0; 16]).await?, 4);
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.io.connect_addr(SocketAddr::from_path(path.as_ref())?.as_std())
    }

    /// Takes over a socket of the standard library. It must not block: call its `set_nonblocking(true)` first.
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
    /// use std::os::unix::net;
    ///
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, theirs) = net::UnixDatagram::pair()?;
    ///     ours.set_nonblocking(true)?;
    ///     let socket = UnixDatagram::from_std(ours)?;
    ///     theirs.send(b"ping")?;
    ///     assert_eq!(socket.recv(&mut [0; 16]).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_std(datagram: net::UnixDatagram) -> io::Result<UnixDatagram> {
        check_nonblocking(&datagram);
        Ok(UnixDatagram { io: Evented::new(datagram, BOTH, Ready::EMPTY)? })
    }

    /// Gives the socket back to the standard library. It still does not block.
    ///
    /// # Errors
    ///
    /// Its registration cannot be ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     let socket: std::os::unix::net::UnixDatagram = socket.into_std()?;
    ///     socket.set_nonblocking(false)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_std(self) -> io::Result<net::UnixDatagram> {
        self.io.into_inner()
    }

    /// The address of this socket.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     assert!(socket.local_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr().map(SocketAddr::from)
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// It is not connected; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     assert!(socket.peer_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr().map(SocketAddr::from)
    }

    /// The error that the socket has met, if any, which is cleared by this.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     assert!(socket.take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.take_error()
    }

    /// Closes one direction or both: nobody sends to a socket that receives no more. Receiving from it is of no use then,
    /// and on Linux waits for ever.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     socket.shutdown(std::net::Shutdown::Write)?;
    ///     assert!(socket.send(b"ping").await.is_err());
    ///     peer.send(b"pong").await?;
    ///     Ok(())
    /// }
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.shutdown(how)
    }
}

/// Waiting.
impl UnixDatagram {
    /// Waits until the socket is ready for any of `interest`.
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
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, theirs) = UnixDatagram::pair()?;
    ///     assert!(ours.ready(Interest::WRITABLE).await?.is_writable());
    ///     ours.try_send(b"hello")?;
    ///     theirs.readable().await?;
    ///     assert_eq!(theirs.try_recv(&mut [0; 16])?, 5);
    ///     Ok(())
    /// }
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.io.ready(interest).await
    }

    /// Waits until receiving is worth trying: [`ready`](Self::ready) with [`Interest::READABLE`].
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
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_recv(&mut [0; 16])?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until sending is worth trying: [`ready`](Self::ready) with [`Interest::WRITABLE`].
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
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     socket.writable().await?;
    ///     assert_eq!(socket.try_send(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// Polls until receiving is worth trying. Only the waker of the last call that polls for receiving is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     poll_fn(|cx| socket.poll_recv_ready(cx)).await?;
    ///     assert_eq!(socket.try_recv(&mut [0; 16])?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_recv_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_read_ready(cx)
    }

    /// Polls until sending is worth trying. Only the waker of the last call that polls for sending is woken.
    ///
    /// # Errors
    ///
    /// The runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     poll_fn(|cx| socket.poll_send_ready(cx)).await?;
    ///     assert_eq!(socket.try_send(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_send_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_write_ready(cx)
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
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     socket.writable().await?;
    ///     let length = socket.try_io(Interest::WRITABLE, || Ok(rustix::io::write(&socket, b"ping")?))?;
    ///     assert_eq!(length, 4);
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
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     // Any system call on the descriptor that may say `WouldBlock`.
    ///     let mut buf = [0; 16];
    ///     let length = socket.async_io(Interest::READABLE, || Ok(rustix::io::read(&socket, &mut buf)?)).await?;
    ///     assert_eq!(&buf[..length], b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub async fn async_io<R>(&self, interest: Interest, f: impl FnMut() -> io::Result<R>) -> io::Result<R> {
        self.io.async_io(interest, f).await
    }
}

/// Sending.
impl UnixDatagram {
    /// Sends a datagram to the peer that the socket is connected to.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has sent nothing.
    ///
    /// # Errors
    ///
    /// That of the system, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     assert_eq!(socket.send(b"ping").await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.async_io(Interest::WRITABLE, || self.io.send(buf)).await
    }

    /// Sends a datagram to the peer that the socket is connected to, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     socket.writable().await?;
    ///     assert_eq!(socket.try_send(b"ping")?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_io(Interest::WRITABLE, || self.io.send(buf))
    }

    /// Polls to send a datagram to the peer that the socket is connected to. Only the waker of the last call that polls
    /// for sending is woken.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, _peer) = UnixDatagram::pair()?;
    ///     assert_eq!(poll_fn(|cx| socket.poll_send(cx, b"ping")).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Write, || self.io.send(buf))
    }

    /// Sends a datagram to the socket at a path, waiting until that has room for it. On Linux a path that begins with a
    /// zero byte is an abstract name.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has sent nothing.
    ///
    /// # Errors
    ///
    /// That of the system, or the runtime has been shut down.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, if it has to wait for the receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-send-to-{}", std::process::id()));
    ///     let server = UnixDatagram::bind(&path)?;
    ///     UnixDatagram::unbound()?.send_to(b"ping", &path).await?;
    ///     assert_eq!(server.recv(&mut [0; 16]).await?, 4);
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn send_to<P>(&self, buf: &[u8], target: P) -> io::Result<usize>
    where
        P: AsRef<Path>,
    {
        let target = SocketAddr::from_path(target.as_ref())?;
        loop {
            let sent = self.io.async_io(Interest::WRITABLE, || match self.io.send_to_addr(buf, target.as_std()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.has_room() => Ok(None),
                result => result.map(Some),
            });
            match sent.await? {
                Some(count) => return Ok(count),
                None => wait_for_room_at(&target).await?,
            }
        }
    }

    /// True if nothing on this side keeps the socket from sending.
    fn has_room(&self) -> bool {
        let mut polled = [PollFd::new(&*self.io, PollFlags::OUT)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&at_once)).is_ok() && polled[0].revents().contains(PollFlags::OUT)
    }

    /// Sends a datagram to the socket at a path, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room, here or at the receiver; otherwise that of the system. That a receiver has room
    /// again is told only to sockets that are connected to it: [`send_to`](Self::send_to) waits for that.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-try-send-to-{}", std::process::id()));
    ///     let server = UnixDatagram::bind(&path)?;
    ///     let socket = UnixDatagram::unbound()?;
    ///     // Measurements that may be lost rather than hold somebody up.
    ///     match socket.try_send_to(b"requests:1", &path) {
    ///         Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
    ///         result => assert_eq!(result?, 10),
    ///     }
    ///     assert_eq!(server.recv(&mut [0; 16]).await?, 10);
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn try_send_to<P>(&self, buf: &[u8], target: P) -> io::Result<usize>
    where
        P: AsRef<Path>,
    {
        let target = SocketAddr::from_path(target.as_ref())?;
        self.io.try_io(Interest::WRITABLE, || self.io.send_to_addr(buf, target.as_std()))
    }

    /// Polls to send a datagram to the socket at a path. Only the waker of the last call that polls for sending is woken.
    ///
    /// While the receiver has no room, Linux says at once after each attempt that the next is worth it, unless the socket
    /// is connected to it. So this keeps its thread busy until then; [`send_to`](Self::send_to) sleeps.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-poll-send-to-{}", std::process::id()));
    ///     let _server = UnixDatagram::bind(&path)?;
    ///     let socket = UnixDatagram::unbound()?;
    ///     assert_eq!(poll_fn(|cx| socket.poll_send_to(cx, b"ping", &path)).await?, 4);
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_send_to<P>(&self, cx: &mut Context<'_>, buf: &[u8], target: P) -> Poll<io::Result<usize>>
    where
        P: AsRef<Path>,
    {
        let target = SocketAddr::from_path(target.as_ref())?;
        self.io.poll_io(cx, Direction::Write, || self.io.send_to_addr(buf, target.as_std()))
    }
}

/// Waits until the socket at `target` can take a datagram.
///
/// The system tells that only to sockets that are connected to it, so this makes one. Of other sockets Linux reports after
/// each attempt that they can be written to, so that the attempts would never pause.
async fn wait_for_room_at(target: &SocketAddr) -> io::Result<()> {
    let witness = net::UnixDatagram::unbound()?;
    witness.set_nonblocking(true)?;
    witness.connect_addr(target.as_std())?;
    UnixDatagram::from_std(witness)?.writable().await
}

/// Receiving.
///
/// A datagram that is longer than the buffer loses its end. An empty one is received as 0 bytes.
impl UnixDatagram {
    /// Receives a datagram. Returns its length, or that of the buffer if that is less.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// That of the system, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = [0; 16];
    ///     let length = socket.recv(&mut buf).await?;
    ///     assert_eq!(&buf[..length], b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, || self.io.recv(buf)).await
    }

    /// Receives a datagram, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_recv(&mut [0; 16])?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || self.io.recv(buf))
    }

    /// Polls to receive a datagram into the unfilled part of `buf`. Only the waker of the last call that polls for
    /// receiving is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use heist::net::UnixDatagram;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     let mut memory = [0; 16];
    ///     let mut buf = ReadBuf::new(&mut memory);
    ///     poll_fn(|cx| socket.poll_recv(cx, &mut buf)).await?;
    ///     assert_eq!(buf.filled(), b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_io(cx, Direction::Read, || recv_into(SockRef::from(&*self.io), buf))
    }

    /// Receives a datagram into a buffer that grows by it. The buffer needs spare room for the longest one.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (ours, theirs) = UnixDatagram::pair()?;
    ///     ours.send(b"hello").await?;
    ///     let mut received = Vec::with_capacity(16);
    ///     theirs.recv_buf(&mut received).await?;
    ///     assert_eq!(received, b"hello");
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, || self.recv_buf_now(buf)).await
    }

    /// Receives a datagram into a buffer that grows by it, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     socket.readable().await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     assert_eq!(socket.try_recv_buf(&mut buf)?, 4);
    ///     assert_eq!(buf, b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || self.recv_buf_now(buf))
    }

    fn recv_buf_now(&self, buf: &mut impl BufMut) -> io::Result<usize> {
        fill_buf(buf, |buf| recv_into(SockRef::from(&*self.io), buf)).map(|(count, ())| count)
    }

    /// Receives a datagram, and the address of who sent it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = [0; 16];
    ///     let (length, sender) = socket.recv_from(&mut buf).await?;
    ///     assert_eq!(&buf[..length], b"ping");
    ///     assert!(sender.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = self.io.async_io(Interest::READABLE, || self.io.recv_from(buf)).await?;
        Ok((count, sender.into()))
    }

    /// Receives a datagram and the address of who sent it, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     socket.readable().await?;
    ///     let (length, sender) = socket.try_recv_from(&mut [0; 16])?;
    ///     assert!(length == 4 && sender.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = self.io.try_io(Interest::READABLE, || self.io.recv_from(buf))?;
        Ok((count, sender.into()))
    }

    /// Polls to receive a datagram into the unfilled part of `buf`, and the address of who sent it. Only the waker of the
    /// last call that polls for receiving is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use heist::net::UnixDatagram;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     let mut memory = [0; 16];
    ///     let mut buf = ReadBuf::new(&mut memory);
    ///     let sender = poll_fn(|cx| socket.poll_recv_from(cx, &mut buf)).await?;
    ///     assert!(buf.filled() == b"ping" && sender.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>> {
        let sender = self.io.poll_io(cx, Direction::Read, || recv_from_into(SockRef::from(&*self.io), buf))?;
        sender.map(|sender| Ok(sender_addr(&sender)))
    }

    /// Receives a datagram into a buffer that grows by it, and the address of who sent it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     let (length, sender) = socket.recv_buf_from(&mut buf).await?;
    ///     assert!(length == 4 && sender.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        self.io.async_io(Interest::READABLE, || self.recv_buf_from_now(buf)).await
    }

    /// Receives a datagram into a buffer that grows by it and the address of who sent it, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (socket, peer) = UnixDatagram::pair()?;
    ///     peer.send(b"ping").await?;
    ///     socket.readable().await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     let (length, sender) = socket.try_recv_buf_from(&mut buf)?;
    ///     assert!(length == 4 && sender.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Interest::READABLE, || self.recv_buf_from_now(buf))
    }

    fn recv_buf_from_now(&self, buf: &mut impl BufMut) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = fill_buf(buf, |buf| recv_from_into(SockRef::from(&*self.io), buf))?;
        Ok((count, sender_addr(&sender)))
    }
}

/// Who has sent a datagram. One that cannot be named is no reason to lose the datagram, which was taken already.
fn sender_addr(sender: &SockAddr) -> SocketAddr {
    SocketAddr::from_system(sender).unwrap_or_else(SocketAddr::unnamed)
}

impl TryFrom<net::UnixDatagram> for UnixDatagram {
    type Error = io::Error;

    /// As [`UnixDatagram::from_std`].
    fn try_from(datagram: net::UnixDatagram) -> io::Result<Self> {
        Self::from_std(datagram)
    }
}

impl fmt::Debug for UnixDatagram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for UnixDatagram {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for UnixDatagram {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}
