//! [`CopyBuffer`], one direction of copying from a reader to a writer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::util::interrupted::retry_interrupted;
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::task::coop::poll_proceed;

/// A buffer on its way from a reader to a writer, and how much went through it.
#[derive(Debug)]
pub(super) struct CopyBuffer {
    /// `buf[start..end]` was read and not written yet.
    buf: Box<[u8]>,
    start: usize,
    end: usize,
    /// The reader has ended.
    ended: bool,
    /// Something was written since the last flush.
    unflushed: bool,
    /// Bytes written so far.
    copied: u64,
}

impl CopyBuffer {
    /// An empty buffer of `size` bytes, which is not 0.
    pub(super) fn new(size: usize) -> Self {
        Self { buf: vec![0; size].into_boxed_slice(), start: 0, end: 0, ended: false, unflushed: false, copied: 0 }
    }

    /// Copies until the reader ends and everything is flushed; returns how many bytes that was in all.
    pub(super) fn poll_copy<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        loop {
            if self.start == self.end && !self.ended {
                // One unit of budget for each buffer, so that a reader and a writer that never wait do not keep the
                // thread.
                let coop = ready!(poll_proceed(cx));
                match self.poll_fill(cx, reader.as_mut()) {
                    Poll::Ready(result) => result?,
                    Poll::Pending => {
                        // What the reader waits for may depend on what the writer still holds back.
                        ready!(self.poll_flush(cx, writer))?;
                        return Poll::Pending;
                    }
                }
                coop.made_progress();
            }
            while self.start < self.end {
                let written = match self.poll_drain(cx, writer.as_mut()) {
                    Poll::Ready(written) => written?,
                    Poll::Pending => {
                        // The time until there is room again goes into reading more.
                        if !self.ended && self.end < self.buf.len() {
                            if let Poll::Ready(result) = self.poll_fill(cx, reader.as_mut()) {
                                result?;
                            }
                        }
                        return Poll::Pending;
                    }
                };
                self.start += written;
                self.copied += written as u64;
                self.unflushed = true;
            }
            if self.ended {
                ready!(self.poll_flush(cx, writer))?;
                return Poll::Ready(Ok(self.copied));
            }
        }
    }

    /// Reads once behind what is buffered.
    fn poll_fill<R: AsyncRead + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
    ) -> Poll<io::Result<()>> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        let mut buf = ReadBuf::new(&mut self.buf[self.end..]);
        ready!(retry_interrupted(|| reader.as_mut().poll_read(cx, &mut buf)))?;
        let length = buf.filled().len();
        self.end += length;
        self.ended = length == 0;
        Poll::Ready(Ok(()))
    }

    /// Writes once from what is buffered.
    fn poll_drain<W: AsyncWrite + ?Sized>(
        &self,
        cx: &mut Context<'_>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<usize>> {
        let rest = &self.buf[self.start..self.end];
        match ready!(retry_interrupted(|| writer.as_mut().poll_write(cx, rest)))? {
            0 => Poll::Ready(Err(io::Error::new(io::ErrorKind::WriteZero, "write zero byte into writer"))),
            written => Poll::Ready(Ok(written)),
        }
    }

    fn poll_flush<W: AsyncWrite + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        writer: Pin<&mut W>,
    ) -> Poll<io::Result<()>> {
        if self.unflushed {
            ready!(writer.poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}
