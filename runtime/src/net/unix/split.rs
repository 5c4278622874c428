//! The halves of a Unix stream: their types.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::SocketAddr;
use crate::net::UnixStream;
use crate::net::half::{self, ShutdownOnDrop, owned_halves, read_half, write_half};

/// The half of a [`UnixStream`] that reads, lent by [`UnixStream::split`].
#[derive(Debug)]
pub struct ReadHalf<'a>(&'a UnixStream);

/// The half of a [`UnixStream`] that writes, lent by [`UnixStream::split`].
///
/// Shutting it down closes the direction; dropping it does nothing.
#[derive(Debug)]
pub struct WriteHalf<'a>(&'a UnixStream);

/// The half of a [`UnixStream`] that reads, from [`UnixStream::into_split`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::UnixStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (ours, mut theirs) = UnixStream::pair()?;
///     let (mut reader, mut writer) = ours.into_split();
///     writer.write_all(b"ping").await?;
///     drop(writer);
///     let mut received = String::new();
///     theirs.read_to_string(&mut received).await?;
///     assert_eq!(received, "ping");
///     theirs.write_all(b"pong").await?;
///     assert_eq!(reader.read_u32().await?.to_be_bytes(), *b"pong");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct OwnedReadHalf(Arc<UnixStream>);

/// The half of a [`UnixStream`] that writes, from [`UnixStream::into_split`].
///
/// Dropping it shuts its direction down, so that the peer reads the end of the stream;
/// [`forget`](OwnedWriteHalf::forget) does not.
#[derive(Debug)]
pub struct OwnedWriteHalf(ShutdownOnDrop<UnixStream>);

/// The halves given to `reunite` are not of the same stream. It holds both.
#[derive(Debug)]
pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

/// Lends the two directions.
pub(super) fn split(stream: &mut UnixStream) -> (ReadHalf<'_>, WriteHalf<'_>) {
    (ReadHalf(stream), WriteHalf(stream))
}

/// Splits a stream for good.
pub(super) fn into_split(stream: UnixStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let (read, write) = half::into_split(stream);
    (OwnedReadHalf(read), OwnedWriteHalf(write))
}

read_half!(ReadHalf<'_>, UnixStream, SocketAddr);
read_half!(OwnedReadHalf, UnixStream, SocketAddr);
write_half!(WriteHalf<'_>, UnixStream, SocketAddr);
write_half!(OwnedWriteHalf, UnixStream, SocketAddr);
owned_halves!(OwnedReadHalf, OwnedWriteHalf, UnixStream, ReuniteError);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tried to reunite halves that are not from the same socket")
    }
}

impl Error for ReuniteError {}
