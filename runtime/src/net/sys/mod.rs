//! What differs between systems. Each file provides
//!
//! * `accept(&impl AsFd) -> io::Result<(Socket, SockAddr)>`: accepts a connection, as a socket that does not block and is
//!   not inherited by child processes;
//! * `pipe() -> io::Result<(OwnedFd, OwnedFd)>`: a pipe of which neither end blocks or is inherited, the reading end first;
//! * `peer_cred(&impl AsFd) -> io::Result<UCred>`: who is at the other end of a Unix socket;
//! * `abstract_addr(&[u8]) -> io::Result<SocketAddr>` and `abstract_name(&SocketAddr) -> Option<&[u8]>`: Unix addresses
//!   that are no paths, where there are any;
//! * `NO_SIGNAL`: a flag for sending, so that a peer that is gone is an error and no signal, where there is one.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod imp;

pub(crate) use imp::{NO_SIGNAL, abstract_addr, abstract_name, accept, peer_cred, pipe};
