//! `UnixSocket`: a socket before it connects or listens.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, RawFd};
use std::path::Path;

use socket2::{Domain, Socket, Type};

use super::SocketAddr;
use crate::net::{UnixDatagram, UnixListener, UnixStream};

/// A Unix socket that neither connects nor listens yet, to be bound before it does.
///
/// # Examples
///
/// ```
/// use heist::net::UnixSocket;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let path = std::env::temp_dir().join(format!("heist-socket-{}", std::process::id()));
///     let socket = UnixSocket::new_stream()?;
///     socket.bind(&path)?;
///     let listener = socket.listen(16)?;
///     std::fs::remove_file(&path)?;
///     assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path));
///     Ok(())
/// }
/// ```
pub struct UnixSocket {
    pub(in crate::net) inner: Socket,
}

impl UnixSocket {
    /// A socket for streams: for [`connect`](Self::connect) or [`listen`](Self::listen).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-new-stream-{}", std::process::id()));
    ///     let listening = UnixSocket::new_stream()?;
    ///     listening.bind(&path)?;
    ///     let listener = listening.listen(16)?;
    ///     let stream = UnixSocket::new_stream()?.connect(&path).await?;
    ///     let (_peer, _) = listener.accept().await?;
    ///     assert_eq!(stream.peer_addr()?.as_pathname(), Some(&*path));
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn new_stream() -> io::Result<UnixSocket> {
        Self::new(Type::STREAM)
    }

    /// A socket for datagrams: for [`datagram`](Self::datagram).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UnixSocket::new_datagram()?;
    ///     assert!(socket.datagram()?.local_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn new_datagram() -> io::Result<UnixSocket> {
        Self::new(Type::DGRAM)
    }

    fn new(ty: Type) -> io::Result<UnixSocket> {
        let inner = Socket::new(Domain::UNIX, ty, None)?;
        inner.set_nonblocking(true)?;
        Ok(UnixSocket { inner })
    }

    /// Binds the socket to a path, which must not exist. On Linux a path that begins with a zero byte is an abstract name.
    ///
    /// # Errors
    ///
    /// That of the system: the path is in use, or may not be created.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-bind-{}", std::process::id()));
    ///     let socket = UnixSocket::new_datagram()?;
    ///     socket.bind(&path)?;
    ///     // The path is taken, and stays so until somebody removes the file.
    ///     let error = UnixSocket::new_datagram()?.bind(&path).unwrap_err();
    ///     assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    ///     std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.inner.bind(&SocketAddr::from_path(path.as_ref())?.to_system()?)
    }

    /// Listens for connections, of which `backlog` may wait to be accepted.
    ///
    /// # Errors
    ///
    /// The socket is one for datagrams; otherwise that of the system.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{UnixSocket, UnixStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-listen-{}", std::process::id()));
    ///     let socket = UnixSocket::new_stream()?;
    ///     socket.bind(&path)?;
    ///     let listener = socket.listen(16)?;
    ///     let client = heist::spawn(UnixStream::connect(path.clone()));
    ///     let (_stream, _) = listener.accept().await?;
    ///     client.await??;
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.must_be(Type::STREAM, "listen cannot be called on a datagram socket")?;
        self.inner.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        UnixListener::new(self.inner.into())
    }

    /// Connects to the socket at a path.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: the connection that was being made is given up.
    ///
    /// # Errors
    ///
    /// The socket is one for datagrams; otherwise as [`UnixStream::connect`].
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{UnixListener, UnixSocket};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-connect-{}", std::process::id()));
    ///     let own_path = std::env::temp_dir().join(format!("heist-doc-connect-own-{}", std::process::id()));
    ///     let listener = UnixListener::bind(&path)?;
    ///     // A client with an address of its own.
    ///     let socket = UnixSocket::new_stream()?;
    ///     socket.bind(&own_path)?;
    ///     let _stream = socket.connect(&path).await?;
    ///     let (_, client) = listener.accept().await?;
    ///     assert_eq!(client.as_pathname(), Some(&*own_path));
    ///     # std::fs::remove_file(&path)?;
    ///     # std::fs::remove_file(&own_path)?;
    ///     Ok(())
    /// }
    /// ```
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        self.must_be(Type::STREAM, "connect cannot be called on a datagram socket")?;
        let addr = SocketAddr::from_path(path.as_ref())?;
        UnixStream::connect_socket(self.inner, &addr).await
    }

    /// Makes it a socket that sends and receives datagrams.
    ///
    /// # Errors
    ///
    /// The socket is one for streams; otherwise that of the system.
    ///
    /// # Panics
    ///
    /// Outside of a runtime, and in one without `enable_io`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{UnixDatagram, UnixSocket};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-datagram-{}", std::process::id()));
    ///     let socket = UnixSocket::new_datagram()?;
    ///     socket.bind(&path)?;
    ///     let receiver = socket.datagram()?;
    ///     UnixDatagram::unbound()?.send_to(b"ping", &path).await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(receiver.recv(&mut buf).await?, 4);
    ///     # std::fs::remove_file(&path)?;
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.must_be(Type::DGRAM, "datagram cannot be called on a stream socket")?;
        UnixDatagram::new(self.inner.into())
    }

    fn must_be(&self, ty: Type, complaint: &'static str) -> io::Result<()> {
        if self.inner.r#type()? == ty { Ok(()) } else { Err(io::Error::other(complaint)) }
    }
}

impl fmt::Debug for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl AsFd for UnixSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl IntoRawFd for UnixSocket {
    fn into_raw_fd(self) -> RawFd {
        self.inner.into_raw_fd()
    }
}
