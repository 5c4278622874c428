//! Locks that nobody else holds.

use heist_instructions::clock;

use super::{Scenario, on_worker};
use crate::rt::sync::{Mutex, RwLock, Semaphore};

pub(super) const SCENARIOS: [Scenario; 3] = [
    on_worker("mutex", |n| Box::pin(mutex(n))),
    on_worker("rwlock_read", |n| Box::pin(rwlock_read(n))),
    on_worker("semaphore", |n| Box::pin(semaphore(n))),
];

/// An operation is to lock and to unlock.
async fn mutex(n: u64) {
    let mutex = Mutex::new(0);
    for _ in 0..n {
        *mutex.lock().await += 1;
        clock::operation();
    }
    assert_eq!(mutex.into_inner(), n);
}

/// An operation is to lock for reading and to unlock.
async fn rwlock_read(n: u64) {
    let lock = RwLock::new(1);
    let mut sum = 0;
    for _ in 0..n {
        sum += *lock.read().await;
        clock::operation();
    }
    assert_eq!(sum, n);
}

/// An operation is to take a permit and to give it back.
async fn semaphore(n: u64) {
    let semaphore = Semaphore::new(1);
    for _ in 0..n {
        drop(semaphore.acquire().await.expect("it is open"));
        clock::operation();
    }
    assert_eq!(semaphore.available_permits(), 1);
}
