//! `broadcast` through the public API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::broadcast;
use heist::sync::broadcast::error::{RecvError, SendError, TryRecvError};
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
    let (tx, mut rx) = broadcast::channel(4);
    let mut other = tx.subscribe();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(tx.send(1).unwrap(), 2);
    assert_eq!(tx.send(2).unwrap(), 2);
    assert_eq!((rx.len(), rx.is_empty(), tx.len(), tx.is_empty()), (2, false, 2, false));
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(block_on(rx.recv()), Ok(2));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
    assert_eq!((rx.len(), rx.is_empty(), tx.len(), tx.is_empty()), (0, true, 2, false));
    assert_eq!((other.try_recv(), other.try_recv()), (Ok(1), Ok(2)));
    assert!(tx.is_empty());
    drop(tx);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(block_on(other.recv()), Err(RecvError::Closed));
    assert!(rx.is_closed());
}

#[test]
#[should_panic(expected = "broadcast channel capacity cannot be zero")]
fn no_room_at_all() {
    broadcast::channel::<()>(0);
}

#[test]
#[should_panic(expected = "broadcast channel capacity exceeded `usize::MAX / 2`")]
fn too_much_room() {
    broadcast::Sender::<()>::new(usize::MAX / 2 + 1);
}

#[test]
fn spsc() {
    let (tx, mut rx) = broadcast::channel(32_768);
    let thread = thread::spawn(move || (0..20_000).for_each(|i| assert_eq!(tx.send(i).unwrap(), 1)));
    for i in 0..20_000 {
        assert_eq!(rx.blocking_recv(), Ok(i));
    }
    assert_eq!(rx.blocking_recv(), Err(RecvError::Closed));
    thread.join().unwrap();
}

#[test]
fn stampede() {
    let (tx, rx) = broadcast::channel(8192);
    let receivers: Vec<_> = (0..4)
        .map(|_| {
            let mut rx = rx.resubscribe();
            thread::spawn(move || {
                let mut next = [0; 4];
                let mut order = Vec::new();
                while let Ok((id, i)) = block_on(rx.recv()) {
                    assert_eq!(next[id], i, "the values of a sender keep their order");
                    next[id] += 1;
                    order.push(id);
                }
                assert_eq!(next, [1000; 4]);
                order
            })
        })
        .collect();
    drop(rx);
    let senders: Vec<_> = (0..4)
        .map(|id| {
            let tx = tx.clone();
            thread::spawn(move || (0..1000).for_each(|i| assert_eq!(tx.send((id, i)).unwrap(), 4)))
        })
        .collect();
    drop(tx);
    senders.into_iter().for_each(|thread| thread.join().unwrap());
    let orders: Vec<_> = receivers.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]), "all receivers see one order");
}

/// Values go up by one within what a receiver gets, and what it misses is what it is told.
#[test]
fn stampede_with_lag() {
    let (tx, rx) = broadcast::channel(4);
    let receivers: Vec<_> = (0..3)
        .map(|_| {
            let mut rx = rx.resubscribe();
            thread::spawn(move || {
                let mut next = 0;
                loop {
                    match block_on(rx.recv()) {
                        Ok(value) => {
                            assert_eq!(value, next);
                            next += 1;
                        }
                        Err(RecvError::Lagged(missed)) => next += missed,
                        Err(RecvError::Closed) => return next,
                    }
                }
            })
        })
        .collect();
    drop(rx);
    (0..20_000).for_each(|i| assert_eq!(tx.send(i).unwrap(), 3));
    drop(tx);
    receivers.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), 20_000));
}

#[test]
fn many_senders_with_lag() {
    let (tx, mut rx) = broadcast::channel(2);
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let tx = tx.clone();
            thread::spawn(move || (0..5000).for_each(|i| assert!(tx.send(i).is_ok())))
        })
        .collect();
    drop(tx);
    let mut received = 0;
    loop {
        match rx.blocking_recv() {
            Ok(_) => received += 1,
            Err(RecvError::Lagged(missed)) => received += missed,
            Err(RecvError::Closed) => break,
        }
    }
    assert_eq!(received, 15_000);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_racing_tasks() {
    for round in 0..500 {
        let (tx, rx) = broadcast::channel(1);
        let tasks = [rx.resubscribe(), rx].map(|mut rx| heist::spawn(async move { rx.recv().await }));
        assert_eq!(tx.send(round).unwrap(), 2);
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(round));
        }
    }
}

