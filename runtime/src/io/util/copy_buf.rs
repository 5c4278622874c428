//! [`copy_buf`], from a reader with a buffer to a writer.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::util::interrupted::retry_interrupted;
use crate::io::{AsyncBufRead, AsyncWrite};
use crate::task::coop::poll_proceed;

/// Copies everything from `reader` to `writer`, and returns how many bytes that was.
///
/// Unlike [`copy`](crate::io::copy) it needs no buffer of its own, so the size of the reader's buffer decides how much
/// is copied at a time. The writer is flushed at the end, and whenever the reader has nothing for now.
///
/// # Cancel safety
///
/// No byte is lost when it is dropped early, since bytes leave the reader only after they were written. How many were
/// copied is not known then.
///
/// # Errors
///
/// The first error of either side, except that both go on after [`Interrupted`](io::ErrorKind::Interrupted).
/// [`WriteZero`](io::ErrorKind::WriteZero) if the writer takes nothing.
///
/// # Examples
///
/// ```
/// use heist::io::BufReader;
///
/// # futures::executor::block_on(async {
/// let mut reader = BufReader::with_capacity(2, &b"hello"[..]);
/// let mut writer = Vec::new();
/// assert_eq!(heist::io::copy_buf(&mut reader, &mut writer).await?, 5);
/// assert_eq!(writer, b"hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy_buf<'a, R, W>(reader: &'a mut R, writer: &'a mut W) -> io::Result<u64>
where
    R: AsyncBufRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut progress = Progress { copied: 0, unflushed: false };
    poll_fn(|cx| progress.poll_copy(cx, Pin::new(&mut *reader), Pin::new(&mut *writer))).await
}

/// How far the copying has come.
struct Progress {
    /// Bytes written so far.
    copied: u64,
    /// Something was written since the last flush.
    unflushed: bool,
}

impl Progress {
    fn poll_copy<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncBufRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        loop {
            let coop = ready!(poll_proceed(cx));
            let bytes = match reader.as_mut().poll_fill_buf(cx) {
                Poll::Ready(Ok(bytes)) => bytes,
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    // What the reader waits for may depend on what the writer still holds back.
                    ready!(self.poll_flush(cx, writer))?;
                    return Poll::Pending;
                }
            };
            if bytes.is_empty() {
                ready!(self.poll_flush(cx, writer))?;
                return Poll::Ready(Ok(self.copied));
            }
            let written = ready!(retry_interrupted(|| writer.as_mut().poll_write(cx, bytes)))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            coop.made_progress();
            self.copied += written as u64;
            self.unflushed = true;
            reader.as_mut().consume(written);
        }
    }

    fn poll_flush<W: AsyncWrite + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        writer: Pin<&mut W>,
    ) -> Poll<io::Result<()>> {
        if self.unflushed {
            ready!(writer.poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}
