//! Writing in the background: jobs on the blocking pool that carry a file's accepted bytes to the operating system.
//!
//! What is accepted, who waits and when a job exists is decided in `write_queue.rs`; this file starts and runs the
//! jobs.

use std::fs;
use std::io::{self, IoSlice, Write};
use std::panic::Location;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::io::Errno;

use super::write_queue::{WriteQueue, Written};
use crate::fs::unblock::try_current_runtime;

/// The most bytes that wait for a job while it writes as many. More makes the job's memory leave the processor's cache,
/// fewer cost more wakes per byte: measured with sequential writes.
const MOST_WAITING: usize = 1024 * 1024;

/// The most bytes that one call copies. The job waits for the queue's lock that long.
const MOST_COPIED: usize = 256 * 1024;

/// The writing side of a file.
#[derive(Debug)]
pub(super) struct WriteBehind {
    queue: Arc<WriteQueue>,
}

impl WriteBehind {
    pub(super) fn new() -> Self {
        Self { queue: Arc::new(WriteQueue::new()) }
    }

    /// Accepts a prefix of `bufs`, of `most` bytes at most.
    pub(super) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        file: &Arc<fs::File>,
        bufs: &[IoSlice<'_>],
        most: usize,
    ) -> Poll<io::Result<usize>> {
        let limit = most.min(MOST_WAITING);
        loop {
            let fill = |waiting: &mut Vec<u8>, room: usize| append(waiting, bufs, room.min(MOST_COPIED));
            let accepted = ready!(self.queue.poll_accept(cx, limit, fill))?;
            if accepted.start_job {
                self.start_job(file, accepted.bytes)?;
            }
            if accepted.bytes > 0 {
                return Poll::Ready(Ok(accepted.bytes));
            }
        }
    }

    /// Waits until everything accepted is written.
    pub(super) fn poll_written(&self, cx: &mut Context<'_>, file: &Arc<fs::File>) -> Poll<io::Result<()>> {
        while ready!(self.queue.poll_written(cx))? == Written::StartJob {
            self.start_job(file, 0)?;
        }
        Poll::Ready(Ok(()))
    }

    /// Waits until nothing is being written. Errors stay: if nobody is told before the file is dropped, stderr is.
    pub(super) fn poll_quiet(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.queue.poll_no_job(cx)
    }

    /// True if nothing is left to write or to tell.
    pub(super) fn is_settled(&self) -> bool {
        self.queue.is_settled()
    }

    /// Starts the job that was announced for the last `bytes` accepted.
    fn start_job(&self, file: &Arc<fs::File>, bytes: usize) -> io::Result<()> {
        let job = Job { file: Some(file.clone()), queue: self.queue.clone() };
        let runtime = try_current_runtime().unwrap_or_else(|error| {
            self.queue.no_job(bytes);
            panic!("{}", error.message())
        });
        let spawned = runtime.blocking().spawn_mandatory(move || job.run(), &runtime, Location::caller());
        // The job goes on without its handle. One that is not started was dropped without having run.
        spawned.map(drop).inspect_err(|_| self.queue.no_job(bytes))
    }
}

/// Writes what the queue has, on a thread of the pool.
struct Job {
    /// Present until the end, which the file's user may see only when this reference is gone.
    file: Option<Arc<fs::File>>,
    queue: Arc<WriteQueue>,
}

impl Job {
    fn run(mut self) {
        let mut batch = Vec::new();
        while self.queue.next_batch(&mut batch, &mut self.file) {
            let Some(file) = &self.file else { return };
            if let Err((written, error)) = write_all(file, &batch) {
                self.file = None;
                batch.drain(..written);
                // A descriptor that was not opened for writing will never take them.
                let is_hopeless = error.raw_os_error() == Some(Errno::BADF.raw_os_error());
                self.queue.job_failed(batch, error, is_hopeless);
                return;
            }
        }
    }
}

/// Writes all of `bytes`, or says how many it has written and why no more.
fn write_all(mut file: &fs::File, bytes: &[u8]) -> Result<(), (usize, io::Error)> {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err((written, error)),
        }
    }
    Ok(())
}

/// Appends the beginning of `bufs`, `most` bytes of it; returns how many that were.
fn append(waiting: &mut Vec<u8>, bufs: &[IoSlice<'_>], most: usize) -> usize {
    let before = waiting.len();
    for buf in bufs {
        let left = most - (waiting.len() - before);
        waiting.extend_from_slice(&buf[..buf.len().min(left)]);
    }
    waiting.len() - before
}
