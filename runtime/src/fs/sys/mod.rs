//! What differs between systems: reading what is in the page cache, without ever waiting for a disk; reading into two
//! buffers; and memory for large files.
//!
//! Each file provides
//! - `can_read_cached(&File) -> bool`: whether `read_cached` is worth trying on this file at all;
//! - `read_cached(&File, &mut ReadBuf, most) -> CachedRead`: appends up to `most` bytes from the file's position, and
//!   moves it, as far as no waiting is needed;
//! - `read_both(&File, &mut ReadBuf, &mut ReadBuf) -> io::Result<()>`: appends to the first buffer and, what has no room
//!   there, to the second, in one system call; or fails, having read nothing;
//! - `will_be_filled(&mut [MaybeUninit<u8>])`: tells the system that this much new memory is about to be filled.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod imp;

pub(super) use imp::{can_read_cached, read_both, read_cached, will_be_filled};

/// What became of an attempt to read without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CachedRead {
    /// That many bytes were read. Zero means the end of the file.
    Bytes(usize),
    /// A read that may wait has to find out: data is missing, or there is an error to report.
    Missed,
    /// This file never does it.
    Unsupported,
}
