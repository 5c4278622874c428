//! What belongs to Unix sockets, and pipes.
//!
//! The sockets themselves are [`UnixListener`](crate::net::UnixListener), [`UnixStream`](crate::net::UnixStream) and
//! [`UnixDatagram`](crate::net::UnixDatagram). This module has the [halves](crate::net::UnixStream::split) of a stream,
//! addresses, the [credentials](UCred) of a peer, and [pipes](pipe).
//!
//! Where a path is asked for, Linux also takes a name that is no path: one that begins with a zero byte, of the *abstract*
//! namespace.

mod addr;
pub mod datagram;
pub(crate) mod listener;
pub mod pipe;
pub(crate) mod socket;
mod split;
pub(crate) mod stream;
mod ucred;

pub use addr::SocketAddr;
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use ucred::{UCred, gid_t, pid_t, uid_t};
