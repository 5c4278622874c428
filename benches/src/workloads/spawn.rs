//! Spawning empty tasks: from a worker, from the future of `block_on`, from threads outside the runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, Thread};

use crate::meter::{self, Meter, Phases};
use crate::rt::Rt;
use crate::sample::Sample;

const BATCH: usize = 1000;
const FOREIGN_THREADS: usize = 4;
const FOREIGN_BATCH: usize = 250;

/// Spawns empty tasks and joins them, a batch at a time. An operation is one task.
pub(super) async fn batches<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    let mut tasks = Vec::with_capacity(BATCH);
    while meter.goes_on() {
        tasks.extend((0..BATCH).map(|_| R::spawn(async {})));
        for task in tasks.drain(..) {
            task.await;
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// Threads outside the runtime spawn batches and sleep until the last task of a batch has run. An operation is one
/// task.
pub(super) fn from_threads<R: Rt>(rt: &R, phases: Phases) -> Sample {
    let done = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let threads = [(); FOREIGN_THREADS].map(|()| {
        let (spawner, done, stop) = (rt.spawner(), done.clone(), stop.clone());
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let latch = Latch::new(FOREIGN_BATCH);
                for _ in 0..FOREIGN_BATCH {
                    let latch = latch.clone();
                    R::detach_from(&spawner, async move { latch.count_down() });
                }
                latch.wait();
                done.fetch_add(FOREIGN_BATCH as u64, Ordering::Relaxed);
            }
        })
    });
    let sample = meter::observe(phases, || done.load(Ordering::Relaxed));
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("a spawning thread panicked");
    }
    sample
}

/// Lets the thread that made it sleep until it was counted down to zero. It carries no data, so the count is relaxed;
/// `unpark` orders what the sleeper must see.
struct Latch {
    remaining: AtomicUsize,
    waiter: Thread,
}

impl Latch {
    fn new(count: usize) -> Arc<Self> {
        Arc::new(Self { remaining: AtomicUsize::new(count), waiter: thread::current() })
    }

    fn count_down(&self) {
        if self.remaining.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.waiter.unpark();
        }
    }

    fn wait(&self) {
        while self.remaining.load(Ordering::Relaxed) != 0 {
            thread::park();
        }
    }
}
