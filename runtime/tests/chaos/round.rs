//! One round: a runtime is built, used, and ended, and what is left is looked at.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use heist::net::TcpListener;
use heist::runtime::Runtime;
use heist::sync::mpsc;
use heist::task::{LocalSet, block_in_place, spawn_local, yield_now};
use heist::time::sleep;

use crate::beacon::Beacon;
use crate::blocking::block;
use crate::config::Config;
use crate::ledger::{Ledger, eventually};
use crate::network;
use crate::outside::disturb;
use crate::random::Random;
use crate::residue::Residue;
use crate::rt_support::wait;
use crate::steps::{block_on_a_panic, harmless_step};
use crate::work::{ENDS, Shared, check, take_all, work};

pub(crate) fn run(seed: u64) {
    let before = Residue::now();
    let mut random = Random::new(seed);
    let config = Config::random(&mut random);
    // Shown if the round fails: libtest prints what a test wrote only then.
    println!("{seed}: {config:?}");
    let runtime = config.build();
    let in_the_middle = random.one_in(2);
    let blockers = config.most_blockers();
    let shared = Arc::new(start(&runtime, blockers, &mut random));
    let permanent = shared.beacons.len() + 1 + usize::from(shared.server.is_some());
    let threads = [(); 2].map(|()| {
        let (shared, handle, random) = (shared.clone(), runtime.handle().clone(), random.fork());
        thread::spawn(move || disturb(&shared, &handle, random))
    });

    if random.one_in(10) {
        block_on_a_panic(&runtime);
    }
    runtime.block_on(inside(&shared, &mut random, in_the_middle));
    ENDS.store(in_the_middle, Ordering::Relaxed);
    if in_the_middle {
        end(runtime, &config, random.fork());
        stop(&shared, threads, || {});
    } else {
        stop(&shared, threads, || config.drive(&runtime));
        at_rest(&runtime, &config, &shared, permanent);
        end(runtime, &config, random.fork());
    }

    take_all(&shared.aborts).into_iter().for_each(|abort| abort.abort());
    take_all(&shared.joins).into_iter().for_each(|join| check(wait(join)));
    let ledger = shared.ledger.clone();
    drop(shared);
    ledger.settle();
    eventually("all threads have called `on_thread_stop`", || config.live_threads() == 0, || config.live_threads());
    before.settle();
}

/// The tasks that stay: beacons, the receiver of the channel, and perhaps a server.
fn start(runtime: &Runtime, blockers: u64, random: &mut Random) -> Shared {
    let ledger = Ledger::default();
    let (sender, mut receiver) = mpsc::channel(1 + random.below(4) as usize);
    let server = random.one_in(2).then(|| {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        drop(runtime.spawn(network::serve(listener, ledger.clone())));
        address
    });
    drop(runtime.spawn(async move { while receiver.recv().await.is_some() {} }));
    let beacons: Vec<Arc<Beacon>> = (0..random.below(8)).map(|_| Arc::default()).collect();
    for beacon in &beacons {
        let (beacon, random, ticket) = (beacon.clone(), random.fork(), ledger.ticket("beacon"));
        drop(runtime.spawn(async move {
            let _ticket = ticket;
            beacon.wait(random).await;
        }));
    }
    Shared {
        ledger,
        wakers: Mutex::default(),
        joins: Mutex::default(),
        aborts: Mutex::default(),
        beacons,
        channel: sender,
        server,
        left: AtomicU64::new(20 + random.below(300)),
        stop: AtomicBool::new(false),
        blockers: AtomicU64::new(blockers),
    }
}

/// The future of `block_on`: spawns, then waits for what there is, or only for a moment.
async fn inside(shared: &Arc<Shared>, random: &mut Random, in_the_middle: bool) {
    for _ in 0..random.below(40) {
        if shared.may_spawn() {
            let join = heist::spawn(work(shared.clone(), random.fork()));
            shared.remember(random, join);
        }
        match random.below(16) {
            0..4 => harmless_step(shared, random).await,
            4 => block(shared, random, false),
            _ => {}
        }
    }
    if random.one_in(4) {
        local(shared, random).await;
    }
    if in_the_middle {
        return sleep(Duration::from_micros(random.below(1500))).await;
    }
    loop {
        let join = random.pick(&mut shared.joins.lock().unwrap());
        let Some(join) = join else { return };
        check(join.await);
    }
}

