//! The future of [`AsyncBufReadExt::read_until`](crate::io::AsyncBufReadExt::read_until), and the loop behind it.

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncBufRead;
use crate::io::util::find_byte::find_byte;

pin_project! {
    /// Reads up to and including a byte.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ReadUntil<'a, R: ?Sized> {
        reader: &'a mut R,
        delimiter: u8,
        buf: &'a mut Vec<u8>,
        // How long `buf` was at the beginning.
        start: usize,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, R: ?Sized> ReadUntil<'a, R> {
    pub(super) fn new(reader: &'a mut R, delimiter: u8, buf: &'a mut Vec<u8>) -> Self {
        let start = buf.len();
        Self { reader, delimiter, buf, start, _pin: PhantomPinned }
    }
}

impl<R: AsyncBufRead + Unpin + ?Sized> Future for ReadUntil<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        ready!(poll_append_until(Pin::new(&mut **me.reader), cx, *me.delimiter, me.buf))?;
        Poll::Ready(Ok(me.buf.len() - *me.start))
    }
}

/// Moves bytes from `reader` to `buf` until `delimiter` was moved or the source ends.
///
/// What was moved stays in `buf`, also when this returns `Pending` or an error.
pub(super) fn poll_append_until<R: AsyncBufRead + ?Sized>(
    mut reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    delimiter: u8,
    buf: &mut Vec<u8>,
) -> Poll<io::Result<()>> {
    loop {
        let available = match ready!(reader.as_mut().poll_fill_buf(cx)) {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let found = find_byte(delimiter, available);
        let used = found.map_or(available.len(), |position| position + 1);
        buf.extend_from_slice(&available[..used]);
        reader.as_mut().consume(used);
        if found.is_some() || used == 0 {
            return Poll::Ready(Ok(()));
        }
    }
}
