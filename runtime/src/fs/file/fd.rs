//! Files as descriptors.

#![allow(unsafe_code)]

use std::fs;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::File;

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.std.as_fd()
    }
}

impl AsRawFd for File {
    fn as_raw_fd(&self) -> RawFd {
        self.std.as_raw_fd()
    }
}

impl FromRawFd for File {
    /// Takes over a descriptor.
    ///
    /// # Safety
    ///
    /// It is open, and nobody else closes it.
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: the contract of this function is that one's.
        File::from_std(unsafe { fs::File::from_raw_fd(fd) })
    }
}

impl From<OwnedFd> for File {
    fn from(fd: OwnedFd) -> Self {
        File::from_std(fs::File::from(fd))
    }
}
