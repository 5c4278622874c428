//! Every other system.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::SocketAddr;

use rustix::io::{FdFlags, fcntl_setfd, ioctl_fionbio};
use rustix::net::SendFlags;
use socket2::{SockAddr, SockRef, Socket};

use crate::net::unix::UCred;

/// Not every system has the flag. Where it has not, the signal is ignored unless the program asked for it.
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::empty();

/// Accepts a connection, as a socket that does not block.
pub(crate) fn accept(listener: &impl AsFd) -> io::Result<(Socket, SockAddr)> {
    let (socket, peer) = SockRef::from(listener).accept()?;
    socket.set_nonblocking(true)?;
    Ok((socket, peer))
}

/// A pipe, the reading end first. Neither end blocks.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let ends = rustix::pipe::pipe()?;
    for end in [&ends.0, &ends.1] {
        fcntl_setfd(end, FdFlags::CLOEXEC)?;
        ioctl_fionbio(end, true)?;
    }
    Ok(ends)
}

/// Who is at the other end. Its process id is not told.
pub(crate) fn peer_cred(socket: &impl AsFd) -> io::Result<UCred> {
    let (mut uid, mut gid) = (0, 0);
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: both numbers outlive the call.
    let result = unsafe { libc::getpeereid(fd, &raw mut uid, &raw mut gid) };
    match result {
        0 => Ok(UCred::new(uid, gid, None)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// There are no abstract names.
pub(crate) fn abstract_addr(_name: &[u8]) -> io::Result<SocketAddr> {
    Err(io::Error::new(io::ErrorKind::InvalidInput, "the names of Unix sockets are paths on this system"))
}

/// There are no abstract names.
pub(crate) fn abstract_name(_addr: &SocketAddr) -> Option<&[u8]> {
    None
}
