//! Models of the semaphore of `runtime/src/sync` and of the locks made of it.
//!
//! The files are the runtime's own, mounted here. Each model is run as it is, and once more for each step of the
//! protocol that can be left out (`mutation`): loom must reject it then.

// The public side of the mounted files is not used here.
#![allow(dead_code, unused_imports, unreachable_pub, missing_debug_implementations)]

mod sync_support;

/// The runtime's modules that the mounted files refer to.
mod runtime {
    pub(crate) mod context {
        pub(crate) use crate::sync_support::block_on as block_on_sync;
    }
}

#[path = "../../runtime/src/task"]
mod task {
    pub mod coop;
}

#[path = "../../runtime/src/sync"]
mod sync {
    pub(crate) mod mutex;
    pub(crate) mod rwlock;
    #[path = "semaphore"]
    pub(crate) mod semaphore {
        pub(crate) mod permits;
        pub(crate) mod raw;
    }
    pub(crate) mod wait_list;
}

use heist_primitives::cell::UnsafeCell;
use heist_primitives::sync::Arc;
use heist_primitives::thread;
use sync::mutex::Mutex;
use sync::rwlock::{RwLock, RwLockWriteGuard};
use sync::semaphore::permits::Take;
use sync::semaphore::raw::RawSemaphore;
use sync_support::{block_on, check, poll_once};

/// Plain data that only the holder of a permit may touch.
struct Data(UnsafeCell<usize>);

// SAFETY: what the models check: accesses are ordered by the primitive. Loom reports those that are not.
#[allow(unsafe_code)]
unsafe impl Sync for Data {}

impl Data {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn get(&self) -> usize {
        self.0.with(|data| {
            // SAFETY: the caller was let in by the primitive under test.
            #[allow(unsafe_code)]
            unsafe {
                *data
            }
        })
    }

    fn add(&self) -> usize {
        self.0.with_mut(|data| {
            // SAFETY: the caller was let in by the primitive under test.
            #[allow(unsafe_code)]
            let data = unsafe { &mut *data };
            *data += 1;
            *data
        })
    }
}

#[test]
fn semaphore_acquire_release() {
    let broken = ["semaphore_waits_blindly", "semaphore_gives_past_waiters"];
    check("semaphore_acquire_release", &broken, || {
        let semaphore = Arc::new(RawSemaphore::new(0));
        let other = semaphore.clone();
        let releaser = thread::spawn(move || other.release(2));
        assert!(block_on(semaphore.acquire(1)).is_ok());
        releaser.join().unwrap();
        assert_eq!(semaphore.available(), 1);
    });
}

#[test]
fn semaphore_passes_data_on() {
    check("semaphore_passes_data_on", &["semaphore_gives_relaxed"], || {
        let shared = Arc::new((RawSemaphore::new(1), Data::new()));
        let other = shared.clone();
        let run = |(semaphore, data): &(RawSemaphore, Data)| {
            assert!(block_on(semaphore.acquire(1)).is_ok());
            data.add();
            semaphore.release(1);
        };
        let thread = thread::spawn(move || run(&other));
        run(&shared);
        thread.join().unwrap();
        assert_eq!(shared.1.add(), 3);
    });
}

/// A waiter that was granted its permits finds out without the lock.
#[test]
fn semaphore_grant_passes_data_on() {
    let broken = ["wait_list_lets_go_early", "wait_list_lets_go_relaxed"];
    check("semaphore_grant_passes_data_on", &broken, || {
        let shared = Arc::new((RawSemaphore::new(0), Data::new()));
        let other = shared.clone();
        let releaser = thread::spawn(move || {
            other.1.add();
            other.0.release(1);
        });
        let mut acquire = Box::pin(shared.0.acquire(1));
        // A second look, which may come between the grant and the wake.
        let granted = poll_once(acquire.as_mut()).is_ready() || poll_once(acquire.as_mut()).is_ready();
        if granted {
            assert_eq!(shared.1.add(), 2);
        }
        drop(acquire);
        releaser.join().unwrap();
    });
}

