//! `UnixListener`.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net;
use std::path::Path;
use std::task::{Context, Poll};

use heist_io_driver::Direction;
use socket2::{Domain, SockAddr, Socket, Type};

use super::SocketAddr;
use crate::io::evented::{Evented, check_nonblocking};
use crate::io::{Interest, Ready};
use crate::net::{UnixStream, sys};

/// How many connections may wait to be accepted: as many as the system allows.
const BACKLOG: i32 = i32::MAX;

/// A Unix socket that listens for connections.
///
/// Dropped, it leaves its path behind, which is to be removed before another listener can be bound there.
///
/// # Examples
///
/// ```no_run
/// use heist::net::UnixListener;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = UnixListener::bind("/run/service.socket")?;
///     loop {
///         let (stream, _) = listener.accept().await?;
///         println!("user {} is connected", stream.peer_cred()?.uid());
///     }
/// }
/// ```
pub struct UnixListener {
    io: Evented<net::UnixListener>,
}

impl UnixListener {
    /// Listens at a path, which must not exist. On Linux a path that begins with a zero byte is an abstract name.
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
    /// use heist::net::{UnixListener, UnixStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-listener-bind-{}", std::process::id()));
    ///     let listener = UnixListener::bind(&path)?;
    ///     let _client = UnixStream::connect(&path).await?;
    ///     let (_stream, _) = listener.accept().await?;
    ///     std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn bind<P>(path: P) -> io::Result<UnixListener>
    where
        P: AsRef<Path>,
    {
        Self::bind_addr(&SocketAddr::from_path(path.as_ref())?)
    }

    /// Listens at an address: [`bind`](Self::bind).
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     use std::os::linux::net::SocketAddrExt;
    ///     use std::os::unix::net::SocketAddr;
    ///
    ///     let name = format!("an example of process {}", std::process::id());
    ///     let addr = SocketAddr::from_abstract_name(&name)?;
    ///     let listener = heist::net::UnixListener::bind_addr(&addr.into())?;
    ///     assert_eq!(listener.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
    ///     Ok(())
    /// }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    #[track_caller]
    pub fn bind_addr(addr: &SocketAddr) -> io::Result<UnixListener> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.bind(&addr.to_system()?)?;
        socket.listen(BACKLOG)?;
        Self::new(socket.into())
    }

    #[track_caller]
    pub(super) fn new(listener: net::UnixListener) -> io::Result<UnixListener> {
        Ok(UnixListener { io: Evented::new(listener, Interest::READABLE, Ready::EMPTY)? })
    }

    /// Accepts a connection, waiting for one. The address is the peer's, which mostly has none.
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
    /// use heist::net::{UnixListener, UnixStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-accept-{}", std::process::id()));
    ///     let listener = UnixListener::bind(&path)?;
    ///     let client = UnixStream::connect(&path).await;
    ///     std::fs::remove_file(&path)?;
    ///     let (server, peer) = listener.accept().await?;
    ///     assert!(peer.is_unnamed());
    ///     assert_eq!(server.peer_cred()?.pid(), client?.peer_cred()?.pid());
    ///     Ok(())
    /// }
    /// ```
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
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
    /// use heist::net::{UnixListener, UnixStream};
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-listener-poll");
    ///     # let _ = std::fs::remove_file(&path);
    ///     let listener = UnixListener::bind(&path)?;
    ///     let client = UnixStream::connect(&path).await?;
    ///     let (_stream, address) = poll_fn(|cx| listener.poll_accept(cx)).await?;
    ///     assert!(address.is_unnamed() && client.local_addr()?.is_unnamed());
    ///     std::fs::remove_file(path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
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
    /// use std::os::unix::net;
    ///
    /// use heist::net::UnixListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-listener-from-std-{}", std::process::id()));
    ///     let listener = net::UnixListener::bind(&path)?;
    ///     listener.set_nonblocking(true)?;
    ///     let listener = UnixListener::from_std(listener)?;
    ///     assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path));
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn from_std(listener: net::UnixListener) -> io::Result<UnixListener> {
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
    /// use heist::net::UnixListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-listener-into-std");
    ///     # let _ = std::fs::remove_file(&path);
    ///     let listener = UnixListener::bind(&path)?;
    ///     let listener: std::os::unix::net::UnixListener = listener.into_std()?;
    ///     listener.set_nonblocking(false)?;
    ///     std::fs::remove_file(path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn into_std(self) -> io::Result<net::UnixListener> {
        self.io.into_inner()
    }

    /// The address it listens at.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-listener-address");
    ///     # let _ = std::fs::remove_file(&path);
    ///     let listener = UnixListener::bind(&path)?;
    ///     assert_eq!(listener.local_addr()?.as_pathname(), Some(path.as_path()));
    ///     std::fs::remove_file(path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr().map(SocketAddr::from)
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
    /// use heist::net::UnixListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join("heist-doc-listener-error");
    ///     # let _ = std::fs::remove_file(&path);
    ///     let listener = UnixListener::bind(&path)?;
    ///     assert!(listener.take_error()?.is_none());
    ///     std::fs::remove_file(path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.take_error()
    }
}

/// What a listener gives out.
fn accepted((socket, peer): (Socket, SockAddr)) -> io::Result<(UnixStream, SocketAddr)> {
    let stream = UnixStream::at_once(socket.into())?;
    let peer = SocketAddr::from_system(&peer).map_or_else(|| stream.peer_addr(), Ok)?;
    Ok((stream, peer))
}

impl TryFrom<net::UnixListener> for UnixListener {
    type Error = io::Error;

    /// As [`UnixListener::from_std`].
    fn try_from(listener: net::UnixListener) -> io::Result<Self> {
        Self::from_std(listener)
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.fmt(f)
    }
}

impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl AsRawFd for UnixListener {
    fn as_raw_fd(&self) -> RawFd {
        self.io.as_raw_fd()
    }
}
