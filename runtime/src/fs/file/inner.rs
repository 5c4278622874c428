//! What a `File` does, one operation after the other.
//!
//! At any moment at most one of these is in progress: accepted writes (`write_behind.rs`), or one other operation
//! (`operation.rs`). Whoever begins something waits for the former first, and is told its error. So operations take
//! effect in the order in which they were begun, also if their futures were dropped.

use std::fs;
use std::io::{self, IoSlice, Seek, SeekFrom};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use rustix::io::Errno;

use super::ahead::Ahead;
use super::cached::Cached;
use super::operation::{Operation, Output};
use super::write_behind::WriteBehind;
use crate::fs::unblock::check_runtime;
use crate::io::ReadBuf;

const BUSY: &str = "other file operation is pending, call `poll_complete` before `start_seek`";

/// The state of a file, which its operations change.
#[derive(Debug)]
pub(super) struct Inner {
    file: Arc<fs::File>,
    operation: Operation,
    writes: WriteBehind,
    /// What a read has brought and nobody has fetched. For the user the file's position is before these bytes.
    ahead: Ahead,
    cached: Cached,
    /// Others may hold the lock of the file's position during long system calls, so that even a short one may wait.
    is_shared: bool,
    /// It cannot seek: reading and writing have nothing to do with each other.
    is_stream: bool,
    /// Where the last seek has led.
    position: u64,
}

impl Inner {
    pub(super) fn new(file: Arc<fs::File>) -> Self {
        Self {
            file,
            operation: Operation::None,
            writes: WriteBehind::new(),
            ahead: Ahead::default(),
            cached: Cached::Unknown,
            is_shared: false,
            is_stream: false,
            position: 0,
        }
    }

    /// There are other descriptors of this file with the same position.
    pub(super) fn set_shared(&mut self) {
        self.is_shared = true;
        self.cached = Cached::Off;
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
        most: usize,
    ) -> Poll<io::Result<()>> {
        check_runtime();
        loop {
            let done = ready!(self.poll_operation(cx))?;
            if buf.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if !self.ahead.is_empty() {
                self.ahead.move_to(buf);
                return Poll::Ready(Ok(()));
            }
            if done == Some(Done::Read) {
                // Without a byte: the end.
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_written(cx))?;
            if self.cached.read(&self.file, buf, most) {
                return Poll::Ready(Ok(()));
            }
            let mut ahead = std::mem::take(&mut self.ahead);
            let most = most.min(buf.remaining());
            self.start(true, move |file| ahead.read_from(file, most).map(|()| Output::Read(ahead)));
        }
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
        most: usize,
    ) -> Poll<io::Result<usize>> {
        check_runtime();
        ready!(self.poll_rewound(cx))?;
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        self.writes.poll_write(cx, &self.file, bufs, most)
    }

