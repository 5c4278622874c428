//! Models of the blocking pool's queue: no closure is lost between a submission and a thread that falls asleep, ends or
//! cannot be started, nor between a submission and the shutdown.
//!
//! Each model ends when every item is accounted for; a lost wake shows as a deadlock. Natively they run as stress tests.

#[path = "../../runtime/src/blocking/queue.rs"]
#[allow(dead_code, reason = "the models need a part of the file only")]
mod queue;

use std::time::Duration;

use heist_primitives::sync::{Arc, Condvar, Mutex};
use heist_primitives::{model, mutation, thread};

use queue::{Item, Queue, Submitted};

const FOR_EVER: Duration = Duration::MAX;

/// Numbers from [`LONG`] on are items that last long, and those from [`MANDATORY`] on are mandatory as well.
struct Number(u32);

const LONG: u32 = 501;
const MANDATORY: u32 = 1001;

impl Item for Number {
    type Key = u32;

    fn key(&self) -> u32 {
        self.0
    }

    fn is_mandatory(&self) -> bool {
        self.0 >= MANDATORY
    }

    fn wakes_meanwhile(&self) -> usize {
        if self.0 >= LONG { usize::MAX } else { 0 }
    }
}

/// A queue, and how many of its items came to which end.
struct Pool {
    queue: Queue<Number>,
    run: Mutex<usize>,
    more_run: Condvar,
}

impl Pool {
    fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { queue: Queue::new(limit), run: Mutex::new(0), more_run: Condvar::new() })
    }

    /// Starts a thread of the pool.
    fn start(pool: &Arc<Self>, keep_alive: Duration) -> thread::JoinHandle<()> {
        let pool = pool.clone();
        thread::spawn(move || {
            let seat = pool.queue.thread_arrived();
            while let Some(_item) = pool.queue.next(&seat, keep_alive) {
                *pool.run.lock() += 1;
                pool.more_run.notify_all();
            }
            pool.queue.thread_ended();
        })
    }

    fn wait_until_run(&self, count: usize) {
        let mut run = self.run.lock();
        while *run < count {
            run = self.more_run.wait(run);
        }
    }
}

/// The thread that was started for the first item falls asleep while the second is submitted.
fn submit_against_sleep() {
    model(3, 200, || {
        let pool = Pool::new(1);
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        let worker = Pool::start(&pool, FOR_EVER);
        assert!(matches!(pool.queue.submit(Number(1)), Submitted::Queued));
        pool.wait_until_run(2);
        assert!(pool.queue.close().is_empty());
        worker.join().unwrap();
        assert!(pool.queue.wait_for_end(0, None));
    });
}

/// As above, but the state is looked at instead of waited for: where an item waits, some thread is not asleep.
fn somebody_looks() {
    model(3, 200, || {
        let pool = Pool::new(1);
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        let worker = Pool::start(&pool, FOR_EVER);
        assert!(matches!(pool.queue.submit(Number(1)), Submitted::Queued));
        let counts = pool.queue.counts();
        assert!(counts.queued == 0 || counts.threads > counts.idle, "{counts:?}");
        let handed_back = pool.queue.close().len();
        worker.join().unwrap();
        assert_eq!(*pool.run.lock() + handed_back, 2);
    });
}

/// A submission and the shutdown: the item is run, refused or handed back, but never left in the queue.
fn submit_against_close() {
    model(3, 200, || {
        let pool = Pool::new(1);
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        let worker = Pool::start(&pool, FOR_EVER);
        let submitter = {
            let pool = pool.clone();
            thread::spawn(move || usize::from(matches!(pool.queue.submit(Number(1)), Submitted::Refused(_))))
        };
        let handed_back = pool.queue.close().len();
        let refused = submitter.join().unwrap();
        worker.join().unwrap();
        assert_eq!(*pool.run.lock() + handed_back + refused, 2);
        assert_eq!(pool.queue.counts().queued, 0);
    });
}

/// A mandatory item and the shutdown: it is run or refused, but never handed back.
fn submit_mandatory_against_close() {
    model(3, 200, || {
        let pool = Pool::new(1);
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        let worker = Pool::start(&pool, FOR_EVER);
        let submitter = {
            let pool = pool.clone();
            thread::spawn(move || usize::from(matches!(pool.queue.submit(Number(MANDATORY)), Submitted::Refused(_))))
        };
        let handed_back = pool.queue.close();
        assert!(handed_back.iter().all(|item| !item.is_mandatory()));
        let refused = submitter.join().unwrap();
        worker.join().unwrap();
        assert_eq!(*pool.run.lock() + handed_back.len() + refused, 2);
        assert_eq!(pool.queue.counts().queued, 0);
    });
}

/// An idle thread's keep-alive runs out while an item is submitted: it takes the item, or another thread is started.
fn submit_against_expiry() {
    model(3, 200, || {
        let pool = Pool::new(1);
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        let mut workers = vec![Pool::start(&pool, Duration::ZERO)];
        if let Submitted::StartThread = pool.queue.submit(Number(1)) {
            workers.push(Pool::start(&pool, Duration::ZERO));
        }
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(*pool.run.lock(), 2);
        assert_eq!(pool.queue.counts().queued, 0);
    });
}

