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
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{TcpListener, TcpStream};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let mut stream = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut peer, _) = listener.accept().await?;
///     let (mut reader, mut writer) = stream.split();
///
///     // Both directions at once, in one task.
///     let mut answer = [0; 4];
///     let echo = async {
///         let mut request = [0; 4];
///         peer.read_exact(&mut request).await?;
///         peer.write_all(&request).await
///     };
///     heist::try_join!(writer.write_all(b"ping"), reader.read_exact(&mut answer), echo)?;
///     assert_eq!(&answer, b"ping");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct ReadHalf<'a>(&'a TcpStream);

/// The half of a [`TcpStream`] that writes, lent by [`TcpStream::split`].
///
/// Shutting it down closes the direction; dropping it does nothing.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{TcpListener, TcpStream};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let mut stream = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut peer, _) = listener.accept().await?;
///     let (_reader, mut writer) = stream.split();
///     writer.write_all(b"that is all").await?;
///     writer.shutdown().await?;
///     let mut received = String::new();
///     peer.read_to_string(&mut received).await?;
///     assert_eq!(received, "that is all");
///     Ok(())
/// }
/// ```
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
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{TcpListener, TcpStream};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let (_reader, mut writer) = TcpStream::connect(listener.local_addr()?).await?.into_split();
///     let (mut peer, _) = listener.accept().await?;
///     writer.write_all(b"that is all").await?;
///     drop(writer);
///     // The peer sees the end, although `_reader` keeps the connection open.
///     let mut received = String::new();
///     peer.read_to_string(&mut received).await?;
///     assert_eq!(received, "that is all");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct OwnedWriteHalf(ShutdownOnDrop<TcpStream>);

/// The halves given to `reunite` are not of the same stream. It holds both.
///
/// # Examples
///
/// ```
/// use heist::net::{TcpListener, TcpStream};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let (reader, _) = TcpStream::connect(listener.local_addr()?).await?.into_split();
///     let (_, writer) = listener.accept().await?.0.into_split();
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
pub(super) fn split(stream: &mut TcpStream) -> (ReadHalf<'_>, WriteHalf<'_>) {
    (ReadHalf(stream), WriteHalf(stream))
}

/// Splits a stream for good.
pub(super) fn into_split(stream: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let (read, write) = half::into_split(stream);
    (OwnedReadHalf(read), OwnedWriteHalf(write))
}

read_half!(ReadHalf<'_>, TcpStream, split, SocketAddr);
read_half!(OwnedReadHalf, TcpStream, into_split, SocketAddr);
write_half!(WriteHalf<'_>, TcpStream, split, SocketAddr);
write_half!(OwnedWriteHalf, TcpStream, into_split, SocketAddr);
owned_halves!(OwnedReadHalf, OwnedWriteHalf, TcpStream, into_split, ReuniteError);

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
            ///
            /// # Examples
            ///
            /// ```
            /// use heist::io::{AsyncReadExt, AsyncWriteExt};
            /// use heist::net::{TcpListener, TcpStream};
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
            ///     let stream = TcpStream::connect(listener.local_addr()?).await?;
            ///     listener.accept().await?.0.write_all(b"GET /").await?;
            ///     let (mut reader, _writer) = stream.into_split();
            ///     let mut first = [0; 1];
            ///     reader.peek(&mut first).await?;
            ///     assert_eq!(&first, b"G");
            ///     // It is still there.
            ///     assert_eq!(reader.read_u8().await?, b'G');
            ///     Ok(())
            /// }
            /// ```
            pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                self.0.peek(buf).await
            }

            /// Polls for something to peek at: [`TcpStream::poll_peek`].
            ///
            /// # Errors
            ///
            /// As [`peek`](Self::peek).
            ///
            /// # Examples
            ///
            /// ```
            /// use std::future::poll_fn;
            ///
            /// use heist::io::{AsyncWriteExt, ReadBuf};
            /// use heist::net::{TcpListener, TcpStream};
            ///
            /// #[heist::main]
            /// async fn main() -> std::io::Result<()> {
            ///     let listener = TcpListener::bind("127.0.0.1:0").await?;
            ///     let mut stream = TcpStream::connect(listener.local_addr()?).await?;
            ///     listener.accept().await?.0.write_all(b"ping").await?;
            ///     let (mut reader, _writer) = stream.split();
            ///     let mut memory = [0; 1];
            ///     let mut buf = ReadBuf::new(&mut memory);
            ///     poll_fn(|cx| reader.poll_peek(cx, &mut buf)).await?;
            ///     assert_eq!(buf.filled(), b"p");
            ///     Ok(())
            /// }
            /// ```
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
