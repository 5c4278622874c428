//! [`BufReader`], which reads a source in large pieces and hands them out in small ones.

use std::fmt;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::forward::forward_async_write;
use crate::io::util::DEFAULT_BUF_SIZE;
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

pin_project! {
    /// Gives a source a buffer.
    ///
    /// It saves time where a source is read in small pieces, since it asks the source for a buffer full at a time.
    /// It saves nothing, and is passed by, where reads are as large as its buffer. Dropping it drops what is buffered.
    ///
    /// Seeking discards the buffer. A position relative to the current one is counted from the byte that would be read
    /// next.
    pub struct BufReader<R> {
        #[pin]
        pub(super) inner: R,
        pub(super) buf: Box<[u8]>,
        // `buf[start..end]` was read from `inner` and not handed out yet.
        pub(super) start: usize,
        pub(super) end: usize,
        pub(super) seek: Seek,
    }
}

/// How far a seek has come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seek {
    /// There is none.
    Idle,
    /// Asked for; an earlier operation of the source may still be in progress.
    Requested(SeekFrom),
    /// The source moves back over what is buffered, because both distances together overflow.
    BackBeforeForward(i64),
    /// The source moves to where it was asked to.
    InProgress,
}

impl<R: AsyncRead> BufReader<R> {
    /// A reader with a buffer of 8 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, BufReader};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = BufReader::new(&b"one\ntwo\n"[..]);
    ///     let mut line = String::new();
    ///     reader.read_line(&mut line).await?;
    ///     assert_eq!(line, "one\n");
    ///     Ok(())
    /// }
    /// ```
    pub fn new(inner: R) -> Self {
        Self::with_capacity(DEFAULT_BUF_SIZE, inner)
    }

    /// A reader with a buffer of `capacity` bytes.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, BufReader};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = BufReader::with_capacity(4, &b"some text"[..]);
    ///     assert_eq!(reader.fill_buf().await?, b"some");
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn with_capacity(capacity: usize, inner: R) -> Self {
        assert!(capacity > 0, "`capacity` must be greater than 0; use at least one byte, or read without `BufReader`");
        Self { inner, buf: vec![0; capacity].into_boxed_slice(), start: 0, end: 0, seek: Seek::Idle }
    }

    /// The source.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::BufReader;
    ///
    /// let inner = BufReader::new(&b"text"[..]);
    /// assert_eq!(*inner.get_ref(), b"text");
    /// ```
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// The source. Reading from it misses what is buffered here.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::BufReader;
    ///
    /// let mut inner = BufReader::new(&b"text"[..]);
    /// assert_eq!(*inner.get_mut(), b"text");
    /// ```
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// The source, pinned. Reading from it misses what is buffered here.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::Pin;
    ///
    /// use heist::io::{AsyncReadExt, BufReader};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = BufReader::new(&b"text"[..]);
    ///     assert_eq!(Pin::new(&mut reader).get_pin_mut().read_u8().await?, b't');
    ///     assert_eq!(reader.read_u8().await?, b'e');
    ///     Ok(())
    /// }
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().inner
    }

    /// Gives the source back. What is buffered is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::BufReader;
    ///
    /// let inner = BufReader::new(&b"text"[..]);
    /// assert_eq!(inner.into_inner(), b"text");
    /// ```
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// What is buffered; unlike [`fill_buf`](crate::io::AsyncBufReadExt::fill_buf) it does not read more.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncBufReadExt, BufReader};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut reader = BufReader::new(&b"text"[..]);
    ///     assert!(reader.buffer().is_empty());
    ///     reader.fill_buf().await?;
    ///     assert_eq!(reader.buffer(), b"text");
    ///     Ok(())
    /// }
    /// ```
    pub fn buffer(&self) -> &[u8] {
        &self.buf[self.start..self.end]
    }
}

