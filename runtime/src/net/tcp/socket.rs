//! `TcpSocket`: a socket before it connects or listens.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, RawFd};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::connect::connect_socket;
use crate::net::addr::internet_addr;
use crate::net::{TcpListener, TcpStream};

/// A TCP socket that neither connects nor listens yet, for setting its options before it does.
///
/// # Examples
///
/// ```no_run
/// use heist::net::TcpSocket;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let socket = TcpSocket::new_v4()?;
///     socket.set_reuseaddr(true)?;
///     socket.bind("127.0.0.1:8080".parse().unwrap())?;
///     let listener = socket.listen(1024)?;
/// #   drop(listener);
///     Ok(())
/// }
/// ```
pub struct TcpSocket {
    pub(in crate::net) inner: Socket,
}

impl TcpSocket {
    /// A socket for IPv4.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.bind("127.0.0.1:0".parse().unwrap())?;
    ///     let listener = socket.listen(16)?;
    ///     assert!(listener.local_addr()?.is_ipv4());
    ///     Ok(())
    /// }
    /// ```
    pub fn new_v4() -> io::Result<TcpSocket> {
        Self::new(Domain::IPV4)
    }

    /// A socket for IPv6.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Systems without IPv6 say so here.
    ///     let Ok(socket) = TcpSocket::new_v6() else { return Ok(()) };
    ///     socket.set_reuseaddr(true)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn new_v6() -> io::Result<TcpSocket> {
        Self::new(Domain::IPV6)
    }

    fn new(domain: Domain) -> io::Result<TcpSocket> {
        let inner = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        inner.set_nonblocking(true)?;
        Ok(TcpSocket { inner })
    }

    /// Takes over a socket of the standard library, which is to be neither connected nor listening, and not to block.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let stream = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    ///     let target = stream.local_addr()?;
    ///     let socket = TcpSocket::from_std_stream(std::net::TcpStream::connect(target)?);
    ///     assert!(socket.local_addr()?.ip().is_loopback());
    ///     Ok(())
    /// }
    /// ```
    pub fn from_std_stream(std_stream: net::TcpStream) -> TcpSocket {
        TcpSocket { inner: Socket::from(std_stream) }
    }

    /// Binds the socket to an address of this machine.
    ///
    /// # Errors
    ///
    /// That of the system: the address is in use, or is not one of this machine's.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.bind("127.0.0.1:0".parse().unwrap())?;
    ///     assert_ne!(socket.local_addr()?.port(), 0);
    ///     Ok(())
    /// }
    /// ```
    pub fn bind(&self, addr: SocketAddr) -> io::Result<()> {
        self.inner.bind(&addr.into())
    }

    /// Connects to an address.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the connection that was being made is given up.
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
    /// ```no_run
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     let stream = socket.connect("127.0.0.1:8080".parse().unwrap()).await?;
    /// #   drop(stream);
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect(self, addr: SocketAddr) -> io::Result<TcpStream> {
        connect_socket(self.inner, addr).await
    }

    /// Listens for connections, of which `backlog` may wait to be accepted.
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
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.bind("127.0.0.1:0".parse().unwrap())?;
    ///     let listener = socket.listen(16)?;
    ///     assert!(listener.local_addr()?.ip().is_loopback());
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.inner.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        TcpListener::new(self.inner.into())
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.bind("127.0.0.1:0".parse().unwrap())?;
    ///     assert!(socket.local_addr()?.ip().is_loopback());
    ///     Ok(())
    /// }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        internet_addr(&self.inner.local_addr()?)
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
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     assert!(socket.take_error()?.is_none());
    ///     Ok(())
    /// }
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.inner.take_error()
    }
}

