//! `watch` through the public API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::watch;
use heist::sync::watch::error::SendError;
use heist::task::coop;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts its wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn smoke() {
    let (tx, mut rx) = watch::channel(1);
    assert_eq!((*tx.borrow(), *rx.borrow()), (1, 1));
    assert!(!rx.has_changed().unwrap(), "the first value counts as seen");
    assert!(rx.changed().now_or_never().is_none());
    tx.send(2).unwrap();
    tx.send(3).unwrap();
    assert_eq!(*rx.borrow(), 3);
    assert!(rx.has_changed().unwrap(), "borrow does not mark");
    block_on(rx.changed()).unwrap();
    assert!(!rx.has_changed().unwrap(), "changed does");
    tx.send(4).unwrap();
    assert_eq!(*rx.borrow_and_update(), 4);
    assert!(rx.changed().now_or_never().is_none());
}

#[test]
fn spsc() {
    let (tx, mut rx) = watch::channel(0);
    let thread = thread::spawn(move || (1..=20_000).for_each(|i| tx.send(i).unwrap()));
    let mut last = 0;
    while block_on(rx.changed()).is_ok() {
        let now = *rx.borrow_and_update();
        assert!(now >= last, "values do not come in order");
        last = now;
    }
    assert_eq!(last, 20_000, "the last value is never missed");
    thread.join().unwrap();
}

#[test]
fn stampede() {
    let tx = watch::Sender::new([0; 4]);
    let receivers: Vec<_> = (0..4)
        .map(|_| {
            let mut rx = tx.subscribe();
            thread::spawn(move || block_on(rx.wait_for(|sent| *sent == [1000; 4])).map(|value| *value).unwrap())
        })
        .collect();
    let senders: Vec<_> = (0..4)
        .map(|id| {
            let tx = tx.clone();
            thread::spawn(move || (0..1000).for_each(|_| tx.send_modify(|sent| sent[id] += 1)))
        })
        .collect();
    senders.into_iter().for_each(|thread| thread.join().unwrap());
    receivers.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), [1000; 4]));
}

#[test]
fn ping_pong() {
    let (ping, mut pinged) = watch::channel(0);
    let (pong, mut ponged) = watch::channel(0);
    let thread = thread::spawn(move || {
        while block_on(pinged.changed()).is_ok() {
            pong.send(*pinged.borrow()).unwrap();
        }
    });
    for i in 1..=2000 {
        ping.send(i).unwrap();
        block_on(ponged.changed()).unwrap();
        assert_eq!(*ponged.borrow(), i);
    }
    drop(ping);
    thread.join().unwrap();
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_racing_tasks() {
    for round in 0..500 {
        let (tx, mut rx) = watch::channel(0);
        let mut other = rx.clone();
        let tasks = [
            heist::spawn(async move { rx.wait_for(|value| *value == round + 1).await.map(|value| *value).unwrap() }),
            heist::spawn(async move {
                other.changed().await.unwrap();
                *other.borrow_and_update()
            }),
        ];
        tx.send(round + 1).unwrap();
        for task in tasks {
            assert_eq!(task.await.unwrap(), round + 1);
        }
        drop(tx);
    }
}

#[test]
fn close() {
    let (tx, mut rx) = watch::channel(1);
    let other = tx.clone();
    assert_eq!(tx.sender_count(), 2);
    assert!(tx.same_channel(&other));
    drop(tx);
    assert_eq!(other.sender_count(), 1);
    assert!(!rx.is_closed());
    let mut late = rx.clone();
    other.send(2).unwrap();
    drop(other);
    assert!(rx.is_closed());
    assert!(rx.has_changed().is_err(), "closed, even with a value not seen");
    assert!(rx.borrow().has_changed());
    assert!(block_on(rx.changed()).is_ok(), "the last value first");
    assert!(block_on(rx.changed()).is_err());
    assert_eq!(*rx.borrow(), 2);
    late.mark_unchanged();
    assert!(block_on(late.changed()).is_err());
    late.mark_changed();
    assert!(block_on(late.changed()).is_ok());
}

#[test]
fn close_wakes_receivers() {
    let (tx, rx) = watch::channel(());
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let mut rx = rx.clone();
            thread::spawn(move || block_on(rx.changed()).is_err())
        })
        .collect();
    drop(tx);
    threads.into_iter().for_each(|thread| assert!(thread.join().unwrap()));
}

#[test]
fn closed() {
    let (tx, rx) = watch::channel(1);
    let more = [rx.clone(), tx.subscribe()];
    assert_eq!(tx.receiver_count(), 3);
    drop(more);
    let mut closed = pin!(tx.closed());
    assert!(poll(closed.as_mut()).is_pending());
    drop(rx);
    // A receiver that comes before the look keeps the channel alive.
    let late = tx.subscribe();
    assert!(poll(closed.as_mut()).is_pending());
    drop(late);
    assert!(poll(closed).is_ready());
    assert!(tx.is_closed());
    assert_eq!(tx.send(2), Err(SendError(2)));
    assert_eq!(*tx.borrow(), 1, "a send that fails changes nothing");
    assert_eq!(tx.send_replace(3), 1);
    tx.send_modify(|value| *value += 1);
    assert_eq!(*tx.subscribe().borrow(), 4);
}

