//! [`BufWriter`], which collects small writes into large ones.

use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::forward::{forward_async_buf_read, forward_async_read};
use crate::io::util::DEFAULT_BUF_SIZE;
use crate::io::util::interrupted::retry_interrupted;
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};

pin_project! {
    /// Gives a destination a buffer.
    ///
    /// It saves time where writes are small, since the destination gets a buffer full at a time. It saves nothing, and
    /// is passed by, where writes are as large as its buffer.
    ///
    /// Dropping it loses what is buffered, because a drop cannot wait: call [`flush`](crate::io::AsyncWriteExt::flush)
    /// or [`shutdown`](crate::io::AsyncWriteExt::shutdown) first.
    pub struct BufWriter<W> {
        #[pin]
        pub(super) inner: W,
        pub(super) buf: Vec<u8>,
        // How much of `buf` the destination has got, while it is being emptied.
        pub(super) written: usize,
        pub(super) seek: Seek,
    }
}

/// How far a seek has come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seek {
    /// There is none.
    Idle,
    /// Asked for; what is buffered belongs before it, and is to be written first.
    Requested(SeekFrom),
    /// The destination moves.
    InProgress,
}

impl<W: AsyncWrite> BufWriter<W> {
    /// A writer with a buffer of 8 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncWriteExt, BufWriter};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut writer = BufWriter::new(Vec::new());
    ///     writer.write_all(b"text").await?;
    ///     writer.flush().await?;
    ///     assert_eq!(writer.into_inner(), b"text");
    ///     Ok(())
    /// }
    /// ```
    pub fn new(inner: W) -> Self {
        Self::with_capacity(DEFAULT_BUF_SIZE, inner)
    }

    /// A writer with a buffer of at least `capacity` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncWriteExt, BufWriter};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut writer = BufWriter::with_capacity(16, Vec::new());
    ///     writer.write_all(b"text").await?;
    ///     assert!(writer.get_ref().is_empty());
    ///     writer.flush().await?;
    ///     assert_eq!(writer.into_inner(), b"text");
    ///     Ok(())
    /// }
    /// ```
    pub fn with_capacity(capacity: usize, inner: W) -> Self {
        Self { inner, buf: Vec::with_capacity(capacity), written: 0, seek: Seek::Idle }
    }

    /// The destination.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::BufWriter;
    ///
    /// let inner = BufWriter::new(Vec::<u8>::new());
    /// assert_eq!(*inner.get_ref(), b"");
    /// ```
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// The destination. What is written to it directly overtakes what is buffered here.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::BufWriter;
    ///
    /// let mut inner = BufWriter::new(Vec::<u8>::new());
    /// assert_eq!(*inner.get_mut(), b"");
    /// ```
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// The destination, pinned. What is written to it directly overtakes what is buffered here.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::Pin;
    ///
    /// use heist::io::{AsyncWriteExt, BufWriter};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut writer = BufWriter::new(Vec::new());
    ///     writer.write_all(b"late").await?;
    ///     Pin::new(&mut writer).get_pin_mut().write_all(b"early ").await?;
    ///     writer.flush().await?;
    ///     assert_eq!(writer.get_ref(), b"early late");
    ///     Ok(())
    /// }
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.project().inner
    }

    /// Gives the destination back. What is buffered is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::BufWriter;
    ///
    /// let inner = BufWriter::new(Vec::<u8>::new());
    /// assert_eq!(inner.into_inner(), b"");
    /// ```
    pub fn into_inner(self) -> W {
        self.inner
    }

    /// What is buffered.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncWriteExt, BufWriter};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut writer = BufWriter::new(Vec::new());
    ///     writer.write_all(b"text").await?;
    ///     assert_eq!(writer.buffer(), b"text");
    ///     Ok(())
    /// }
    /// ```
    pub fn buffer(&self) -> &[u8] {
        &self.buf[self.written..]
    }

    /// Hands what is buffered to the destination, which is not flushed itself.
    fn poll_flush_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut me = self.project();
        let result = loop {
            let rest = &me.buf[*me.written..];
            if rest.is_empty() {
                break Ok(());
            }
            match ready!(retry_interrupted(|| me.inner.as_mut().poll_write(cx, rest))) {
                Ok(0) => {
                    break Err(io::Error::new(io::ErrorKind::WriteZero, "failed to write the buffered data"));
                }
                Ok(length) => *me.written += length,
                Err(error) => break Err(error),
            }
        };
        me.buf.drain(..*me.written);
        *me.written = 0;
        Poll::Ready(result)
    }

    /// Makes room for `additional` bytes, if the buffer can have that much.
    fn poll_make_room(self: Pin<&mut Self>, cx: &mut Context<'_>, additional: usize) -> Poll<io::Result<()>> {
        if self.buf.len().saturating_add(additional) > self.buf.capacity() {
            return self.poll_flush_buf(cx);
        }
        Poll::Ready(Ok(()))
    }
}

