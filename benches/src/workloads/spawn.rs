//! Spawning empty tasks: from a worker, from the future of `block_on`, from threads outside the runtime; onto an idle
//! runtime, and onto one that is busy.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, Thread};

use crate::busy;
use crate::job::Job;
use crate::meter::{self, Meter, Phases};
use crate::rt::Rt;
use crate::sample::Sample;

const BATCH: usize = 1000;
/// Busy tasks for each worker, so that none runs out of them.
const BUSY_TASKS: usize = 2;

/// The job's runtime, its workers busy with tasks that compute and yield.
pub(super) fn start_busy<R: Rt>(job: &Job) -> R {
    let rt = R::start(job.workers);
    let spawner = rt.spawner();
    for _ in 0..BUSY_TASKS * job.workers {
        R::detach_from(&spawner, busy::compute_and_yield::<R>());
    }
    rt
}

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

/// Spawns tasks that nobody joins, a batch at a time. Each counts itself, and the last of a batch reports. An operation
/// is one task.
pub(super) async fn detached<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        let (sender, receiver) = R::oneshot();
        let countdown = Arc::new(Countdown::<R>::new(BATCH, sender));
        for _ in 0..BATCH {
            let countdown = countdown.clone();
            R::detach(async move { countdown.count_down() });
        }
        R::receive(receiver).await;
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// That many threads outside the runtime share a batch and sleep until the last of its tasks has run. An operation is
/// one task.
pub(super) fn from_threads<R: Rt>(rt: &R, phases: Phases, threads: usize) -> Sample {
    let done = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let share = BATCH / threads;
    let spawn = |_| {
        let (spawner, done, stop) = (rt.spawner(), done.clone(), stop.clone());
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let latch = Latch::new(share);
                for _ in 0..share {
                    let latch = latch.clone();
                    R::detach_from(&spawner, async move { latch.count_down() });
                }
                latch.wait();
                done.fetch_add(share as u64, Ordering::Relaxed);
            }
        })
    };
    let threads: Vec<_> = (0..threads).map(spawn).collect();
    let sample = meter::observe(phases, || done.load(Ordering::Relaxed));
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().expect("a spawning thread panicked");
    }
    sample
}

/// Sends when it was counted down to zero. It carries no data, so the count is relaxed.
struct Countdown<R: Rt> {
    remaining: AtomicUsize,
    sender: Mutex<Option<R::Sender>>,
}

impl<R: Rt> Countdown<R> {
    fn new(count: usize, sender: R::Sender) -> Self {
        Self { remaining: AtomicUsize::new(count), sender: Mutex::new(Some(sender)) }
    }

    fn count_down(&self) {
        if self.remaining.fetch_sub(1, Ordering::Relaxed) == 1 {
            let sender = self.sender.lock().expect("nothing panics").take();
            R::send(sender.expect("only one is the last"));
        }
    }
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
