//! [`copy`], from a reader to a writer.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use crate::io::util::copy_buffer::CopyBuffer;
use crate::io::{AsyncRead, AsyncWrite};

/// Copies everything from `reader` to `writer`, and returns how many bytes that was.
///
/// It goes through a buffer of 8 KiB, which grows to 64 KiB while reads fill it; [`copy_buf`](crate::io::copy_buf) uses the
/// buffer of the reader instead. Large amounts from one socket or pipe to another bypass the buffer on Linux: the kernel
/// moves them (`splice`). The writer is flushed at the end, and whenever the reader has nothing for now, so that nothing waits in a buffer for
/// bytes that may depend on it.
///
/// # Cancel safety
///
/// Not cancel safe: bytes that were read and not written yet are lost.
///
/// # Errors
///
/// The first error of either side, except that both go on after [`Interrupted`](io::ErrorKind::Interrupted).
/// [`WriteZero`](io::ErrorKind::WriteZero) if the writer takes nothing.
///
/// # Examples
///
/// ```
/// # futures::executor::block_on(async {
/// let mut reader: &[u8] = b"hello";
/// let mut writer = Vec::new();
/// assert_eq!(heist::io::copy(&mut reader, &mut writer).await?, 5);
/// assert_eq!(writer, b"hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy<'a, R, W>(reader: &'a mut R, writer: &'a mut W) -> io::Result<u64>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut buffer = CopyBuffer::new();
    poll_fn(|cx| buffer.poll_copy(cx, Pin::new(&mut *reader), Pin::new(&mut *writer))).await
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::io::{BufReader, copy_bidirectional, copy_buf, join};
    use crate::task::coop::{has_budget_remaining, with_budget};

    /// A reader that is always ready and knows of no budget.
    struct Endless;

    impl AsyncRead for Endless {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut crate::io::ReadBuf<'_>,
        ) -> std::task::Poll<io::Result<()>> {
            buf.initialize_unfilled();
            buf.advance(buf.remaining());
            std::task::Poll::Ready(Ok(()))
        }
    }

    /// A writer that is always ready and knows of no budget.
    struct Careless;

    impl AsyncWrite for Careless {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> std::task::Poll<io::Result<usize>> {
            std::task::Poll::Ready(Ok(buf.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
    }

    /// Polls for one budget; the future never completes, so it has to use the budget up.
    fn uses_up_its_budget(future: impl Future) {
        let mut future = pin!(future);
        for _ in 0..2 {
            with_budget(|| {
                assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                assert!(!has_budget_remaining());
            });
        }
    }

    #[test]
    fn copying_without_end_lets_others_run() {
        uses_up_its_budget(copy(&mut Endless, &mut Careless));
        uses_up_its_budget(copy_buf(&mut BufReader::new(Endless), &mut Careless));
        uses_up_its_budget(copy_bidirectional(&mut join(Endless, Careless), &mut join(Endless, Careless)));
    }
}
