//! The trait for streams with a position, and its implementations for pointers and cursors.

use std::io::{self, SeekFrom};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::forward::forward_async_seek;

/// Moves the position of a stream, as [`std::io::Seek`] does, without blocking the thread.
///
/// Call the operations through [`AsyncSeekExt`](crate::io::AsyncSeekExt), which goes through both steps.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::io::{Cursor, SeekFrom};
/// use std::pin::Pin;
///
/// use heist::io::AsyncSeek;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut cursor = Cursor::new(b"some text");
///     Pin::new(&mut cursor).start_seek(SeekFrom::End(-4))?;
///     assert_eq!(poll_fn(|cx| Pin::new(&mut cursor).poll_complete(cx)).await?, 5);
///     Ok(())
/// }
/// ```
pub trait AsyncSeek {
    /// Begins to move to `position`, in bytes.
    ///
    /// `Ok` means that the move was accepted; [`poll_complete`](Self::poll_complete) tells when it is done. Moving past
    /// the end is allowed, and what it means is up to the stream.
    ///
    /// # Errors
    ///
    /// A stream may refuse with [`ErrorKind::Other`](io::ErrorKind::Other) while an earlier operation is pending. Wait
    /// for [`poll_complete`](Self::poll_complete) first to rule that out.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io::SeekFrom;
    /// use std::pin::Pin;
    ///
    /// use heist::fs::File;
    /// use heist::io::AsyncSeek;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut file = File::open("/dev/null").await?;
    ///     // Whatever is in progress comes first.
    ///     poll_fn(|cx| Pin::new(&mut file).poll_complete(cx)).await?;
    ///     Pin::new(&mut file).start_seek(SeekFrom::Start(0))?;
    ///     poll_fn(|cx| Pin::new(&mut file).poll_complete(cx)).await?;
    ///     Ok(())
    /// }
    /// ```
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()>;

    /// Waits until the move is done, and returns the new position, in bytes from the start.
    ///
    /// Without a move in progress it completes at once, with a position that need not be the present one.
    ///
    /// # Errors
    ///
    /// Moving to a negative position is an error, and a stream may report others.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::io::SeekFrom;
    /// use std::pin::Pin;
    ///
    /// use heist::fs::File;
    /// use heist::io::AsyncSeek;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut file = File::open("/dev/null").await?;
    ///     Pin::new(&mut file).start_seek(SeekFrom::Start(0))?;
    ///     assert_eq!(poll_fn(|cx| Pin::new(&mut file).poll_complete(cx)).await?, 0);
    ///     Ok(())
    /// }
    /// ```
    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>>;
}

impl<T: ?Sized + AsyncSeek + Unpin> AsyncSeek for Box<T> {
    forward_async_seek!(self => Pin::new(&mut **self.get_mut()));
}

impl<T: ?Sized + AsyncSeek + Unpin> AsyncSeek for &mut T {
    forward_async_seek!(self => Pin::new(&mut **self.get_mut()));
}

impl<P> AsyncSeek for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncSeek,
{
    forward_async_seek!(self => self.as_deref_mut());
}

impl<T: AsRef<[u8]> + Unpin> AsyncSeek for io::Cursor<T> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        io::Seek::seek(self.get_mut(), position).map(drop)
    }

    fn poll_complete(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.position()))
    }
}
