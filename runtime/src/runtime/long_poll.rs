//! Reports of polls that do not end: what a callback is told, and what debug builds print.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::task::Id;

/// From when on debug builds print a line.
const PRINT_AFTER: Duration = Duration::from_millis(100);
/// The least time between two such lines.
const PRINT_EVERY: Duration = Duration::from_secs(1);

/// A poll that goes on for long while it is reported, for [`Builder::on_long_poll`](super::Builder::on_long_poll).
///
/// Its `Display` is the line that debug builds print.
#[derive(Debug, Clone)]
pub struct LongPoll {
    task: Option<(Id, &'static Location<'static>)>,
    worker: usize,
    duration: Duration,
}

impl LongPoll {
    pub(crate) fn new(task: Option<(Id, &'static Location<'static>)>, worker: usize, duration: Duration) -> Self {
        Self { task, worker, duration }
    }

    /// The task that is being polled. `None` if the worker is in other code of yours: in a waker.
    pub fn task_id(&self) -> Option<Id> {
        self.task.map(|(id, _)| id)
    }

    /// Where that task was spawned.
    pub fn spawned_at(&self) -> Option<&'static Location<'static>> {
        self.task.map(|(_, spawned_at)| spawned_at)
    }

    /// The number of the thread that is held up. Below
    /// [`num_workers`](super::RuntimeMetrics::num_workers) it is a worker; others are spares, which stand in for workers.
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// How long the poll has lasted so far, at least: it may have begun up to one look at the workers earlier (10 ms, or
    /// the [stall threshold](super::Builder::stall_threshold) if that is less).
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

impl fmt::Display for LongPoll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task {
            Some((id, spawned_at)) => write!(f, "task {id}, spawned at {spawned_at},")?,
            None => f.write_str("a waker")?,
        }
        write!(
            f,
            " has held up worker {} for {} ms without an `.await` that yields; use `spawn_blocking` or `block_in_place` \
             for code that blocks or computes for long",
            self.worker,
            self.duration.as_millis()
        )
    }
}

/// Who is told of long polls.
#[derive(Clone)]
pub(crate) struct LongPolls {
    pub(crate) threshold: Duration,
    pub(crate) callback: Arc<dyn Fn(&LongPoll) + Send + Sync>,
}

impl LongPolls {
    /// What holds unless the user says otherwise: a line on stderr in debug builds, nothing in others.
    pub(crate) fn by_default() -> Option<Self> {
        cfg!(debug_assertions).then(|| {
            let last = Mutex::new(None);
            Self { threshold: PRINT_AFTER, callback: Arc::new(move |long_poll| print(&last, long_poll)) }
        })
    }
}

/// Prints the report, unless the last one was a moment ago.
fn print(last: &Mutex<Option<Instant>>, long_poll: &LongPoll) {
    let now = Instant::now();
    // Poisoned only if a clock failed; the time in it is good.
    let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if last.is_none_or(|last| now.duration_since(last) >= PRINT_EVERY) {
        *last = Some(now);
        eprintln!("heist: {long_poll} (debug builds print this; `Builder::on_long_poll` replaces it)");
    }
}

impl fmt::Debug for LongPolls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongPolls").field("threshold", &self.threshold).finish_non_exhaustive()
    }
}
