//! Unbounded `mpsc` channels through the public API. The tests have the names of those in `sync_mpsc.rs` where the
//! contract is the same.

mod sync_support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::mpsc;
use heist::sync::mpsc::error::{SendError, TryRecvError};
use sync_support::{CountedWaker, PanicsOnDrop, poll};

#[test]
fn smoke() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    assert_eq!((rx.len(), rx.is_empty()), (2, false));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(block_on(rx.recv()), Some(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(!rx.is_closed() && !tx.is_closed());
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!(block_on(rx.recv()), None, "and again");
    assert!(rx.is_closed());
}

#[test]
fn close_with_messages_inside() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    tx.send(1).unwrap();
    rx.close();
    rx.close();
    assert!(rx.is_closed() && tx.is_closed());
    assert_eq!(tx.send(2), Err(SendError(2)));
    assert_eq!(rx.len(), 1);
    assert_eq!(block_on(rx.recv()), Some(1));
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    assert!(rx.is_empty());
}

#[test]
fn drop_in_flight() {
    let message = Arc::new(());
    let (tx, rx) = mpsc::unbounded_channel();
    for _ in 0..50 {
        tx.send(message.clone()).unwrap();
    }
    drop(rx);
    assert_eq!(Arc::strong_count(&message), 1, "although a sender is left");
    assert!(tx.send(message.clone()).is_err());
    drop(tx);
    assert_eq!(Arc::strong_count(&message), 1);
}

#[test]
fn try_recv_while_others_send() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let other = tx.clone();
    let thread = thread::spawn(move || (0..10_000).for_each(|_| other.send(1).unwrap()));
    let mut received = 0;
    for _ in 0..1000 {
        tx.send(2).unwrap();
        // A send of this thread is complete, so the channel cannot look empty.
        received += rx.try_recv().map(|_| 1).unwrap();
    }
    thread.join().unwrap();
    while rx.try_recv().is_ok() {
        received += 1;
    }
    assert_eq!(received, 11_000);
}

#[test]
fn spsc() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let thread = thread::spawn(move || (0..20_000).for_each(|i| tx.send(i).unwrap()));
    for i in 0..20_000 {
        assert_eq!(rx.blocking_recv(), Some(i));
    }
    assert_eq!(rx.blocking_recv(), None);
    thread.join().unwrap();
}

#[test]
fn stampede() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let threads: Vec<_> = (0..8)
        .map(|id| {
            let tx = tx.clone();
            thread::spawn(move || (0..1000).for_each(|i| tx.send((id, i)).unwrap()))
        })
        .collect();
    drop(tx);
    let mut next = [0; 8];
    let mut buffer = Vec::new();
    while rx.blocking_recv_many(&mut buffer, 3) != 0 {
        assert!(buffer.len() <= 3);
        for (id, i) in buffer.drain(..) {
            assert_eq!(next[id], i, "the messages of a sender keep their order");
            next[id] += 1;
        }
    }
    assert_eq!(next, [1000; 8]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_tasks() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    for id in 0..4 {
        let tx = tx.clone();
        heist::spawn(async move {
            for i in 0..500 {
                tx.send((id, i)).unwrap();
            }
        });
    }
    drop(tx);
    let mut next = [0; 4];
    while let Some((id, i)) = rx.recv().await {
        assert_eq!(next[id], i);
        next[id] += 1;
    }
    assert_eq!(next, [500; 4]);
}

#[test]
fn messages_of_every_size() {
    fn run<T: PartialEq + std::fmt::Debug + Clone>(value: T) {
        let (tx, mut rx) = mpsc::unbounded_channel();
        for round in 0..100 {
            let messages = 1 + round % 70;
            (0..messages).for_each(|_| tx.send(value.clone()).unwrap());
            (0..messages).for_each(|_| assert_eq!(rx.try_recv().as_ref(), Ok(&value)));
        }
    }
    run(());
    run(7_u8);
    run([7_u64; 100]);
    run([7_u64; 3000]);
}

#[test]
fn closed() {
    let (tx, rx) = mpsc::channel::<()>(1);
    let mut closed = pin!(tx.closed());
    assert!(poll(closed.as_mut()).is_pending());
    assert!(tx.closed().now_or_never().is_none(), "a second one, cancelled");
    drop(rx);
    assert!(poll(closed.as_mut()).is_ready());
    assert!(tx.closed().now_or_never().is_some());
}

