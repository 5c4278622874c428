//! Copying without a buffer of our own: the kernel moves bytes from one descriptor to another.
//!
//! [`copy`](crate::io::copy) is generic, and whether its reader and writer are sockets is known only to their types. So the
//! traits [`AsyncRead`](crate::io::AsyncRead) and [`AsyncWrite`](crate::io::AsyncWrite) have a hidden method each,
//! `__copy_source` and `__copy_target`, that returns a [`Channel`] if reading (writing) is nothing but reading from
//! (writing to) that descriptor. The default returns none, so implementations elsewhere need not know of it; they also
//! could not make a `Channel`. Pointers pass the question on. Anything that holds bytes itself, or counts or changes
//! them, must not. Specialisation would do the same but is not stable; comparing `TypeId`s needs `'static` types, which
//! borrowed halves are not.
//!
//! # Which
//!
//! TCP and Unix streams, their halves, and the pipes to child processes. Not files: `sendfile` and `copy_file_range` wait
//! for the disk, which a worker must not, while a `File` reads what is cached on the spot and with a large
//! buffer needs few system calls. Nor the pipes of `net::unix::pipe`, which may be opened again by a new
//! writer after their end, and then need more than a wait.
//!
//! # When
//!
//! Through a pipe, a byte costs two system calls that move pages instead of two that copy. That pays for much data only,
//! and a pipe takes two descriptors and up to a megabyte of the kernel's memory, of which each user has a limited
//! share. So copying begins with a buffer. When several reads in a row have filled the largest buffer, a pipe is
//! borrowed, if one of the few is free; it goes back as soon as the reader has to wait, and after a small step the buffer
//! takes over again. A connection that idles holds no pipe.
//!
//! # What differs
//!
//! A write to a socket that is closed asks the kernel for no SIGPIPE; `splice` cannot. Programs in Rust ignore that
//! signal from their start on. One that lets it end the process will see it here.
//!
//! A read passes the mark that urgent data leaves in a TCP stream, `splice` takes it for the end of what is there. So
//! whenever there is nothing to splice, a read has the last word on whether the reader waits or has ended.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

use std::fmt;
use std::os::fd::BorrowedFd;

use heist_io_driver::Registration;

#[cfg(target_os = "linux")]
pub(super) use linux::Splicer;
#[cfg(not(target_os = "linux"))]
pub(super) use other::Splicer;

/// A descriptor that stands for a whole reader or writer, and how to wait for it. It does not block.
#[doc(hidden)]
#[derive(Clone, Copy)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // Elsewhere nothing is spliced.
pub struct Channel<'a> {
    fd: BorrowedFd<'a>,
    registration: &'a Registration,
}

impl<'a> Channel<'a> {
    #[cfg_attr(not(feature = "net"), allow(dead_code))] // Sockets make them.
    pub(crate) fn new(fd: BorrowedFd<'a>, registration: &'a Registration) -> Self {
        Self { fd, registration }
    }
}

impl fmt::Debug for Channel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("fd", &self.fd).finish_non_exhaustive()
    }
}

/// What a step has come to.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // As above.
pub(super) enum Step {
    /// So many bytes have reached the writer.
    Moved(usize),
    /// The buffer shall go on, beginning with these bytes, which were read already. It has to do a step now, whatever
    /// [`takes_over`](Splicer::takes_over) says.
    Buffer(Vec<u8>),
}