#[test]
fn ping_pong() {
    let (ping, mut pinged) = broadcast::channel(1);
    let (pong, mut ponged) = broadcast::channel(1);
    let thread = thread::spawn(move || {
        while let Ok(i) = block_on(pinged.recv()) {
            pong.send(i).unwrap();
        }
    });
    for i in 0..2000 {
        ping.send(i).unwrap();
        assert_eq!(block_on(ponged.recv()), Ok(i));
    }
    drop(ping);
    thread.join().unwrap();
}

#[test]
fn lag() {
    let (tx, mut rx) = broadcast::channel(3);
    for i in 0..4 {
        tx.send(i).unwrap();
    }
    assert_eq!(rx.len(), 4);
    assert_eq!(rx.try_recv(), Ok(0), "the capacity is rounded up to a power of two");
    tx.send(4).unwrap();
    tx.send(5).unwrap();
    tx.send(6).unwrap();
    assert_eq!((rx.len(), tx.len()), (6, 4));
    assert_eq!(block_on(rx.recv()), Err(RecvError::Lagged(2)));
    assert_eq!((rx.len(), tx.len()), (4, 4));
    assert_eq!(block_on(rx.recv()), Ok(3), "the oldest that is left");
    tx.send(7).unwrap();
    tx.send(8).unwrap();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(1)));
    tx.send(9).unwrap();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(1)), "it may lag again before it has read anything");
    drop(tx);
    for i in 6..=9 {
        assert_eq!(rx.try_recv(), Ok(i));
    }
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn subscribe() {
    let tx = broadcast::Sender::new(4);
    let SendError(value) = tx.send(1).unwrap_err();
    assert_eq!((value, tx.receiver_count(), tx.len(), tx.is_empty()), (1, 0, 0, true));
    let mut first = tx.subscribe();
    tx.send(2).unwrap();
    let mut second = tx.subscribe();
    let mut third = first.resubscribe();
    assert_eq!(tx.send(3).unwrap(), 3);
    assert_eq!((first.try_recv(), first.try_recv()), (Ok(2), Ok(3)));
    assert_eq!((second.try_recv(), second.try_recv()), (Ok(3), Err(TryRecvError::Empty)));
    assert_eq!(third.try_recv(), Ok(3));
    assert!(first.same_channel(&third) && !first.same_channel(&broadcast::Sender::new(1).subscribe()));
    assert!(tx.same_channel(&tx.clone()) && !tx.same_channel(&broadcast::Sender::new(1)));
    drop(tx);
    let mut late = first.resubscribe();
    assert_eq!(late.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn close() {
    let (tx, mut rx) = broadcast::channel(4);
    let other = tx.clone();
    assert_eq!((tx.strong_count(), rx.sender_strong_count()), (2, 2));
    tx.send(1).unwrap();
    drop(tx);
    assert!(!rx.is_closed());
    other.send(2).unwrap();
    drop(other);
    assert!(rx.is_closed());
    assert_eq!((block_on(rx.recv()), block_on(rx.recv())), (Ok(1), Ok(2)), "what was sent before the end");
    assert_eq!(block_on(rx.recv()), Err(RecvError::Closed));
    assert_eq!(block_on(rx.recv()), Err(RecvError::Closed), "and it stays so");
}

#[test]
fn close_wakes_receivers() {
    let (tx, rx) = broadcast::channel::<()>(1);
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let mut rx = rx.resubscribe();
            thread::spawn(move || block_on(rx.recv()))
        })
        .collect();
    drop(tx);
    threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), Err(RecvError::Closed)));
}

#[test]
fn closed() {
    let (tx, rx) = broadcast::channel::<()>(1);
    let more = [rx.resubscribe(), tx.subscribe()];
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
    assert!(tx.send(()).is_err());
}

