//! `SetOnce` through the public API.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::{SetOnce, SetOnceError};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn smoke() {
    let once = SetOnce::new();
    assert_eq!((once.get(), once.initialized()), (None, false));
    let mut waiting: Vec<_> = (0..50).map(|_| Box::pin(once.wait())).collect();
    assert!(waiting.iter_mut().all(|wait| poll(wait.as_mut()).is_pending()));
    assert_eq!(once.set(1), Ok(()));
    assert!(waiting.iter_mut().all(|wait| poll(wait.as_mut()) == Poll::Ready(&1)));
    assert_eq!(once.set(2), Err(SetOnceError(2)));
    assert_eq!((once.get(), once.initialized()), (Some(&1), true));
    assert_eq!(once.wait().now_or_never(), Some(&1));
    drop(waiting);
    assert_eq!(once.into_inner(), Some(1));
}

#[test]
fn in_a_static() {
    static EMPTY: SetOnce<String> = SetOnce::const_new();
    static FULL: SetOnce<u8> = SetOnce::const_new_with(7);
    let thread = thread::spawn(|| block_on(EMPTY.wait()).as_str());
    EMPTY.set("hello".into()).unwrap();
    assert_eq!(thread.join().unwrap(), "hello");
    assert_eq!((FULL.get(), FULL.set(8)), (Some(&7), Err(SetOnceError(8))));
}

#[test]
fn stampede() {
    for _ in 0..200 {
        let once = Arc::new(SetOnce::<Box<usize>>::new());
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let once = once.clone();
                thread::spawn(move || **block_on(once.wait()))
            })
            .collect();
        let setters: Vec<_> = (0..2)
            .map(|id| {
                let once = once.clone();
                thread::spawn(move || once.set(Box::new(id)).is_ok())
            })
            .collect();
        let won: Vec<_> = setters.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(won[0] != won[1], "one of them sets the value");
        let winner = usize::from(won[1]);
        waiters.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), winner));
    }
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_racing_tasks() {
    for round in 0..500 {
        let once = Arc::new(SetOnce::new());
        let other = once.clone();
        let waiting = heist::spawn(async move { *other.wait().await });
        let setting = heist::spawn(async move { once.set(round).is_ok() });
        assert_eq!((waiting.await.unwrap(), setting.await.unwrap()), (round, true));
    }
}

#[test]
fn cancel() {
    let once = SetOnce::new();
    let mut cancelled = Box::pin(once.wait());
    assert!(poll(cancelled.as_mut()).is_pending());
    let mut woken = Box::pin(once.wait());
    assert!(poll(woken.as_mut()).is_pending());
    let mut other = pin!(once.wait());
    assert!(poll(other.as_mut()).is_pending());
    drop(cancelled);
    once.set(1).unwrap();
    drop(woken);
    assert_eq!(poll(other), Poll::Ready(&1));
}

#[test]
fn drop_in_flight() {
    let value = Arc::new(());
    let once = SetOnce::new();
    once.set(value.clone()).unwrap();
    assert!(once.set(value.clone()).is_err());
    let clone = once.clone();
    assert_eq!(Arc::strong_count(&value), 3);
    drop((once, clone));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn texts_and_comparison() {
    assert_eq!(SetOnce::from(1), SetOnce::new_with(Some(1)));
    assert_ne!(SetOnce::from(1), SetOnce::default());
    assert_eq!(format!("{:?}", SetOnce::from(1)), "SetOnce { value: Some(1) }");
    assert_eq!(SetOnceError(1).to_string(), "SetOnceError");
    assert_eq!(SetOnceError(1).0, 1);
}
