//! The halves of a Unix stream: their types.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::SocketAddr;
use crate::net::UnixStream;
use crate::net::half::{self, ShutdownOnDrop, owned_halves, read_half, write_half};

/// The half of a [`UnixStream`] that reads, lent by [`UnixStream::split`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::UnixStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (mut ours, mut theirs) = UnixStream::pair()?;
///     let (mut reader, mut writer) = ours.split();
///     theirs.write_all(b"pong").await?;
///     // Both directions at once, in one task.
///     let mut answer = [0; 4];
///     heist::try_join!(writer.write_all(b"ping"), reader.read_exact(&mut answer))?;
///     assert_eq!(&answer, b"pong");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct ReadHalf<'a>(&'a UnixStream);

/// The half of a [`UnixStream`] that writes, lent by [`UnixStream::split`].
///
/// Shutting it down closes the direction; dropping it does nothing.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::UnixStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (mut ours, mut theirs) = UnixStream::pair()?;
///     let (_reader, mut writer) = ours.split();
///     writer.write_all(b"that is all").await?;
///     writer.shutdown().await?;
///     let mut received = String::new();
///     theirs.read_to_string(&mut received).await?;
///     assert_eq!(received, "that is all");
///     Ok(())
/// }
/// ```
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
///     let (_reader, mut writer) = ours.into_split();
///     writer.write_all(b"that is all").await?;
///     drop(writer);
///     // The peer sees the end, although `_reader` keeps the connection open.
///     let mut received = String::new();
///     theirs.read_to_string(&mut received).await?;
///     assert_eq!(received, "that is all");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct OwnedWriteHalf(ShutdownOnDrop<UnixStream>);

/// The halves given to `reunite` are not of the same stream. It holds both.
///
/// # Examples
///
/// ```
/// use heist::net::UnixStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (ours, theirs) = UnixStream::pair()?;
///     let (reader, _) = ours.into_split();
///     let (_, writer) = theirs.into_split();
///     // The two ends of a connection are two streams.
///     let error = reader.reunite(writer).unwrap_err();
///     println!("{error}");
///     let (_reader, _writer) = (error.0, error.1);
///     Ok(())
/// }
/// ```
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

read_half!(ReadHalf<'_>, UnixStream, split, SocketAddr);
read_half!(OwnedReadHalf, UnixStream, into_split, SocketAddr);
write_half!(WriteHalf<'_>, UnixStream, split, SocketAddr);
write_half!(OwnedWriteHalf, UnixStream, into_split, SocketAddr);
owned_halves!(OwnedReadHalf, OwnedWriteHalf, UnixStream, into_split, ReuniteError);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tried to reunite halves that are not from the same socket")
    }
}

impl Error for ReuniteError {}