/// Two releases make up what one waiter wants.
#[test]
fn semaphore_grants_in_parts() {
    check("semaphore_grants_in_parts", &["semaphore_waits_blindly"], || {
        let semaphore = Arc::new(RawSemaphore::new(0));
        let others = [semaphore.clone(), semaphore.clone()];
        let releasers = others.map(|semaphore| thread::spawn(move || semaphore.release(1)));
        assert!(block_on(semaphore.acquire(2)).is_ok());
        assert_eq!(semaphore.available(), 0);
        for releaser in releasers {
            releaser.join().unwrap();
        }
    });
}

#[test]
fn semaphore_cancel_against_grant() {
    let broken = ["semaphore_keeps_grant", "wait_list_lets_go_early", "wait_list_lets_go_relaxed"];
    check("semaphore_cancel_against_grant", &broken, || {
        let semaphore = Arc::new(RawSemaphore::new(0));
        let mut cancelled = Box::pin(semaphore.acquire(1));
        assert!(poll_once(cancelled.as_mut()).is_pending());
        let other = semaphore.clone();
        let releaser = thread::spawn(move || other.release(1));
        drop(cancelled);
        assert!(block_on(semaphore.acquire(1)).is_ok());
        releaser.join().unwrap();
        assert_eq!(semaphore.available(), 0);
    });
}

/// The waiter in front leaves, with a part of what it wants, while the next is served.
#[test]
fn semaphore_cancel_against_next() {
    check("semaphore_cancel_against_next", &["semaphore_keeps_grant"], || {
        let semaphore = Arc::new(RawSemaphore::new(1));
        let mut front = Box::pin(semaphore.acquire(3));
        assert!(poll_once(front.as_mut()).is_pending());
        let other = semaphore.clone();
        let next = thread::spawn(move || {
            assert!(block_on(other.acquire(2)).is_ok());
            other.release(2);
        });
        semaphore.release(1);
        drop(front);
        next.join().unwrap();
        assert_eq!(semaphore.available(), 2);
    });
}

#[test]
fn semaphore_close_against_acquire() {
    check("semaphore_close_against_acquire", &["semaphore_waits_when_closed"], || {
        let semaphore = Arc::new(RawSemaphore::new(1));
        let other = semaphore.clone();
        let closer = thread::spawn(move || other.close());
        assert!(block_on(semaphore.acquire(2)).is_err());
        closer.join().unwrap();
        assert_eq!(semaphore.available(), 1);
    });
}

/// The waiter gets all it wants, or is told of the close and what it had got is free again.
#[test]
fn semaphore_close_against_release() {
    check("semaphore_close_against_release", &["semaphore_close_loses_share"], || {
        let semaphore = Arc::new(RawSemaphore::new(1));
        let mut acquire = Box::pin(semaphore.acquire(2));
        assert!(poll_once(acquire.as_mut()).is_pending());
        let other = semaphore.clone();
        let closer = thread::spawn(move || other.close());
        semaphore.release(1);
        let got = if block_on(acquire).is_ok() { 2 } else { 0 };
        closer.join().unwrap();
        assert_eq!(semaphore.available() + got, 2);
        assert_eq!(semaphore.try_acquire(1), Take::Closed);
    });
}

/// The waiter is polled with another waker while it is served.
#[test]
fn semaphore_change_of_waker() {
    check("semaphore_change_of_waker", &["semaphore_keeps_waker"], || {
        let semaphore = Arc::new(RawSemaphore::new(0));
        let mut acquire = Box::pin(semaphore.acquire(1));
        assert!(poll_once(acquire.as_mut()).is_pending());
        let other = semaphore.clone();
        let releaser = thread::spawn(move || other.release(1));
        assert!(block_on(acquire).is_ok());
        releaser.join().unwrap();
    });
}

