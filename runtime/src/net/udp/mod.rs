//! `UdpSocket`: making one, and waiting for it.
//!
//! * `datagrams`: sending, receiving and peeking;
//! * `options`: what the system lets be set.

mod datagrams;
mod options;

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};

use crate::io::evented::{Evented, check_nonblocking};
use crate::io::{Interest, Ready};
use crate::net::ToSocketAddrs;
use crate::net::addr::{first_success, resolve};

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// A UDP socket.
///
/// It can talk to many peers by [`send_to`](Self::send_to) and [`recv_from`](Self::recv_from), or be
/// [connected](Self::connect) to one and use [`send`](Self::send) and [`recv`](Self::recv).
///
/// All methods take `&self`, so several tasks share a socket by an [`Arc`](std::sync::Arc); it needs no halves.
///
/// # Examples
///
/// ```no_run
/// use heist::net::UdpSocket;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let socket = UdpSocket::bind("0.0.0.0:8080").await?;
///     let mut buffer = [0; 1500];
///     loop {
///         let (count, sender) = socket.recv_from(&mut buffer).await?;
///         socket.send_to(&buffer[..count], sender).await?;
///     }
/// }
/// ```
pub struct UdpSocket {
    io: Evented<net::UdpSocket>,
}

impl UdpSocket {
    /// A socket at an address of this machine. Port 0 lets the system choose one, which [`local_addr`](Self::local_addr)
    /// tells.
    ///
    /// If `addr` is several addresses they are tried in turn.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: either there is a socket or there is not.
    ///
    /// # Errors
    ///
    /// The name cannot be resolved, or none of its addresses can be bound: the last error stands.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     assert_ne!(socket.local_addr()?.port(), 0);
    ///     Ok(())
    /// }
    /// ```
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<UdpSocket> {
        let addrs = resolve(addr).await?;
        first_success(addrs, |addr| {
            let socket = net::UdpSocket::bind(addr)?;
            socket.set_nonblocking(true)?;
            // Nothing was sent yet, so there is room.
            Ok(UdpSocket { io: Evented::new(socket, BOTH, Ready::WRITABLE)? })
        })
    }

    /// Connects the socket: [`send`](Self::send) then sends to that address, and only what comes from there is received.
    ///
    /// If `addr` is several addresses they are tried in turn. Nothing is sent by this, so an address is not known to be
    /// reachable because this has succeeded.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the socket is connected or it is not.
    ///
    /// # Errors
    ///
    /// The name cannot be resolved, or the system has no way to any of its addresses: the last error stands.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let server = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let client = UdpSocket::bind("127.0.0.1:0").await?;
    ///     client.connect(server.local_addr()?).await?;
    ///     assert_eq!(client.peer_addr()?, server.local_addr()?);
    ///     client.send(b"hello").await?;
    ///     assert_eq!(server.recv(&mut [0; 16]).await?, 5);
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        let addrs = resolve(addr).await?;
        first_success(addrs, |addr| self.io.connect(addr))
    }

    /// Takes over a socket of the standard library. It must not block: call its `set_nonblocking(true)` first.
    ///
    /// So a socket can be given options before it is bound, by way of the `socket2` crate.
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
    ///     let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    ///     socket.set_nonblocking(true)?;
    ///     let socket = heist::net::UdpSocket::from_std(socket)?;
    /// #   drop(socket);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_std(socket: net::UdpSocket) -> io::Result<UdpSocket> {
        check_nonblocking(&socket);
        Ok(UdpSocket { io: Evented::new(socket, BOTH, Ready::EMPTY)? })
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let socket: std::net::UdpSocket = socket.into_std()?;
    ///     socket.set_nonblocking(false)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_std(self) -> io::Result<net::UdpSocket> {
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     assert!(socket.local_addr()?.ip().is_loopback());
    ///     Ok(())
    /// }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     assert!(socket.peer_addr().is_err());
    ///     socket.connect(peer.local_addr()?).await?;
    ///     assert_eq!(socket.peer_addr()?, peer.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr()
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     assert!(socket.take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.take_error()
    }
}

/// Waiting.
impl UdpSocket {
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let ready = socket.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(ready.is_writable());
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     socket.readable().await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(socket.try_recv(&mut buf)?, 4);
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.writable().await?;
    ///     assert_eq!(socket.try_send_to(b"ping", peer.local_addr()?)?, 4);
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
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     poll_fn(|cx| socket.poll_recv_ready(cx)).await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(socket.try_recv(&mut buf)?, 4);
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
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     poll_fn(|cx| socket.poll_send_ready(cx)).await?;
    ///     assert_eq!(socket.try_send_to(b"ping", peer.local_addr()?)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_send_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.poll_write_ready(cx)
    }

    /// Does an operation of one's own on the socket, if it is worth trying; for instance one that sends many datagrams in
    /// one system call.
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     socket.readable().await?;
    ///     // Any system call on the descriptor that may say `WouldBlock`.
    ///     let mut buf = [0; 16];
    ///     let recv = || socket2::SockRef::from(&socket).peek_sender();
    ///     let sender = socket.try_io(Interest::READABLE, recv)?;
    ///     assert_eq!(sender.as_socket(), Some(peer.local_addr()?));
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
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
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

impl TryFrom<net::UdpSocket> for UdpSocket {
    type Error = io::Error;

    /// As [`UdpSocket::from_std`].
    fn try_from(socket: net::UdpSocket) -> io::Result<Self> {
        Self::from_std(socket)
    }
}

impl fmt::Debug for UdpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for UdpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for UdpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}
