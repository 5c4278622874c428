//! The trait for sources that hold a buffer, and its implementations for pointers and for bytes in memory.

use std::io;
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::AsyncRead;
use crate::io::forward::forward_async_buf_read;

/// Reads from a source through its own buffer, as [`std::io::BufRead`] does, without blocking the thread.
///
/// [`BufReader`](crate::io::BufReader) gives any [`AsyncRead`] a buffer. Call the operations through
/// [`AsyncBufReadExt`](crate::io::AsyncBufReadExt).
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::pin::Pin;
///
/// use heist::io::AsyncBufRead;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut reader = &b"some text"[..];
///     let word = poll_fn(|cx| Pin::new(&mut reader).poll_fill_buf(cx).map_ok(|buf| buf[..4].to_owned())).await?;
///     assert_eq!(word, b"some");
///     Pin::new(&mut reader).consume(5);
///     assert_eq!(reader, b"text");
///     Ok(())
/// }
/// ```
pub trait AsyncBufRead: AsyncRead {
    /// Returns the buffered bytes, filling the buffer from the source first if it is empty.
    ///
    /// An empty slice is the end of the source. The bytes stay in the buffer, and are returned again, until
    /// [`consume`](Self::consume) is called. On `Pending` the task of `cx` is woken when there may be more.
    ///
    /// # Errors
    ///
    /// Whatever the source reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use std::pin::Pin;
    /// use std::task::{Context, Poll, ready};
    ///
    /// use heist::io::AsyncBufRead;
    ///
    /// /// Takes a byte if there is one.
    /// fn poll_byte(mut source: Pin<&mut impl AsyncBufRead>, cx: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
    ///     let byte = ready!(source.as_mut().poll_fill_buf(cx))?.first().copied();
    ///     source.consume(byte.map_or(0, |_| 1));
    ///     Poll::Ready(Ok(byte))
    /// }
    /// # futures::executor::block_on(async {
    /// # let mut reader = &b"a"[..];
    /// # assert_eq!(std::future::poll_fn(|cx| poll_byte(Pin::new(&mut reader), cx)).await.unwrap(), Some(b'a'));
    /// # assert_eq!(std::future::poll_fn(|cx| poll_byte(Pin::new(&mut reader), cx)).await.unwrap(), None);
    /// # });
    /// ```
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>>;

    /// Says that `amt` bytes of the buffer were used, so that they are not returned again.
    ///
    /// `amt` is at most the length of what [`poll_fill_buf`](Self::poll_fill_buf) returned last; what happens otherwise
    /// is up to the implementation.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::Pin;
    ///
    /// use heist::io::AsyncBufRead;
    ///
    /// let mut reader = &b"some text"[..];
    /// Pin::new(&mut reader).consume(5);
    /// assert_eq!(reader, b"text");
    /// ```
    fn consume(self: Pin<&mut Self>, amt: usize);
}

impl<T: ?Sized + AsyncBufRead + Unpin> AsyncBufRead for Box<T> {
    forward_async_buf_read!(self => Pin::new(&mut **self.get_mut()));
}

impl<T: ?Sized + AsyncBufRead + Unpin> AsyncBufRead for &mut T {
    forward_async_buf_read!(self => Pin::new(&mut **self.get_mut()));
}

impl<P> AsyncBufRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncBufRead,
{
    forward_async_buf_read!(self => self.as_deref_mut());
}

impl AsyncBufRead for &[u8] {
    fn poll_fill_buf(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(Ok(*self))
    }

    fn consume(mut self: Pin<&mut Self>, amt: usize) {
        *self = &self[amt..];
    }
}

impl<T: AsRef<[u8]> + Unpin> AsyncBufRead for io::Cursor<T> {
    fn poll_fill_buf(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(io::BufRead::fill_buf(self.get_mut()))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        io::BufRead::consume(self.get_mut(), amt);
    }
}
