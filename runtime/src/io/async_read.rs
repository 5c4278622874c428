//! The trait for sources of bytes, and its implementations for pointers and for bytes in memory.

use std::io;
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::ReadBuf;
use crate::io::forward::forward_async_read;
use crate::io::util::splice::Channel;

/// Reads bytes from a source, as [`std::io::Read`] does, without blocking the thread.
///
/// A source that has nothing yet returns `Pending` and wakes the task later. Call its operations through
/// [`AsyncReadExt`](crate::io::AsyncReadExt).
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
///
/// use heist::io::{AsyncRead, AsyncReadExt, ReadBuf};
///
/// /// The numbers from 0 to 255, again and again.
/// struct Count(u8);
///
/// impl AsyncRead for Count {
///     fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
///         while buf.remaining() > 0 {
///             buf.put_slice(&[self.0]);
///             self.0 = self.0.wrapping_add(1);
///         }
///         Poll::Ready(Ok(()))
///     }
/// }
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut buf = [0; 3];
///     Count(254).read_exact(&mut buf).await?;
///     assert_eq!(buf, [254, 255, 0]);
///     Ok(())
/// }
/// ```
pub trait AsyncRead {
    /// Tries to read into the unfilled part of `buf`.
    ///
    /// - `Ready(Ok(()))`: the bytes read were appended to [`filled`](ReadBuf::filled). If nothing was appended, the end
    ///   of the source is reached, or `buf` had no room.
    /// - `Pending`: nothing was read, and the task of `cx` is woken when the source may have something.
    /// - `Ready(Err(_))`: nothing was read.
    ///
    /// An implementation only appends to `buf`; it does not replace it with another one. Callers that rely on that
    /// check it and panic.
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
    /// use heist::io::{AsyncRead, ReadBuf};
    ///
    /// /// Reads from `source`, and counts in `total` what it read.
    /// fn poll_counted(
    ///     source: Pin<&mut impl AsyncRead>,
    ///     cx: &mut Context<'_>,
    ///     buf: &mut ReadBuf<'_>,
    ///     total: &mut usize,
    /// ) -> Poll<io::Result<()>> {
    ///     let before = buf.filled().len();
    ///     ready!(source.poll_read(cx, buf))?;
    ///     *total += buf.filled().len() - before;
    ///     Poll::Ready(Ok(()))
    /// }
    /// # futures::executor::block_on(async {
    /// # let (mut reader, mut memory, mut total) = (&b"text"[..], [0; 8], 0);
    /// # let mut buf = ReadBuf::new(&mut memory);
    /// # std::future::poll_fn(|cx| poll_counted(Pin::new(&mut reader), cx, &mut buf, &mut total)).await.unwrap();
    /// # assert_eq!((buf.filled(), total), (&b"text"[..], 4));
    /// # });
    /// ```
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>>;

    /// The descriptor that reading from this is nothing but reading from, if there is one; see `util/splice`.
    #[doc(hidden)]
    fn __copy_source(&self) -> Option<Channel<'_>> {
        None
    }
}

impl<T: ?Sized + AsyncRead + Unpin> AsyncRead for Box<T> {
    forward_async_read!(self => Pin::new(&mut **self.get_mut()));

    fn __copy_source(&self) -> Option<Channel<'_>> {
        (**self).__copy_source()
    }
}

impl<T: ?Sized + AsyncRead + Unpin> AsyncRead for &mut T {
    forward_async_read!(self => Pin::new(&mut **self.get_mut()));

    fn __copy_source(&self) -> Option<Channel<'_>> {
        (**self).__copy_source()
    }
}

impl<P> AsyncRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncRead,
{
    forward_async_read!(self => self.as_deref_mut());

    fn __copy_source(&self) -> Option<Channel<'_>> {
        (**self).__copy_source()
    }
}

impl AsyncRead for &[u8] {
    fn poll_read(mut self: Pin<&mut Self>, _cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (read, rest) = self.split_at(self.len().min(buf.remaining()));
        buf.put_slice(read);
        *self = rest;
        Poll::Ready(Ok(()))
    }
}

impl<T: AsRef<[u8]> + Unpin> AsyncRead for io::Cursor<T> {
    fn poll_read(mut self: Pin<&mut Self>, _cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let position = self.position();
        let bytes = self.get_ref().as_ref();
        // A cursor may stand beyond the end of its content; there is nothing to read then.
        let rest = usize::try_from(position).ok().and_then(|start| bytes.get(start..)).unwrap_or(&[]);
        let amount = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..amount]);
        self.set_position(position + amount as u64);
        Poll::Ready(Ok(()))
    }
}
