//! The halves of a TCP stream.
//!
//! [`TcpStream::split`](super::TcpStream::split) lends a [`ReadHalf`] and a [`WriteHalf`];
//! [`TcpStream::into_split`](super::TcpStream::into_split) makes an [`OwnedReadHalf`] and an [`OwnedWriteHalf`], which can
//! go to different tasks.

mod connect;
pub(crate) mod listener;
pub(crate) mod socket;
mod split;
pub(crate) mod stream;

pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
