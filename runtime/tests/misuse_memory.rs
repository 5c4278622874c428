//! Memory of tasks that finish away from the worker which spawned them.

#![cfg(target_os = "linux")]

mod rt_support;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use heist::runtime::Builder;
use heist::task::yield_now;

/// What the process has in memory, in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// Kept across an await, so that the task is that large; a larger one would be boxed, and freed when it ends.
async fn large(done: Arc<AtomicUsize>) {
    let bytes = [1_u8; 700];
    yield_now().await;
    black_box(bytes);
    done.fetch_add(1, Ordering::Release);
}

/// A loop in a task that accepts or polls by blocking calls, and spawns: bad, but common.
#[test]
fn a_poll_that_spawns_for_ever_takes_no_more_and_more_memory() {
    const TASKS: usize = 40_000;
    let runtime = Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let task = runtime.spawn(async {
        let done = Arc::new(AtomicUsize::new(0));
        let mut before = 0;
        for number in 1..=TASKS {
            drop(heist::spawn(large(done.clone())));
            while done.load(Ordering::Acquire) + 200 < number {
                thread::sleep(Duration::from_micros(20));
            }
            if number == TASKS / 10 {
                before = resident();
            }
        }
        resident().saturating_sub(before)
    });
    let grown = runtime.block_on(task).unwrap();
    assert!(grown < 700 * TASKS / 4, "{grown} bytes more");
}
