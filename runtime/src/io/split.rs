//! [`split`]: one stream used from two tasks, one that reads and one that writes.

use std::fmt;
use std::io::{self, IoSlice};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use heist_primitives::sync::{Arc, Mutex};

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The readable half of a stream that was [`split`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (here, mut there) = duplex(64);
///     let (mut reader, _writer) = split(here);
///     let received = heist::spawn(async move { reader.read_u8().await });
///     there.write_u8(7).await?;
///     assert_eq!(received.await??, 7);
///     Ok(())
/// }
/// ```
pub struct ReadHalf<T> {
    inner: Arc<Inner<T>>,
}

/// The writable half of a stream that was [`split`].
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (here, mut there) = duplex(64);
///     let (_reader, mut writer) = split(here);
///     writer.write_all(b"that is all").await?;
///     // Merely dropped, it would tell the other side nothing.
///     writer.shutdown().await?;
///     let mut received = String::new();
///     there.read_to_string(&mut received).await?;
///     assert_eq!(received, "that is all");
///     Ok(())
/// }
/// ```
pub struct WriteHalf<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    /// Held for the length of one poll. The box gives the stream an address that does not change.
    stream: Mutex<Pin<Box<T>>>,
    /// What the stream said when it was split, so that asking takes no lock.
    is_write_vectored: bool,
}

/// Splits a stream into a half that reads and a half that writes.
///
/// The halves share the stream under a lock, and can live in different tasks. Dropping one half does nothing to the
/// stream; it is dropped with the second. [`ReadHalf::unsplit`] joins the halves again. Types that can be split without
/// a lock, such as sockets, have methods of their own for it.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
///
/// # futures::executor::block_on(async {
/// let (here, mut there) = duplex(64);
/// let (mut reader, mut writer) = split(here);
///
/// writer.write_all(b"ping").await?;
/// let mut buf = [0; 4];
/// there.read_exact(&mut buf).await?;
/// there.write_all(&buf).await?;
/// reader.read_exact(&mut buf).await?;
/// assert_eq!(&buf, b"ping");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn split<T>(stream: T) -> (ReadHalf<T>, WriteHalf<T>)
where
    T: AsyncRead + AsyncWrite,
{
    let is_write_vectored = stream.is_write_vectored();
    let inner = Arc::new(Inner { stream: Mutex::new(Box::pin(stream)), is_write_vectored });
    (ReadHalf { inner: inner.clone() }, WriteHalf { inner })
}

impl<T> ReadHalf<T> {
    /// True if the two halves came from the same call of [`split`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{duplex, split};
    ///
    /// let (one, another) = duplex(64);
    /// let (reader, writer) = split(one);
    /// assert!(reader.is_pair_of(&writer));
    /// assert!(!reader.is_pair_of(&split(another).1));
    /// ```
    pub fn is_pair_of(&self, other: &WriteHalf<T>) -> bool {
        other.is_pair_of(self)
    }

    /// Joins the two halves of a stream again.
    ///
    /// # Panics
    ///
    /// If the halves came from different streams; [`is_pair_of`](Self::is_pair_of) tells.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{duplex, split};
    ///
    /// let (stream, _peer) = duplex(64);
    /// let (reader, writer) = split(stream);
    /// let _stream = reader.unsplit(writer);
    /// ```
    #[track_caller]
    pub fn unsplit(self, wr: WriteHalf<T>) -> T
    where
        T: Unpin,
    {
        assert!(
            self.is_pair_of(&wr),
            "Unrelated `split::Write` passed to `split::Read::unsplit`. Pass the other half of the same stream; \
             `is_pair_of` tells which it is."
        );
        drop(wr);
        let inner = Arc::try_unwrap(self.inner).ok().expect("a stream has two halves, and both were given up");
        *Pin::into_inner(inner.stream.into_inner())
    }
}

impl<T> WriteHalf<T> {
    /// True if the two halves came from the same call of [`split`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{duplex, split};
    ///
    /// let (one, another) = duplex(64);
    /// let (reader, writer) = split(one);
    /// assert!(writer.is_pair_of(&reader));
    /// assert!(!writer.is_pair_of(&split(another).0));
    /// ```
    pub fn is_pair_of(&self, other: &ReadHalf<T>) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl<T: AsyncRead> AsyncRead for ReadHalf<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.inner.stream.lock().as_mut().poll_read(cx, buf)
    }
}

impl<T: AsyncWrite> AsyncWrite for WriteHalf<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.inner.stream.lock().as_mut().poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.stream.lock().as_mut().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.stream.lock().as_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.inner.stream.lock().as_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored
    }
}

impl<T: fmt::Debug> fmt::Debug for ReadHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::ReadHalf").finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for WriteHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::WriteHalf").finish()
    }
}

// A poll that panics leaves the lock free and the stream as the panic left it, as it would without the halves.
impl<T> UnwindSafe for ReadHalf<T> {}
impl<T> RefUnwindSafe for ReadHalf<T> {}
impl<T> UnwindSafe for WriteHalf<T> {}
impl<T> RefUnwindSafe for WriteHalf<T> {}
