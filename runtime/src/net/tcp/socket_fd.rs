//! A `TcpSocket` from a descriptor, which nothing but the caller's word vouches for.

#![allow(unsafe_code)]

use std::os::fd::{FromRawFd, RawFd};

use super::socket::TcpSocket;

impl FromRawFd for TcpSocket {
    /// Takes over a descriptor.
    ///
    /// # Safety
    ///
    /// It is open, nobody else closes it, and it is a TCP socket in non-blocking mode.
    unsafe fn from_raw_fd(fd: RawFd) -> TcpSocket {
        // SAFETY: the contract of this function includes that one.
        TcpSocket { inner: unsafe { socket2::Socket::from_raw_fd(fd) } }
    }
}
