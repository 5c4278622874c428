//! The future of [`AsyncReadExt::read_exact`](crate::io::AsyncReadExt::read_exact).

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::util::interrupted::retry_interrupted;
use crate::io::{AsyncRead, ReadBuf};

pin_project! {
    /// Reads until the buffer is full.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ReadExact<'a, R: ?Sized> {
        reader: &'a mut R,
        buf: ReadBuf<'a>,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, R: ?Sized> ReadExact<'a, R> {
    pub(super) fn new(reader: &'a mut R, buf: &'a mut [u8]) -> Self {
        Self { reader, buf: ReadBuf::new(buf), _pin: PhantomPinned }
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadExact<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        while me.buf.remaining() > 0 {
            let before = me.buf.remaining();
            ready!(retry_interrupted(|| Pin::new(&mut **me.reader).poll_read(cx, me.buf)))?;
            if me.buf.remaining() == before {
                return Poll::Ready(Err(early_eof()));
            }
        }
        Poll::Ready(Ok(me.buf.capacity()))
    }
}

/// The error for a source that ended before enough was read.
fn early_eof() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "early eof")
}
