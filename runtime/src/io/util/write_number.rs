//! The future of [`AsyncWriteExt::write_u16`](crate::io::AsyncWriteExt::write_u16) and the like.

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncWrite;
use crate::io::util::interrupted::retry_interrupted;

pin_project! {
    /// Writes a number, given as an array of bytes in the order they are to have.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct WriteNumber<W, B> {
        #[pin]
        writer: W,
        bytes: B,
        // How many of `bytes` were written.
        written: usize,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<W, B> WriteNumber<W, B> {
    pub(super) fn new(writer: W, bytes: B) -> Self {
        Self { writer, bytes, written: 0, _pin: PhantomPinned }
    }
}

impl<W: AsyncWrite, B: AsRef<[u8]>> Future for WriteNumber<W, B> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut me = self.project();
        let bytes = me.bytes.as_ref();
        while *me.written < bytes.len() {
            let rest = &bytes[*me.written..];
            match ready!(retry_interrupted(|| me.writer.as_mut().poll_write(cx, rest)))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => *me.written += length,
            }
        }
        Poll::Ready(Ok(()))
    }
}
