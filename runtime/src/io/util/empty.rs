//! [`empty`]: a stream that has nothing and keeps nothing.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use crate::task::coop::poll_proceed;

/// A stream that is at its end when read, and drops what is written to it. Made by [`empty`].
#[derive(Debug)]
pub struct Empty {
    // Keeps the type from being made without `empty`.
    _private: (),
}

/// Makes a stream that is at its end when read, and drops what is written to it.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadExt;
///
/// # futures::executor::block_on(async {
/// let mut text = String::new();
/// heist::io::empty().read_to_string(&mut text).await?;
/// assert!(text.is_empty());
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn empty() -> Empty {
    Empty { _private: () }
}

/// Completes at once, for one unit of the task's budget: a loop over such operations lets other tasks run.
pub(super) fn complete<T>(cx: &mut Context<'_>, value: T) -> Poll<io::Result<T>> {
    ready!(poll_proceed(cx)).made_progress();
    Poll::Ready(Ok(value))
}

impl AsyncRead for Empty {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, _buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        complete(cx, ())
    }
}

impl AsyncBufRead for Empty {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        complete(cx, &[])
    }

    fn consume(self: Pin<&mut Self>, _amt: usize) {}
}

impl AsyncWrite for Empty {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        complete(cx, buf.len())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        complete(cx, ())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        complete(cx, ())
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        complete(cx, bufs.iter().map(|buf| buf.len()).sum())
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl AsyncSeek for Empty {
    fn start_seek(self: Pin<&mut Self>, _position: SeekFrom) -> io::Result<()> {
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        complete(cx, 0)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::Waker;

    use super::*;
    use crate::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, duplex, repeat, sink};
    use crate::task::coop::{has_budget_remaining, with_budget};

    /// Polls for one budget; the future never completes, so it has to use the budget up.
    fn uses_up_its_budget(future: impl Future) {
        let mut future = pin!(future);
        with_budget(|| {
            assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            assert!(!has_budget_remaining());
        });
    }

    /// Loops for ever over an operation that always completes.
    macro_rules! check {
        ($($operation:expr;)*) => {$(
            uses_up_its_budget(async {
                loop {
                    $operation.await.unwrap();
                }
            });
        )*};
    }

    #[test]
    fn operations_that_never_wait_let_others_run() {
        let mut buf = [0; 1];
        let (mut client, mut server) = duplex(1);
        check! {
            empty().read(&mut buf);
            empty().write(b"a");
            empty().flush();
            empty().rewind();
            sink().write(b"a");
            sink().shutdown();
            repeat(1).read(&mut buf);
            async {
                client.write_all(b"a").await?;
                server.read_exact(&mut buf).await
            };
        }
    }

    #[test]
    fn waiting_for_a_pipe_costs_nothing() {
        let (mut client, _server) = duplex(1);
        with_budget(|| {
            for _ in 0..1000 {
                let mut buf = [0; 1];
                assert!(pin!(client.read(&mut buf)).poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            assert!(has_budget_remaining());
        });
    }
}