#[test]
fn cancel_a_recv() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    assert!(poll(pin!(rx.recv())).is_pending());
    tx.send(1).unwrap();
    let mut buffer = Vec::new();
    assert_eq!(block_on(rx.recv_many(&mut buffer, 0)), 0);
    assert_eq!(block_on(rx.recv_many(&mut buffer, 10)), 1);
    assert!(poll(pin!(rx.recv_many(&mut buffer, 10))).is_pending());
    assert_eq!(buffer, [1]);
}

#[test]
fn the_last_waker_is_woken() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let (first, second) = (CountedWaker::new(), CountedWaker::new());
    assert!(first.poll(pin!(rx.recv())).is_pending());
    assert!(second.poll(pin!(rx.recv())).is_pending());
    assert!(second.poll(pin!(rx.recv())).is_pending());
    tx.send(1).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert_eq!(second.poll(pin!(rx.recv())), Poll::Ready(Some(1)));
    assert!(first.poll(pin!(rx.recv())).is_pending());
    drop(tx);
    assert_eq!(first.wakes(), 1, "by the last sender");
    drop(rx);
    assert!(first.is_forgotten() && second.is_forgotten());
}

#[test]
fn a_receiver_that_goes_forgets_its_waker() {
    let (_tx, mut rx) = mpsc::channel::<()>(1);
    let waker = CountedWaker::new();
    assert!(waker.poll(pin!(rx.recv())).is_pending());
    drop(rx);
    assert!(waker.is_forgotten());
    assert_eq!(waker.wakes(), 0);
}

#[test]
fn poll_recv() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let waker = CountedWaker::new();
    let mut buffer = Vec::new();
    assert!(waker.context(|cx| rx.poll_recv(cx)).is_pending());
    (0..3).for_each(|i| tx.send(i).unwrap());
    assert_eq!(waker.wakes(), 1);
    assert_eq!(waker.context(|cx| rx.poll_recv(cx)), Poll::Ready(Some(0)));
    assert_eq!(waker.context(|cx| rx.poll_recv_many(cx, &mut buffer, 9)), Poll::Ready(2));
    assert!(waker.context(|cx| rx.poll_recv_many(cx, &mut buffer, 9)).is_pending());
    drop(tx);
    assert_eq!(waker.context(|cx| rx.poll_recv_many(cx, &mut buffer, 9)), Poll::Ready(0));
    assert_eq!(buffer, [1, 2]);
}

#[test]
fn a_message_that_panics_in_its_drop() {
    let message = Arc::new(());
    let (tx, rx) = mpsc::unbounded_channel();
    for i in 0..50 {
        tx.send((message.clone(), (i == 20).then(|| PanicsOnDrop))).unwrap();
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!(Arc::strong_count(&message), 1, "the others are dropped all the same");
    assert!(tx.is_closed());
}

#[test]
fn weak_senders() {
    let (tx, mut rx) = mpsc::channel::<()>(1);
    let weak = tx.downgrade();
    let second = weak.upgrade().unwrap();
    assert!(tx.same_channel(&second));
    assert_eq!((tx.strong_count(), tx.weak_count()), (2, 1));
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (2, 1));
    drop(weak.clone());
    drop((tx, second));
    assert!(weak.upgrade().is_none());
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 1));
}

#[heist::test]
async fn blocking_calls_panic_inside_a_runtime() {
    let (_tx, mut rx) = mpsc::unbounded_channel::<i32>();
    let text = |result: thread::Result<()>| *result.unwrap_err().downcast::<String>().unwrap();
    let recv = text(catch_unwind(AssertUnwindSafe(|| assert!(rx.blocking_recv().is_some()))));
    let many = text(catch_unwind(AssertUnwindSafe(|| assert!(rx.blocking_recv_many(&mut Vec::new(), 1) > 0))));
    assert!([recv, many].iter().all(|text| text.starts_with("Cannot block the current thread")));
}

#[heist::test]
async fn a_busy_channel_lets_others_run() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    (0..1000).for_each(|i| tx.send(i).unwrap());
    let other = heist::spawn(async {});
    let mut received = 0;
    while !other.is_finished() {
        rx.recv().await.unwrap();
        received += 1;
    }
    assert!(received < 1000);
}
