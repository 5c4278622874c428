//! The future of [`AsyncBufReadExt::read_line`](crate::io::AsyncBufReadExt::read_line).

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncBufRead;
use crate::io::util::read_until::poll_append_until;
use crate::io::util::utf8::finish_string;

pin_project! {
    /// Reads a line of text.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ReadLine<'a, R: ?Sized> {
        reader: &'a mut R,
        output: &'a mut String,
        // What was in `output`, then what was read, which is not a string before it is complete.
        buf: Vec<u8>,
        // How long `output` was at the beginning.
        start: usize,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, R: ?Sized> ReadLine<'a, R> {
    pub(super) fn new(reader: &'a mut R, output: &'a mut String) -> Self {
        let buf = mem::take(output).into_bytes();
        let start = buf.len();
        Self { reader, output, buf, start, _pin: PhantomPinned }
    }
}

impl<R: AsyncBufRead + Unpin + ?Sized> Future for ReadLine<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        let result = ready!(poll_append_until(Pin::new(&mut **me.reader), cx, b'\n', me.buf));
        let length = me.buf.len() - *me.start;
        let text = finish_string(mem::take(me.buf), *me.start, me.output);
        // The error of the reader says more than that of its text. What was read before it stays, if it is text.
        result?;
        text?;
        Poll::Ready(Ok(length))
    }
}
