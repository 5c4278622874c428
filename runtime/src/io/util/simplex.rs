//! [`simplex`]: a pipe in memory, for one direction. [`DuplexStream`](crate::io::DuplexStream) consists of two.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use crate::io::{AsyncRead, AsyncWrite, ReadBuf, ReadHalf, WriteHalf, split};
use crate::task::coop::poll_proceed;

/// Makes a pipe in memory that holds at most `max_buf_size` bytes.
///
/// Writes wait while it is full, reads while it is empty. After [`shutdown`](crate::io::AsyncWriteExt::shutdown) of the
/// writer the reader gets what is left, and then the end. Merely dropping the writer does not end the stream, since the
/// halves are those of [`split`] and share one stream; use [`duplex`](crate::io::duplex) where it should.
/// [`SimplexStream::new_unsplit`] makes a pipe in one piece.
///
/// # Panics
///
/// If `max_buf_size` is 0.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, simplex};
///
/// # futures::executor::block_on(async {
/// let (mut reader, mut writer) = simplex(64);
/// writer.write_all(b"hello").await?;
/// writer.shutdown().await?;
///
/// let mut text = String::new();
/// reader.read_to_string(&mut text).await?;
/// assert_eq!(text, "hello");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn simplex(max_buf_size: usize) -> (ReadHalf<SimplexStream>, WriteHalf<SimplexStream>) {
    split(SimplexStream::new_unsplit(max_buf_size))
}

/// A pipe in memory: what is written to it is read from it.
///
/// Made by [`simplex`], in two halves, or by [`new_unsplit`](Self::new_unsplit).
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, SimplexStream};
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let mut pipe = SimplexStream::new_unsplit(64);
///     pipe.write_all(b"first in, ").await?;
///     pipe.write_all(b"first out").await?;
///     pipe.shutdown().await?;
///     let mut text = String::new();
///     pipe.read_to_string(&mut text).await?;
///     assert_eq!(text, "first in, first out");
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct SimplexStream {
    buffer: VecDeque<u8>,
    /// How long `buffer` may become.
    capacity: usize,
    /// Nothing more can be written.
    closed: bool,
    /// Who waits for bytes.
    reader: Option<Waker>,
    /// Who waits for room.
    writer: Option<Waker>,
}

/// Wakers to use and to drop when no lock is held any more, since both may run foreign code.
#[derive(Default)]
#[must_use = "call `run` when the lock is released"]
pub(super) struct Deferred {
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Replaced by the waker of another task.
    replaced: Option<Waker>,
}

impl Deferred {
    /// Wakes and drops.
    pub(super) fn run(self) {
        self.reader.into_iter().chain(self.writer).for_each(Waker::wake);
        drop(self.replaced);
    }
}

impl SimplexStream {
    /// Makes a pipe in memory that holds at most `max_buf_size` bytes.
    ///
    /// # Panics
    ///
    /// If `max_buf_size` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt, SimplexStream};
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let mut pipe = SimplexStream::new_unsplit(4);
    ///     // More than that would wait until something is read.
    ///     assert_eq!(pipe.write(b"some text").await?, 4);
    ///     assert_eq!(&pipe.read_u32().await?.to_be_bytes(), b"some");
    ///     Ok(())
    /// }
    /// ```
    #[track_caller]
    pub fn new_unsplit(max_buf_size: usize) -> SimplexStream {
        assert!(max_buf_size > 0, "`max_buf_size` must be greater than 0, or nothing could ever be written");
        SimplexStream { buffer: VecDeque::new(), capacity: max_buf_size, closed: false, reader: None, writer: None }
    }

    /// Ends the stream: writing is an error from now on, and the reader gets what is left, then the end.
    pub(super) fn close(&mut self, deferred: &mut Deferred) {
        self.closed = true;
        deferred.reader = self.reader.take();
        deferred.writer = self.writer.take();
    }

    /// Reads what there is into `buf`, or registers the reader.
    pub(super) fn read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        deferred: &mut Deferred,
    ) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if self.buffer.is_empty() {
            if self.closed {
                return Poll::Ready(Ok(()));
            }
            register(&mut self.reader, cx, deferred);
            return Poll::Pending;
        }
        let length = self.buffer.len().min(buf.remaining());
        let (front, back) = self.buffer.as_slices();
        let from_front = front.len().min(length);
        buf.put_slice(&front[..from_front]);
        buf.put_slice(&back[..length - from_front]);
        self.buffer.drain(..length);
        deferred.writer = self.writer.take();
        Poll::Ready(Ok(()))
    }

    /// Writes as much of `bufs` as there is room for, or registers the writer.
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
        deferred: &mut Deferred,
    ) -> Poll<io::Result<usize>> {
        if self.closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let room = self.capacity - self.buffer.len();
        if room == 0 {
            register(&mut self.writer, cx, deferred);
            return Poll::Pending;
        }
        let mut written = 0;
        for buf in bufs {
            let length = buf.len().min(room - written);
            self.buffer.extend(&buf[..length]);
            written += length;
        }
        deferred.reader = self.reader.take();
        Poll::Ready(Ok(written))
    }
}

/// Stores the task of `cx` in `slot`.
fn register(slot: &mut Option<Waker>, cx: &mut Context<'_>, deferred: &mut Deferred) {
    if !slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        deferred.replaced = slot.replace(cx.waker().clone());
    }
}

/// Runs one operation for one unit of the task's budget.
pub(super) fn cooperatively<T>(
    cx: &mut Context<'_>,
    operation: impl FnOnce(&mut Context<'_>, &mut Deferred) -> Poll<T>,
) -> Poll<T> {
    let coop = ready!(poll_proceed(cx));
    let mut deferred = Deferred::default();
    let result = operation(cx, &mut deferred);
    deferred.run();
    if result.is_ready() {
        coop.made_progress();
    }
    result
}

impl AsyncRead for SimplexStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        cooperatively(cx, |cx, deferred| self.get_mut().read(cx, buf, deferred))
    }
}

impl AsyncWrite for SimplexStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut deferred = Deferred::default();
        self.get_mut().close(&mut deferred);
        deferred.run();
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        cooperatively(cx, |cx, deferred| self.get_mut().write(cx, bufs, deferred))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
