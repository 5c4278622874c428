//! `Notify` through the public API.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use futures::executor::block_on;
use heist::sync::Notify;

fn is_ready<F: Future<Output = ()>>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
}

#[test]
fn at_most_one_permit_is_stored() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_last();
    assert!(is_ready(pin!(notify.notified())));
    let mut second = pin!(notify.notified());
    assert!(!is_ready(second.as_mut()));
    notify.notify_one();
    assert!(is_ready(second.as_mut()));
    assert!(is_ready(second.as_mut()), "and stays so");
}

#[test]
fn oldest_and_newest() {
    let notify = Notify::new();
    let mut futures: Vec<_> = (0..3).map(|_| Box::pin(notify.notified())).collect();
    assert!(futures.iter_mut().all(|future| !is_ready(future.as_mut())));
    notify.notify_last();
    notify.notify_one();
    let ready: Vec<_> = futures.iter_mut().map(|future| is_ready(future.as_mut())).collect();
    assert_eq!(ready, [true, false, true]);
}

#[test]
fn all_that_exist_are_notified() {
    let notify = Arc::new(Notify::new());
    let mut waiting: Vec<_> = (0..100).map(|_| Box::pin(notify.clone().notified_owned())).collect();
    assert!(waiting.iter_mut().all(|future| !is_ready(future.as_mut())));
    let mut unpolled = pin!(notify.notified());
    notify.notify_waiters();
    let mut late = pin!(notify.notified());
    assert!(is_ready(unpolled.as_mut()));
    assert!(waiting.iter_mut().all(|future| is_ready(future.as_mut())));
    assert!(!is_ready(late.as_mut()), "nothing is stored");
}

#[test]
fn enable() {
    let notify = Notify::new();
    let mut first = pin!(notify.notified());
    assert!(!first.as_mut().enable());
    let mut second = pin!(notify.notified());
    assert!(!second.as_mut().enable());
    notify.notify_one();
    assert!(first.as_mut().enable());
    assert!(is_ready(first.as_mut()));
    assert!(!is_ready(second.as_mut()));
}

#[test]
fn cancel_passes_a_notification_on() {
    let notify = Notify::new();
    let mut futures: Vec<_> = (0..3).map(|_| Box::pin(notify.notified())).collect();
    assert!(futures.iter_mut().all(|future| !is_ready(future.as_mut())));
    notify.notify_last();
    drop(futures.pop());
    assert!(!is_ready(futures[0].as_mut()));
    assert!(is_ready(futures[1].as_mut()), "to the newest, as it was meant");
    notify.notify_waiters();
    futures.clear();
    assert!(!is_ready(pin!(notify.notified())), "a notification of all is not passed on");
    let mut last = Box::pin(notify.notified());
    assert!(!is_ready(last.as_mut()));
    notify.notify_one();
    drop(last);
    assert!(is_ready(pin!(notify.notified())), "without another waiter it is stored");
}

#[test]
fn ping_pong() {
    let pair = Arc::new([Notify::new(), Notify::new()]);
    let other = pair.clone();
    let thread = thread::spawn(move || {
        for _ in 0..2000 {
            block_on(other[0].notified());
            other[1].notify_one();
        }
    });
    for _ in 0..2000 {
        pair[0].notify_one();
        block_on(pair[1].notified());
    }
    thread.join().unwrap();
}

/// Which notification a future takes if there are two, and what that leaves for the next one.
#[test]
fn a_permit_and_a_notification_of_all() {
    // One that was never polled leaves the permit to the next, whichever came first.
    for permit_first in [true, false] {
        let notify = Notify::new();
        let mut created = pin!(notify.notified());
        let mut other = pin!(notify.notified());
        if permit_first {
            notify.notify_one();
        }
        notify.notify_waiters();
        if !permit_first {
            notify.notify_one();
        }
        assert!(created.as_mut().enable());
        assert!(is_ready(other.as_mut()));
        assert!(is_ready(pin!(notify.notified())), "the permit is still there");
        assert!(!is_ready(pin!(notify.notified())));
    }
    // One that waits gets the first; the second passes it by.
    let notify = Notify::new();
    let mut waiting = Box::pin(notify.notified());
    assert!(!is_ready(waiting.as_mut()));
    notify.notify_one();
    notify.notify_waiters();
    drop(waiting);
    assert!(is_ready(pin!(notify.notified())), "its own notification is passed on");
    let mut waiting = Box::pin(notify.notified());
    assert!(!is_ready(waiting.as_mut()));
    notify.notify_waiters();
    notify.notify_one();
    assert!(is_ready(waiting.as_mut()));
    assert!(is_ready(pin!(notify.notified())), "the permit is stored, since nobody waited any more");
}

#[test]
fn cancel_of_one_that_waits() {
    let notify = Arc::new(Notify::new());
    let mut cancelled = Box::pin(notify.clone().notified_owned());
    let mut other = Box::pin(notify.clone().notified_owned());
    assert!(!is_ready(cancelled.as_mut()) && !is_ready(other.as_mut()));
    drop(cancelled);
    assert_eq!(Arc::strong_count(&notify), 2, "a future that is gone keeps nothing");
    notify.notify_one();
    assert!(is_ready(other.as_mut()));
    // Never polled, or ready: nothing to pass on.
    drop(notify.notified());
    drop(other);
    assert!(!is_ready(pin!(notify.notified())));
}

#[test]
fn the_last_waker_is_woken() {
    let notify = Notify::new();
    let counts = [(); 2].map(|()| Arc::new(Count::default()));
    let mut notified = pin!(notify.notified());
    assert!(!notified.as_mut().enable(), "waits without a waker");
    for count in &counts {
        assert!(notified.as_mut().poll(&mut Context::from_waker(&Waker::from(count.clone()))).is_pending());
    }
    notify.notify_one();
    assert_eq!(counts.map(|count| count.0.load(Ordering::Relaxed)), [0, 1]);
    assert!(is_ready(notified));
}

#[test]
fn in_a_static() {
    static NOTIFY: Notify = Notify::const_new();
    let thread = thread::spawn(|| block_on(NOTIFY.notified()));
    NOTIFY.notify_one();
    thread.join().unwrap();
    assert!(format!("{NOTIFY:?} {:?}", NOTIFY.notified()).contains("Notified"));
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_racing_tasks() {
    let pair = Arc::new([Notify::default(), Notify::default()]);
    let tasks = [(0, 1), (1, 0)].map(|(mine, other)| {
        let pair = pair.clone();
        heist::spawn(async move {
            for _ in 0..500 {
                pair[mine].notified().await;
                pair[other].notify_one();
            }
        })
    });
    pair[0].notify_one();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Counts its wakes.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A waker that uses the `Notify` again, and panics at its first wake.
struct Reenter {
    notify: Notify,
    wakes: AtomicUsize,
}

impl Wake for Reenter {
    fn wake(self: Arc<Self>) {
        self.notify.notify_one();
        assert!(self.wakes.fetch_add(1, Ordering::Relaxed) != 0, "the first wake panics");
    }
}

#[test]
fn wakers_may_reenter_and_panic() {
    let state = Arc::new(Reenter { notify: Notify::new(), wakes: AtomicUsize::new(0) });
    let waker = Waker::from(state.clone());
    let mut futures: Vec<_> = (0..50).map(|_| Box::pin(state.notify.notified())).collect();
    for future in &mut futures {
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| state.notify.notify_waiters())).is_err());
    assert_eq!(state.wakes.load(Ordering::Relaxed), 50);
    assert!(futures.iter_mut().all(|future| is_ready(future.as_mut())));
}