/// Tasks of this thread alone, some of which are dropped with their set.
async fn local(shared: &Arc<Shared>, random: &mut Random) {
    let set = LocalSet::new();
    let count = Rc::new(Cell::new(0));
    let wanted = random.below(5);
    for number in 0..wanted + random.below(3) {
        let (own, count, ticket) = (shared.clone(), count.clone(), shared.ledger.ticket("local future"));
        let mut random = random.fork();
        set.spawn_local(async move {
            let _ticket = ticket;
            harmless_step(&own, &mut random).await;
            count.set(count.get() + u64::from(number < wanted));
            let nested = spawn_local(yield_now());
            check(nested.await);
        });
    }
    set.run_until(async {
        while count.get() < wanted {
            yield_now().await;
        }
    })
    .await;
}

/// Ends the threads outside. They may wait for a task, so somebody has to `drive` the runtime meanwhile.
fn stop(shared: &Shared, threads: [JoinHandle<()>; 2], drive: impl Fn()) {
    shared.stop.store(true, Ordering::Release);
    while !threads.iter().all(JoinHandle::is_finished) {
        drive();
        thread::yield_now();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    shared.wake_all();
}

/// Nobody adds anything any more, so all that was woken has to run, without help from here.
fn at_rest(runtime: &Runtime, config: &Config, shared: &Shared, permanent: usize) {
    let metrics = runtime.metrics();
    let state = || {
        let beacons: Vec<_> = shared.beacons.iter().map(|beacon| beacon.wakes_and_seen()).collect();
        let parks: Vec<_> = (0..metrics.num_workers()).map(|worker| metrics.worker_park_unpark_count(worker)).collect();
        let missing = shared.ledger.missing(|what| what == "future");
        let workers = (metrics.num_running_workers(), metrics.num_spare_workers());
        (missing, beacons, metrics.num_alive_tasks(), permanent, metrics.global_queue_depth(), parks, workers)
    };
    let ran = || {
        config.drive(runtime);
        shared.ledger.missing(|what| what == "future").is_empty()
            && shared.beacons.iter().map(|beacon| beacon.wakes_and_seen()).all(|(wakes, seen)| wakes == seen)
            && metrics.num_alive_tasks() == permanent
    };
    eventually("all that was woken has run", ran, state);
    if let Some(workers) = config.workers {
        let parked = || (0..workers).all(|worker| metrics.worker_park_unpark_count(worker) % 2 == 1);
        eventually("a worker without work is parked", parked, state);
        eventually("nobody counts as running", || metrics.num_running_workers() == 0, state);
        assert_eq!(metrics.global_queue_depth(), 0);
        if config.threads_end_soon() {
            eventually("spares that nobody needs end", || metrics.num_spare_workers() == 0, state);
        }
    }
}

/// In one of the ways in which a runtime can end: if it has workers, perhaps by a task of its own.
fn end(runtime: Runtime, config: &Config, mut random: Random) {
    match random.below(5) {
        0 => thread::spawn(move || drop(runtime)).join().unwrap(),
        1 if config.workers.is_some() => end_by_a_task(runtime, random),
        _ => end_here(runtime, &mut random),
    }
}

fn end_here(runtime: Runtime, random: &mut Random) {
    match random.below(3) {
        0 => drop(runtime),
        1 => runtime.shutdown_timeout(Duration::from_secs(30)),
        _ => runtime.shutdown_background(),
    }
}

fn end_by_a_task(runtime: Runtime, mut random: Random) {
    let handle = runtime.handle().clone();
    let (ended, has_ended) = std::sync::mpsc::channel::<()>();
    let stands_still = Duration::from_micros(random.below(500));
    drop(handle.spawn(async move {
        drop(heist::spawn(async move {
            let _ended = ended;
            block_in_place(|| end_here(runtime, &mut random));
        }));
        // Meanwhile another worker may steal the task.
        thread::sleep(stands_still);
    }));
    assert!(has_ended.recv().is_err());
}
