//! `oneshot` through the public API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::executor::block_on;
use heist::sync::oneshot;
use heist::sync::oneshot::error::TryRecvError;

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

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
