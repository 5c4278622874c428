//! What tells many tasks something: `Notify`, watch and broadcast channels, barriers, cells that are set once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Runtime;
use super::rt::spawn;
use super::rt::sync::{Barrier, Notify, OnceCell, broadcast, watch};
use super::rt::task::yield_now;
use crate::meter::{Meter, Phases};
use crate::sample::Sample;
use crate::table::{Entry, alone, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    alone("notify_permit", |job| measure::<Runtime, _>(job, permit)),
    contended("notify_one", |job| measure::<Runtime, _>(job, ping_pong)),
    contended("notify_waiters_100", |job| measure::<Runtime, _>(job, waiters)),
    alone("watch_borrow", |job| measure::<Runtime, _>(job, borrow)),
    alone("watch_send", |job| measure::<Runtime, _>(job, send)),
    contended("watch_10", |job| measure::<Runtime, _>(job, watchers)),
    alone("broadcast_alone", |job| measure::<Runtime, _>(job, broadcast_alone)),
    contended("broadcast_10_each", |job| measure::<Runtime, _>(job, |phases| broadcast_to_ten(phases, 1))),
    contended("broadcast_10", |job| measure::<Runtime, _>(job, |phases| broadcast_to_ten(phases, 100))),
    contended("barrier_10", |job| measure::<Runtime, _>(job, barrier)),
    alone("once_cell_get", |job| measure::<Runtime, _>(job, get)),
    alone("once_cell_get_or_init", |job| measure::<Runtime, _>(job, get_or_init)),
];

const BATCH: u64 = 1000;
/// Between two yields, so that a runtime's cooperative budget plays no part.
const STRETCH: u64 = 50;

/// Lets one task wait until a number of others have done something. It wakes once, so that it costs little beside what is
/// measured.
struct Countdown {
    left: AtomicUsize,
    done: Notify,
}

impl Countdown {
    fn new(n: usize) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(n), done: Notify::new() })
    }

    /// One of them is done.
    fn step(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.done.notify_one();
        }
    }

    /// Waits for the last, and begins again.
    async fn wait(&self, next: usize) {
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

/// One task looks at the value of a watch channel. An operation is one look.
async fn borrow(phases: Phases) -> Sample {
    let (_sender, receiver) = watch::channel(7_u64);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            std::hint::black_box(*receiver.borrow());
        }
        meter.count(BATCH);
    }
    meter.finish()
}

/// One task changes the value of a watch channel that nobody waits for. An operation is one value.
async fn send(phases: Phases) -> Sample {
    let (sender, _receiver) = watch::channel(7_u64);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for value in 0..BATCH {
            sender.send(value).expect("the receiver is there");
        }
        meter.count(BATCH);
    }
    meter.finish()
}

/// Ten tasks watch a value; when all have seen it, it changes. An operation is one value.
async fn watchers(phases: Phases) -> Sample {
    const WATCHERS: usize = 10;
    let (sender, receiver) = watch::channel(0_u64);
    let seen = Countdown::new(WATCHERS);
    for _ in 0..WATCHERS {
        let (mut receiver, seen) = (receiver.clone(), seen.clone());
        spawn(async move {
            while receiver.changed().await.is_ok() {
                std::hint::black_box(*receiver.borrow_and_update());
                seen.step();
            }
        });
    }
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for value in 0..BATCH / 10 {
            sender.send(value).expect("the receivers are there");
            seen.wait(WATCHERS).await;
        }
        meter.count(BATCH / 10);
    }
    meter.finish()
}

/// One task sends itself a value through a broadcast channel. An operation is one value.
async fn broadcast_alone(phases: Phases) -> Sample {
    let (sender, mut receiver) = broadcast::channel(64);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH / STRETCH {
            for value in 0..STRETCH {
                sender.send(value).expect("the receiver is there");
                assert_eq!(receiver.recv().await, Ok(value));
            }
            yield_now().await;
        }
        meter.count(BATCH);
    }
    meter.finish()
}

/// Ten tasks receive what one sends, which waits for them after each `stretch` values. An operation is one value.
async fn broadcast_to_ten(phases: Phases, stretch: u64) -> Sample {
    const RECEIVERS: usize = 10;
    let (sender, receiver) = broadcast::channel(128);
    let received = Countdown::new(RECEIVERS);
    for _ in 0..RECEIVERS {
        let (mut receiver, received) = (receiver.resubscribe(), received.clone());
        spawn(async move {
            while let Ok(value) = receiver.recv().await {
                if std::hint::black_box(value) == stretch - 1 {
                    received.step();
                }
            }
        });
    }
    drop(receiver);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH / stretch / 10 {
            for value in 0..stretch {
                sender.send(value).expect("the receivers are there");
            }
            received.wait(RECEIVERS).await;
        }
        meter.count(BATCH / stretch / 10 * stretch);
    }
    meter.finish()
}

/// Ten tasks, one of which measures, meet at a barrier. An operation is one round.
async fn barrier(phases: Phases) -> Sample {
    const TASKS: usize = 10;
    let barrier = Arc::new(Barrier::new(TASKS));
    let tasks: Vec<_> = (1..TASKS)
        .map(|_| {
            let barrier = barrier.clone();
            spawn(async move {
                loop {
                    barrier.wait().await;
                }
            })
        })
        .collect();
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH / 10 {
            barrier.wait().await;
        }
        meter.count(BATCH / 10);
    }
    let sample = meter.finish();
    tasks.iter().for_each(|task| task.abort());
    sample
}

/// One task reads a cell that is set. An operation is one look.
async fn get(phases: Phases) -> Sample {
    let cell = OnceCell::const_new_with(7_u64);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            std::hint::black_box(std::hint::black_box(&cell).get());
        }
        meter.count(BATCH);
    }
    meter.finish()
}

/// The same as if the cell might not be set.
async fn get_or_init(phases: Phases) -> Sample {
    let cell = OnceCell::const_new_with(7_u64);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            std::hint::black_box(std::hint::black_box(&cell).get_or_init(|| async { 7 }).await);
        }
        meter.count(BATCH);
    }
    meter.finish()
}
