//! What differs between systems: accepting a connection as a socket that does not block and is not inherited.
//!
//! Each file provides `accept(&TcpListener) -> io::Result<(TcpStream, SocketAddr)>`.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod imp;

pub(crate) use imp::accept;
