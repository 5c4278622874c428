//! Addresses of Unix sockets.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net;
use std::path::{Path, PathBuf};

use socket2::SockAddr;

use crate::net::sys;

/// The address of a Unix socket: a path, an abstract name (on Linux), or nothing.
///
/// It is made from that of the standard library.
///
/// # Examples
///
/// ```
/// use std::os::unix::net;
///
/// use heist::net::unix::SocketAddr;
///
/// # fn main() -> std::io::Result<()> {
/// let addr = SocketAddr::from(net::SocketAddr::from_pathname("/run/socket")?);
/// assert_eq!(addr.as_pathname().unwrap().to_str(), Some("/run/socket"));
/// assert!(!addr.is_unnamed());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SocketAddr(net::SocketAddr);

impl SocketAddr {
    /// True if the socket has no name: nobody has bound it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     assert!(UnixDatagram::unbound()?.local_addr()?.is_unnamed());
    ///     Ok(())
    /// }
    /// ```
    pub fn is_unnamed(&self) -> bool {
        self.0.is_unnamed()
    }

    /// The path, if the address is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixListener;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let path = std::env::temp_dir().join(format!("heist-doc-as-pathname-{}", std::process::id()));
    ///     let listener = UnixListener::bind(&path)?;
    ///     if let Some(path) = listener.local_addr()?.as_pathname() {
    ///         // A listener leaves its path behind.
    ///         std::fs::remove_file(path)?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn as_pathname(&self) -> Option<&Path> {
        self.0.as_pathname()
    }

    /// The abstract name without the zero byte that begins it, if the address is one.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     use heist::net::UnixDatagram;
    ///
    ///     let name = format!("heist-doc-{}", std::process::id());
    ///     let socket = UnixDatagram::bind(format!("\0{name}"))?;
    ///     assert_eq!(socket.local_addr()?.as_abstract_name(), Some(name.as_bytes()));
    ///     Ok(())
    /// }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    pub fn as_abstract_name(&self) -> Option<&[u8]> {
        sys::abstract_name(&self.0)
    }

    /// The address that a path means: with a zero byte at its beginning it is an abstract name.
    pub(crate) fn from_path(path: &Path) -> io::Result<Self> {
        let addr = match path.as_os_str().as_bytes() {
            [0, name @ ..] => sys::abstract_addr(name)?,
            _ => net::SocketAddr::from_pathname(path)?,
        };
        Ok(Self(addr))
    }

    /// The address in the form that the system's calls take.
    pub(crate) fn to_system(&self) -> io::Result<SockAddr> {
        match (self.as_pathname(), self.as_abstract_name()) {
            (Some(path), _) => SockAddr::unix(path),
            (None, Some(name)) => SockAddr::unix(PathBuf::from(OsStr::from_bytes(&[b"\0", name].concat()))),
            (None, None) => SockAddr::unix(""),
        }
    }

    /// The address that a call of the system has told.
    ///
    /// `None` for a path that fills the system's structure to the last byte: a program may bind to one, but the standard
    /// library makes no address of it, except of what it has asked the system for itself.
    pub(crate) fn from_system(addr: &SockAddr) -> Option<Self> {
        match (addr.as_pathname(), addr.as_abstract_namespace()) {
            (Some(path), _) => net::SocketAddr::from_pathname(path).ok().map(Self),
            (None, Some(name)) => sys::abstract_addr(name).ok().map(Self),
            (None, None) => Some(Self::unnamed()),
        }
    }

    /// No name.
    pub(crate) fn unnamed() -> Self {
        // The standard library has no other way to say so.
        Self(net::SocketAddr::from_pathname("").expect("an empty path is short enough"))
    }

    pub(crate) fn as_std(&self) -> &net::SocketAddr {
        &self.0
    }
}

impl From<net::SocketAddr> for SocketAddr {
    fn from(addr: net::SocketAddr) -> Self {
        Self(addr)
    }
}

impl From<SocketAddr> for net::SocketAddr {
    fn from(addr: SocketAddr) -> Self {
        addr.0
    }
}

impl fmt::Debug for SocketAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(addr: &SocketAddr) -> SocketAddr {
        SocketAddr::from_system(&addr.to_system().unwrap()).unwrap()
    }

    #[test]
    fn paths() {
        let addr = SocketAddr::from_path(Path::new("/tmp/x")).unwrap();
        assert_eq!(round_trip(&addr).as_pathname(), Some(Path::new("/tmp/x")));
        assert_eq!(addr.as_abstract_name(), None);
        assert!(!addr.is_unnamed());
        assert!(SocketAddr::from_path(Path::new(&"x".repeat(200))).is_err());
        assert!(SocketAddr::from_path(Path::new("a\0b")).is_err());
    }

    #[test]
    fn no_name() {
        let addr = SocketAddr::from_path(Path::new("")).unwrap();
        assert!(addr.is_unnamed() && round_trip(&addr).is_unnamed());
        assert_eq!(addr.as_pathname(), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn abstract_names() {
        let addr = SocketAddr::from_path(Path::new("\0a\0b")).unwrap();
        assert_eq!(round_trip(&addr).as_abstract_name(), Some(&b"a\0b"[..]));
        assert_eq!(addr.as_pathname(), None);
        assert!(!addr.is_unnamed());
    }
}