impl<W: AsyncWrite> AsyncWrite for BufWriter<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.as_mut().poll_make_room(cx, buf.len()))?;
        let me = self.project();
        if buf.len() >= me.buf.capacity() {
            return me.inner.poll_write(cx, buf);
        }
        me.buf.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush_buf(cx))?;
        self.get_pin_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush_buf(cx))?;
        self.get_pin_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.inner.is_write_vectored() {
            let total = bufs.iter().fold(0_usize, |total, buf| total.saturating_add(buf.len()));
            ready!(self.as_mut().poll_make_room(cx, total))?;
            let me = self.project();
            if total >= me.buf.capacity() {
                return me.inner.poll_write_vectored(cx, bufs);
            }
            bufs.iter().for_each(|buf| me.buf.extend_from_slice(buf));
            return Poll::Ready(Ok(total));
        }
        // The destination takes one buffer at a time: one that is large goes there, small ones are collected here.
        let Some(first) = bufs.iter().position(|buf| !buf.is_empty()) else { return Poll::Ready(Ok(0)) };
        let bufs = &bufs[first..];
        ready!(self.as_mut().poll_make_room(cx, bufs[0].len()))?;
        let me = self.project();
        if bufs[0].len() >= me.buf.capacity() {
            return me.inner.poll_write(cx, &bufs[0]);
        }
        let before = me.buf.len();
        for buf in bufs {
            if me.buf.capacity() - me.buf.len() < buf.len() {
                break;
            }
            me.buf.extend_from_slice(buf);
        }
        Poll::Ready(Ok(me.buf.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl<W: AsyncWrite + AsyncSeek> AsyncSeek for BufWriter<W> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        // The destination is moved in `poll_complete`, which can wait until the buffer is empty.
        *self.project().seek = Seek::Requested(position);
        Ok(())
    }

    /// Empties the buffer and moves the destination; without a move in progress it returns 0.
    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        if let Seek::Requested(position) = self.seek {
            let prepared = ready!(self.as_mut().poll_prepare_seek(cx));
            let me = self.as_mut().project();
            *me.seek = Seek::Idle;
            prepared?;
            me.inner.start_seek(position)?;
            *me.seek = Seek::InProgress;
        }
        let me = self.project();
        if let Seek::Idle = me.seek {
            return Poll::Ready(Ok(0));
        }
        let moved = ready!(me.inner.poll_complete(cx));
        *me.seek = Seek::Idle;
        Poll::Ready(moved)
    }
}

impl<W: AsyncWrite + AsyncSeek> BufWriter<W> {
    /// Waits until the buffer is empty and the destination has nothing in progress.
    fn poll_prepare_seek(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush_buf(cx))?;
        ready!(self.get_pin_mut().poll_complete(cx))?;
        Poll::Ready(Ok(()))
    }
}

impl<W: AsyncWrite + AsyncRead> AsyncRead for BufWriter<W> {
    forward_async_read!(self => self.get_pin_mut());
}

impl<W: AsyncWrite + AsyncBufRead> AsyncBufRead for BufWriter<W> {
    forward_async_buf_read!(self => self.get_pin_mut());
}

impl<W: fmt::Debug> fmt::Debug for BufWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufWriter")
            .field("writer", &self.inner)
            .field("buffer", &format_args!("{}/{}", self.buf.len() - self.written, self.buf.capacity()))
            .finish()
    }
}
