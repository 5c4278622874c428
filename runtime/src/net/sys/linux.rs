//! Linux: `accept4` and `pipe2` make one system call of what takes several elsewhere, and Unix addresses may be names
//! that are no paths.

#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;

use rustix::net::SendFlags;
use rustix::pipe::{PipeFlags, pipe_with};
use socket2::{SockAddr, SockRef, Socket};

use crate::net::unix::UCred;

/// Sending to a peer that is gone raises no signal.
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;

/// Accepts a connection, as a socket that does not block.
pub(crate) fn accept(listener: &impl AsFd) -> io::Result<(Socket, SockAddr)> {
    loop {
        match SockRef::from(listener).accept4(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A pipe, the reading end first. Neither end blocks.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?)
}

/// Who was at the other end when the connection was made.
///
/// Not through rustix: its process ids cannot be 0, which is what the system says of a process that this one cannot see
/// because it is in another namespace.
pub(crate) fn peer_cred(socket: &impl AsFd) -> io::Result<UCred> {
    let mut cred = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut length = mem::size_of_val(&cred) as libc::socklen_t;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the option is an `ucred`, of which `length` is the size; both outlive the call.
    let result =
        unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_PEERCRED, (&raw mut cred).cast(), &raw mut length) };
    match result {
        0 => Ok(UCred::new(cred.uid, cred.gid, Some(cred.pid))),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The address with an abstract name.
pub(crate) fn abstract_addr(name: &[u8]) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(name)
}

/// The abstract name, if the address is one.
pub(crate) fn abstract_name(addr: &SocketAddr) -> Option<&[u8]> {
    addr.as_abstract_name()
}
