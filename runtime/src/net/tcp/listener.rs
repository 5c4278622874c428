//! `TcpListener`.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};

use heist_io_driver::Direction;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};

use crate::io::evented::{Evented, check_nonblocking};
use crate::io::{Interest, Ready};
use crate::net::addr::{first_success, internet_addr, resolve};
use crate::net::{TcpStream, ToSocketAddrs, sys};

/// How many connections may wait to be accepted: as many as the system allows.
const BACKLOG: i32 = i32::MAX;

/// A TCP socket that listens for connections.
///
/// # Examples
///
/// ```no_run
/// use heist::net::TcpListener;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:8080").await?;
///     loop {
///         let (stream, peer) = listener.accept().await?;
///         println!("{peer} is connected");
/// #       drop(stream);
///     }
/// }
/// ```
pub struct TcpListener {
    io: Evented<net::TcpListener>,
}

impl TcpListener {
    /// Listens on an address. Port 0 lets the system choose one, which [`local_addr`](Self::local_addr) tells.
    ///
    /// If `addr` is several addresses they are tried in turn. `SO_REUSEADDR` is set, so that a server that was restarted
    /// gets its port. [`TcpSocket`](super::super::TcpSocket) has more options.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: either there is a listener or there is not.
    ///
    /// # Errors
    ///
    /// The name cannot be resolved, or none of its addresses can be listened on: the last error stands.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     assert_ne!(listener.local_addr()?.port(), 0);
    ///     Ok(())
    /// }
    /// ```
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<TcpListener> {
        let addrs = resolve(addr).await?;
        first_success(addrs, Self::bind_addr)
    }

    fn bind_addr(addr: SocketAddr) -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        socket.bind(&addr.into())?;
        socket.listen(BACKLOG)?;
        Self::new(socket.into())
    }

    #[track_caller]
    pub(crate) fn new(listener: net::TcpListener) -> io::Result<TcpListener> {
        Ok(TcpListener { io: Evented::new(listener, Interest::READABLE, Ready::EMPTY)? })
    }

    /// Accepts a connection, waiting for one.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no connection is lost.
    ///
    /// # Errors
    ///
    /// The system cannot give one out, for instance because the process has no file descriptors left. The connection goes
    /// on waiting, and later calls get it.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (_server, peer) = listener.accept().await?;
    ///     assert_eq!(peer, client.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        accepted(self.io.async_io(Interest::READABLE, || sys::accept(&*self.io)).await?)
    }

    /// Polls for a connection. Only the waker of the last call is woken.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
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
    ///     let client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (_stream, address) = poll_fn(|cx| listener.poll_accept(cx)).await?;
    ///     assert_eq!(address, client.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        self.io.poll_io(cx, Direction::Read, || sys::accept(&*self.io))?.map(accepted)
    }

    /// Takes over a listener of the standard library. It must not block: call its `set_nonblocking(true)` first.
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
    ///     let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    ///     listener.set_nonblocking(true)?;
    ///     let listener = heist::net::TcpListener::from_std(listener)?;
    /// #   drop(listener);
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_std(listener: net::TcpListener) -> io::Result<TcpListener> {
        check_nonblocking(&listener);
        Self::new(listener)
    }

    /// Gives the listener back to the standard library. It still does not block.
    ///
    /// # Errors
    ///
    /// Its registration cannot be ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     let listener: std::net::TcpListener = listener.into_std()?;
    ///     listener.set_nonblocking(false)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_std(self) -> io::Result<net::TcpListener> {
        self.io.into_inner()
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     assert_ne!(listener.local_addr()?.port(), 0);
    ///     Ok(())
    /// }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
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
    /// use heist::net::TcpListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     listener.set_ttl(32)?;
    ///     assert_eq!(listener.ttl()?, 32);
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
    /// use heist::net::TcpListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
    ///     listener.set_ttl(32)?;
    ///     assert_eq!(listener.ttl()?, 32);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        SockRef::from(&*self.io).set_ttl_v4(ttl)
    }
}

/// What a listener gives out.
fn accepted((socket, peer): (Socket, SockAddr)) -> io::Result<(TcpStream, SocketAddr)> {
    Ok((TcpStream::accepted(socket.into())?, internet_addr(&peer)?))
}

impl TryFrom<net::TcpListener> for TcpListener {
    type Error = io::Error;

    /// As [`TcpListener::from_std`].
    fn try_from(listener: net::TcpListener) -> io::Result<Self> {
        Self::from_std(listener)
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}
