//! Workers whose queues are never empty still do what is not in their queues.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, Runtime};
use heist::task::yield_now;

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
