//! `OnceCell` through the public API.

use std::cell::Cell;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::{OnceCell, SetError, oneshot};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn smoke() {
    let cell = OnceCell::new();
    assert!(!cell.initialized());
    assert_eq!(cell.get(), None);
    assert_eq!(block_on(cell.get_or_init(|| async { 1 })), &1);
    assert_eq!(block_on(cell.get_or_init(|| async { unreachable!() })), &1);
    assert_eq!(block_on(cell.get_or_try_init(|| async { Err(()) })), Ok(&1));
    assert!(cell.initialized());
    assert_eq!(cell.get(), Some(&1));
}

#[test]
fn in_a_static() {
    static EMPTY: OnceCell<String> = OnceCell::const_new();
    static FULL: OnceCell<u8> = OnceCell::const_new_with(7);
    assert_eq!(block_on(EMPTY.get_or_init(|| async { "hello".into() })), "hello");
    assert_eq!(EMPTY.get().map(String::as_str), Some("hello"));
    assert_eq!(FULL.get(), Some(&7));
    assert_eq!(FULL.set(8), Err(SetError::AlreadyInitializedError(8)));
    assert_eq!(block_on(FULL.get_or_init(|| async { unreachable!() })), &7);
}

#[test]
fn set() {
    let cell = OnceCell::new();
    assert_eq!(cell.set(1), Ok(()));
    let error = cell.set(2).unwrap_err();
    assert_eq!(error, SetError::AlreadyInitializedError(2));
    assert!(error.is_already_init_err() && !error.is_initializing_err());
    assert_eq!(OnceCell::new_with(Some(1)).set(2), Err(SetError::AlreadyInitializedError(2)));

    let cell = OnceCell::new();
    let (tx, rx) = oneshot::channel();
    let mut init = pin!(cell.get_or_init(|| async { rx.await.unwrap() }));
    assert!(poll(init.as_mut()).is_pending());
    let error = cell.set(2).unwrap_err();
    assert_eq!(error, SetError::InitializingError(2));
    assert!(error.is_initializing_err() && !error.is_already_init_err());
    tx.send(1).unwrap();
    assert_eq!(poll(init), Poll::Ready(&1));
    assert_eq!(cell.set(2), Err(SetError::AlreadyInitializedError(2)));
}

#[test]
fn who_waits_gets_the_value() {
    let cell = OnceCell::new();
    let (tx, rx) = oneshot::channel();
    let mut init = pin!(cell.get_or_init(|| async { rx.await.unwrap() }));
    assert!(poll(init.as_mut()).is_pending());
    let mut waiting: Vec<_> = (0..50).map(|_| Box::pin(cell.get_or_init(|| async { unreachable!() }))).collect();
    assert!(waiting.iter_mut().all(|wait| poll(wait.as_mut()).is_pending()));
    tx.send(1).unwrap();
    assert_eq!(poll(init), Poll::Ready(&1));
    assert!(waiting.iter_mut().all(|wait| poll(wait.as_mut()) == Poll::Ready(&1)));
}

#[test]
fn errors_let_the_next_one_try() {
    let cell = OnceCell::new();
    let (tx, rx) = oneshot::channel();
    let mut failing = pin!(cell.get_or_try_init(|| async { Err::<i32, i32>(rx.await.unwrap()) }));
    assert!(poll(failing.as_mut()).is_pending());
    let mut next = pin!(cell.get_or_try_init(|| async { Ok::<i32, i32>(1) }));
    let mut last = pin!(cell.get_or_init(|| async { 2 }));
    assert!(poll(next.as_mut()).is_pending());
    assert!(poll(last.as_mut()).is_pending());
    tx.send(7).unwrap();
    assert_eq!(poll(failing), Poll::Ready(Err(7)));
    assert!(poll(last.as_mut()).is_pending(), "in their order");
    assert_eq!(poll(next), Poll::Ready(Ok(&1)));
    assert_eq!(poll(last), Poll::Ready(&1));
}

#[test]
fn panics_let_the_next_one_try() {
    let cell = OnceCell::<i32>::new();
    let call = || -> std::future::Ready<i32> { panic!("in the function") };
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(cell.get_or_init(call)))).is_err());
    let poll = || async { panic!("in its future") };
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(cell.get_or_init(poll)))).is_err());
    assert!(!cell.initialized());
    assert_eq!(block_on(cell.get_or_init(|| async { 1 })), &1);
}

