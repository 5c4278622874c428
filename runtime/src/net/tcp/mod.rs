//! The halves of a TCP stream.
//!
//! [`TcpStream::split`](super::TcpStream::split) lends a [`ReadHalf`] and a [`WriteHalf`];
//! [`TcpStream::into_split`](super::TcpStream::into_split) makes an [`OwnedReadHalf`] and an [`OwnedWriteHalf`], which can
//! go to different tasks.

pub(crate) mod listener;
pub(crate) mod socket;
mod socket_fd;
mod split;
mod split_owned;
pub(crate) mod stream;

pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
