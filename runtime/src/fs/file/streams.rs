//! Reading, writing and seeking, and their part in the cooperative budget.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::File;
use crate::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use crate::task::coop::{has_budget_remaining, poll_proceed};

/// Copying so many bytes costs a unit of the budget. So a task that moves data without ever waiting yields after a
/// megabyte, which is some hundred microseconds.
const BYTES_PER_UNIT: usize = 8 * 1024;

impl AsyncRead for File {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let coop = ready!(poll_proceed(cx));
        let me = self.get_mut();
        let before = buf.filled().len();
        let result = ready!(me.inner.get_mut().poll_read(cx, buf, me.max_buf_size));
        coop.made_progress();
        charge(cx, buf.filled().len() - before);
        Poll::Ready(result)
    }
}

impl AsyncWrite for File {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let coop = ready!(poll_proceed(cx));
        let me = self.get_mut();
        let result = ready!(me.inner.get_mut().poll_write(cx, bufs, me.max_buf_size));
        coop.made_progress();
        charge(cx, *result.as_ref().unwrap_or(&0));
        Poll::Ready(result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().inner.get_mut().poll_flush(cx)
    }

    /// As [`poll_flush`](Self::poll_flush): a file has no other side to be told.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl AsyncSeek for File {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.get_mut().inner.get_mut().start_seek(position)
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.get_mut().inner.get_mut().poll_position(cx)
    }
}

/// Takes from the budget what copying `bytes` costs beyond the unit that the operation itself has cost.
fn charge(cx: &mut Context<'_>, bytes: usize) {
    for _ in 0..bytes / BYTES_PER_UNIT {
        // Asked first, since the task would be woken for nothing.
        if !has_budget_remaining() {
            return;
        }
        if let Poll::Ready(coop) = poll_proceed(cx) {
            coop.made_progress();
        }
    }
}
