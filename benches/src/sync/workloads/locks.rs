//! Semaphore, mutex and reader-writer lock.

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;

use super::Runtime;
use super::rt::spawn;
use super::rt::sync::{Mutex, RwLock, Semaphore};
use super::rt::task::yield_now;
use crate::meter::{Meter, Phases};
use crate::sample::Sample;
use crate::table::{Entry, alone, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    alone("semaphore_alone", |job| measure::<Runtime, _>(job, semaphore_alone)),
    alone("semaphore_owned_alone", |job| measure::<Runtime, _>(job, semaphore_owned_alone)),
    contended("semaphore_10_tasks", |job| measure::<Runtime, _>(job, |phases| semaphore(phases, 10))),
    contended("semaphore_100_tasks", |job| measure::<Runtime, _>(job, |phases| semaphore(phases, 100))),
    alone("mutex_alone", |job| measure::<Runtime, _>(job, mutex_alone)),
    contended("mutex_10_tasks", |job| measure::<Runtime, _>(job, |phases| mutex(phases, 10))),
    contended("mutex_100_tasks", |job| measure::<Runtime, _>(job, |phases| mutex(phases, 100))),
    contended("mutex_held_10_tasks", |job| measure::<Runtime, _>(job, |phases| mutex_held(phases, 10))),
    alone("rwlock_read_alone", |job| measure::<Runtime, _>(job, read_alone)),
    alone("rwlock_write_alone", |job| measure::<Runtime, _>(job, write_alone)),
    contended("rwlock_10_tasks", |job| measure::<Runtime, _>(job, |phases| rwlock(phases, 10))),
    contended("rwlock_100_tasks", |job| measure::<Runtime, _>(job, |phases| rwlock(phases, 100))),
];

const BATCH: usize = 10_000;
/// Between two yields, so that a runtime's cooperative budget plays no part.
const STRETCH: usize = 50;
/// Of a semaphore that many tasks share.
const PERMITS: usize = 5;

/// Does the operation again and again, from one task.
async fn repeat<F: Future>(phases: Phases, operation: impl Fn() -> F) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        for _ in 0..BATCH / STRETCH {
            for _ in 0..STRETCH {
                operation().await;
            }
            yield_now().await;
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// Spawns tasks that do a batch of operations between them and waits for all.
async fn share<F>(phases: Phases, tasks: usize, operations: impl Fn(usize) -> F) -> Sample
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        let tasks: Vec<_> = (0..tasks).map(|_| spawn(operations(BATCH / tasks))).collect();
        for task in tasks {
            task.await.expect("the operations do not panic");
        }
        meter.count(BATCH as u64);
    }
    meter.finish()
}

/// One task takes a permit and gives it back.
async fn semaphore_alone(phases: Phases) -> Sample {
    let semaphore = Semaphore::new(PERMITS);
    repeat(phases, async || drop(black_box(semaphore.acquire().await))).await
}

/// The same with a permit that owns the semaphore.
async fn semaphore_owned_alone(phases: Phases) -> Sample {
    let semaphore = Arc::new(Semaphore::new(PERMITS));
    repeat(phases, async || drop(black_box(semaphore.clone().acquire_owned().await))).await
}

/// Tasks share five permits, and each keeps its permit while others run.
async fn semaphore(phases: Phases, tasks: usize) -> Sample {
    let semaphore = Arc::new(Semaphore::new(PERMITS));
    let operations = |count| {
        let semaphore = semaphore.clone();
        async move {
            for _ in 0..count {
                let _permit = semaphore.acquire().await;
                yield_now().await;
            }
        }
    };
    share(phases, tasks, operations).await
}

/// One task locks and unlocks.
async fn mutex_alone(phases: Phases) -> Sample {
    let mutex = Mutex::new(0);
    repeat(phases, async || *mutex.lock().await += 1).await
}

/// Tasks lock and unlock; none waits for anything while it has the lock.
async fn mutex(phases: Phases, tasks: usize) -> Sample {
    let mutex = Arc::new(Mutex::new(0));
    let operations = |count| {
        let mutex = mutex.clone();
        async move {
            for _ in 0..count {
                *mutex.lock().await += 1;
            }
        }
    };
    share(phases, tasks, operations).await
}

/// Tasks lock and unlock, and each keeps the lock while others run: they all wait in a queue.
async fn mutex_held(phases: Phases, tasks: usize) -> Sample {
    let mutex = Arc::new(Mutex::new(0));
    let operations = |count| {
        let mutex = mutex.clone();
        async move {
            for _ in 0..count {
                let mut count = mutex.lock().await;
                *count += 1;
                yield_now().await;
            }
        }
    };
    share(phases, tasks, operations).await
}

/// One task reads.
async fn read_alone(phases: Phases) -> Sample {
    let lock = RwLock::new(0);
    repeat(phases, async || {
        black_box(*lock.read().await);
    })
    .await
}

/// One task writes.
async fn write_alone(phases: Phases) -> Sample {
    let lock = RwLock::new(0);
    repeat(phases, async || *lock.write().await += 1).await
}

/// Tasks read nine times out of ten and write once.
async fn rwlock(phases: Phases, tasks: usize) -> Sample {
    let lock = Arc::new(RwLock::new(0));
    let operations = |count| {
        let lock = lock.clone();
        async move {
            for operation in 0..count {
                if operation % 10 == 0 {
                    *lock.write().await += 1;
                } else {
                    black_box(*lock.read().await);
                }
            }
        }
    };
    share(phases, tasks, operations).await
}
