//! Random sequences of operations on `mpsc` channels, compared with queues of std.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::executor::block_on;
use heist::sync::mpsc;
use heist::sync::mpsc::error::{TryRecvError, TrySendError};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// One of three senders sends, if it still exists and there is room.
    Send(usize),
    /// It reserves room and gives it back.
    Reserve(usize),
    Receive,
    ReceiveMany(usize),
    /// A sender goes.
    Drop(usize),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..3_usize).prop_map(Step::Send),
        2 => (0..3_usize).prop_map(Step::Reserve),
        8 => Just(Step::Receive),
        2 => (0..50_usize).prop_map(Step::ReceiveMany),
        1 => (0..3_usize).prop_map(Step::Drop),
        1 => Just(Step::Close),
    ];
    vec(step, 0..400)
}

/// What the channel should be like.
#[derive(Default)]
struct Oracle {
    messages: VecDeque<u32>,
    sent: u32,
    closed: bool,
}

impl Oracle {
    fn next(&mut self) -> u32 {
        self.sent += 1;
        self.sent
    }

    /// What a receiver that does not wait gets.
    fn receive(&mut self, senders: usize) -> Result<u32, TryRecvError> {
        let end = if self.closed || senders == 0 { TryRecvError::Disconnected } else { TryRecvError::Empty };
        self.messages.pop_front().ok_or(end)
    }
}

/// The outcome of a poll of `recv` or `recv_many` that gives up waiting.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

proptest! {
    #[test]
    fn bounded(room in 1..70_usize, steps in steps()) {
        let (tx, mut rx) = mpsc::channel(room);
        let mut senders = [Some(tx.clone()), Some(tx.clone()), Some(tx)];
        let mut oracle = Oracle::default();
        for step in steps {
            let left = senders.iter().flatten().count();
            match step {
                Step::Send(id) => if let Some(tx) = &senders[id] {
                    let message = oracle.next();
                    let expected = if oracle.closed {
                        Err(TrySendError::Closed(message))
                    } else if oracle.messages.len() == room {
                        Err(TrySendError::Full(message))
                    } else {
                        oracle.messages.push_back(message);
                        Ok(())
                    };
                    prop_assert_eq!(tx.try_send(message), expected);
                },
                Step::Reserve(id) => if let Some(tx) = &senders[id] {
                    let possible = !oracle.closed && oracle.messages.len() < room;
                    prop_assert_eq!(now(tx.reserve()).is_some_and(|permit| permit.is_ok()), possible);
                },
                Step::Receive => prop_assert_eq!(rx.try_recv(), oracle.receive(left)),
                Step::ReceiveMany(limit) => {
                    let mut buffer = Vec::new();
                    let expected: Vec<_> = (0..limit).map_while(|_| oracle.receive(left).ok()).collect();
                    let received = now(rx.recv_many(&mut buffer, limit));
                    let waits = limit > 0 && expected.is_empty() && !oracle.closed && left > 0;
                    prop_assert_eq!(received, (!waits).then_some(expected.len()));
                    prop_assert_eq!(buffer, expected);
                }
                Step::Drop(id) => senders[id] = None,
                Step::Close => {
                    rx.close();
                    oracle.closed = true;
                }
            }
            prop_assert_eq!(rx.len(), oracle.messages.len());
            prop_assert_eq!(rx.capacity(), room - oracle.messages.len());
            prop_assert_eq!(rx.is_closed(), oracle.closed || senders.iter().flatten().count() == 0);
        }
    }

    #[test]
    fn unbounded(steps in steps()) {
        let (tx, mut rx) = mpsc::unbounded_channel();
        let mut senders = [Some(tx.clone()), Some(tx.clone()), Some(tx)];
        let mut oracle = Oracle::default();
        for step in steps {
            let left = senders.iter().flatten().count();
            match step {
                Step::Send(id) | Step::Reserve(id) => if let Some(tx) = &senders[id] {
                    let message = oracle.next();
                    prop_assert_eq!(tx.send(message).is_ok(), !oracle.closed);
                    oracle.messages.extend((!oracle.closed).then_some(message));
                },
                Step::Receive => prop_assert_eq!(rx.try_recv(), oracle.receive(left)),
                Step::ReceiveMany(limit) => {
                    let mut buffer = Vec::new();
                    let expected: Vec<_> = (0..limit).map_while(|_| oracle.receive(left).ok()).collect();
                    let received = now(rx.recv_many(&mut buffer, limit));
                    let waits = limit > 0 && expected.is_empty() && !oracle.closed && left > 0;
                    prop_assert_eq!(received, (!waits).then_some(expected.len()));
                    prop_assert_eq!(buffer, expected);
                }
                Step::Drop(id) => senders[id] = None,
                Step::Close => {
                    rx.close();
                    oracle.closed = true;
                }
            }
            prop_assert_eq!(rx.len(), oracle.messages.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// On threads: each sender's messages come in its order, and each that was accepted comes, also if the receiver
    /// closes the channel in between.
    #[test]
    fn on_threads(room in 1..40_usize, counts in vec(0..300_u32, 1..5), close_after in 0..600_u32) {
        let (tx, mut rx) = mpsc::channel(room);
        let threads: Vec<_> = counts.iter().enumerate().map(|(id, &count)| {
            let tx = tx.clone();
            thread::spawn(move || (0..count).take_while(|&i| block_on(tx.send((id, i))).is_ok()).count() as u32)
        }).collect();
        drop(tx);
        let mut received = vec![0; counts.len()];
        let mut sum = 0;
        while let Some((id, i)) = block_on(rx.recv()) {
            prop_assert_eq!(i, received[id]);
            received[id] += 1;
            sum += 1;
            if sum == close_after {
                rx.close();
            }
        }
        let accepted: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        prop_assert_eq!(received, accepted);
    }
}
