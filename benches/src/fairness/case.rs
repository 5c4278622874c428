//! The cases: what the tasks beside the probes do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::busy;
use crate::rt::Rt;

/// How long a stuck worker stays stuck.
pub(crate) const STALL: Duration = Duration::from_millis(200);

/// From the beginning of a stall to that of the next.
const PERIOD: Duration = Duration::from_millis(250);

/// Tasks of [`Case::Yield`].
const YIELDERS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// Nothing but the probes.
    Idle,
    /// Tasks that compute for a moment and yield, more than the workers can keep up with.
    Yield,
    /// A task puts its worker to sleep for `STALL`, again and again.
    OneStall,
    /// As many tasks as there are workers do, at the same time.
    AllStall,
    /// The task that wakes its neighbour (a probe) then puts its worker to sleep.
    LifoStall,
}

impl Case {
    pub(crate) const ALL: [Self; 5] = [Self::Idle, Self::Yield, Self::OneStall, Self::AllStall, Self::LifoStall];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Yield => "yield",
            Self::OneStall => "one_stall",
            Self::AllStall => "all_stall",
            Self::LifoStall => "lifo_stall",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// Whether a trial without a single stall has measured something else.
    pub(crate) fn must_stall(self) -> bool {
        matches!(self, Self::OneStall | Self::AllStall | Self::LifoStall)
    }
}

/// The times at which workers get stuck, the same for all tasks of a trial.
#[derive(Debug)]
pub(crate) struct Stalls {
    start: Instant,
    /// So many tasks have to be in a stall at once for it to count.
    needed: usize,
    inside: AtomicUsize,
    count: AtomicU64,
}

impl Stalls {
    pub(crate) fn new(needed: usize) -> Self {
        Self { start: Instant::now(), needed, inside: AtomicUsize::new(0), count: AtomicU64::new(0) }
    }

    /// Stalls so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// When the next stall begins.
    fn next(&self) -> Instant {
        let periods = self.start.elapsed().as_nanos() / PERIOD.as_nanos() + 1;
        self.start + PERIOD * u32::try_from(periods).expect("a trial takes seconds")
    }

    /// Puts this thread to sleep until the end of the stall that began at `begin`. Who comes late sleeps less, so that
    /// tasks which run one after the other on the same worker do not add up.
    fn stall(&self, begin: Instant) {
        let left = (begin + STALL).saturating_duration_since(Instant::now());
        let inside = self.inside.fetch_add(1, Ordering::Relaxed) + 1;
        if inside == self.needed && left > STALL / 2 {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        thread::sleep(left);
        self.inside.fetch_sub(1, Ordering::Relaxed);
    }

    /// Stalls if the next stall of a task, which it keeps in `due`, has begun.
    pub(crate) fn stall_if_due(&self, due: &mut Option<Instant>) {
        let begin = *due.get_or_insert_with(|| self.next());
        if Instant::now() >= begin {
            self.stall(begin);
            *due = None;
        }
    }
}

/// Starts the case's tasks. Called inside the runtime.
pub(crate) fn start<R: Rt>(case: Case, workers: usize, stalls: &Arc<Stalls>) {
    match case {
        // In the last case the probe's own waker stalls.
        Case::Idle | Case::LifoStall => {}
        Case::Yield => (0..YIELDERS).for_each(|_| R::detach(busy::compute_and_yield::<R>())),
        Case::OneStall => R::detach(stall_forever::<R>(stalls.clone())),
        Case::AllStall => (0..workers).for_each(|_| R::detach(stall_forever::<R>(stalls.clone()))),
    }
}

async fn stall_forever<R: Rt>(stalls: Arc<Stalls>) {
    loop {
        let begin = stalls.next();
        R::sleep(begin.saturating_duration_since(Instant::now())).await;
        stalls.stall(begin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for case in Case::ALL {
            assert_eq!(Case::named(case.name()), Some(case));
        }
        assert_eq!(Case::named("stall"), None);
    }

    #[test]
    fn who_comes_late_does_not_stall() {
        let stalls = Stalls::new(1);
        let mut due = Some(Instant::now() - STALL);
        stalls.stall_if_due(&mut due);
        assert_eq!((due, stalls.count()), (None, 0));
        stalls.stall_if_due(&mut due);
        assert!(due.is_some_and(|due| due > Instant::now()));
    }

    #[test]
    fn a_stall_counts_when_enough_are_in_it() {
        let stalls = Stalls::new(2);
        let begin = Instant::now();
        thread::scope(|scope| {
            let first = scope.spawn(|| stalls.stall(begin));
            while stalls.inside.load(Ordering::Relaxed) == 0 && !first.is_finished() {
                thread::yield_now();
            }
            assert_eq!(stalls.count(), 0);
        });
        let stalls = Stalls::new(1);
        stalls.stall(Instant::now());
        assert_eq!(stalls.count(), 1);
    }
}
