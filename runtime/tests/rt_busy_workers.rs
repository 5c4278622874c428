//! Workers whose queues are never empty still do what is not in their queues.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use heist::runtime::{Builder, Runtime};
use heist::task::yield_now;
use heist::time::sleep;

const LIMIT: Duration = Duration::from_secs(20);

fn workers(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap()
}

/// A task that never stops, for each worker and one more.
fn keep_busy(runtime: &Runtime, workers: usize) {
    let (starts, started) = mpsc::channel();
    for _ in 0..=workers {
        let starts = starts.clone();
        runtime.spawn(async move {
            starts.send(()).unwrap();
            loop {
                yield_now().await;
            }
        });
    }
    (0..=workers).for_each(|_| started.recv_timeout(LIMIT).unwrap());
}

#[test]
fn tasks_spawned_in_block_on_run() {
    for count in [1, 2] {
        let (done, is_done) = mpsc::channel();
        let test = thread::spawn(move || {
            let runtime = workers(count);
            keep_busy(&runtime, count);
            runtime.block_on(async {
                let joins: Vec<_> = (0..100).map(|number| heist::spawn(async move { number })).collect();
                for (number, join) in joins.into_iter().enumerate() {
                    assert_eq!(join.await.unwrap(), number);
                }
            });
            done.send(()).unwrap();
        });
        is_done.recv_timeout(LIMIT).expect("the tasks of `block_on` starve");
        test.join().unwrap();
    }
}

/// The system's and the runtime's own remedies are out of reach: the other worker never searches, and no poll counts as
/// stuck.
#[test]
fn a_busy_worker_takes_over_from_one_that_stands_still() {
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().stall_threshold(LIMIT * 100).build().unwrap();
    keep_busy(&runtime, 4);
    let (done, is_done) = mpsc::channel();
    runtime.spawn(async move {
        for _ in 0..2 {
            let (wakes, is_woken) = mpsc::channel();
            // The first stays in the LIFO slot, the second pushes it to the queue.
            heist::spawn(async move { wakes.send(()).unwrap() });
            let displacing = heist::spawn(async {});
            done.send(is_woken.recv_timeout(LIMIT).is_ok()).unwrap();
            displacing.await.unwrap();
        }
    });
    for _ in 0..2 {
        assert_eq!(is_done.recv_timeout(LIMIT * 2), Ok(true), "the tasks behind the one that blocks wait for it");
    }
}

/// Events may overtake a queue of short polls. Where polls are long, whoever is woken by events all the time would have the
/// worker for itself.
#[test]
fn events_do_not_starve_a_queue_of_long_polls() {
    const OTHERS: usize = 8;
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().stall_threshold(LIMIT).build().unwrap();
    let polls: Arc<[AtomicUsize; OTHERS]> = Arc::default();
    let compute = || {
        let began = Instant::now();
        while began.elapsed() < Duration::from_micros(100) {}
    };
    for number in 0..OTHERS {
        let polls = polls.clone();
        runtime.spawn(async move {
            loop {
                compute();
                polls[number].fetch_add(1, Ordering::Relaxed);
                yield_now().await;
            }
        });
    }
    let counted = polls.clone();
    let woken_by_timers = runtime.spawn(async move {
        let count = || counted.iter().map(|polls| polls.load(Ordering::Relaxed)).min().unwrap();
        while count() == 0 {
            yield_now().await;
        }
        let before = count();
        for _ in 0..60 {
            compute();
            sleep(Duration::from_micros(20)).await;
        }
        count() - before
    });
    let of_others = runtime.block_on(woken_by_timers).unwrap();
    runtime.shutdown_background();
    assert!(of_others >= 20, "60 polls for one task, {of_others} for another");
}
