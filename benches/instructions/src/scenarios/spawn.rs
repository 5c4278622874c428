//! Tasks spawned by a task.

use std::cell::Cell;

use heist_instructions::clock;

use super::{Scenario, on_worker};
use crate::rt;
use crate::rt::sync::oneshot;
use crate::rt::task::{JoinHandle, JoinSet, yield_now};

pub(super) const SCENARIOS: [Scenario; 4] = [
    on_worker("spawn_join", |n| Box::pin(joined(n))),
    on_worker("spawn_detached", |n| Box::pin(detached(n))),
    on_worker("spawn_chained", |n| Box::pin(chained(n))),
    on_worker("join_set", |n| Box::pin(join_set(n))),
];

/// Spawns between two waits.
const BATCH: u64 = 100;

thread_local! {
    /// Tasks that have run on this thread.
    static RAN: Cell<u64> = const { Cell::new(0) };
}

/// An empty task is spawned, runs and is joined. An operation is one task.
async fn joined(n: u64) {
    let mut tasks: Vec<JoinHandle<()>> = Vec::with_capacity(BATCH as usize);
    for _ in 0..n / BATCH {
        for _ in 0..BATCH {
            tasks.push(rt::spawn(async {}));
            clock::operation();
        }
        for task in tasks.drain(..) {
            task.await.expect("a task panicked");
        }
    }
}

/// A task that counts is spawned and runs; nobody joins it. An operation is one task.
async fn detached(n: u64) {
    for _ in 0..n / BATCH {
        RAN.set(0);
        for _ in 0..BATCH {
            drop(rt::spawn(async { RAN.set(RAN.get() + 1) }));
            clock::operation();
        }
        while RAN.get() < BATCH {
            yield_now().await;
        }
    }
}

/// Each task spawns the next one and ends. An operation is one task.
async fn chained(n: u64) {
    let (sender, receiver) = oneshot::channel();
    link(n, sender);
    receiver.await.expect("the last one sends");
}

fn link(left: u64, end: oneshot::Sender<()>) {
    clock::operation();
    if left == 0 {
        end.send(()).expect("the first one waits");
    } else {
        drop(rt::spawn(async move { link(left - 1, end) }));
    }
}

/// As `joined`, through a `JoinSet`. An operation is one task.
async fn join_set(n: u64) {
    let mut set = JoinSet::new();
    for _ in 0..n / BATCH {
        for _ in 0..BATCH {
            set.spawn(async {});
            clock::operation();
        }
        while let Some(result) = set.join_next().await {
            result.expect("a task panicked");
        }
    }
}