#[test]
fn closed_across_threads() {
    for _ in 0..500 {
        let (tx, rx) = watch::channel(());
        let threads = [rx.clone(), rx].map(|rx| thread::spawn(move || drop(rx)));
        block_on(tx.closed());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn subscribe() {
    let tx: watch::Sender<i32> = watch::Sender::default();
    assert!(tx.is_closed());
    tx.send_replace(1);
    let mut rx = tx.subscribe();
    assert!(!rx.has_changed().unwrap(), "what was there counts as seen");
    tx.send(2).unwrap();
    let clone = rx.clone();
    assert!(clone.has_changed().unwrap(), "a clone has seen no more than the original");
    rx.mark_unchanged();
    assert!(clone.has_changed().unwrap(), "and goes its own way");
    assert!(!rx.has_changed().unwrap());
    assert!(rx.same_channel(&clone) && !rx.same_channel(&watch::Sender::new(0).subscribe()));
}

#[test]
fn marks() {
    let (tx, mut rx) = watch::channel(1);
    rx.mark_changed();
    rx.mark_changed();
    assert!(rx.has_changed().unwrap());
    assert!(rx.borrow_and_update().has_changed());
    assert!(!rx.borrow_and_update().has_changed());
    tx.send(2).unwrap();
    rx.mark_changed();
    assert!(rx.has_changed().unwrap(), "marking what was not seen");
    rx.mark_unchanged();
    assert!(!rx.has_changed().unwrap());
    assert!(!rx.borrow().has_changed());
}

#[test]
fn send_if_modified() {
    let (tx, mut rx) = watch::channel(1);
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let mut changed = Box::pin(rx.changed());
    assert!(changed.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let silently = |value: &mut i32| {
        *value = 2;
        false
    };
    assert!(!tx.send_if_modified(silently));
    assert_eq!(count.0.load(Ordering::Relaxed), 0);
    assert_eq!(*tx.borrow(), 2);
    assert!(poll(changed.as_mut()).is_pending());
    assert!(changed.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(tx.send_if_modified(|_| true));
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(poll(changed.as_mut()).is_ready());
}

#[test]
fn a_panic_keeps_the_value_and_tells_nobody() {
    let (tx, mut rx) = watch::channel(1);
    let half_way = |value: &mut i32| {
        *value = 2;
        panic!("half-way");
    };
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send_modify(half_way))).is_err());
    assert_eq!(*rx.borrow(), 2);
    assert!(!rx.has_changed().unwrap());
    assert!(rx.changed().now_or_never().is_none());
    tx.send(3).unwrap();
    let mut refuse = |_: &i32| -> bool { panic!("at a look") };
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(rx.wait_for(&mut refuse)).is_ok())).is_err());
    tx.send(4).unwrap();
    assert_eq!(*block_on(rx.wait_for(|value| *value == 4)).unwrap(), 4);
}

#[test]
fn wait_for() {
    let (tx, mut rx) = watch::channel(1);
    let value = block_on(rx.wait_for(|value| *value == 1)).unwrap();
    assert!(!value.has_changed(), "the current value, although seen");
    drop(value);
    tx.send(2).unwrap();
    let value = block_on(rx.wait_for(|value| *value == 2)).unwrap();
    assert!(value.has_changed());
    drop(value);
    assert!(!rx.has_changed().unwrap(), "what was accepted is seen");
    let asked = AtomicUsize::new(0);
    let mut waiting = Box::pin(rx.wait_for(|value| {
        asked.fetch_add(1, Ordering::Relaxed);
        *value == 9
    }));
    assert!(poll(waiting.as_mut()).is_pending());
    tx.send(3).unwrap();
    assert!(poll(waiting.as_mut()).is_pending());
    assert!(poll(waiting.as_mut()).is_pending());
    assert_eq!(asked.load(Ordering::Relaxed), 2, "once for each value");
    tx.send(4).unwrap();
    drop(tx);
    assert!(matches!(poll(waiting.as_mut()), Poll::Ready(Err(_))));
    assert_eq!(asked.load(Ordering::Relaxed), 3, "the last value was tried");
    drop(waiting);
    assert!(block_on(rx.wait_for(|value| *value == 4)).is_ok(), "it can still be accepted");
    assert!(block_on(rx.wait_for(|value| *value == 5)).is_err());
}

