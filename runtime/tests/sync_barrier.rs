//! `Barrier` through the public API.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::FutureExt;
use futures::executor::block_on;
use heist::sync::Barrier;
use heist::task::coop;

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn smoke() {
    let barrier = Barrier::new(3);
    let mut first = pin!(barrier.wait());
    let mut second = pin!(barrier.wait());
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(first.as_mut()).is_pending(), "it arrives once");
    assert!(barrier.wait().now_or_never().unwrap().is_leader());
    let results = [first, second].map(|wait| poll(wait).map(|result| result.clone().is_leader()));
    assert_eq!(results, [Poll::Ready(false); 2]);
    assert!(format!("{barrier:?}").contains("Barrier"));
}

#[test]
fn nobody_to_wait_for() {
    for n in [0, 1] {
        let barrier = Barrier::new(n);
        for _ in 0..3 {
            assert!(barrier.wait().now_or_never().unwrap().is_leader());
        }
    }
}

#[test]
fn rounds_do_not_mix() {
    let barrier = Barrier::new(2);
    let mut first = pin!(barrier.wait());
    assert!(poll(first.as_mut()).is_pending());
    assert!(barrier.wait().now_or_never().is_some());
    // The next round begins before all of the first have noticed that it is over.
    let mut second = pin!(barrier.wait());
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(first).is_ready());
    assert!(poll(second.as_mut()).is_pending());
    assert!(barrier.wait().now_or_never().is_some());
    assert!(poll(second).is_ready());
}

/// In no round does anybody go on before all have arrived, and each has one leader.
#[test]
fn stampede() {
    const TASKS: usize = 4;
    const ROUNDS: usize = 1000;
    let shared = Arc::new((Barrier::new(TASKS), AtomicUsize::new(0)));
    let threads: Vec<_> = (0..TASKS)
        .map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                let (barrier, arrived) = &*shared;
                (1..=ROUNDS)
                    .filter(|round| {
                        arrived.fetch_add(1, Ordering::Relaxed);
                        let is_leader = block_on(barrier.wait()).is_leader();
                        assert!(arrived.load(Ordering::Relaxed) >= round * TASKS);
                        is_leader
                    })
                    .count()
            })
        })
        .collect();
    assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>(), ROUNDS);
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_racing_tasks() {
    let barrier = Arc::new(Barrier::new(2));
    for _ in 0..500 {
        let tasks = [(); 2].map(|()| {
            let barrier = barrier.clone();
            heist::spawn(async move { barrier.wait().await.is_leader() })
        });
        let mut leaders = 0;
        for task in tasks {
            leaders += usize::from(task.await.unwrap());
        }
        assert_eq!(leaders, 1);
    }
}

#[test]
fn cancel() {
    let barrier = Barrier::new(2);
    let mut cancelled = Box::pin(barrier.wait());
    assert!(poll(cancelled.as_mut()).is_pending());
    drop(cancelled);
    assert!(barrier.wait().now_or_never().is_some(), "who arrived counts, also when it does not wait");
    drop(barrier.wait());
    assert!(barrier.wait().now_or_never().is_none(), "who was never polled has not arrived");
}

#[heist::test]
async fn budget() {
    heist::task::yield_now().await;
    let barrier = Barrier::new(1);
    let mut units = 0;
    while coop::has_budget_remaining() && units < 1000 {
        barrier.wait().await;
        units += 1;
    }
    assert_eq!(units, 128);
    let pair = Barrier::new(2);
    assert!(pair.wait().now_or_never().is_none());
    heist::task::yield_now().await;
    assert!(pair.wait().now_or_never().is_none(), "who had to yield had not arrived");
}
