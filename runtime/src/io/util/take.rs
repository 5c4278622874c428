//! [`Take`], which reads at most so many bytes of a source.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::{AsyncBufRead, AsyncRead, ReadBuf};

pin_project! {
    /// Reads a source up to a limit, which then counts as its end.
    ///
    /// Made by [`AsyncReadExt::take`](crate::io::AsyncReadExt::take).
    #[derive(Debug)]
    #[must_use = "streams do nothing unless you `.await` or poll them"]
    pub struct Take<R> {
        #[pin]
        inner: R,
        // Bytes that may still be read.
        limit: u64,
    }
}

impl<R: AsyncRead> Take<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Self { inner, limit }
    }

    /// How many bytes may still be read. The source may end before.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"some text"[..]).take(4);
    ///     reader.read_u8().await?;
    ///     assert_eq!(reader.limit(), 3);
    ///     Ok(())
    /// }
    /// ```
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Sets how many bytes may be read from now on, whatever was read before.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"some text"[..]).take(4);
    ///     reader.set_limit(2);
    ///     let mut text = String::new();
    ///     reader.read_to_string(&mut text).await?;
    ///     assert_eq!(text, "so");
    ///     Ok(())
    /// }
    /// ```
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// The source.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"some text"[..]).take(4);
    ///     reader.read_u8().await?;
    ///     assert_eq!(*reader.get_ref(), b"ome text");
    ///     Ok(())
    /// }
    /// ```
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// The source. What is read from it directly does not count against the limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"some text"[..]).take(4);
    ///     assert_eq!(reader.get_mut().read_u8().await?, b's');
    ///     // That does not count.
    ///     assert_eq!(reader.limit(), 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The source, pinned. What is read from it directly does not count against the limit.
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
    ///     let mut reader = (&b"some text"[..]).take(4);
    ///     assert_eq!(Pin::new(&mut reader).get_pin_mut().read_u8().await?, b's');
    ///     // That does not count.
    ///     assert_eq!(reader.limit(), 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().inner
    }

    /// Gives the source back.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = (&b"some text"[..]).take(4);
    ///     reader.read_u8().await?;
    ///     assert_eq!(reader.into_inner(), b"ome text");
    ///     Ok(())
    /// }
    /// ```
    pub fn into_inner(self) -> R {
        self.inner
    }
}

/// `limit` as a length in memory.
fn as_length(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl<R: AsyncRead> AsyncRead for Take<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // At the limit the source is not asked, since it could wait for bytes that nobody wants.
        if self.limit == 0 {
            return Poll::Ready(Ok(()));
        }
        let me = self.project();
        let (result, filled) = buf.fill_limited(as_length(*me.limit), |part| me.inner.poll_read(cx, part));
        *me.limit -= filled as u64;
        result
    }
}

impl<R: AsyncBufRead> AsyncBufRead for Take<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        if self.limit == 0 {
            return Poll::Ready(Ok(&[]));
        }
        let me = self.project();
        let bytes = ready!(me.inner.poll_fill_buf(cx))?;
        Poll::Ready(Ok(&bytes[..bytes.len().min(as_length(*me.limit))]))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        let me = self.project();
        let amt = amt.min(as_length(*me.limit));
        *me.limit -= amt as u64;
        me.inner.consume(amt);
    }
}
