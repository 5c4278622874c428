//! The future of [`AsyncWriteExt::write_all`](crate::io::AsyncWriteExt::write_all).

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncWrite;
use crate::io::util::interrupted::retry_interrupted;

pin_project! {
    /// Writes until nothing is left.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct WriteAll<'a, W: ?Sized> {
        writer: &'a mut W,
        // What is still to be written.
        rest: &'a [u8],
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, W: ?Sized> WriteAll<'a, W> {
    pub(super) fn new(writer: &'a mut W, buf: &'a [u8]) -> Self {
        Self { writer, rest: buf, _pin: PhantomPinned }
    }
}

impl<W: AsyncWrite + Unpin + ?Sized> Future for WriteAll<'_, W> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let me = self.project();
        while !me.rest.is_empty() {
            match ready!(retry_interrupted(|| Pin::new(&mut **me.writer).poll_write(cx, me.rest)))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => *me.rest = &me.rest[length..],
            }
        }
        Poll::Ready(Ok(()))
    }
}
