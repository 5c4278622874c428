//! A load of long polls holds up nobody for a number of polls: workers look at the shared queue, the sockets and the
//! timers by time.
//!
//! The one worker has a few tasks that compute for a millisecond and yield, without end. What arrives meanwhile waits for
//! its turn behind them, and no longer. That is measured in polls of the load, so a machine that is slow or busy does
//! not matter. Of several tries the median counts, since a thread may be stopped between reading the counter and acting.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use heist::io::AsyncReadExt;
use heist::net::TcpListener;
use heist::runtime::{Builder, Runtime};
use heist::sync::Notify;
use heist::task::yield_now;
use heist::time::{Instant, sleep_until};

/// Tasks of the load.
const LOAD: u64 = 4;

/// How long each of their polls takes.
const POLL: Duration = Duration::from_millis(1);

/// A turn of each task of the load, one that had begun, and some to spare. A runtime that looks after a number of polls
/// would wait for half of that number in the median: 15 and more.
const MOST_POLLS: u64 = LOAD + 6;

const TRIES: usize = 9;

/// What the load has done.
#[derive(Clone, Default)]
struct Load {
    polls: Arc<AtomicU64>,
    begun: Arc<Mutex<Vec<Instant>>>,
}

impl Load {
    /// Its tasks end with the runtime.
    fn start(runtime: &Runtime) -> Self {
        let load = Self::default();
        for _ in 0..LOAD {
            let load = load.clone();
            runtime.spawn(async move {
                loop {
                    load.poll();
                    yield_now().await;
                }
            });
        }
        // It takes the worker a few polls to learn how long they are.
        load.wait_for_polls(40);
        load
    }

    fn poll(&self) {
        let start = Instant::now();
        self.begun.lock().unwrap().push(start);
        self.polls.fetch_add(1, Ordering::Release);
        while start.elapsed() < POLL {
            std::hint::spin_loop();
        }
    }

    fn polls(&self) -> u64 {
        self.polls.load(Ordering::Acquire)
    }

    /// Polls that began after `time`.
    fn polls_since(&self, time: Instant) -> u64 {
        self.begun.lock().unwrap().iter().filter(|begun| **begun > time).count() as u64
    }

    fn wait_for_polls(&self, count: u64) {
        let until = self.polls() + count;
        while self.polls() < until {
            thread::sleep(POLL);
        }
    }
}

/// It stays one, also if the system stops its thread for so long that a poll looks stuck.
fn one_worker() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().stall_threshold(Duration::MAX).build().unwrap()
}

#[track_caller]
fn assert_few(mut waits: Vec<u64>) {
    assert_eq!(waits.len(), TRIES);
    waits.sort_unstable();
    assert!(waits[TRIES / 2] <= MOST_POLLS, "waited for so many polls: {waits:?}");
}

#[test]
fn a_task_from_outside_takes_its_turn() {
    let runtime = one_worker();
    let load = Load::start(&runtime);
    let (sender, receiver) = mpsc::channel();
    let tries = (0..TRIES).map(|_| {
        let (counter, sender) = (load.clone(), sender.clone());
        runtime.spawn(async move { sender.send(counter.polls()).unwrap() });
        let before = load.polls();
        receiver.recv().unwrap().saturating_sub(before)
    });
    assert_few(tries.collect());
}

#[test]
fn a_task_woken_from_outside_takes_its_turn() {
    let runtime = one_worker();
    let load = Load::start(&runtime);
    let notify = Arc::new(Notify::new());
    let (sender, receiver) = mpsc::channel();
    let (own, counter) = (notify.clone(), load.clone());
    runtime.spawn(async move {
        for _ in 0..TRIES {
            own.notified().await;
            sender.send(counter.polls()).unwrap();
        }
    });
    let tries = (0..TRIES).map(|_| {
        load.wait_for_polls(2 * LOAD);
        notify.notify_one();
        let before = load.polls();
        receiver.recv().unwrap().saturating_sub(before)
    });
    assert_few(tries.collect());
}

#[test]
fn a_socket_is_served() {
    let runtime = one_worker();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let load = Load::start(&runtime);
    let (sender, receiver) = mpsc::channel();
    let counter = load.clone();
    runtime.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        for _ in 0..TRIES {
            stream.read_u8().await.unwrap();
            sender.send(counter.polls()).unwrap();
        }
    });
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let tries = (0..TRIES).map(|_| {
        load.wait_for_polls(2 * LOAD);
        stream.write_all(&[1]).unwrap();
        let before = load.polls();
        receiver.recv().unwrap().saturating_sub(before)
    });
    assert_few(tries.collect());
}

#[test]
fn a_timer_fires() {
    let runtime = one_worker();
    let load = Load::start(&runtime);
    let waits = runtime.spawn(async move {
        let mut waits = Vec::new();
        for _ in 0..TRIES {
            let deadline = Instant::now() + POLL * 7;
            sleep_until(deadline).await;
            waits.push(load.polls_since(deadline));
        }
        waits
    });
    assert_few(runtime.block_on(waits).unwrap());
}

/// Two tasks that wake each other use the slot for the next task, poll after poll. Others have their turn all the same.
#[test]
fn a_pair_that_wakes_each_other_leaves_room() {
    let runtime = one_worker();
    let polls = Arc::new(AtomicU64::new(0));
    let ends = [(); 2].map(|()| Arc::new(Notify::new()));
    for (own, other) in [(0, 1), (1, 0)] {
        let (own, other, polls) = (ends[own].clone(), ends[other].clone(), polls.clone());
        runtime.spawn(async move {
            loop {
                other.notify_one();
                own.notified().await;
                polls.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    // Yields behind the pair in the worker's own queue.
    let counter = polls.clone();
    let waits = runtime.spawn(async move {
        let mut waits = Vec::new();
        for _ in 0..TRIES {
            let before = counter.load(Ordering::Relaxed);
            yield_now().await;
            waits.push(counter.load(Ordering::Relaxed) - before);
        }
        waits
    });
    assert_few(runtime.block_on(waits).unwrap());
}
