//! Sockets from descriptors, which nothing but the caller's word vouches for.

#![allow(unsafe_code)]

use std::os::fd::{FromRawFd, RawFd};

use socket2::Socket;

use crate::net::{TcpSocket, UnixSocket};

impl FromRawFd for TcpSocket {
    /// Takes over a descriptor.
    ///
    /// # Safety
    ///
    /// It is open, nobody else closes it, and it is a TCP socket in non-blocking mode.
    unsafe fn from_raw_fd(fd: RawFd) -> TcpSocket {
        // SAFETY: the contract of this function includes that one.
        TcpSocket { inner: unsafe { Socket::from_raw_fd(fd) } }
    }
}

impl FromRawFd for UnixSocket {
    /// Takes over a descriptor.
    ///
    /// # Safety
    ///
    /// It is open, nobody else closes it, and it is a Unix socket in non-blocking mode.
    unsafe fn from_raw_fd(fd: RawFd) -> UnixSocket {
        // SAFETY: the contract of this function includes that one.
        UnixSocket { inner: unsafe { Socket::from_raw_fd(fd) } }
    }
}
