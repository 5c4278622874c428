//! One step of a task.

use std::future::{Future, poll_fn};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use heist::runtime::Handle;
use heist::sync::oneshot;
use heist::task::{JoinSet, spawn_blocking, yield_now};
use heist::time::{Instant, interval, sleep, timeout};

use crate::MEANT;
use crate::blocking::block;
use crate::network;
use crate::random::Random;
use crate::work::{Shared, check, work};

pub(crate) async fn step(shared: &Arc<Shared>, random: &mut Random) {
    match random.below(22) {
        0..=2 => yield_now().await,
        3 => timers(random).await,
        4..=6 => child(shared, random).await,
        7 => closure(shared, random).await,
        8 | 9 => wait_for_a_thread(shared).await,
        10 => through_a_oneshot(shared, random).await,
        11 => {
            let _ = shared.channel.send(shared.ledger.ticket("message")).await;
        }
        12 => {
            if let Some(server) = shared.server {
                network::talk(server, random).await;
            }
        }
        13 if random.one_in(4) => panic!("{MEANT}"),
        14 if random.one_in(3) => thread::sleep(Duration::from_micros(random.below(4000))),
        15 => crew(shared, random).await,
        16 | 17 => {
            if let Some(beacon) = shared.beacons.get(random.below(8) as usize) {
                beacon.wake(random);
            }
        }
        18 | 19 => block(shared, random, true),
        _ => {
            let _ = timeout(Duration::from_micros(random.below(300)), wait_for_a_thread(shared)).await;
        }
    }
}

/// Spawns, and waits for the end, or aborts, or does neither.
pub(crate) async fn child(shared: &Arc<Shared>, random: &mut Random) {
    if !shared.may_spawn() {
        return;
    }
    let join = heist::spawn(work(shared.clone(), random.fork()));
    match random.below(4) {
        0 => check(join.await),
        1 => {
            join.abort();
            check(join.await);
        }
        _ => shared.remember(random, join),
    }
}

/// A set of children, which ends in one of the ways in which a set can.
async fn crew(shared: &Arc<Shared>, random: &mut Random) {
    let mut set = JoinSet::new();
    for _ in 0..random.below(4) {
        if shared.may_spawn() {
            set.spawn(work(shared.clone(), random.fork()));
        }
    }
    match random.below(5) {
        0 => drop(set),
        1 => set.shutdown().await,
        2 => set.detach_all(),
        end => {
            if end == 3 {
                set.abort_all();
            }
            while let Some(result) = set.join_next().await {
                check(result);
            }
        }
    }
}

async fn closure(shared: &Arc<Shared>, random: &mut Random) {
    let ticket = shared.ledger.ticket("closure");
    let (own, kind) = (shared.clone(), random.below(5));
    let join = spawn_blocking(move || {
        let _ticket = ticket;
        match kind {
            0 => panic!("{MEANT}"),
            1 => check(Handle::current().block_on(heist::spawn(async {}))),
            2 => thread::sleep(Duration::from_micros(300)),
            _ => {}
        }
        own.ledger.ticket("output of a closure")
    });
    match random.below(3) {
        // A closure that waits for a task of a current-thread runtime needs somebody who drives that.
        0 => check(join.await),
        1 => join.abort(),
        _ => shared.remember(random, join),
    }
}

async fn timers(random: &mut Random) {
    let short = Duration::from_micros(random.below(2000));
    match random.below(5) {
        0 => sleep(short).await,
        1 => {
            let mut ticks = interval(short + Duration::from_micros(1));
            ticks.tick().await;
            ticks.tick().await;
        }
        2 => {
            // Far away first, then near; or forgotten while it is registered.
            let mut timer = Box::pin(sleep(Duration::from_secs(3600)));
            poll_once(timer.as_mut()).await;
            if random.one_in(2) {
                timer.as_mut().reset(Instant::now() + short);
                timer.await;
            }
        }
        3 => {
            // Registered here, awaited by another task, and dropped wherever that ends.
            let mut timer = Box::pin(sleep(short));
            poll_once(timer.as_mut()).await;
            let join = heist::spawn(timer);
            if random.one_in(2) {
                join.abort();
            }
            check(join.await);
        }
        _ => {
            let _ = timeout(short, sleep(Duration::from_micros(random.below(2000)))).await;
        }
    }
}

async fn poll_once<F: Future<Output: Sized>>(mut future: std::pin::Pin<&mut F>) {
    poll_fn(|cx| {
        let _ = future.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

/// Is woken at least once by a thread outside.
async fn wait_for_a_thread(shared: &Shared) {
    let mut polls = 0;
    poll_fn(|cx| {
        polls += 1;
        if polls > 1 || shared.stopped() {
            return Poll::Ready(());
        }
        shared.wakers.lock().unwrap().push(cx.waker().clone());
        // Those who stop empty the list afterwards.
        if shared.stopped() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn through_a_oneshot(shared: &Arc<Shared>, random: &mut Random) {
    let (sender, receiver) = oneshot::channel();
    let (own, forgets) = (shared.clone(), random.one_in(3));
    drop(heist::spawn(async move {
        let ticket = own.ledger.ticket("message");
        yield_now().await;
        if !forgets {
            let _ = sender.send(ticket);
        }
    }));
    let _ = receiver.await;
}

/// A step for the future of `block_on`, which must not panic.
pub(crate) async fn harmless_step(shared: &Arc<Shared>, random: &mut Random) {
    match random.below(4) {
        0 => child(shared, random).await,
        1 => timers(random).await,
        2 => crew(shared, random).await,
        _ => yield_now().await,
    }
}

/// A panic of the closure comes out of `block_on`, and leaves the runtime as it was.
pub(crate) fn block_on_a_panic(runtime: &heist::runtime::Runtime) {
    let result = panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(async { panic!("{MEANT}") })));
    assert!(result.is_err());
}
