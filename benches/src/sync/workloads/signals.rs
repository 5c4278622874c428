//! What tells many tasks something, besides `Notify`: watch and broadcast channels, barriers, cells that are set once.

use std::sync::Arc;

use super::Runtime;
use super::notify::Countdown;
use super::rt::spawn;
use super::rt::sync::{Barrier, OnceCell, broadcast, watch};
use super::rt::task::yield_now;
use crate::meter::{Meter, Phases};
use crate::sample::Sample;
use crate::table::{Entry, alone, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
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

/// One task reads the value of a cell that is set. An operation is one look. The value, not just its address, so that both
/// libraries' code ends in a load: computing an address is as much work as all else here.
async fn get(phases: Phases) -> Sample {
    let cell = OnceCell::const_new_with(7_u64);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            std::hint::black_box(*std::hint::black_box(&cell).get().expect("the cell is set"));
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
            std::hint::black_box(*std::hint::black_box(&cell).get_or_init(|| async { 7 }).await);
        }
        meter.count(BATCH);
    }
    meter.finish()
}
