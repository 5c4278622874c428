//! A reader and a writer that follow a script: how much they take at a time, when they wait, when they fail.
#![allow(dead_code)] // Each test file uses a part of this.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use heist::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf, SeekFrom};
use proptest::prelude::*;

/// What a call does. The steps of a script are repeated for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Transfers up to so many bytes.
    Bytes(usize),
    /// Waits, with the task already woken.
    Pending,
    /// Fails with `Interrupted`.
    Interrupted,
    /// Fails with `ConnectionReset`.
    Reset,
}

/// Scripts that get on: the last step transfers bytes. `interrupted` says whether they may fail on the way.
pub(crate) fn script(interrupted: bool) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_usize..20).prop_map(Step::Bytes),
        2 => Just(Step::Pending),
        1 => Just(if interrupted { Step::Interrupted } else { Step::Pending }),
    ];
    (prop::collection::vec(step, 0..6), 1_usize..20).prop_map(|(mut steps, last)| {
        steps.push(Step::Bytes(last));
        steps
    })
}

#[derive(Debug)]
struct Script {
    steps: Vec<Step>,
    next: usize,
}

impl Script {
    /// How much the present call transfers at most.
    fn step(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let step = self.steps[self.next % self.steps.len()];
        self.next += 1;
        match step {
            Step::Bytes(limit) => Poll::Ready(Ok(limit)),
            Step::Pending => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Step::Interrupted => Poll::Ready(Err(io::ErrorKind::Interrupted.into())),
            Step::Reset => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }
}

/// Reads `data` by the script.
#[derive(Debug)]
pub(crate) struct Reader {
    data: io::Cursor<Vec<u8>>,
    script: Script,
}

impl Reader {
    pub(crate) fn new(data: impl Into<Vec<u8>>, steps: impl Into<Vec<Step>>) -> Self {
        Self { data: io::Cursor::new(data.into()), script: Script { steps: steps.into(), next: 0 } }
    }
}

impl AsyncRead for Reader {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let limit = std::task::ready!(self.script.step(cx))?.min(buf.remaining());
        let length = io::Read::read(&mut self.data, buf.initialize_unfilled_to(limit))?;
        buf.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Reader {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        io::Seek::seek(&mut self.data, position).map(drop)
    }

    fn poll_complete(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.data.position()))
    }
}

/// Collects what is written by the script.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) data: Vec<u8>,
    /// How long `data` was at the last flush.
    pub(crate) flushed: usize,
    pub(crate) shut: bool,
    pub(crate) vectored: bool,
    /// Calls of the two write methods, whatever they returned.
    pub(crate) calls: usize,
    script: Script,
}

impl Writer {
    pub(crate) fn new(steps: impl Into<Vec<Step>>) -> Self {
        let script = Script { steps: steps.into(), next: 0 };
        Self { data: Vec::new(), flushed: 0, shut: false, vectored: false, calls: 0, script }
    }
}

impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.calls += 1;
        let limit = std::task::ready!(self.script.step(cx))?.min(buf.len());
        self.data.extend_from_slice(&buf[..limit]);
        Poll::Ready(Ok(limit))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushed = self.data.len();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut = true;
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.vectored {
            let all: Vec<u8> = bufs.iter().flat_map(|buf| buf.iter().copied()).collect();
            return self.poll_write(cx, &all);
        }
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| &**buf);
        self.as_mut().poll_write(cx, first)
    }

    fn is_write_vectored(&self) -> bool {
        self.vectored
    }
}
