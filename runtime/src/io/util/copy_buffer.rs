//! [`CopyBuffer`], one direction of copying from a reader to a writer.
//!
//! Where both are descriptors and much is to be copied, [`splice`](super::splice) takes over while the buffer is empty.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::util::DEFAULT_BUF_SIZE;
use crate::io::util::interrupted::retry_interrupted;
use crate::io::util::splice::{Splicer, Step};
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::task::coop::poll_proceed;

/// The size up to which a buffer grows while reads fill it, in bytes.
const MOST: usize = 64 * 1024;

/// A buffer on its way from a reader to a writer, and how much went through it.
#[derive(Debug)]
pub(super) struct CopyBuffer {
    /// `buf[start..end]` was read and not written yet.
    buf: Vec<u8>,
    start: usize,
    end: usize,
    /// What takes over from the buffer, if the size of the buffer may be chosen here.
    splicer: Option<Splicer>,
    /// The last read left no room.
    was_filled: bool,
    /// The reader has ended.
    ended: bool,
    /// Something was written since the last flush.
    unflushed: bool,
    /// Bytes written so far.
    copied: u64,
}

impl CopyBuffer {
    /// An empty buffer of `size` bytes, which is not 0. It stays at that.
    pub(super) fn with_size(size: usize) -> Self {
        let buf = vec![0; size];
        Self { buf, start: 0, end: 0, splicer: None, was_filled: false, ended: false, unflushed: false, copied: 0 }
    }

    /// An empty buffer that begins with the default size and takes what it needs.
    pub(super) fn new() -> Self {
        Self { splicer: Some(Splicer::default()), ..Self::with_size(DEFAULT_BUF_SIZE) }
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
                let filled = match self.poll_splice(cx, reader.as_mut(), writer.as_mut()) {
                    Some(moved) => moved,
                    None => self.poll_fill(cx, reader.as_mut()),
                };
                match filled {
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

    /// Moves some bytes past the buffer, which is empty. `None` if that is not possible or not worth while.
    fn poll_splice<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: Pin<&mut R>,
        writer: Pin<&mut W>,
    ) -> Option<Poll<io::Result<()>>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        let splicer = self.splicer.as_mut()?;
        if !splicer.takes_over() {
            return None;
        }
        let (reader, writer) = (reader.as_ref(), writer.as_ref());
        let (Some(from), Some(to)) = (reader.__copy_source(), writer.__copy_target()) else {
            splicer.turn_off();
            return None;
        };
        let step = match splicer.poll_step(cx, from, to) {
            Poll::Ready(Ok(step)) => step,
            Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
            Poll::Pending => return Some(Poll::Pending),
        };
        match step {
            Step::Moved(count) => {
                self.copied += count as u64;
                self.unflushed = true;
            }
            Step::Buffer(rest) if rest.is_empty() => return None,
            Step::Buffer(rest) => {
                (self.start, self.end) = (0, rest.len());
                self.buf = rest;
            }
        }
        Some(Poll::Ready(Ok(())))
    }

    /// Reads once behind what is buffered.
    fn poll_fill<R: AsyncRead + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
    ) -> Poll<io::Result<()>> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.grow();
        }
        let mut buf = ReadBuf::new(&mut self.buf[self.end..]);
        ready!(retry_interrupted(|| reader.as_mut().poll_read(cx, &mut buf)))?;
        let length = buf.filled().len();
        self.end += length;
        self.ended = length == 0;
        let is_filled = self.end == self.buf.len();
        if let Some(splicer) = &mut self.splicer {
            splicer.read_filled(is_filled && self.end >= MOST);
        }
        self.was_filled = is_filled;
        Poll::Ready(Ok(()))
    }

    /// Makes room for more, if the last read could have used it. The buffer is empty.
    fn grow(&mut self) {
        if self.was_filled && self.splicer.is_some() && self.buf.len() < MOST {
            // A new one, since nothing has to be kept.
            self.buf = vec![0; self.buf.len() * 2];
        }
        self.was_filled = false;
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
