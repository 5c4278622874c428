//! The future of [`AsyncReadExt::read_to_end`](crate::io::AsyncReadExt::read_to_end), and the loop behind it.

use std::future::Future;
use std::io;
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::io::read_buf::{REPLACED, ReadVec};
use crate::io::util::interrupted::retry_interrupted;
use crate::io::{AsyncRead, ReadBuf};

/// A vector with less room than this is not read into directly: it is grown first, or probed for the end.
pub(crate) const SMALL: usize = 32;

pin_project! {
    /// Reads until the end of the source.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct ReadToEnd<'a, R: ?Sized> {
        reader: &'a mut R,
        state: AppendAll<&'a mut Vec<u8>>,
        #[pin]
        _pin: PhantomPinned,
    }
}

impl<'a, R: ?Sized> ReadToEnd<'a, R> {
    pub(super) fn new(reader: &'a mut R, buf: &'a mut Vec<u8>) -> Self {
        Self { reader, state: AppendAll::new(ReadVec::borrowed(buf)), _pin: PhantomPinned }
    }
}

impl<R: AsyncRead + Unpin + ?Sized> Future for ReadToEnd<'_, R> {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let me = self.project();
        me.state.poll(Pin::new(&mut **me.reader), cx)
    }
}

/// Appends everything a reader has to a vector.
#[derive(Debug)]
pub(crate) struct AppendAll<V> {
    /// The destination.
    pub(crate) buf: ReadVec<V>,
    /// How long the vector was at the beginning.
    pub(super) start: usize,
    /// The capacity the caller chose, perhaps because it knows exactly how much will come.
    capacity: usize,
}

impl<V: AsMut<Vec<u8>>> AppendAll<V> {
    pub(crate) fn new(mut buf: ReadVec<V>) -> Self {
        let (start, capacity) = (buf.len(), buf.capacity());
        Self { buf, start, capacity }
    }

    /// Reads to the end; returns how much that was since the beginning.
    pub(crate) fn poll<R: AsyncRead + ?Sized>(
        &mut self,
        mut reader: Pin<&mut R>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            if ready!(retry_interrupted(|| self.read_some(reader.as_mut(), cx)))? == 0 {
                return Poll::Ready(Ok(self.buf.len() - self.start));
            }
        }
    }

    fn read_some<R: AsyncRead + ?Sized>(
        &mut self,
        reader: Pin<&mut R>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let room = self.buf.capacity() - self.buf.len();
        if room < SMALL && self.capacity >= SMALL && self.buf.capacity() == self.capacity {
            return self.probe(reader, cx);
        }
        self.buf.reserve(SMALL);
        self.buf.fill(|buf| reader.poll_read(cx, buf))
    }

    /// Looks whether anything comes before growing the vector: its capacity may be just what is needed.
    fn probe<R: AsyncRead + ?Sized>(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut memory = [MaybeUninit::uninit(); SMALL];
        let mut buf = ReadBuf::uninit(&mut memory);
        let region = buf.region();
        ready!(reader.poll_read(cx, &mut buf))?;
        assert_eq!(buf.region(), region, "{REPLACED}");
        self.buf.extend(buf.filled());
        Poll::Ready(Ok(buf.filled().len()))
    }
}