    /// Waits until the file has everything that was accepted. A read that was given up may take for ever and is not
    /// waited for: nothing was accepted since it began.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.operation.is_running_read() {
            return Poll::Ready(Ok(()));
        }
        self.poll_settled(cx)
    }

    pub(super) fn start_seek(&mut self, position: SeekFrom) -> io::Result<()> {
        check_runtime();
        if !self.operation.is_running() {
            // The seek before this one, if nobody has waited for it, has moved the position.
            if let Poll::Ready(Err(error)) = self.poll_operation(&mut Context::from_waker(Waker::noop())) {
                return Err(error);
            }
        }
        if self.operation.is_running() || !self.writes.is_settled() {
            return Err(io::Error::other(BUSY));
        }
        let position = match position {
            // Counted from where the user believes the file to be.
            SeekFrom::Current(offset) => {
                let offset = i64::try_from(self.ahead.len()).ok().and_then(|ahead| offset.checked_sub(ahead));
                SeekFrom::Current(offset.ok_or(io::ErrorKind::InvalidInput)?)
            }
            other => other,
        };
        self.seek(position);
        Ok(())
    }

    /// Waits until the seek is done, or whatever else is in progress; returns where the last seek has led.
    pub(super) fn poll_position(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        ready!(self.poll_settled(cx))?;
        Poll::Ready(Ok(self.position))
    }

    /// Waits until nothing is in progress.
    ///
    /// # Errors
    ///
    /// That of the last operation, if nobody was told yet.
    pub(super) fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_operation(cx))?;
        self.poll_written(cx)
    }

    /// Waits until nothing but writes is in progress and the file's position is where the user believes it to be. What
    /// cannot seek (a pipe, a terminal) keeps the bytes that were read.
    pub(super) fn poll_rewound(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_operation(cx))?;
            if self.ahead.is_empty() || self.is_stream {
                return Poll::Ready(Ok(()));
            }
            let count = self.ahead.len();
            self.do_at_once_or_start(!self.is_shared, move |file| rewind(file, count));
        }
    }

    /// Waits until nothing is in progress. Errors stay where they are: nobody is told.
    pub(super) fn poll_quiet(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // The error of an operation whose future was dropped: its user did not want to know.
        let _ = ready!(self.poll_operation(cx));
        self.writes.poll_quiet(cx)
    }

    /// Begins a seek. Nothing else is in progress.
    fn seek(&mut self, position: SeekFrom) {
        // What is at the end of a file may be a server's knowledge. The others only set a number.
        let is_quick = !self.is_shared && !matches!(position, SeekFrom::End(_));
        self.do_at_once_or_start(is_quick, move |mut file| file.seek(position).map(Output::Position));
    }

    fn do_at_once_or_start(
        &mut self,
        is_quick: bool,
        f: impl FnOnce(&fs::File) -> io::Result<Output> + Send + 'static,
    ) {
        if is_quick {
            self.operation = Operation::Done(f(&self.file));
        } else {
            self.start(false, f);
        }
    }

    /// Starts `f` on the pool. Nothing else is in progress.
    pub(super) fn start(&mut self, is_read: bool, f: impl FnOnce(&fs::File) -> io::Result<Output> + Send + 'static) {
        debug_assert!(self.operation.is_none() && self.writes.is_settled(), "one operation at a time");
        let file = self.file.clone();
        self.operation = Operation::start(is_read, move || {
            let result = f(&file);
            // Before anybody sees the result: `into_std` relies on it.
            drop(file);
            result
        });
    }

    /// Waits for the result of the operation that was started last.
    pub(super) fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Output>> {
        Poll::Ready(ready!(self.operation.poll(cx)).unwrap_or(Ok(Output::Nothing)))
    }

    /// If nothing is in progress and nobody has to be told of an error, moves the file's position to where the user
    /// believes it to be.
    pub(super) fn come_to_rest(&mut self) -> bool {
        match self.poll_operation(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) => {
                self.operation = Operation::Done(Err(error));
                return false;
            }
            Poll::Pending => return false,
        }
        if !self.writes.is_settled() {
            return false;
        }
        if !self.ahead.is_empty() {
            // If it fails, what was read is gone: nobody can read it after this.
            let _ = rewind(&self.file, self.ahead.len());
            self.ahead.clear();
        }
        true
    }

    /// Waits until no operation is in progress, and takes over what it has brought. Tells what that was, if anything.
    fn poll_operation(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Done>>> {
        let Some(result) = ready!(self.operation.poll(cx)) else { return Poll::Ready(Ok(None)) };
        let done = match result? {
            Output::Read(ahead) => {
                self.ahead = ahead;
                Done::Read
            }
            Output::Position(position) => {
                self.position = position;
                self.ahead.clear();
                Done::Other
            }
            Output::Stream => {
                self.is_stream = true;
                Done::Other
            }
            Output::Metadata(_) | Output::Nothing => Done::Other,
        };
        Poll::Ready(Ok(Some(done)))
    }

    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writes.poll_written(cx, &self.file)
    }
}

/// What kind of operation was done.
#[derive(Debug, PartialEq, Eq)]
enum Done {
    Read,
    Other,
}

/// Moves the position back by `count` bytes that were read.
fn rewind(mut file: &fs::File, count: usize) -> io::Result<Output> {
    let count = i64::try_from(count).expect("a buffer is smaller than that");
    match file.seek(SeekFrom::Current(-count)) {
        Err(error) if error.raw_os_error() == Some(Errno::SPIPE.raw_os_error()) => Ok(Output::Stream),
        result => result.map(Output::Position),
    }
}
