//! The bytes that a file has accepted and not yet written, and who writes them.
//!
//! It knows neither files nor threads, so that the models can mount it alone: `write_behind.rs` starts the jobs that it
//! asks for, and `loom-tests/tests/write_queue.rs` has the models.
//!
//! # Protocol
//!
//! Everything is behind one lock. A **job** takes what waits in batches and writes it, until nothing waits.
//!
//! 1. Whoever accepts bytes appends them and, in the same lock section, finds that a job exists or announces a new one,
//!    which the caller starts.
//! 2. A job takes all bytes that wait, or finds none and, in the same lock section, ceases to exist.
//! 3. A job that fails puts back what it has not written, in front of what came since, leaves its error, and ceases to
//!    exist. The next operation is told the error; the one after that announces a new job for what was left.
//!
//! Hence the invariant: *if bytes wait, a job exists, or its error was left and nobody has asked for another try
//! since*.
//!
//! Races prevented, which the models show by leaving the step out:
//!
//! - Bytes come between a job's look and its end, and nobody writes them: look and end are in one lock section
//!   (`write_queue_end_after_look`).
//! - A job ends between a task's look and its wait, and nobody wakes it: look and wait are in one lock section
//!   (`write_queue_wait_after_look`).
//! - Bytes come while a job fails, and are written before its own: those of the job go in front
//!   (`write_queue_failure_appends`).

use std::fmt;
use std::io::{self, Write};
use std::task::{Context, Poll, Waker};

use heist_primitives::mutation;
use heist_primitives::panic::quietly;
use heist_primitives::sync::Mutex;

/// The bytes on their way from one file's user to its job.
pub(crate) struct WriteQueue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Accepted, in order, and not taken by a job.
    waiting: Vec<u8>,
    /// A job was announced that has not ceased to exist.
    has_job: bool,
    /// Why the last job failed, until somebody is told.
    error: Option<io::Error>,
    /// Who waits. There is one at a time, since each borrows the file or holds its lock.
    waiter: Option<Waiter>,
    /// The memory of the last batch, for the next one.
    spare: Vec<u8>,
}

struct Waiter {
    waker: Waker,
    wants: Wants,
}

#[derive(PartialEq, Eq)]
enum Wants {
    /// To have more bytes accepted.
    Room,
    /// To know that all is written.
    End,
}

/// Bytes were accepted.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Accepted {
    /// How many.
    pub(crate) bytes: usize,
    /// The caller has to start a job, or to [take the bytes back](WriteQueue::no_job).
    pub(crate) start_job: bool,
}

/// Whether everything is written.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Written {
    /// It is.
    All,
    /// A failed job has left something. The caller starts another, or says that there is [none](WriteQueue::no_job),
    /// and asks again.
    StartJob,
}

impl WriteQueue {
    /// An empty queue.
    pub(crate) fn new() -> Self {
        Self { state: Mutex::new(State::default()) }
    }

    /// Lets `fill` append bytes if fewer than `limit` wait. It is told for how many there is room and returns how many
    /// it has appended. Without room, waits until a job has taken some.
    ///
    /// # Errors
    ///
    /// That of the last job, if nobody was told yet; nothing was accepted then.
    pub(crate) fn poll_accept(
        &self,
        cx: &mut Context<'_>,
        limit: usize,
        fill: impl FnOnce(&mut Vec<u8>, usize) -> usize,
    ) -> Poll<io::Result<Accepted>> {
        let mut state = self.state.lock();
        if let Some(error) = state.error.take() {
            return Poll::Ready(Err(error));
        }
        let room = limit.saturating_sub(state.waiting.len());
        if room > 0 {
            let bytes = fill(&mut state.waiting, room);
            let start_job = !std::mem::replace(&mut state.has_job, true);
            return Poll::Ready(Ok(Accepted { bytes, start_job }));
        }
        if state.has_job {
            state.wait(cx, Wants::Room);
            return Poll::Pending;
        }
        // Left by a job that has failed.
        state.has_job = true;
        Poll::Ready(Ok(Accepted { bytes: 0, start_job: true }))
    }

