//! Tasks that wake each other.

use std::sync::Arc;

use heist_instructions::clock;

use super::{Scenario, on_worker};
use crate::rt;
use crate::rt::sync::{Notify, oneshot};

pub(super) const SCENARIOS: [Scenario; 3] = [
    on_worker("wake", |n| Box::pin(notified(n))),
    on_worker("ping_pong", |n| Box::pin(ping_pong(n))),
    on_worker("oneshot", |n| Box::pin(life(n))),
];

/// Two tasks notify each other in turn. An operation is one wake.
async fn notified(n: u64) {
    let (here, there) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let other = rt::spawn(answer(n / 2, there.clone(), here.clone()));
    for _ in 0..n / 2 {
        there.notify_one();
        here.notified().await;
        clock::advance(2 * clock::OPERATION_NS);
    }
    other.await.expect("the other task panicked");
}

async fn answer(times: u64, own: Arc<Notify>, other: Arc<Notify>) {
    for _ in 0..times {
        own.notified().await;
        other.notify_one();
    }
}

/// Two tasks send each other messages and wait for the answers; each message has a channel of its own, made before. An
/// operation is one round trip, which is two channels and two wakes.
async fn ping_pong(n: u64) {
    let (ping_senders, ping_receivers): (Vec<_>, Vec<_>) = (0..n).map(|_| oneshot::channel::<()>()).unzip();
    let (pong_senders, pong_receivers): (Vec<_>, Vec<_>) = (0..n).map(|_| oneshot::channel::<()>()).unzip();
    let other = rt::spawn(async {
        for (ping, pong) in ping_receivers.into_iter().zip(pong_senders) {
            ping.await.expect("the other one sends");
            pong.send(()).expect("the other one waits");
        }
    });
    for (ping, pong) in ping_senders.into_iter().zip(pong_receivers) {
        ping.send(()).expect("the other one waits");
        pong.await.expect("the other one sends");
        clock::operation();
    }
    other.await.expect("the other task panicked");
}

/// A channel is made, a value sent and received. An operation is one channel.
async fn life(n: u64) {
    for value in 0..n {
        let (sender, receiver) = oneshot::channel();
        sender.send(value).expect("the receiver is there");
        assert_eq!(receiver.await, Ok(value));
        clock::operation();
    }
}
