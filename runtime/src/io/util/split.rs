//! [`Split`], which reads a source in segments that end with a chosen byte.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncBufRead;
use crate::io::util::read_until::poll_append_until;

pin_project! {
    /// Reads the segments of a source, without the byte that ends each.
    ///
    /// Made by [`AsyncBufReadExt::split`](crate::io::AsyncBufReadExt::split).
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Split<R> {
        #[pin]
        reader: R,
        delimiter: u8,
        // The beginning of the next segment, as far as it was read.
        segment: Vec<u8>,
    }
}

impl<R: AsyncBufRead> Split<R> {
    pub(super) fn new(reader: R, delimiter: u8) -> Self {
        Self { reader, delimiter, segment: Vec::new() }
    }
}

impl<R> Split<R>
where
    R: AsyncBufRead + Unpin,
{
    /// The next segment, without the byte that ends it; `None` at the end of the source.
    ///
    /// The last segment need not have an end.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what was read of a segment is kept for the next call, also across an error.
    ///
    /// # Errors
    ///
    /// Those of the source, except that it goes on after [`Interrupted`](io::ErrorKind::Interrupted).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let reader = std::io::Cursor::new("a;bc");
    /// let mut fields = reader.split(b';');
    /// assert_eq!(fields.next_segment().await?.as_deref(), Some(&b"a"[..]));
    /// assert_eq!(fields.next_segment().await?.as_deref(), Some(&b"bc"[..]));
    /// assert_eq!(fields.next_segment().await?, None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn next_segment(&mut self) -> io::Result<Option<Vec<u8>>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_segment(cx)).await
    }
}

impl<R> Split<R>
where
    R: AsyncBufRead,
{
    /// As [`next_segment`](Self::next_segment), for use in hand-written futures.
    ///
    /// On `Pending` the task of `cx` is woken when there may be more of the segment.
    ///
    /// # Errors
    ///
    /// As for [`next_segment`](Self::next_segment).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    ///
    /// use heist::io::AsyncBufReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // `&[u8]` has a `split` of its own.
    ///     let mut segments = AsyncBufReadExt::split(&b"one,two"[..], b',');
    ///     let segment = poll_fn(|cx| Pin::new(&mut segments).poll_next_segment(cx)).await?;
    ///     assert_eq!(segment.as_deref(), Some(&b"one"[..]));
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_next_segment(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Option<Vec<u8>>>> {
        let me = self.project();
        ready!(poll_append_until(me.reader, cx, *me.delimiter, me.segment))?;
        if me.segment.is_empty() {
            return Poll::Ready(Ok(None));
        }
        let mut segment = mem::take(me.segment);
        if segment.last() == Some(me.delimiter) {
            segment.pop();
        }
        Poll::Ready(Ok(Some(segment)))
    }
}