/// Two submitters whose threads cannot be started: each gets its item back.
fn failed_starts() {
    model(3, 200, || {
        let pool = Pool::new(2);
        let submit = |pool: Arc<Pool>, number| {
            assert!(matches!(pool.queue.submit(Number(number)), Submitted::StartThread));
            pool.queue.thread_failed(number).is_some()
        };
        let other = {
            let pool = pool.clone();
            thread::spawn(move || submit(pool, 1))
        };
        assert!(submit(pool.clone(), 0));
        assert!(other.join().unwrap());
        assert_eq!(pool.queue.counts().queued, 0);
    });
}

/// One thread starts, another cannot be started: both items come to an end, whichever of the two threads was meant.
fn failed_start_beside_a_thread() {
    model(3, 200, || {
        let pool = Pool::new(2);
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        let worker = Pool::start(&pool, Duration::ZERO);
        let handed_back = match pool.queue.submit(Number(1)) {
            Submitted::StartThread => usize::from(pool.queue.thread_failed(1).is_some()),
            Submitted::Queued => 0,
            Submitted::Refused(_) => unreachable!("nobody closes the queue"),
        };
        worker.join().unwrap();
        assert_eq!(*pool.run.lock() + handed_back, 2);
        assert_eq!(pool.queue.counts().queued, 0);
    });
}

/// Two threads that have nothing to do, and two items from number `first` on, the first of which blocks: the other thread
/// is there for the second, or somebody is on the way to it. If they last long it is so from the second's submission on.
fn each_item_has_a_thread(first: u32, keep_alive: Duration, preemptions: usize) {
    model(preemptions, 200, move || {
        let pool = Pool::new(2);
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock();
        let start = || {
            let (pool, gate) = (pool.clone(), gate.clone());
            thread::spawn(move || {
                let seat = pool.queue.thread_arrived();
                while pool.queue.next(&seat, keep_alive).is_some() {
                    *pool.run.lock() += 1;
                    pool.more_run.notify_all();
                    drop(gate.lock());
                }
            })
        };
        // Threads that have arrived and found nothing.
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        assert!(matches!(pool.queue.submit(Number(1)), Submitted::StartThread));
        assert!(pool.queue.remove(0).is_some() && pool.queue.remove(1).is_some());
        let mut workers = vec![start(), start()];
        for number in [first, first + 1] {
            if let Submitted::StartThread = pool.queue.submit(Number(number)) {
                workers.push(start());
            }
        }
        let counts = pool.queue.counts();
        assert!(first < LONG || counts.queued == 0 || counts.idle == 0, "{counts:?}");
        pool.wait_until_run(1);
        let counts = pool.queue.counts();
        assert!(counts.queued == 0 || (counts.threads == 2 && counts.idle == 0), "{counts:?}");
        drop(closed);
        pool.wait_until_run(2);
        assert!(pool.queue.close().is_empty());
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

/// An abort takes the item out of the queue, or the thread takes it: exactly one of them has it.
fn remove_against_run() {
    model(3, 200, || {
        let pool = Pool::new(1);
        assert!(matches!(pool.queue.submit(Number(0)), Submitted::StartThread));
        let worker = Pool::start(&pool, Duration::ZERO);
        let removed = usize::from(pool.queue.remove(0).is_some());
        worker.join().unwrap();
        assert_eq!(*pool.run.lock() + removed, 1);
    });
}

#[test]
fn nothing_is_lost_to_a_thread_that_falls_asleep() {
    submit_against_sleep();
    somebody_looks();
    // The mutation is tried where it breaks an assertion: loom cannot unwind from a deadlock.
    assert!(mutation::rejected("blocking_sleep_without_look", somebody_looks));
}

#[test]
fn nothing_is_lost_to_the_shutdown() {
    submit_against_close();
    assert!(mutation::rejected("blocking_closed_checked_before", submit_against_close));
}

#[test]
fn mandatory_items_outlast_the_shutdown() {
    submit_mandatory_against_close();
    assert!(mutation::rejected("blocking_close_drops_mandatory", submit_mandatory_against_close));
}

#[test]
fn nothing_is_lost_to_a_thread_that_ends() {
    submit_against_expiry();
    assert!(mutation::rejected("blocking_expiry_ignores_claim", submit_against_expiry));
}

#[test]
fn nothing_is_lost_to_a_thread_that_cannot_start() {
    failed_starts();
    failed_start_beside_a_thread();
    assert!(mutation::rejected("blocking_failed_start_trusts_another", failed_starts));
}

#[test]
fn no_item_waits_for_a_closure_that_blocks() {
    let sleeping = || each_item_has_a_thread(2, FOR_EVER, 2);
    let leaving = || each_item_has_a_thread(2, Duration::ZERO, 3);
    let long = || each_item_has_a_thread(LONG, FOR_EVER, 2);
    let long_leaving = || each_item_has_a_thread(LONG, Duration::ZERO, 3);
    sleeping();
    leaving();
    long();
    long_leaving();
    assert!(mutation::rejected("blocking_last_waker_stops", sleeping));
    assert!(mutation::rejected("blocking_expiry_ignores_items", leaving));
    assert!(mutation::rejected("blocking_one_at_a_time", long));
}

#[test]
fn an_aborted_item_is_not_run() {
    remove_against_run();
}
