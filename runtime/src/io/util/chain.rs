//! [`Chain`], which reads two sources one after the other.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::read_buf::REPLACED;
use crate::io::{AsyncBufRead, AsyncRead, ReadBuf};

pin_project! {
    /// Reads one source to its end, then another.
    ///
    /// Made by [`AsyncReadExt::chain`](crate::io::AsyncReadExt::chain).
    #[must_use = "streams do nothing unless polled"]
    pub struct Chain<T, U> {
        #[pin]
        first: T,
        #[pin]
        second: U,
        first_done: bool,
    }
}

impl<T, U> Chain<T, U>
where
    T: AsyncRead,
    U: AsyncRead,
{
    pub(super) fn new(first: T, second: U) -> Self {
        Self { first, second, first_done: false }
    }

    /// The two sources.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let reader = (&b"one"[..]).chain(&b"two"[..]);
    ///     assert_eq!(reader.get_ref(), (&&b"one"[..], &&b"two"[..]));
    ///     Ok(())
    /// }
    /// ```
    pub fn get_ref(&self) -> (&T, &U) {
        (&self.first, &self.second)
    }

    /// The two sources. Reading from them changes what the chain returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"one"[..]).chain(&b"two"[..]);
    ///     assert_eq!(reader.get_mut().1.read_u8().await?, b't');
    ///     Ok(())
    /// }
    /// ```
    pub fn get_mut(&mut self) -> (&mut T, &mut U) {
        (&mut self.first, &mut self.second)
    }

    /// The two sources, pinned. Reading from them changes what the chain returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::Pin;
    ///
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"one"[..]).chain(&b"two"[..]);
    ///     let (_one, mut two) = Pin::new(&mut reader).get_pin_mut();
    ///     assert_eq!(two.read_u8().await?, b't');
    ///     let mut rest = String::new();
    ///     reader.read_to_string(&mut rest).await?;
    ///     assert_eq!(rest, "onewo");
    ///     Ok(())
    /// }
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> (Pin<&mut T>, Pin<&mut U>) {
        let me = self.project();
        (me.first, me.second)
    }

    /// Gives the two sources back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"one"[..]).chain(&b"two"[..]);
    ///     reader.read_u8().await?;
    ///     assert_eq!(reader.into_inner(), (&b"ne"[..], &b"two"[..]));
    ///     Ok(())
    /// }
    /// ```
    pub fn into_inner(self) -> (T, U) {
        (self.first, self.second)
    }
}

impl<T, U> fmt::Debug for Chain<T, U>
where
    T: fmt::Debug,
    U: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("t", &self.first).field("u", &self.second).finish()
    }
}

impl<T, U> AsyncRead for Chain<T, U>
where
    T: AsyncRead,
    U: AsyncRead,
{
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let me = self.project();
        if !*me.first_done {
            let (before, region) = (buf.remaining(), buf.region());
            ready!(me.first.poll_read(cx, buf))?;
            assert_eq!(buf.region(), region, "{REPLACED}");
            // Nothing read into a buffer without room says nothing about the end.
            if buf.remaining() != before || before == 0 {
                return Poll::Ready(Ok(()));
            }
            *me.first_done = true;
        }
        me.second.poll_read(cx, buf)
    }
}

impl<T, U> AsyncBufRead for Chain<T, U>
where
    T: AsyncBufRead,
    U: AsyncBufRead,
{
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let me = self.project();
        if !*me.first_done {
            match ready!(me.first.poll_fill_buf(cx))? {
                [] => *me.first_done = true,
                bytes => return Poll::Ready(Ok(bytes)),
            }
        }
        me.second.poll_fill_buf(cx)
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        let me = self.project();
        if *me.first_done {
            me.second.consume(amt);
        } else {
            me.first.consume(amt);
        }
    }
}
