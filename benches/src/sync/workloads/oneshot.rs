//! Oneshot channels.

use super::Runtime;
use super::rt::spawn;
use super::rt::sync::{mpsc, oneshot};
use super::rt::task::yield_now;
use crate::meter::{Meter, Phases};
use crate::sample::Sample;
use crate::table::{Entry, alone, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    alone("oneshot_create", |job| measure::<Runtime, _>(job, create)),
    alone("oneshot_life", |job| measure::<Runtime, _>(job, life)),
    contended("oneshot_reply", |job| measure::<Runtime, _>(job, reply)),
];

const BATCH: u64 = 1000;
/// Between two yields, so that a runtime's cooperative budget plays no part.
const STRETCH: u64 = 50;

/// A channel is made and both halves are dropped. An operation is one channel.
async fn create(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            drop(std::hint::black_box(oneshot::channel::<u64>()));
        }
        meter.count(BATCH);
    }
    meter.finish()
}

/// A channel is made, a value sent, then received by an await that finds it there. An operation is one channel.
async fn life(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH / STRETCH {
            for value in 0..STRETCH {
                let (sender, receiver) = std::hint::black_box(oneshot::channel());
                sender.send(value).expect("the receiver is there");
                assert_eq!(receiver.await, Ok(value));
            }
            yield_now().await;
        }
        meter.count(BATCH);
    }
    meter.finish()
}

/// A task asks a server task through an unbounded channel and waits for the answer to come through a oneshot channel
/// that it sends along. An operation is one answer.
async fn reply(phases: Phases) -> Sample {
    let (requests, mut server) = mpsc::unbounded_channel::<oneshot::Sender<u64>>();
    let serves = spawn(async move {
        while let Some(request) = server.recv().await {
            request.send(7).expect("the client waits");
        }
    });
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH {
            let (answer, answered) = oneshot::channel();
            requests.send(answer).expect("the server receives");
            assert_eq!(answered.await, Ok(7));
        }
        meter.count(BATCH);
    }
    let sample = meter.finish();
    drop(requests);
    serves.await.expect("the server does not panic");
    sample
}
