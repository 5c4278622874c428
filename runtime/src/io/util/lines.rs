//! [`Lines`], which reads a source line by line.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::AsyncBufRead;
use crate::io::util::read_until::poll_append_until;
use crate::io::util::utf8::invalid_utf8;

pin_project! {
    /// Reads the lines of a source, without their ends.
    ///
    /// Made by [`AsyncBufReadExt::lines`](crate::io::AsyncBufReadExt::lines).
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Lines<R> {
        #[pin]
        reader: R,
        // The beginning of the next line, as far as it was read.
        line: Vec<u8>,
    }
}

impl<R: AsyncBufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: Vec::new() }
    }
}

impl<R> Lines<R>
where
    R: AsyncBufRead + Unpin,
{
    /// The next line, without the `\n` or `\r\n` that ends it; `None` at the end of the source.
    ///
    /// The last line need not have an end.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: what was read of a line is kept for the next call, also across an error of the source.
    ///
    /// # Errors
    ///
    /// Those of the source, except that it goes on after [`Interrupted`](io::ErrorKind::Interrupted).
    /// [`InvalidData`](io::ErrorKind::InvalidData) if the line is not UTF-8; the next call goes on behind that line.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// # futures::executor::block_on(async {
    /// let mut lines = "first\r\nsecond".as_bytes().lines();
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("first"));
    /// assert_eq!(lines.next_line().await?.as_deref(), Some("second"));
    /// assert_eq!(lines.next_line().await?, None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_line(cx)).await
    }

    /// The source. Reading from it may lose the beginning of a line that is kept here.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut lines = (&b"one\ntwo\n"[..]).lines();
    ///     lines.get_mut().consume(2);
    ///     assert_eq!(lines.next_line().await?.as_deref(), Some("e"));
    ///     Ok(())
    /// }
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The source.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut lines = (&b"one\ntwo\n"[..]).lines();
    ///     lines.next_line().await?;
    ///     assert_eq!(*lines.get_ref(), b"two\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn get_ref(&mut self) -> &R {
        &self.reader
    }

    /// Gives the source back. The beginning of a line that is kept here is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncBufReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut lines = (&b"one\ntwo\n"[..]).lines();
    ///     lines.next_line().await?;
    ///     assert_eq!(lines.into_inner(), b"two\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn into_inner(self) -> R {
        self.reader
    }
}

impl<R> Lines<R>
where
    R: AsyncBufRead,
{
    /// As [`next_line`](Self::next_line), for use in hand-written futures.
    ///
    /// On `Pending` the task of `cx` is woken when there may be more of the line.
    ///
    /// # Errors
    ///
    /// As for [`next_line`](Self::next_line).
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
    ///     let mut lines = (&b"one\ntwo\n"[..]).lines();
    ///     let line = poll_fn(|cx| Pin::new(&mut lines).poll_next_line(cx)).await?;
    ///     assert_eq!(line.as_deref(), Some("one"));
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_next_line(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<Option<String>>> {
        let me = self.project();
        ready!(poll_append_until(me.reader, cx, b'\n', me.line))?;
        if me.line.is_empty() {
            return Poll::Ready(Ok(None));
        }
        let mut line = mem::take(me.line);
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        Poll::Ready(String::from_utf8(line).map(Some).map_err(|_| invalid_utf8()))
    }
}