#[test]
fn cancel() {
    let cell = OnceCell::new();
    let mut cancelled = Box::pin(cell.get_or_init(pending::<i32>));
    assert!(poll(cancelled.as_mut()).is_pending());
    let mut waiting = Box::pin(cell.get_or_init(|| async { 1 }));
    assert!(poll(waiting.as_mut()).is_pending());
    let mut next = pin!(cell.get_or_init(|| async { 2 }));
    assert!(poll(next.as_mut()).is_pending());
    // The one that computes, and one that has got its turn but was not polled yet.
    drop(cancelled);
    drop(waiting);
    assert_eq!(poll(next), Poll::Ready(&2));

    let cell = OnceCell::new();
    let mut cancelled = Box::pin(cell.get_or_init(pending::<i32>));
    assert!(poll(cancelled.as_mut()).is_pending());
    drop(cancelled);
    assert_eq!(cell.set(3), Ok(()), "nobody is computing any more");
    drop(cell.get_or_init(|| async { unreachable!() }));
}

#[test]
fn take() {
    let mut cell = OnceCell::from(1);
    *cell.get_mut().unwrap() = 2;
    assert_eq!(cell.take(), Some(2));
    assert_eq!((cell.take(), cell.get_mut()), (None, None));
    assert_eq!(block_on(cell.get_or_init(|| async { 3 })), &3, "it can be used again");
    assert_eq!(cell.into_inner(), Some(3));
    assert_eq!(OnceCell::<i32>::default().into_inner(), None);
}

#[test]
fn drop_in_flight() {
    let value = Arc::new(());
    let cell = OnceCell::new();
    let mut init = Box::pin(cell.get_or_init(|| async {
        let _value = value.clone();
        pending().await
    }));
    assert!(poll(init.as_mut()).is_pending());
    assert_eq!(Arc::strong_count(&value), 2);
    drop(init);
    assert_eq!(Arc::strong_count(&value), 1);
    cell.set(value.clone()).unwrap();
    let clone = cell.clone();
    assert_eq!(Arc::strong_count(&value), 3);
    drop((cell, clone));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn stampede() {
    for round in 0..200 {
        let shared = Arc::new((OnceCell::new(), AtomicUsize::new(0)));
        let threads: Vec<_> = (0..4)
            .map(|id| {
                let shared = shared.clone();
                thread::spawn(move || {
                    let (cell, calls) = &*shared;
                    let init = || async {
                        calls.fetch_add(1, Ordering::Relaxed);
                        if id == round % 4 { Err(()) } else { Ok(Box::new(round)) }
                    };
                    let got = block_on(cell.get_or_try_init(init)).map(|value| **value);
                    assert!(got == Ok(round) || (got == Err(()) && id == round % 4));
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(shared.1.load(Ordering::Relaxed) <= 2);
        assert_eq!(shared.0.get().map(|value| **value), Some(round));
    }
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_racing_tasks() {
    for round in 0..500 {
        let cell = Arc::new(OnceCell::new());
        let tasks = [1, 2].map(|id| {
            let cell = cell.clone();
            heist::spawn(async move {
                *cell
                    .get_or_init(|| async {
                        heist::task::yield_now().await;
                        (id, round)
                    })
                    .await
            })
        });
        let [first, second] = tasks;
        assert_eq!(first.await.unwrap(), second.await.unwrap());
    }
}

#[test]
fn one_thread() {
    // Neither the function nor the future have to be `Send`.
    let calls = Cell::new(0);
    let cell = OnceCell::new();
    let init = || {
        calls.set(calls.get() + 1);
        ready(calls.get())
    };
    assert_eq!(cell.get_or_init(init).now_or_never(), Some(&1));
    assert_eq!(cell.get_or_init(init).now_or_never(), Some(&1));
}

#[test]
fn texts_and_comparison() {
    assert_eq!(OnceCell::from(1), OnceCell::new_with(Some(1)));
    assert_ne!(OnceCell::from(1), OnceCell::new());
    assert_eq!(format!("{:?}", OnceCell::from(1)), "OnceCell { value: Some(1) }");
    assert_eq!(SetError::AlreadyInitializedError(1).to_string(), "AlreadyInitializedError");
    assert_eq!(SetError::InitializingError(1).to_string(), "InitializingError");
    assert_eq!(format!("{:?}", SetError::InitializingError(1)), "InitializingError(1)");
}
