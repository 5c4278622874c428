//! The trait for destinations of bytes, and its implementations for pointers and for bytes in memory.

use std::io::{self, IoSlice};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::forward::forward_async_write;
use crate::io::util::splice::Channel;

/// Writes bytes to a destination, as [`std::io::Write`] does, without blocking the thread.
///
/// A destination without room returns `Pending` and wakes the task later. Call its operations through
/// [`AsyncWriteExt`](crate::io::AsyncWriteExt).
///
/// # Examples
///
/// ```
/// use std::io;
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
///
/// use heist::io::{AsyncWrite, AsyncWriteExt};
///
/// /// Adds up the bytes that are written to it.
/// struct Sum(u64);
///
/// impl AsyncWrite for Sum {
///     fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
///         self.0 += buf.iter().map(|&byte| u64::from(byte)).sum::<u64>();
///         Poll::Ready(Ok(buf.len()))
///     }
///
///     fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
/// }
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut sum = Sum(0);
///     sum.write_all(&[1, 2, 3]).await?;
///     assert_eq!(sum.0, 6);
///     Ok(())
/// }
/// ```
pub trait AsyncWrite {
    /// Tries to write a prefix of `buf`, and returns its length.
    ///
    /// `Ready(Ok(0))` for a `buf` that is not empty means that the destination takes nothing any more. On `Pending`
    /// nothing was written, and the task of `cx` is woken when there may be room.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports; nothing was written then.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    ///
    /// use heist::io::AsyncWrite;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // There is room for four bytes.
    ///     let (mut writer, _reader) = heist::io::duplex(4);
    ///     let taken = poll_fn(|cx| Pin::new(&mut writer).poll_write(cx, b"some text")).await?;
    ///     assert_eq!(taken, 4);
    ///     Ok(())
    /// }
    /// ```
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>>;

    /// Tries to push everything that was written, and is buffered here, on to where it belongs.
    ///
    /// On `Pending` the task of `cx` is woken when the operation can go on.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    ///
    /// use heist::io::{AsyncWrite, AsyncWriteExt, BufWriter};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut writer = BufWriter::new(Vec::new());
    ///     writer.write_all(b"text").await?;
    ///     poll_fn(|cx| Pin::new(&mut writer).poll_flush(cx)).await?;
    ///     assert_eq!(writer.get_ref(), b"text");
    ///     Ok(())
    /// }
    /// ```
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Flushes, and tells the other side that no more will come.
    ///
    /// `Ready` means that this is done, for example that a connection has sent its last byte, and that the value can be
    /// dropped without losing anything. Writing afterwards is an error. On `Pending` the task of `cx` is woken when the
    /// operation can go on.
    ///
    /// # Errors
    ///
    /// Whatever the destination reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    ///
    /// use heist::io::{AsyncReadExt, AsyncWrite};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (mut writer, mut reader) = heist::io::duplex(4);
    ///     poll_fn(|cx| Pin::new(&mut writer).poll_shutdown(cx)).await?;
    ///     assert_eq!(reader.read(&mut [0; 4]).await?, 0);
    ///     Ok(())
    /// }
    /// ```
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// As [`poll_write`](Self::poll_write), from several buffers, in their order.
    ///
    /// The default writes from the first buffer that is not empty.
    ///
    /// # Errors
    ///
    /// As for [`poll_write`](Self::poll_write).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io::IoSlice;
    /// use std::pin::Pin;
    ///
    /// use heist::io::AsyncWrite;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut writer = Vec::new();
    ///     let bufs = [IoSlice::new(b"some "), IoSlice::new(b"text")];
    ///     assert_eq!(poll_fn(|cx| Pin::new(&mut writer).poll_write_vectored(cx, &bufs)).await?, 9);
    ///     Ok(())
    /// }
    /// ```
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| &**buf);
        self.poll_write(cx, first)
    }

    /// True if [`poll_write_vectored`](Self::poll_write_vectored) does more than the default.
    ///
    /// If it is false, callers with many small buffers do better to copy them into one. The default is false.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncWrite;
    ///
    /// assert!(Vec::new().is_write_vectored());
    /// ```
    fn is_write_vectored(&self) -> bool {
        false
    }

    /// The descriptor that writing to this is nothing but writing to, if there is one; see `util/splice`.
    #[doc(hidden)]
    fn __copy_target(&self) -> Option<Channel<'_>> {
        None
    }
}

impl<T: ?Sized + AsyncWrite + Unpin> AsyncWrite for Box<T> {
    forward_async_write!(self => Pin::new(&mut **self.get_mut()), (**self));

    fn __copy_target(&self) -> Option<Channel<'_>> {
        (**self).__copy_target()
    }
}

impl<T: ?Sized + AsyncWrite + Unpin> AsyncWrite for &mut T {
    forward_async_write!(self => Pin::new(&mut **self.get_mut()), (**self));

    fn __copy_target(&self) -> Option<Channel<'_>> {
        (**self).__copy_target()
    }
}

impl<P> AsyncWrite for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncWrite,
{
    forward_async_write!(self => self.as_deref_mut(), (**self));

    fn __copy_target(&self) -> Option<Channel<'_>> {
        (**self).__copy_target()
    }
}

/// Implements `AsyncWrite` for types in memory through their `std::io::Write`, which never waits.
macro_rules! write_in_memory {
    ($($type:ty),* $(,)?) => {$(
        impl AsyncWrite for $type {
            fn poll_write(self: Pin<&mut Self>, _cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
                Poll::Ready(io::Write::write(self.get_mut(), buf))
            }

            fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(io::Write::flush(self.get_mut()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush(cx)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                _cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Poll::Ready(io::Write::write_vectored(self.get_mut(), bufs))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }
        }
    )*};
}

write_in_memory! {
    Vec<u8>,
    io::Cursor<&mut [u8]>,
    io::Cursor<&mut Vec<u8>>,
    io::Cursor<Vec<u8>>,
    io::Cursor<Box<[u8]>>,
}
