//! What waits behind a worker that is stuck in a poll goes on elsewhere, as long as one worker is free.

use std::sync::mpsc;
use std::time::Duration;

use heist::runtime::{Builder, Runtime};
use heist::time::{Instant, sleep};

/// Three orders of magnitude above the tick in which a stuck worker is noticed.
const LIMIT: Duration = Duration::from_secs(20);

fn two_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn the_task_in_the_slot_of_a_stuck_worker_runs() {
    let runtime = two_workers();
    runtime.block_on(async {
        let stuck = heist::spawn(async {
            let (sender, receiver) = mpsc::channel();
            // Goes to this worker's slot for the next task, from which nobody steals.
            heist::spawn(async move { sender.send(()).unwrap() });
            receiver.recv_timeout(LIMIT)
        });
        stuck.await.unwrap().expect("the task waited for the worker that waited for it");
    });
}

#[test]
fn tasks_woken_by_a_stuck_worker_run() {
    let runtime = two_workers();
    runtime.block_on(async {
        let stuck = heist::spawn(async {
            let mut received = 0;
            for _ in 0..5 {
                let (sender, receiver) = mpsc::channel();
                for _ in 0..4 {
                    let sender = sender.clone();
                    heist::spawn(async move { sender.send(()).unwrap() });
                }
                received += (0..4).filter(|_| receiver.recv_timeout(LIMIT).is_ok()).count();
            }
            received
        });
        assert_eq!(stuck.await.unwrap(), 20);
    });
}

#[test]
fn the_timers_of_a_stuck_worker_fire() {
    let runtime = two_workers();
    runtime.block_on(async {
        let stuck = heist::spawn(async {
            let (sender, receiver) = mpsc::channel();
            let mut timer = Box::pin(sleep(Duration::from_secs(3600)));
            // Puts the timer on this worker's wheel, before another task waits for it.
            std::future::poll_fn(|cx| {
                assert!(timer.as_mut().poll(cx).is_pending());
                std::task::Poll::Ready(())
            })
            .await;
            timer.as_mut().reset(Instant::now() + Duration::from_millis(30));
            heist::spawn(async move {
                timer.await;
                sender.send(()).unwrap();
            });
            receiver.recv_timeout(LIMIT)
        });
        stuck.await.unwrap().expect("the timer waited for the worker");
    });
}