#[test]
fn closed_across_threads() {
    for _ in 0..500 {
        let (tx, rx) = broadcast::channel::<()>(1);
        let threads = [rx.resubscribe(), rx].map(|rx| thread::spawn(move || drop(rx)));
        block_on(tx.closed());
        assert_eq!(tx.receiver_count(), 0);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn weak_senders() {
    let (tx, mut rx) = broadcast::channel(4);
    let weak = tx.downgrade();
    let other = weak.clone();
    assert_eq!((tx.strong_count(), tx.weak_count()), (1, 2));
    assert_eq!((rx.sender_strong_count(), rx.sender_weak_count()), (1, 2));
    drop(other);
    let strong = weak.upgrade().unwrap();
    assert_eq!((weak.strong_count(), weak.weak_count()), (2, 1));
    assert!(strong.same_channel(&tx));
    drop(tx);
    strong.send(1).unwrap();
    drop(strong);
    assert!(weak.upgrade().is_none(), "a weak sender does not keep the channel open");
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn cancel() {
    let (tx, mut rx) = broadcast::channel(1);
    let mut other = rx.resubscribe();
    let mut cancelled = Box::pin(rx.recv());
    assert!(poll(cancelled.as_mut()).is_pending());
    let mut received = Box::pin(other.recv());
    assert!(poll(received.as_mut()).is_pending());
    tx.send(1).unwrap();
    // Woken, but dropped before its poll: nothing was received.
    drop(cancelled);
    assert_eq!(rx.len(), 1);
    assert_eq!(poll(received.as_mut()), Poll::Ready(Ok(1)));
    drop(received);
    assert_eq!(rx.try_recv(), Ok(1));
    // Cancelled while it waits, then asked again.
    assert!(rx.recv().now_or_never().is_none());
    tx.send(2).unwrap();
    assert_eq!(block_on(rx.recv()), Ok(2));
    let mut cancelled = Box::pin(tx.closed());
    assert!(poll(cancelled.as_mut()).is_pending());
    drop(cancelled);
    drop((rx, other));
    assert!(poll(pin!(tx.closed())).is_ready());
}

#[test]
fn drop_in_flight() {
    let value = Arc::new(());
    let (tx, mut first) = broadcast::channel(2);
    let mut second = tx.subscribe();
    let third = tx.subscribe();
    tx.send(value.clone()).unwrap();
    assert_eq!(Arc::strong_count(&value), 2);
    drop(first.try_recv());
    drop(third);
    assert_eq!((Arc::strong_count(&value), tx.len()), (2, 1), "one has yet to receive it");
    drop(second.try_recv());
    assert_eq!((Arc::strong_count(&value), tx.len()), (1, 0), "the last one takes it along");
    // Overwritten.
    for _ in 0..5 {
        tx.send(value.clone()).unwrap();
    }
    assert_eq!((Arc::strong_count(&value), tx.len()), (3, 2));
    // The last receivers, one of which lags.
    drop(first);
    assert_eq!(Arc::strong_count(&value), 3);
    assert_eq!(second.try_recv(), Err(TryRecvError::Lagged(3)));
    drop(second.try_recv());
    assert_eq!(Arc::strong_count(&value), 2);
    drop(second);
    assert_eq!((Arc::strong_count(&value), tx.len()), (1, 0));
    assert!(tx.send(value.clone()).is_err());
    assert_eq!(Arc::strong_count(&value), 1);
    // With the channel.
    let rx = tx.subscribe();
    tx.send(value.clone()).unwrap();
    drop(tx);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(rx);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn receivers_leave_while_values_are_sent() {
    let value = Arc::new(());
    let (tx, rx) = broadcast::channel(2);
    let leavers: Vec<_> = (0..2)
        .map(|_| {
            let rx = rx.resubscribe();
            thread::spawn(move || (0..2000).for_each(|_| drop(rx.resubscribe())))
        })
        .collect();
    drop(rx);
    let senders: Vec<_> = (0..2)
        .map(|_| {
            let (tx, value) = (tx.clone(), value.clone());
            thread::spawn(move || {
                for _ in 0..2000 {
                    let _ = tx.send(value.clone());
                }
            })
        })
        .collect();
    leavers.into_iter().chain(senders).for_each(|thread| thread.join().unwrap());
    assert_eq!(tx.receiver_count(), 0);
    assert_eq!((tx.len(), Arc::strong_count(&value)), (0, 1), "nothing is kept for those who left");
}

#[test]
fn each_value_is_cloned_for_all_but_one() {
    #[derive(Debug)]
    struct Counted(Arc<AtomicUsize>);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, Ordering::Relaxed);
            Self(self.0.clone())
        }
    }
    let clones = Arc::new(AtomicUsize::new(0));
    let (tx, rx) = broadcast::channel(1);
    let mut receivers = [rx.resubscribe(), rx.resubscribe(), rx];
    tx.send(Counted(clones.clone())).unwrap();
    for rx in &mut receivers {
        drop(rx.try_recv().unwrap());
    }
    assert_eq!(clones.load(Ordering::Relaxed), 2);
}

#[test]
fn the_last_waker_is_woken() {
    let (tx, mut rx) = broadcast::channel(1);
    let counts = [(); 2].map(|()| Arc::new(Count::default()));
    let mut received = pin!(rx.recv());
    for count in &counts {
        assert!(received.as_mut().poll(&mut Context::from_waker(&Waker::from(count.clone()))).is_pending());
    }
    tx.send(2).unwrap();
    assert_eq!(counts.map(|count| count.0.load(Ordering::Relaxed)), [0, 1]);
    assert_eq!(poll(received), Poll::Ready(Ok(2)));
}

/// A waker that uses the channel again, and a value whose clone panics and whose drop sends.
struct Reenter(broadcast::Sender<Reentering>);

#[derive(Debug)]
struct Reentering(Weak<broadcast::Sender<Reentering>>, bool);

impl Wake for Reenter {
    fn wake(self: Arc<Self>) {
        self.0.subscribe();
        let _ = self.0.send(Reentering(Weak::new(), false));
    }
}

impl Clone for Reentering {
    fn clone(&self) -> Self {
        assert!(!self.1, "this one cannot be cloned");
        Self(Weak::new(), false)
    }
}

impl Drop for Reentering {
    fn drop(&mut self) {
        if let Some(tx) = self.0.upgrade() {
            let _ = tx.send(Reentering(Weak::new(), false));
        }
    }
}

#[test]
fn wakers_and_values_may_reenter() {
    let tx = Arc::new(broadcast::Sender::new(1));
    let mut rx = tx.subscribe();
    let waker = Waker::from(Arc::new(Reenter((*tx).clone())));
    let mut received = Box::pin(rx.recv());
    assert!(received.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    tx.send(Reentering(Arc::downgrade(&tx), false)).unwrap();
    drop(received);
    // One that was sent, one by the waker, which overwrote it, one by its drop.
    assert_eq!(rx.len(), 3);
    assert_eq!(rx.try_recv().unwrap_err(), TryRecvError::Lagged(2));
    assert!(rx.try_recv().is_ok());
}

/// Its drop panics, once it has counted.
#[derive(Clone)]
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("the drop of a value");
    }
}

