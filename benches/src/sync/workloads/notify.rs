//! `Notify`, and what the workloads of `signals.rs` wait with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Runtime;
use super::rt::spawn;
use super::rt::sync::Notify;
use crate::meter::{Meter, Phases};
use crate::sample::Sample;
use crate::table::{Entry, alone, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    alone("notify_permit", |job| measure::<Runtime, _>(job, permit)),
    contended("notify_one", |job| measure::<Runtime, _>(job, ping_pong)),
    contended("notify_waiters_100", |job| measure::<Runtime, _>(job, waiters)),
];

const BATCH: u64 = 1000;

/// Lets one task wait until a number of others have done something. It wakes once, so that it costs little beside what is
/// measured.
pub(super) struct Countdown {
    left: AtomicUsize,
    done: Notify,
}

impl Countdown {
    pub(super) fn new(n: usize) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(n), done: Notify::new() })
    }

    /// One of them is done.
    pub(super) fn step(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.done.notify_one();
        }
    }

    /// Waits for the last, and begins again.
    pub(super) async fn wait(&self, next: usize) {
        self.done.notified().await;
        self.left.store(next, Ordering::Release);
    }
}

/// A task stores a permit and takes it. An operation is one permit.
async fn permit(phases: Phases) -> Sample {
    let notify = Notify::new();
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            notify.notify_one();
            notify.notified().await;
        }
        meter.count(BATCH);
    }
    meter.finish()
}

/// Two tasks notify each other in turn. An operation is one round trip.
async fn ping_pong(phases: Phases) -> Sample {
    let pair = Arc::new((Notify::new(), Notify::new()));
    let other = pair.clone();
    let task = spawn(async move {
        loop {
            other.0.notified().await;
            other.1.notify_one();
        }
    });
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            pair.0.notify_one();
            pair.1.notified().await;
        }
        meter.count(BATCH);
    }
    let sample = meter.finish();
    task.abort();
    sample
}

/// A hundred tasks wait to be notified all together, again and again. An operation is one task that was notified.
async fn waiters(phases: Phases) -> Sample {
    const WAITERS: usize = 100;
    let shared = Arc::new(Notify::new());
    let waiting = Countdown::new(WAITERS);
    let tasks: Vec<_> = (0..WAITERS)
        .map(|_| {
            let (notify, waiting) = (shared.clone(), waiting.clone());
            spawn(async move {
                loop {
                    let notified = notify.notified();
                    waiting.step();
                    notified.await;
                }
            })
        })
        .collect();
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..10 {
            waiting.wait(WAITERS).await;
            shared.notify_waiters();
        }
        meter.count(10 * WAITERS as u64);
    }
    let sample = meter.finish();
    tasks.iter().for_each(|task| task.abort());
    sample
}