#[test]
fn mutex_excludes() {
    check("mutex_excludes", &["semaphore_gives_relaxed", "semaphore_waits_blindly"], || {
        let mutex = Arc::new(Mutex::new(Data::new()));
        let other = mutex.clone();
        let thread = thread::spawn(move || {
            block_on(other.lock()).add();
        });
        block_on(mutex.lock()).add();
        thread.join().unwrap();
        assert_eq!(mutex.try_lock().map(|data| data.get()).unwrap(), 2);
    });
}

#[test]
fn mutex_cancel_against_unlock() {
    check("mutex_cancel_against_unlock", &["semaphore_keeps_grant"], || {
        let mutex = Arc::new(Mutex::new(Data::new()));
        let other = mutex.clone();
        let held = mutex.try_lock().unwrap();
        let thread = thread::spawn(move || {
            let mut cancelled = Box::pin(other.lock());
            let _ = poll_once(cancelled.as_mut());
            drop(cancelled);
            block_on(other.lock()).add();
        });
        held.add();
        drop(held);
        thread.join().unwrap();
        assert_eq!(mutex.try_lock().map(|data| data.get()).unwrap(), 2);
    });
}

#[test]
fn rwlock_reader_against_writer() {
    check("rwlock_reader_against_writer", &["semaphore_gives_relaxed", "semaphore_waits_blindly"], || {
        let lock = Arc::new(RwLock::with_max_readers(Data::new(), 2));
        let other = lock.clone();
        let reader = thread::spawn(move || block_on(other.read()).get());
        block_on(lock.write()).add();
        assert!(reader.join().unwrap() <= 1);
        assert_eq!(lock.try_read().map(|data| data.get()).unwrap(), 1);
    });
}

/// Loom knows that two readers may be there at once: neither of them is seen as a writer.
#[test]
fn rwlock_two_readers() {
    check("rwlock_two_readers", &[], || {
        let lock = Arc::new(RwLock::with_max_readers(Data::new(), 2));
        let other = lock.clone();
        let reader = thread::spawn(move || block_on(other.read()).get());
        let read = block_on(lock.read());
        assert_eq!(read.get() + reader.join().unwrap(), 0);
        drop(read);
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn rwlock_waiting_writer_is_not_overtaken() {
    check("rwlock_waiting_writer_is_not_overtaken", &["semaphore_leaves_permits"], || {
        let lock = Arc::new(RwLock::with_max_readers(Data::new(), 3));
        let held = lock.try_read().unwrap();
        let mut write = Box::pin(lock.write());
        assert!(poll_once(write.as_mut()).is_pending());
        let other = lock.clone();
        let reader = thread::spawn(move || other.try_read().map(|data| data.get()).unwrap_or(1));
        drop(held);
        block_on(write).add();
        assert_eq!(reader.join().unwrap(), 1, "it reads what the writer wrote, or not at all");
    });
}

/// No writer gets in while the guard changes from writing to reading.
#[test]
fn rwlock_downgrade_against_writer() {
    check("rwlock_downgrade_against_writer", &["rwlock_downgrade_lets_go"], || {
        let lock = Arc::new(RwLock::with_max_readers(Data::new(), 2));
        let write = lock.try_write().unwrap();
        let other = lock.clone();
        let writer = thread::spawn(move || block_on(other.write()).add());
        write.add();
        let read = RwLockWriteGuard::downgrade(write);
        assert_eq!(read.get(), 1);
        drop(read);
        assert_eq!(writer.join().unwrap(), 2);
    });
}

/// A reader that waits is let in by the downgrade.
#[test]
fn rwlock_downgrade_against_reader() {
    check("rwlock_downgrade_against_reader", &["semaphore_gives_past_waiters"], || {
        let lock = Arc::new(RwLock::with_max_readers(Data::new(), 2));
        let write = lock.try_write().unwrap();
        let other = lock.clone();
        let reader = thread::spawn(move || block_on(other.read()).get());
        write.add();
        let read = write.downgrade();
        assert_eq!(reader.join().unwrap(), 1);
        drop(read);
    });
}
