//! The future of [`AsyncReadExt::read_to_string`](crate::io::AsyncReadExt::read_to_string).

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncRead;
use crate::io::read_buf::ReadVec;
use crate::io::util::read_to_end::AppendAll;
use crate::io::util::utf8::finish_string;

pin_project! {
    /// Reads text until the end of the source.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ReadToString<'a, R: ?Sized> {
        reader: &'a mut R,
        output: &'a mut String,
        // What was in `output`, then what was read, which is not a string before it is complete.
        state: AppendAll<Vec<u8>>,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, R: ?Sized> ReadToString<'a, R> {
    pub(super) fn new(reader: &'a mut R, output: &'a mut String) -> Self {
        let state = AppendAll::new(ReadVec::owned(mem::take(output).into_bytes()));
        Self { reader, output, state, _pin: PhantomPinned }
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadToString<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        let result = ready!(me.state.poll(Pin::new(&mut **me.reader), cx));
        let mut bytes = me.state.buf.take();
        if result.is_err() {
            bytes.truncate(me.state.start);
        }
        let text = finish_string(bytes, me.state.start, me.output);
        // The error of the reader says more than that of its text.
        let length = result?;
        text?;
        Poll::Ready(Ok(length))
    }
}
