//! Channels of many senders.

use super::Runtime;
use super::rt::spawn;
use super::rt::sync::mpsc;
use super::rt::task::yield_now;
use crate::meter::{Meter, Phases};
use crate::sample::Sample;
use crate::table::{Entry, alone, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    contended("mpsc_1", |job| measure::<Runtime, _>(job, |phases| bounded(phases, 1, 1, || 7_u64))),
    contended("mpsc_100", |job| measure::<Runtime, _>(job, |phases| bounded(phases, 100, 1, || 7_u64))),
    contended("mpsc_10000", |job| measure::<Runtime, _>(job, |phases| bounded(phases, 10_000, 1, || 7_u64))),
    contended("mpsc_100_10_producers", |job| measure::<Runtime, _>(job, |phases| bounded(phases, 100, 10, || 7_u64))),
    contended("mpsc_large", |job| measure::<Runtime, _>(job, |phases| bounded(phases, 100, 1, || [7_u8; 1024]))),
    contended("mpsc_unbounded", |job| measure::<Runtime, _>(job, |phases| unbounded(phases, 1))),
    contended("mpsc_unbounded_10_producers", |job| measure::<Runtime, _>(job, |phases| unbounded(phases, 10))),
    alone("mpsc_alone", |job| measure::<Runtime, _>(job, bounded_alone)),
    alone("mpsc_unbounded_alone", |job| measure::<Runtime, _>(job, unbounded_alone)),
    alone("mpsc_create", |job| measure::<Runtime, _>(job, create)),
    alone("mpsc_unbounded_create", |job| measure::<Runtime, _>(job, create_unbounded)),
];

const BATCH: usize = 10_000;
/// Between two yields, so that a runtime's cooperative budget plays no part.
const STRETCH: usize = 50;

/// Producers send as fast as there is room for; the task that measures receives. An operation is one message.
async fn bounded<T: Send + 'static>(phases: Phases, room: usize, producers: usize, message: fn() -> T) -> Sample {
    let (sender, mut receiver) = mpsc::channel(room);
    let producers: Vec<_> = (0..producers)
        .map(|_| {
            let sender = sender.clone();
            spawn(async move { while sender.send(message()).await.is_ok() {} })
        })
        .collect();
    drop(sender);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            let message = receiver.recv().await;
            assert!(std::hint::black_box(message).is_some(), "the producers send until the receiver is gone");
        }
        meter.count(BATCH as u64);
    }
    let sample = meter.finish();
    drop(receiver);
    for producer in producers {
        producer.await.expect("a producer does not panic");
    }
    sample
}

/// Producers send a batch as fast as they can; the task that measures receives it. An operation is one message (and a
/// small part of a spawn).
async fn unbounded(phases: Phases, producers: usize) -> Sample {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..producers {
            let sender = sender.clone();
            spawn(async move {
                for message in 0..BATCH / producers {
                    sender.send(message).expect("the receiver is there");
                }
            });
        }
        for _ in 0..BATCH {
            let message = receiver.recv().await;
            assert!(std::hint::black_box(message).is_some(), "a sender is there");
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// One task sends itself a message and receives it. An operation is one message.
async fn bounded_alone(phases: Phases) -> Sample {
    let (sender, mut receiver) = mpsc::channel(STRETCH);
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH / STRETCH {
            for message in 0..STRETCH {
                sender.send(message).await.expect("the receiver is there");
                assert_eq!(receiver.recv().await, Some(message));
            }
            yield_now().await;
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// The same in an unbounded channel.
async fn unbounded_alone(phases: Phases) -> Sample {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH / STRETCH {
            for message in 0..STRETCH {
                sender.send(message).expect("the receiver is there");
                assert_eq!(receiver.recv().await, Some(message));
            }
            yield_now().await;
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// A channel is made and both ends are dropped. An operation is one channel.
async fn create(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            drop(std::hint::black_box(mpsc::channel::<usize>(100)));
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// The same with an unbounded channel.
async fn create_unbounded(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            drop(std::hint::black_box(mpsc::unbounded_channel::<usize>()));
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}