#[test]
fn cancel() {
    let (tx, mut rx) = watch::channel(1);
    let mut other = rx.clone();
    let mut cancelled = Box::pin(rx.changed());
    assert!(poll(cancelled.as_mut()).is_pending());
    let mut changed = Box::pin(other.changed());
    assert!(poll(changed.as_mut()).is_pending());
    tx.send(2).unwrap();
    // Notified, but dropped before its poll: the value stays unseen.
    drop(cancelled);
    assert!(rx.has_changed().unwrap());
    assert!(poll(changed.as_mut()).is_ready());
    drop(changed);
    let mut cancelled = Box::pin(rx.wait_for(|value| *value == 3));
    assert!(poll(cancelled.as_mut()).is_pending());
    drop(cancelled);
    assert!(!rx.has_changed().unwrap(), "what was refused is seen");
    let mut cancelled = Box::pin(tx.closed());
    assert!(poll(cancelled.as_mut()).is_pending());
    drop(cancelled);
    drop((rx, other));
    assert!(poll(pin!(tx.closed())).is_ready());
}

#[test]
fn drop_in_flight() {
    let first = Arc::new(());
    let (tx, mut rx) = watch::channel(first.clone());
    let mut pending = Box::pin(async move { rx.changed().await });
    assert!(poll(pending.as_mut()).is_pending());
    let second = Arc::new(());
    tx.send(second.clone()).unwrap();
    assert_eq!(Arc::strong_count(&first), 1, "the old value goes at once");
    drop(tx);
    assert_eq!(Arc::strong_count(&second), 2);
    drop(pending);
    assert_eq!(Arc::strong_count(&second), 1, "the last one with the channel");
}

#[test]
fn the_last_waker_is_woken() {
    let (tx, mut rx) = watch::channel(1);
    let counts = [(); 2].map(|()| Arc::new(Count::default()));
    let mut changed = pin!(rx.changed());
    for count in &counts {
        assert!(changed.as_mut().poll(&mut Context::from_waker(&Waker::from(count.clone()))).is_pending());
    }
    tx.send(2).unwrap();
    assert_eq!(counts.map(|count| count.0.load(Ordering::Relaxed)), [0, 1]);
}

/// A waker, and a value whose drop, that use the channel again.
struct Reenter(Weak<watch::Sender<Option<Reentering>>>, Arc<AtomicUsize>);
struct Reentering(#[expect(dead_code, reason = "for its drop")] Reenter);

impl Wake for Reenter {
    fn wake(self: Arc<Self>) {}
}

impl Drop for Reenter {
    fn drop(&mut self) {
        if let Some(tx) = self.0.upgrade() {
            let empty = tx.borrow().is_none();
            tx.send_modify(|_| ());
            self.1.fetch_add(usize::from(empty), Ordering::Relaxed);
        }
    }
}

#[test]
fn wakers_and_values_may_reenter() {
    let drops = Arc::new(AtomicUsize::new(0));
    let tx = Arc::new(watch::Sender::new(None));
    let mut rx = tx.subscribe();
    let reenter = || Reenter(Arc::downgrade(&tx), drops.clone());
    tx.send(Some(Reentering(reenter()))).unwrap();
    rx.mark_unchanged();
    let mut changed = Box::pin(rx.changed());
    let waker = Waker::from(Arc::new(reenter()));
    assert!(changed.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(waker);
    tx.send(None).unwrap();
    assert_eq!(drops.load(Ordering::Relaxed), 2, "the waker and the old value, both without a lock");
    assert!(poll(changed.as_mut()).is_ready());
}

#[heist::test]
async fn budget() {
    async fn exhaust(mut step: impl AsyncFnMut()) -> usize {
        heist::task::yield_now().await;
        let mut units = 0;
        while coop::has_budget_remaining() && units < 1000 {
            step().await;
            units += 1;
        }
        units
    }
    let (tx, mut rx) = watch::channel(1);
    let (lonely, _) = watch::channel(1);
    let pending = exhaust(async || assert!(rx.clone().changed().now_or_never().is_none())).await;
    let refused = exhaust(async || assert!(rx.clone().wait_for(|_| false).now_or_never().is_none())).await;
    let changed = exhaust(async || {
        rx.mark_changed();
        rx.changed().await.unwrap();
    })
    .await;
    let accepted = exhaust(async || assert_eq!(*rx.wait_for(|_| true).await.unwrap(), 1)).await;
    let closed = exhaust(async || lonely.closed().await).await;
    assert_eq!([pending, refused, changed, accepted, closed], [1000, 1000, 128, 128, 128]);
    drop(tx);
}

#[test]
fn readers_do_not_exclude_each_other() {
    let (tx, rx) = watch::channel(1);
    let mine = rx.borrow();
    let other = tx.subscribe();
    assert_eq!(thread::spawn(move || *other.borrow()).join().unwrap(), *mine);
}

#[test]
fn texts() {
    let (tx, mut rx) = watch::channel(7);
    assert!(format!("{tx:?} {rx:?} {:?}", rx.borrow()).contains('7'));
    drop(tx);
    assert_eq!(block_on(rx.changed()).unwrap_err().to_string(), "channel closed");
    let error = watch::Sender::new(1).send(2).unwrap_err();
    assert_eq!(
        (error.to_string(), format!("{error:?}"), error.0),
        ("channel closed".into(), "SendError { .. }".into(), 2)
    );
}
