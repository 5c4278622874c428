//! [`copy_bidirectional`], which connects two streams.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::util::copy_buffer::CopyBuffer;
use crate::io::{AsyncRead, AsyncWrite};

/// Copies from `a` to `b` and from `b` to `a` at the same time.
///
/// Each direction goes on while the other waits. When one side ends, the other side is shut down for writing, and the
/// other direction goes on. When both directions are done it returns how many bytes went from `a` to `b`, and how many
/// from `b` to `a`. Each direction has a buffer of 8 KiB, which grows to 64 KiB while reads fill it, and large amounts between
/// sockets bypass it on Linux, as with [`copy`](crate::io::copy()). [`copy_bidirectional_with_sizes`] lets the sizes be
/// chosen.
///
/// # Cancel safety
///
/// Not cancel safe: bytes that were read and not written yet are lost.
///
/// # Errors
///
/// The first error of either stream ends both directions. How much was copied until then is not known.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional, duplex};
///
/// # futures::executor::block_on(async {
/// let (mut client, mut a) = duplex(64);
/// let (mut b, mut server) = duplex(64);
///
/// client.write_all(b"request").await?;
/// client.shutdown().await?;
/// server.write_all(b"answer").await?;
/// server.shutdown().await?;
///
/// assert_eq!(copy_bidirectional(&mut a, &mut b).await?, (7, 6));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy_bidirectional<A, B>(a: &mut A, b: &mut B) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    both(a, b, CopyBuffer::new(), CopyBuffer::new()).await
}

/// As [`copy_bidirectional`], through buffers of `a_to_b_buf_size` and `b_to_a_buf_size` bytes, always.
///
/// # Cancel safety
///
/// Not cancel safe: bytes that were read and not written yet are lost.
///
/// # Panics
///
/// If one of the sizes is 0.
///
/// # Errors
///
/// As for [`copy_bidirectional`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional_with_sizes, duplex};
///
/// # futures::executor::block_on(async {
/// let (mut client, mut a) = duplex(64);
/// let (mut b, server) = duplex(64);
/// client.write_all(b"hello").await?;
/// drop((client, server));
///
/// let error = copy_bidirectional_with_sizes(&mut a, &mut b, 16, 16).await.unwrap_err();
/// assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy_bidirectional_with_sizes<A, B>(
    a: &mut A,
    b: &mut B,
    a_to_b_buf_size: usize,
    b_to_a_buf_size: usize,
) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    assert!(a_to_b_buf_size > 0, "`a_to_b_buf_size` must be greater than 0");
    assert!(b_to_a_buf_size > 0, "`b_to_a_buf_size` must be greater than 0");
    both(a, b, CopyBuffer::with_size(a_to_b_buf_size), CopyBuffer::with_size(b_to_a_buf_size)).await
}

async fn both<A, B>(a: &mut A, b: &mut B, a_to_b: CopyBuffer, b_to_a: CopyBuffer) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    let (mut a_to_b, mut b_to_a) = (Direction::Copying(a_to_b), Direction::Copying(b_to_a));
    poll_fn(|cx| {
        // Both are polled before one may return `Pending`, so that neither waits for the other.
        let there = a_to_b.poll(cx, Pin::new(&mut *a), Pin::new(&mut *b))?;
        let back = b_to_a.poll(cx, Pin::new(&mut *b), Pin::new(&mut *a))?;
        Poll::Ready(Ok((ready!(there), ready!(back))))
    })
    .await
}

/// How far one direction has come.
enum Direction {
    Copying(CopyBuffer),
    /// The reader has ended, and the writer is told so; this many bytes were copied.
    ShuttingDown(u64),
    Done(u64),
}

impl Direction {
    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        loop {
            match self {
                Self::Copying(buffer) => {
                    let copied = ready!(buffer.poll_copy(cx, reader.as_mut(), writer.as_mut()))?;
                    *self = Self::ShuttingDown(copied);
                }
                Self::ShuttingDown(copied) => {
                    ready!(writer.as_mut().poll_shutdown(cx))?;
                    *self = Self::Done(*copied);
                }
                Self::Done(copied) => return Poll::Ready(Ok(*copied)),
            }
        }
    }
}