/// Options.
impl TcpSocket {
    /// True if the connection is probed while nothing is sent (`SO_KEEPALIVE`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_keepalive(true)?;
    ///     assert!(socket.keepalive()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn keepalive(&self) -> io::Result<bool> {
        self.inner.keepalive()
    }

    /// Lets the connection be probed while nothing is sent (`SO_KEEPALIVE`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_keepalive(true)?;
    ///     assert!(socket.keepalive()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_keepalive(&self, keepalive: bool) -> io::Result<()> {
        self.inner.set_keepalive(keepalive)
    }

    /// True if an address may be bound that connections of the past still use (`SO_REUSEADDR`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_reuseaddr(true)?;
    ///     assert!(socket.reuseaddr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn reuseaddr(&self) -> io::Result<bool> {
        self.inner.reuse_address()
    }

    /// Lets an address be bound that connections of the past still use (`SO_REUSEADDR`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_reuseaddr(true)?;
    ///     assert!(socket.reuseaddr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_reuseaddr(&self, reuseaddr: bool) -> io::Result<()> {
        self.inner.set_reuse_address(reuseaddr)
    }

    /// True if several sockets may bind the same address (`SO_REUSEPORT`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_reuseport(true)?;
    ///     assert!(socket.reuseport()?);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin")))]
    pub fn reuseport(&self) -> io::Result<bool> {
        self.inner.reuse_port()
    }

    /// Lets several sockets bind the same address, and share its connections (`SO_REUSEPORT`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_reuseport(true)?;
    ///     assert!(socket.reuseport()?);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin")))]
    pub fn set_reuseport(&self, reuseport: bool) -> io::Result<()> {
        self.inner.set_reuse_port(reuseport)
    }

    /// The size of the send buffer in bytes (`SO_SNDBUF`). Linux says twice of what was set.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_send_buffer_size(64 * 1024)?;
    ///     // The system may give more than it was asked for.
    ///     assert!(socket.send_buffer_size()? >= 64 * 1024);
    ///     Ok(())
    /// }
    /// ```
    pub fn send_buffer_size(&self) -> io::Result<u32> {
        self.inner.send_buffer_size().map(size)
    }

    /// Sets the size of the send buffer in bytes (`SO_SNDBUF`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_send_buffer_size(64 * 1024)?;
    ///     // The system may give more than it was asked for.
    ///     assert!(socket.send_buffer_size()? >= 64 * 1024);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_send_buffer_size(&self, size: u32) -> io::Result<()> {
        self.inner.set_send_buffer_size(size as usize)
    }

    /// The size of the receive buffer in bytes (`SO_RCVBUF`). Linux says twice of what was set.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_recv_buffer_size(64 * 1024)?;
    ///     // The system may give more than it was asked for.
    ///     assert!(socket.recv_buffer_size()? >= 64 * 1024);
    ///     Ok(())
    /// }
    /// ```
    pub fn recv_buffer_size(&self) -> io::Result<u32> {
        self.inner.recv_buffer_size().map(size)
    }

    /// Sets the size of the receive buffer in bytes (`SO_RCVBUF`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_recv_buffer_size(64 * 1024)?;
    ///     // The system may give more than it was asked for.
    ///     assert!(socket.recv_buffer_size()? >= 64 * 1024);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_recv_buffer_size(&self, size: u32) -> io::Result<()> {
        self.inner.set_recv_buffer_size(size as usize)
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
    /// use heist::net::TcpSocket;
    /// use std::time::Duration;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_linger(Some(Duration::from_secs(1)))?;
    ///     assert_eq!(socket.linger()?, Some(Duration::from_secs(1)));
    ///     Ok(())
    /// }
    /// ```
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        self.inner.linger()
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
    /// use heist::net::TcpSocket;
    /// use std::time::Duration;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_linger(Some(Duration::from_secs(1)))?;
    ///     assert_eq!(socket.linger()?, Some(Duration::from_secs(1)));
    ///     Ok(())
    /// }
    /// ```
    #[deprecated(note = "a socket that lingers blocks the thread that drops it; see `set_zero_linger`")]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        self.inner.set_linger(dur)
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
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     // Dropping the stream will reset the connection.
    ///     socket.set_zero_linger()?;
    ///     Ok(())
    /// }
    /// ```
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.inner.set_linger(Some(Duration::ZERO))
    }

    /// True if small writes are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_nodelay(true)?;
    ///     assert!(socket.nodelay()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn nodelay(&self) -> io::Result<bool> {
        self.inner.tcp_nodelay()
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
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_nodelay(true)?;
    ///     assert!(socket.nodelay()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.inner.set_tcp_nodelay(nodelay)
    }

    /// The traffic class of outgoing packets of an IPv6 socket (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Not every system has IPv6.
    ///     let Ok(socket) = TcpSocket::new_v6() else { return Ok(()) };
    ///     socket.set_tclass_v6(0x10)?;
    ///     assert_eq!(socket.tclass_v6()?, 0x10);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn tclass_v6(&self) -> io::Result<u32> {
        self.inner.tclass_v6()
    }

    /// Sets the traffic class of outgoing packets of an IPv6 socket (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Not every system has IPv6.
    ///     let Ok(socket) = TcpSocket::new_v6() else { return Ok(()) };
    ///     socket.set_tclass_v6(0x10)?;
    ///     assert_eq!(socket.tclass_v6()?, 0x10);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
        self.inner.set_tclass_v6(tclass)
    }

    /// The type of service of outgoing packets of an IPv4 socket (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_tos_v4(0x10)?;
    ///     assert_eq!(socket.tos_v4()?, 0x10);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn tos_v4(&self) -> io::Result<u32> {
        self.inner.tos_v4()
    }

    /// Sets the type of service of outgoing packets of an IPv4 socket (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_tos_v4(0x10)?;
    ///     assert_eq!(socket.tos_v4()?, 0x10);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
        self.inner.set_tos_v4(tos)
    }

    /// The network interface that the socket is bound to, if any (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     assert_eq!(socket.device()?, None);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
        self.inner.device()
    }

    /// Binds the socket to a network interface by its name, or with `None` to all (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     match socket.bind_device(Some(b"lo")) {
    ///         Ok(()) => assert_eq!(socket.device()?.as_deref(), Some(&b"lo"[..])),
    ///         // It may need a privilege.
    ///         Err(error) => println!("{error}"),
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
        self.inner.bind_device(interface)
    }
}

/// A size as the API has it.
fn size(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

impl fmt::Debug for TcpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl AsFd for TcpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for TcpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl IntoRawFd for TcpSocket {
    fn into_raw_fd(self) -> RawFd {
        self.inner.into_raw_fd()
    }
}
