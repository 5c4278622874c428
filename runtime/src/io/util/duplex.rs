//! [`duplex`]: a connection in memory, made of two pipes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use heist_primitives::sync::{Arc, Mutex};

use crate::io::util::simplex::{Deferred, SimplexStream, cooperatively};
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Makes a connection in memory: what is written to one end is read from the other.
///
/// Each direction holds at most `max_buf_size` bytes, and a write waits while it is full. When an end is dropped or shut
/// down, the other reads what is left, and then the end; when it is dropped, the other gets
/// [`BrokenPipe`](io::ErrorKind::BrokenPipe) for what it writes.
///
/// # Panics
///
/// If `max_buf_size` is 0.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, duplex};
///
/// # futures::executor::block_on(async {
/// let (mut client, mut server) = duplex(64);
/// client.write_all(b"ping").await?;
///
/// let mut buf = [0; 4];
/// server.read_exact(&mut buf).await?;
/// assert_eq!(&buf, b"ping");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    let there = Arc::new(Mutex::new(SimplexStream::new_unsplit(max_buf_size)));
    let back = Arc::new(Mutex::new(SimplexStream::new_unsplit(max_buf_size)));
    (DuplexStream { read: back.clone(), write: there.clone() }, DuplexStream { read: there, write: back })
}

/// One end of a connection in memory. Made by [`duplex`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     async fn echo(mut stream: DuplexStream) -> std::io::Result<()> {
///         let byte = stream.read_u8().await?;
///         stream.write_u8(byte).await
///     }
///
///     // A server is tried out without a network.
///     let (mut client, server) = duplex(64);
///     heist::spawn(echo(server));
///     client.write_u8(7).await?;
///     assert_eq!(client.read_u8().await?, 7);
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct DuplexStream {
    read: Arc<Mutex<SimplexStream>>,
    write: Arc<Mutex<SimplexStream>>,
}

impl AsyncRead for DuplexStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        cooperatively(cx, |cx, deferred| self.read.lock().read(cx, buf, deferred))
    }
}

impl AsyncWrite for DuplexStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut deferred = Deferred::default();
        self.write.lock().close(&mut deferred);
        deferred.run();
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        cooperatively(cx, |cx, deferred| self.write.lock().write(cx, bufs, deferred))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl Drop for DuplexStream {
    fn drop(&mut self) {
        let (mut of_write, mut of_read) = (Deferred::default(), Deferred::default());
        self.write.lock().close(&mut of_write);
        self.read.lock().close(&mut of_read);
        of_write.run();
        of_read.run();
    }
}
