//! Messages through `mpsc` channels.

use heist_instructions::clock;

use super::{Scenario, on_worker};
use crate::rt;
use crate::rt::sync::mpsc;

pub(super) const SCENARIOS: [Scenario; 4] = [
    on_worker("mpsc_hop", |n| Box::pin(hops(n))),
    on_worker("mpsc_unbounded_hop", |n| Box::pin(unbounded_hops(n))),
    on_worker("mpsc_stream", |n| Box::pin(stream(n))),
    on_worker("mpsc_unbounded_stream", |n| Box::pin(unbounded_stream(n))),
];

/// Messages that a bounded channel holds.
const CAPACITY: usize = 100;

/// Two tasks send one message to and fro, so that the receiver always waits. An operation is one message.
async fn hops(n: u64) {
    let (to_other, mut from_here) = mpsc::channel(CAPACITY);
    let (to_here, mut from_other) = mpsc::channel(CAPACITY);
    let other = rt::spawn(async move {
        while let Some(message) = from_here.recv().await {
            to_here.send(message).await.expect("the other one receives");
        }
    });
    for message in 0..n / 2 {
        to_other.send(message).await.expect("the other one receives");
        assert_eq!(from_other.recv().await, Some(message));
        clock::advance(2 * clock::OPERATION_NS);
    }
    drop(to_other);
    other.await.expect("the other task panicked");
}

/// As `hops`, with channels that have no bound.
async fn unbounded_hops(n: u64) {
    let (to_other, mut from_here) = mpsc::unbounded_channel();
    let (to_here, mut from_other) = mpsc::unbounded_channel();
    let other = rt::spawn(async move {
        while let Some(message) = from_here.recv().await {
            to_here.send(message).expect("the other one receives");
        }
    });
    for message in 0..n / 2 {
        to_other.send(message).expect("the other one receives");
        assert_eq!(from_other.recv().await, Some(message));
        clock::advance(2 * clock::OPERATION_NS);
    }
    drop(to_other);
    other.await.expect("the other task panicked");
}

/// A task sends as fast as the channel lets it, another receives. An operation is one message.
async fn stream(n: u64) {
    let (sender, mut receiver) = mpsc::channel(CAPACITY);
    let producer = rt::spawn(async move {
        for message in 0..n {
            sender.send(message).await.expect("the other one receives");
        }
    });
    for message in 0..n {
        assert_eq!(receiver.recv().await, Some(message));
        clock::operation();
    }
    producer.await.expect("the producer panicked");
}

/// As `stream`, with a channel that has no bound, in batches as large as the other one's capacity.
async fn unbounded_stream(n: u64) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let producer = rt::spawn(async move {
        for message in 0..n {
            sender.send(message).expect("the other one receives");
            if (message + 1) % CAPACITY as u64 == 0 {
                rt::task::yield_now().await;
            }
        }
    });
    for message in 0..n {
        assert_eq!(receiver.recv().await, Some(message));
        clock::operation();
    }
    producer.await.expect("the producer panicked");
}
