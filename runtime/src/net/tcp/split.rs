//! The halves of a TCP stream: their types, and what only they can do.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::io::ReadBuf;
use crate::net::TcpStream;
use crate::net::half::{self, ShutdownOnDrop, owned_halves, read_half, write_half};

/// The half of a [`TcpStream`] that reads, lent by [`TcpStream::split`].
#[derive(Debug)]
pub struct ReadHalf<'a>(&'a TcpStream);

/// The half of a [`TcpStream`] that writes, lent by [`TcpStream::split`].
///
/// Shutting it down closes the direction; dropping it does nothing.
#[derive(Debug)]
pub struct WriteHalf<'a>(&'a TcpStream);

/// The half of a [`TcpStream`] that reads, from [`TcpStream::into_split`].
///
/// # Examples
///
/// ```no_run
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::TcpStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let stream = TcpStream::connect("127.0.0.1:8080").await?;
///     let (mut reader, mut writer) = stream.into_split();
///     let answer = heist::spawn(async move {
///         let mut answer = Vec::new();
///         reader.read_to_end(&mut answer).await.map(|_| answer)
///     });
///     writer.write_all(b"ping").await?;
///     drop(writer);
///     println!("{:?}", answer.await??);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct OwnedReadHalf(Arc<TcpStream>);

/// The half of a [`TcpStream`] that writes, from [`TcpStream::into_split`].
///
/// Dropping it shuts its direction down, so that the peer reads the end of the stream;
/// [`forget`](OwnedWriteHalf::forget) does not.
#[derive(Debug)]
pub struct OwnedWriteHalf(ShutdownOnDrop<TcpStream>);

/// The halves given to `reunite` are not of the same stream. It holds both.
#[derive(Debug)]
pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

/// Lends the two directions.
pub(super) fn split(stream: &mut TcpStream) -> (ReadHalf<'_>, WriteHalf<'_>) {
    (ReadHalf(stream), WriteHalf(stream))
}

/// Splits a stream for good.
pub(super) fn into_split(stream: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let (read, write) = half::into_split(stream);
    (OwnedReadHalf(read), OwnedWriteHalf(write))
}

read_half!(ReadHalf<'_>, TcpStream, SocketAddr);
read_half!(OwnedReadHalf, TcpStream, SocketAddr);
write_half!(WriteHalf<'_>, TcpStream, SocketAddr);
write_half!(OwnedWriteHalf, TcpStream, SocketAddr);
owned_halves!(OwnedReadHalf, OwnedWriteHalf, TcpStream, ReuniteError);

/// What only the halves of a TCP stream have.
macro_rules! peek {
    ($half:ty) => {
        impl $half {
            /// Reads without taking what it reads: [`TcpStream::peek`].
            ///
            /// # Cancel safety
            ///
            /// Cancel safe.
            ///
            /// # Errors
            ///
            /// That of the system, or the runtime has been shut down.
            pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                self.0.peek(buf).await
            }

            /// Polls for something to peek at: [`TcpStream::poll_peek`].
            ///
            /// # Errors
            ///
            /// As [`peek`](Self::peek).
            pub fn poll_peek(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
                self.0.poll_peek(cx, buf)
            }
        }
    };
}
peek!(ReadHalf<'_>);
peek!(OwnedReadHalf);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tried to reunite halves that are not from the same socket")
    }
}

impl Error for ReuniteError {}
