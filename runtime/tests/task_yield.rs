//! `yield_now` lets everything else go on.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heist::runtime::{Builder, Runtime};
use heist::task::yield_now;

fn runtimes() -> [(&'static str, Runtime); 3] {
    [
        ("current_thread", Builder::new_current_thread().enable_all().build().unwrap()),
        ("1 worker", Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()),
        ("4 workers", Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()),
    ]
}

#[test]
fn tasks_of_a_thread_take_turns() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let turns = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(async {
        let tasks: Vec<_> = (0..3)
            .map(|number| {
                let turns = turns.clone();
                heist::spawn(async move {
                    for _ in 0..3 {
                        turns.lock().unwrap().push(number);
                        yield_now().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*turns.lock().unwrap(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
}

#[test]
fn a_future_of_block_on_lets_tasks_run() {
    for (name, runtime) in runtimes() {
        let done = Arc::new(AtomicBool::new(false));
        runtime.block_on(async {
            let flag = done.clone();
            heist::spawn(async move { flag.store(true, Ordering::Release) });
            while !done.load(Ordering::Acquire) {
                yield_now().await;
            }
        });
        assert!(done.load(Ordering::Acquire), "{name}");
    }
}

#[test]
fn tasks_that_only_yield_starve_nobody() {
    for (name, runtime) in runtimes() {
        let (stop, yields) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        runtime.block_on(async {
            let busy: Vec<_> = (0..8)
                .map(|_| {
                    let (stop, yields) = (stop.clone(), yields.clone());
                    heist::spawn(async move {
                        while !stop.load(Ordering::Acquire) {
                            yields.fetch_add(1, Ordering::Relaxed);
                            yield_now().await;
                        }
                    })
                })
                .collect();
            while yields.load(Ordering::Relaxed) == 0 {
                heist::time::sleep(Duration::from_millis(1)).await;
            }
            // Through another thread, and back by a spawn from outside.
            let handle = heist::runtime::Handle::current();
            let from_outside = heist::task::spawn_blocking(move || handle.spawn(async { 7 }));
            assert_eq!(from_outside.await.unwrap().await.unwrap(), 7, "{name}");
            stop.store(true, Ordering::Release);
            for task in busy {
                task.await.unwrap();
            }
        });
    }
}
