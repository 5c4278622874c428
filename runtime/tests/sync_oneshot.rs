//! `oneshot` through the public API.

mod sync_support;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use futures::executor::block_on;
use heist::sync::oneshot;
use heist::sync::oneshot::error::TryRecvError;
use sync_support::{CountedWaker, PanicsOnDrop, poll};

#[test]
fn smoke() {
    let (tx, mut rx) = oneshot::channel();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert!(rx.is_empty() && !tx.is_closed());
    assert_eq!(tx.send(1), Ok(()));
    assert!(!rx.is_empty());
    assert_eq!(poll(pin!(&mut rx)), Poll::Ready(Ok(1)));
    assert!(rx.is_terminated() && rx.is_empty());
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    let again = catch_unwind(AssertUnwindSafe(|| poll(pin!(&mut rx))));
    assert!(again.unwrap_err().downcast_ref::<String>().unwrap().contains("called after complete"));
}

#[test]
fn across_threads() {
    for round in 0..1000 {
        let (tx, rx) = oneshot::channel();
        let thread = thread::spawn(move || tx.send(round));
        assert_eq!(if round % 2 == 0 { block_on(rx) } else { rx.blocking_recv() }, Ok(round));
        thread.join().unwrap().unwrap();
    }
}

#[test]
fn the_sender_goes() {
    let (tx, mut rx) = oneshot::channel::<()>();
    assert!(poll(pin!(&mut rx)).is_pending());
    drop(tx);
    assert!(matches!(poll(pin!(&mut rx)), Poll::Ready(Err(_))));
}

#[test]
fn the_receiver_goes() {
    let (mut tx, rx) = oneshot::channel();
    {
        let mut closed = pin!(tx.closed());
        assert!(poll(closed.as_mut()).is_pending());
        drop(rx);
        assert!(poll(closed.as_mut()).is_ready());
    }
    assert!(tx.is_closed());
    assert_eq!(tx.send(5), Err(5));
}

#[test]
fn close() {
    let (tx, mut rx) = oneshot::channel();
    tx.send(1).unwrap();
    rx.close();
    assert_eq!(rx.try_recv(), Ok(1));
    let (tx, mut rx) = oneshot::channel();
    rx.close();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(tx.send(1), Err(1));
    let (_tx, mut rx) = oneshot::channel::<()>();
    rx.close();
    assert!(block_on(rx).is_err());
}

#[test]
fn drop_in_flight() {
    let value = Arc::new(());
    let (tx, rx) = oneshot::channel();
    tx.send(value.clone()).unwrap();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(rx);
    assert_eq!(Arc::strong_count(&value), 1);
    let (tx, rx) = oneshot::channel();
    drop(rx);
    assert!(tx.send(value.clone()).is_err());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn both_halves_race() {
    for round in 0..1000 {
        let value = Arc::new(());
        let (tx, mut rx) = oneshot::channel();
        let sent = value.clone();
        let thread = thread::spawn(move || if round % 3 == 0 { drop(tx) } else { drop(tx.send(sent)) });
        match round % 4 {
            0 => drop(rx),
            1 => {
                rx.close();
                drop(rx);
            }
            2 => {
                drop(rx.try_recv());
                drop(rx);
            }
            _ => drop(block_on(rx)),
        }
        thread.join().unwrap();
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn cancel_a_recv() {
    let (tx, mut rx) = oneshot::channel();
    assert!(poll(pin!(async { (&mut rx).await })).is_pending());
    tx.send(1).unwrap();
    assert_eq!(block_on(&mut rx), Ok(1));
    assert!(rx.is_terminated());
}

#[test]
fn the_last_waker_is_woken() {
    let (first, second) = (CountedWaker::new(), CountedWaker::new());
    let (tx, mut rx) = oneshot::channel();
    assert!(first.poll(pin!(&mut rx)).is_pending());
    assert!(second.poll(pin!(&mut rx)).is_pending());
    assert!(second.poll(pin!(&mut rx)).is_pending());
    assert!(first.is_forgotten());
    tx.send(1).unwrap();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert!(second.is_forgotten());
    assert_eq!(second.poll(pin!(&mut rx)), Poll::Ready(Ok(1)));
}

#[test]
fn poll_closed() {
    let (first, second) = (CountedWaker::new(), CountedWaker::new());
    let (mut tx, mut rx) = oneshot::channel::<()>();
    assert!(first.context(|cx| tx.poll_closed(cx)).is_pending());
    assert!(second.context(|cx| tx.poll_closed(cx)).is_pending());
    assert!(second.context(|cx| tx.poll_closed(cx)).is_pending());
    rx.close();
    rx.close();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert!(second.context(|cx| tx.poll_closed(cx)).is_ready());
    block_on(tx.closed());
    drop(rx);
    assert_eq!(second.wakes(), 1, "once");
    assert!(first.is_forgotten() && second.is_forgotten());
}

/// Whoever leaves second drops the wakers of both.
#[test]
fn wakers_are_forgotten_with_the_channel() {
    for sender_first in [true, false] {
        let (of_tx, of_rx) = (CountedWaker::new(), CountedWaker::new());
        let (mut tx, mut rx) = oneshot::channel::<()>();
        assert!(of_tx.context(|cx| tx.poll_closed(cx)).is_pending());
        assert!(of_rx.poll(pin!(&mut rx)).is_pending());
        if sender_first {
            drop(tx);
            assert_eq!((of_tx.wakes(), of_rx.wakes()), (0, 1));
            drop(rx);
        } else {
            drop(rx);
            assert_eq!((of_tx.wakes(), of_rx.wakes()), (1, 0));
            drop(tx);
        }
        assert!(of_tx.is_forgotten() && of_rx.is_forgotten());
    }
}

#[test]
fn a_value_that_panics_in_its_drop() {
    let (tx, rx) = oneshot::channel();
    let value = Arc::new(());
    assert!(tx.send((PanicsOnDrop, value.clone())).is_ok());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_waker_that_panics() {
    struct Panics;
    impl std::task::Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("woken");
        }
    }
    let waker = Arc::new(Panics);
    let (tx, mut rx) = oneshot::channel();
    let polled = pin!(&mut rx).poll(&mut std::task::Context::from_waker(&waker.clone().into()));
    assert!(polled.is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(1))).is_err());
    assert_eq!(block_on(rx), Ok(1), "it was sent");
    assert_eq!(Arc::strong_count(&waker), 1);
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_tasks() {
    for round in 0..500 {
        let (tx, rx) = oneshot::channel();
        let (back, answer) = oneshot::channel();
        heist::spawn(async move { back.send(rx.await.unwrap() + 1) });
        tx.send(round).unwrap();
        assert_eq!(answer.await, Ok(round + 1));
    }
}

#[heist::test]
async fn blocking_recv_panics_inside_a_runtime() {
    let (tx, rx) = oneshot::channel();
    tx.send(1).unwrap();
    let text = catch_unwind(AssertUnwindSafe(|| rx.blocking_recv())).unwrap_err();
    assert!(text.downcast_ref::<String>().unwrap().starts_with("Cannot block the current thread"));
}

#[test]
fn errors_say_what_happened() {
    let (_, rx) = oneshot::channel::<()>();
    assert_eq!(block_on(rx).unwrap_err().to_string(), "channel closed");
    assert_eq!(TryRecvError::Empty.to_string(), "channel empty");
    assert_eq!(TryRecvError::Closed.to_string(), "channel closed");
}
