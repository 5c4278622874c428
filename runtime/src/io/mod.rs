//! Asynchronous I/O: the traits, and tools that work on anything that implements them.
//!
//! [`AsyncRead`], [`AsyncWrite`], [`AsyncBufRead`] and [`AsyncSeek`] are what a stream implements: methods that poll.
//! [`AsyncReadExt`], [`AsyncWriteExt`], [`AsyncBufReadExt`] and [`AsyncSeekExt`] are what a program calls: they are
//! implemented for every stream, and their methods return futures.
//!
//! ```
//! use heist::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
//!
//! # futures::executor::block_on(async {
//! let (mut client, server) = heist::io::duplex(64);
//! client.write_all(b"one line\nand the rest").await?;
//! client.shutdown().await?;
//!
//! let mut server = BufReader::new(server);
//! let mut line = String::new();
//! server.read_line(&mut line).await?;
//! assert_eq!(line, "one line\n");
//!
//! let mut rest = Vec::new();
//! server.read_to_end(&mut rest).await?;
//! assert_eq!(rest, b"and the rest");
//! # std::io::Result::Ok(()) }).unwrap();
//! ```
//!
//! # Cancel safety
//!
//! A future that does its work in one successful poll ([`read`](AsyncReadExt::read), [`write`](AsyncWriteExt::write),
//! [`fill_buf`](AsyncBufReadExt::fill_buf)) can be dropped without losing anything. One that needs several polls
//! ([`read_exact`](AsyncReadExt::read_exact), [`write_all`](AsyncWriteExt::write_all)) has taken or given some bytes
//! when it is dropped halfway. Each method says which it is.

mod async_buf_read;
#[cfg(feature = "net")]
mod async_fd;
mod async_read;
mod async_seek;
mod async_write;
#[cfg(any(feature = "net", feature = "process"))]
// Sockets use and name all of it, child processes a part.
#[cfg_attr(not(feature = "net"), allow(dead_code, unreachable_pub))]
pub(crate) mod evented;
mod forward;
pub(crate) mod read_buf;
mod split;
mod stdio;
pub(crate) mod util;

/// What only Unix systems have.
#[cfg(feature = "net")]
pub mod unix {
    #[doc(inline)]
    pub use super::async_fd::{
        AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError, AsyncFdTryNewError, TryIoError,
    };
}

pub use std::io::{Error, ErrorKind, Result, SeekFrom};

pub use async_buf_read::AsyncBufRead;
pub use async_read::AsyncRead;
pub use async_seek::AsyncSeek;
pub use async_write::AsyncWrite;
#[doc(inline)]
pub use heist_io_driver::{Interest, Ready};
pub use read_buf::ReadBuf;
pub use split::{ReadHalf, WriteHalf, split};
pub use stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};
pub use util::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufReader, BufStream, BufWriter, Chain, DuplexStream,
    Empty, Join, Lines, Repeat, SimplexStream, Sink, Split, Take, copy, copy_bidirectional,
    copy_bidirectional_with_sizes, copy_buf, duplex, empty, join, repeat, simplex, sink,
};