    /// Waits until all accepted bytes are written.
    ///
    /// # Errors
    ///
    /// That of the last job, if nobody was told yet.
    pub(crate) fn poll_written(&self, cx: &mut Context<'_>) -> Poll<io::Result<Written>> {
        let mut state = self.state.lock();
        if let Some(error) = state.error.take() {
            return Poll::Ready(Err(error));
        }
        if state.has_job {
            if mutation::on("write_queue_wait_after_look") {
                drop(state);
                state = self.state.lock();
            }
            state.wait(cx, Wants::End);
            return Poll::Pending;
        }
        if state.waiting.is_empty() {
            return Poll::Ready(Ok(Written::All));
        }
        state.has_job = true;
        Poll::Ready(Ok(Written::StartJob))
    }

    /// Waits until no job exists, whatever became of it.
    pub(crate) fn poll_no_job(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock();
        if state.has_job {
            state.wait(cx, Wants::End);
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// The announced job could not be started. The last `bytes` accepted count as not accepted.
    pub(crate) fn no_job(&self, bytes: usize) {
        let mut state = self.state.lock();
        let length = state.waiting.len() - bytes;
        state.waiting.truncate(length);
        state.has_job = false;
    }

    /// True if nothing waits, is being written, or has failed without anybody being told.
    pub(crate) fn is_settled(&self) -> bool {
        let state = self.state.lock();
        state.waiting.is_empty() && !state.has_job && state.error.is_none()
    }

    /// The job's next batch, in place of the last one, all of which is written. False if nothing waits: then the job
    /// has ceased to exist, and `file` was dropped before that could be seen.
    pub(crate) fn next_batch<F>(&self, batch: &mut Vec<u8>, file: &mut Option<F>) -> bool {
        batch.clear();
        let mut state = self.state.lock();
        if batch.capacity() == 0 {
            *batch = std::mem::take(&mut state.spare);
        }
        if state.waiting.is_empty() {
            if mutation::on("write_queue_end_after_look") {
                drop(state);
                state = self.state.lock();
            }
            drop(file.take());
            state.spare = std::mem::take(batch);
            state.end_job();
            let waiter = state.waiter.take();
            drop(state);
            wake(waiter);
            return false;
        }
        std::mem::swap(batch, &mut state.waiting);
        let waiter = state.waiter.take_if(|waiter| waiter.wants == Wants::Room);
        drop(state);
        wake(waiter);
        true
    }

    /// The job failed and ceases to exist. What is left of its batch is kept for another try, unless `is_hopeless`:
    /// then everything that waits is given up.
    pub(crate) fn job_failed(&self, mut left: Vec<u8>, error: io::Error, is_hopeless: bool) {
        let mut state = self.state.lock();
        if is_hopeless {
            state.waiting = Vec::new();
        } else if mutation::on("write_queue_failure_appends") {
            state.waiting.append(&mut left);
        } else {
            left.append(&mut state.waiting);
            state.waiting = left;
        }
        state.error = Some(error);
        state.end_job();
        let waiter = state.waiter.take();
        drop(state);
        wake(waiter);
    }
}

impl State {
    fn wait(&mut self, cx: &Context<'_>, wants: Wants) {
        match &mut self.waiter {
            Some(waiter) if waiter.waker.will_wake(cx.waker()) => waiter.wants = wants,
            waiter => *waiter = Some(Waiter { waker: cx.waker().clone(), wants }),
        }
    }

    fn end_job(&mut self) {
        debug_assert!(self.has_job, "a job ends that nobody announced");
        self.has_job = false;
    }
}

/// Outside the lock: a waker may run anything. Its panic must not cost the job its batch.
fn wake(waiter: Option<Waiter>) {
    if let Some(waiter) = waiter {
        quietly(|| waiter.waker.wake());
    }
}

impl Drop for State {
    /// The file and its job are gone. If nobody was told that bytes are lost, somebody is told now.
    fn drop(&mut self) {
        if let Some(error) = self.error.take() {
            // Nothing can be done where even stderr is gone.
            let _ = writeln!(
                io::stderr(),
                "heist: a `File` was dropped with {} bytes that could not be written: {error}. Call `flush` before \
                 dropping a `File` to learn of such errors.",
                self.waiting.len()
            );
        }
    }
}

impl fmt::Debug for WriteQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock();
        f.debug_struct("WriteQueue")
            .field("waiting", &state.waiting.len())
            .field("has_job", &state.has_job)
            .field("error", &state.error)
            .finish_non_exhaustive()
    }
}