impl<R> BufReader<R> {
    fn discard_buffer(self: Pin<&mut Self>) {
        let me = self.project();
        *me.start = 0;
        *me.end = 0;
    }
}

impl<R: AsyncRead> AsyncRead for BufReader<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // With nothing buffered and a large read there is nothing to gain from copying through the buffer.
        if self.start == self.end && buf.remaining() >= self.buf.len() {
            return self.project().inner.poll_read(cx, buf);
        }
        let available = ready!(self.as_mut().poll_fill_buf(cx))?;
        let length = available.len().min(buf.remaining());
        buf.put_slice(&available[..length]);
        self.consume(length);
        Poll::Ready(Ok(()))
    }
}

impl<R: AsyncRead> AsyncBufRead for BufReader<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let me = self.project();
        if *me.start == *me.end {
            let mut buf = ReadBuf::new(me.buf);
            ready!(me.inner.poll_read(cx, &mut buf))?;
            *me.end = buf.filled().len();
            *me.start = 0;
        }
        Poll::Ready(Ok(&me.buf[*me.start..*me.end]))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        let me = self.project();
        *me.start = me.start.saturating_add(amt).min(*me.end);
    }
}

impl<R: AsyncRead + AsyncSeek> AsyncSeek for BufReader<R> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        // The source is moved in `poll_complete`, which can wait for an operation it has in progress.
        *self.project().seek = Seek::Requested(position);
        Ok(())
    }

    /// Moves the source and discards the buffer; without a move in progress it returns 0.
    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        loop {
            let me = self.as_mut().project();
            match *me.seek {
                Seek::Idle => return Poll::Ready(Ok(0)),
                Seek::Requested(_) => {
                    let earlier = ready!(me.inner.poll_complete(cx));
                    if earlier.is_err() {
                        *me.seek = Seek::Idle;
                    }
                    earlier?;
                    self.as_mut().start_inner_seek()?;
                }
                Seek::BackBeforeForward(distance) => {
                    let moved = ready!(me.inner.poll_complete(cx));
                    *me.seek = if moved.is_ok() { Seek::Requested(SeekFrom::Current(distance)) } else { Seek::Idle };
                    moved?;
                    self.as_mut().discard_buffer();
                }
                Seek::InProgress => {
                    let moved = ready!(me.inner.poll_complete(cx));
                    *me.seek = Seek::Idle;
                    if moved.is_ok() {
                        self.discard_buffer();
                    }
                    return Poll::Ready(moved);
                }
            }
        }
    }
}

impl<R: AsyncSeek> BufReader<R> {
    /// Starts to move the source, which has nothing in progress, to where was asked for.
    fn start_inner_seek(self: Pin<&mut Self>) -> io::Result<()> {
        let me = self.project();
        let Seek::Requested(position) = *me.seek else { unreachable!("called for a requested seek") };
        *me.seek = Seek::Idle;
        let SeekFrom::Current(distance) = position else {
            me.inner.start_seek(position)?;
            *me.seek = Seek::InProgress;
            return Ok(());
        };
        // The source stands behind what is buffered, the caller before it. A buffer is never larger than `i64::MAX`.
        let ahead = (*me.end - *me.start) as i64;
        if let Some(distance) = distance.checked_sub(ahead) {
            me.inner.start_seek(SeekFrom::Current(distance))?;
            *me.seek = Seek::InProgress;
        } else {
            me.inner.start_seek(SeekFrom::Current(-ahead))?;
            *me.seek = Seek::BackBeforeForward(distance);
        }
        Ok(())
    }
}

impl<R: AsyncRead + AsyncWrite> AsyncWrite for BufReader<R> {
    forward_async_write!(self => self.get_pin_mut(), self.get_ref());
}

impl<R: fmt::Debug> fmt::Debug for BufReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufReader")
            .field("reader", &self.inner)
            .field("buffer", &format_args!("{}/{}", self.end - self.start, self.buf.len()))
            .finish()
    }
}
