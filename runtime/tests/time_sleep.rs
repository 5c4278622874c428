//! `sleep`, `sleep_until`, `Sleep`.

use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use heist::time::{Duration, Instant, Sleep, sleep, sleep_until};

const MS: Duration = Duration::from_millis(1);

/// For timers that must be pending when they are polled first: a thread may be stopped in between for longer than a few
/// milliseconds. They are reset to what the test needs afterwards.
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[heist::test]
async fn sleep_is_never_early() {
    for micros in [0, 1, 100, 131, 132, 1000, 2500, 10_500] {
        let duration = Duration::from_micros(micros);
        let start = Instant::now();
        sleep(duration).await;
        assert!(start.elapsed() >= duration);
    }
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn sleep_is_never_early_on_workers() {
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            heist::spawn(async move {
                let duration = Duration::from_micros(number * 97);
                let start = Instant::now();
                sleep(duration).await;
                assert!(start.elapsed() >= duration);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[heist::test]
async fn sleep_of_the_past_is_ready_at_once() {
    for deadline in [Instant::now(), Instant::now() - MS] {
        let mut sleep = pin!(sleep_until(deadline));
        poll_fn(|cx| {
            assert!(sleep.as_mut().poll(cx).is_ready());
            Poll::Ready(())
        })
        .await;
        assert!(sleep.is_elapsed());
        assert_eq!(sleep.deadline(), deadline);
    }
}

#[heist::test]
async fn sleep_is_pending_for_centuries() {
    let centuries = Duration::from_secs(500 * 365 * 86_400);
    for sleep in [sleep_until(Instant::now() + centuries), sleep(Duration::MAX)] {
        let mut sleep = pin!(sleep);
        poll_fn(|cx| {
            assert!(sleep.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        assert!(!sleep.is_elapsed());
    }
}

#[heist::test]
async fn sleep_reset_to_later_and_to_earlier() {
    let start = Instant::now();
    let mut sleep = pin!(sleep(MS));
    sleep.as_mut().reset(start + 5 * MS);
    assert_eq!(sleep.deadline(), start + 5 * MS);
    sleep.as_mut().await;
    assert!(start.elapsed() >= 5 * MS);

    sleep.as_mut().reset(start + Duration::from_secs(3600));
    assert!(!sleep.is_elapsed());
    poll_fn(|cx| {
        assert!(sleep.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    sleep.as_mut().reset(start + 6 * MS);
    sleep.await;
    assert!(start.elapsed() >= 6 * MS);
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn sleep_moves_between_tasks() {
    let start = Instant::now();
    let mut sleep = Box::pin(sleep(HOUR));
    poll_fn(|cx| {
        assert!(sleep.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    sleep.as_mut().reset(start + 20 * MS);
    heist::spawn(sleep).await.unwrap();
    assert!(start.elapsed() >= 20 * MS);
}

#[heist::test]
async fn sleep_wakes_the_last_waker() {
    let mut moved = pin!(sleep(HOUR));
    let first = Arc::new(Wakes::default());
    let second = Arc::new(Wakes::default());
    for wakes in [&first, &second] {
        let waker = Waker::from(wakes.clone());
        assert!(moved.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    moved.as_mut().reset(Instant::now() + 2 * MS);
    while !moved.is_elapsed() {
        sleep(MS).await;
    }
    assert_eq!(first.0.load(Ordering::Relaxed), 0);
    assert_eq!(second.0.load(Ordering::Relaxed), 1);
}

#[heist::test]
async fn sleep_dropped_early_wakes_nobody() {
    let wakes = Arc::new(Wakes::default());
    let waker = Waker::from(wakes.clone());
    let mut dropped = Box::pin(sleep(HOUR));
    assert!(dropped.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    dropped.as_mut().reset(Instant::now() + 2 * MS);
    drop(dropped);
    sleep(10 * MS).await;
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
}

#[heist::test]
async fn sleep_takes_part_in_the_budget() {
    let neighbour = Arc::new(AtomicUsize::new(0));
    let counted = neighbour.clone();
    let task = heist::spawn(async move {
        counted.store(1, Ordering::Relaxed);
    });
    while neighbour.load(Ordering::Relaxed) == 0 {
        sleep(Duration::ZERO).await;
    }
    task.await.unwrap();
}

#[test]
fn sleep_outside_a_runtime_panics_where_it_is_created() {
    let payload = std::panic::catch_unwind(|| sleep(MS)).unwrap_err();
    let message = payload.downcast_ref::<String>().unwrap();
    assert!(message.contains("there is no reactor running, must be called from the context of a Tokio 1.x runtime"));
}

trait Without {
    const HAS: bool = false;
}

/// Whether a type has an auto trait: an inherent constant, where its bound holds, hides the trait's.
macro_rules! has {
    ($type:ty, $auto:path) => {{
        struct Probe<T: ?Sized>(PhantomData<T>);
        impl<T: ?Sized> Without for Probe<T> {}
        #[allow(dead_code)] // Where the bound does not hold.
        impl<T: ?Sized + $auto> Probe<T> {
            const HAS: bool = true;
        }
        Probe::<$type>::HAS
    }};
}

#[test]
fn time_types_have_the_auto_traits_of_their_contract() {
    use std::panic::{RefUnwindSafe, UnwindSafe};

    use heist::time::{Interval, Timeout};

    type Limited = Timeout<std::future::Ready<()>>;
    assert!(has!(Sleep, Send) && has!(Sleep, Sync));
    assert!(!has!(Sleep, Unpin) && !has!(Sleep, UnwindSafe) && !has!(Sleep, RefUnwindSafe));
    assert!(has!(Interval, Send) && has!(Interval, Sync) && has!(Interval, Unpin));
    assert!(!has!(Interval, UnwindSafe) && !has!(Interval, RefUnwindSafe));
    assert!(has!(Limited, Send) && has!(Limited, Sync));
    assert!(!has!(Limited, Unpin) && !has!(Limited, UnwindSafe) && !has!(Limited, RefUnwindSafe));
    assert!(has!(Instant, Send) && has!(Instant, Sync) && has!(Instant, Unpin) && has!(Instant, UnwindSafe));
}