#[test]
fn a_receiver_that_leaves_drops_all_values_also_if_that_panics() {
    let (tx, rx) = broadcast::channel(4);
    let dropped = Arc::new(AtomicUsize::new(0));
    for _ in 0..3 {
        assert!(tx.send(Bomb(dropped.clone())).is_ok());
    }
    let mut closed = Box::pin(tx.closed());
    assert!(poll(closed.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err());
    assert_eq!((dropped.load(Ordering::Relaxed), tx.len()), (3, 0));
    assert!(poll(closed.as_mut()).is_ready());
}

#[test]
fn a_clone_that_panics_counts_as_received() {
    let (tx, mut rx) = broadcast::channel(2);
    let mut other = tx.subscribe();
    tx.send(Reentering(Weak::new(), true)).unwrap();
    tx.send(Reentering(Weak::new(), false)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| rx.try_recv().is_ok())).is_err());
    assert_eq!(rx.len(), 1);
    assert!(rx.try_recv().is_ok());
    assert!(other.try_recv().is_ok(), "the last one needs no clone");
    assert_eq!((other.len(), tx.len()), (1, 1));
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
    let (tx, mut rx) = broadcast::channel(1);
    let lonely = broadcast::Sender::<i32>::new(1);
    let pending = exhaust(async || assert!(rx.resubscribe().recv().now_or_never().is_none())).await;
    let received = exhaust(async || {
        tx.send(1).unwrap();
        assert_eq!(rx.recv().await, Ok(1));
    })
    .await;
    let closed = exhaust(async || lonely.closed().await).await;
    assert_eq!([pending, received, closed], [1000, 128, 128]);
}

#[heist::test]
async fn blocking_in_a_task() {
    let (_tx, mut rx) = broadcast::channel::<()>(1);
    assert!(catch_unwind(AssertUnwindSafe(|| rx.blocking_recv())).is_err());
}

#[test]
fn texts() {
    let (tx, rx) = broadcast::channel::<u8>(1);
    assert!(format!("{tx:?} {rx:?} {:?}", tx.downgrade()).contains("broadcast::Sender"));
    assert_eq!(SendError(7).to_string(), "channel closed");
    assert_eq!(format!("{:?}", SendError(7)), "SendError(7)");
    assert_eq!(RecvError::Closed.to_string(), "channel closed");
    assert_eq!(RecvError::Lagged(7).to_string(), "channel lagged by 7");
    assert_eq!(TryRecvError::Closed.to_string(), "channel closed");
    assert_eq!(TryRecvError::Empty.to_string(), "channel empty");
    assert_eq!(TryRecvError::Lagged(7).to_string(), "channel lagged by 7");
}
