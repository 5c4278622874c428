//! `mpsc` through the public API.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::mpsc;
use heist::sync::mpsc::error::{SendError, TryRecvError, TrySendError};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn smoke() {
    let (tx, mut rx) = mpsc::channel(2);
    assert_eq!((tx.capacity(), tx.max_capacity(), rx.len()), (2, 2, 0));
    block_on(tx.send(1)).unwrap();
    tx.try_send(2).unwrap();
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!((rx.capacity(), rx.len(), rx.is_empty()), (0, 2, false));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(block_on(rx.recv()), Some(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(block_on(rx.recv()), None);
    assert!(rx.is_closed());
}

#[test]
#[should_panic(expected = "mpsc bounded channel requires buffer > 0")]
fn no_room_at_all() {
    mpsc::channel::<()>(0);
}

#[test]
fn spsc() {
    let (tx, mut rx) = mpsc::channel(3);
    let thread = thread::spawn(move || (0..20_000).for_each(|i| tx.blocking_send(i).unwrap()));
    for i in 0..20_000 {
        assert_eq!(rx.blocking_recv(), Some(i));
    }
    assert_eq!(rx.blocking_recv(), None);
    thread.join().unwrap();
}

#[test]
fn stampede_bounded() {
    let (tx, mut rx) = mpsc::channel(5);
    let threads: Vec<_> = (0..8)
        .map(|id| {
            let tx = tx.clone();
            thread::spawn(move || (0..1000).for_each(|i| block_on(tx.send((id, i))).unwrap()))
        })
        .collect();
    drop(tx);
    let mut next = [0; 8];
    while let Some((id, i)) = block_on(rx.recv()) {
        assert_eq!(next[id], i, "the messages of a sender keep their order");
        next[id] += 1;
    }
    assert_eq!(next, [1000; 8]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn stampede_unbounded() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    let threads: Vec<_> = (0..8)
        .map(|id| {
            let tx = tx.clone();
            thread::spawn(move || (0..5000).for_each(|i| tx.send((id, i)).unwrap()))
        })
        .collect();
    drop(tx);
    let mut next = [0; 8];
    let mut buffer = Vec::new();
    while block_on(rx.recv_many(&mut buffer, 100)) != 0 {
        assert!(buffer.len() <= 100);
        for (id, i) in buffer.drain(..) {
            assert_eq!(next[id], i);
            next[id] += 1;
        }
    }
    assert_eq!(next, [5000; 8]);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn messages_of_every_size() {
    fn run<T: PartialEq + std::fmt::Debug + Clone>(value: T) {
        let (tx, mut rx) = mpsc::channel(3);
        for _ in 0..100 {
            tx.try_send(value.clone()).unwrap();
            tx.try_send(value.clone()).unwrap();
            assert_eq!(rx.try_recv().as_ref(), Ok(&value));
            assert_eq!(rx.try_recv().as_ref(), Ok(&value));
        }
    }
    run(());
    run(7_u8);
    run([7_u64; 100]);
    run([7_u64; 3000]);
}

#[test]
fn close_with_messages_inside() {
    let (tx, mut rx) = mpsc::channel(3);
    tx.try_send(1).unwrap();
    let permit = tx.try_reserve().unwrap();
    let unused = tx.clone().try_reserve_owned().unwrap();
    rx.close();
    assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)));
    assert_eq!(block_on(tx.send(2)), Err(SendError(2)));
    assert_eq!(block_on(rx.recv()), Some(1));
    assert!(poll(pin!(rx.recv())).is_pending());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    permit.send(3);
    assert_eq!(block_on(rx.recv()), Some(3));
    assert!(poll(pin!(rx.recv())).is_pending());
    drop(unused);
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn close_unbounded() {
    let (tx, mut rx) = mpsc::unbounded_channel();
    tx.send(1).unwrap();
    rx.close();
    assert!(tx.is_closed());
    assert_eq!(tx.send(2), Err(SendError(2)));
    assert_eq!(rx.len(), 1);
    assert_eq!(block_on(rx.recv()), Some(1));
    assert_eq!(block_on(rx.recv()), None);
    assert!(rx.is_empty());
}

#[test]
fn closed() {
    let (tx, rx) = mpsc::channel::<()>(1);
    let (utx, urx) = mpsc::unbounded_channel::<()>();
    let mut closed = pin!(tx.closed());
    let mut unbounded_closed = pin!(utx.closed());
    assert!(poll(closed.as_mut()).is_pending());
    assert!(poll(unbounded_closed.as_mut()).is_pending());
    drop((rx, urx));
    assert!(poll(closed.as_mut()).is_ready());
    assert!(poll(unbounded_closed.as_mut()).is_ready());
    assert!(tx.closed().now_or_never().is_some());
}

#[test]
fn cancel_a_send() {
    let message = Arc::new(());
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(message.clone()).unwrap();
    let mut second = pin!(tx.send(message.clone()));
    {
        let mut first = pin!(tx.send(message.clone()));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        // The room goes to the first, which is dropped, and so to the second.
        rx.try_recv().unwrap();
    }
    assert_eq!(poll(second.as_mut()), Poll::Ready(Ok(())));
    assert_eq!(Arc::strong_count(&message), 2);
}

#[test]
fn cancel_a_granted_reserve_after_close() {
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(1).unwrap();
    let mut reserve = Box::pin(tx.reserve());
    assert!(poll(reserve.as_mut()).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    rx.close();
    let mut recv = pin!(rx.recv());
    assert!(poll(recv.as_mut()).is_pending());
    drop(reserve);
    assert_eq!(poll(recv.as_mut()), Poll::Ready(None));
}

#[test]
fn cancel_a_recv() {
    let (tx, mut rx) = mpsc::channel(1);
    assert!(poll(pin!(rx.recv())).is_pending());
    tx.try_send(1).unwrap();
    let mut buffer = Vec::new();
    assert_eq!(block_on(rx.recv_many(&mut buffer, 0)), 0);
    assert_eq!(block_on(rx.recv_many(&mut buffer, 10)), 1);
    assert!(poll(pin!(rx.recv_many(&mut buffer, 10))).is_pending());
    assert_eq!(buffer, [1]);
}

#[test]
fn senders_are_served_in_order() {
    let (tx, mut rx) = mpsc::channel(1);
    tx.try_send(0).unwrap();
    let mut sends: Vec<_> = (1..5).map(|i| Box::pin(tx.send(i))).collect();
    assert!(sends.iter_mut().all(|send| poll(send.as_mut()).is_pending()));
    for i in 0..4 {
        assert_eq!(rx.try_recv(), Ok(i));
        assert!(tx.try_send(9).is_err(), "nobody overtakes the queue");
        let sent: Vec<_> = sends.iter_mut().map(|send| poll(send.as_mut()).is_ready()).collect();
        assert_eq!(sent, [vec![true], vec![false; 3 - i]].concat());
        drop(sends.remove(0));
    }
    assert_eq!(rx.try_recv(), Ok(4));
    tx.try_send(9).unwrap();
}

#[test]
fn drop_in_flight() {
    let message = Arc::new(());
    let (tx, rx) = mpsc::channel(100);
    let permit = tx.try_reserve().unwrap();
    for _ in 0..50 {
        tx.try_send(message.clone()).unwrap();
    }
    drop(rx);
    assert_eq!(Arc::strong_count(&message), 1, "although a sender is left");
    permit.send(message.clone());
    drop(tx);
    assert_eq!(Arc::strong_count(&message), 1);
}

#[test]
fn permits() {
    let (tx, mut rx) = mpsc::channel(4);
    assert!(block_on(tx.reserve_many(5)).is_err());
    assert!(matches!(tx.try_reserve_many(5), Err(TrySendError::Full(()))));
    let mut permits = block_on(tx.reserve_many(3)).unwrap();
    assert_eq!((permits.len(), tx.capacity()), (3, 1));
    permits.next().unwrap().send(1);
    drop(permits.next());
    drop(permits);
    assert_eq!(tx.capacity(), 3);
    let permit = block_on(tx.clone().reserve_owned()).unwrap();
    assert!(permit.same_channel_as_sender(&tx));
    let tx = permit.send(2);
    let tx = tx.try_reserve_owned().unwrap().release();
    assert_eq!(tx.capacity(), 2);
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(1), Ok(2)));
    assert_eq!(tx.capacity(), 4);
}

#[test]
fn weak_senders() {
    let (tx, mut rx) = mpsc::channel::<()>(1);
    let weak = tx.downgrade();
    let second = weak.upgrade().unwrap();
    assert!(tx.same_channel(&second));
    assert_eq!((tx.strong_count(), tx.weak_count()), (2, 1));
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (2, 1));
    drop((tx, second));
    assert!(weak.upgrade().is_none());
    assert_eq!(block_on(rx.recv()), None);
    assert_eq!((weak.strong_count(), weak.weak_count()), (0, 1));
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
