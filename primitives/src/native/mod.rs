//! The types of a normal build.

mod alloc_impl;
mod cell_impl;
pub mod mutation;
mod sync_impl;

pub(crate) const MODEL: bool = false;

/// Allocations whose end a model checker can see.
pub mod alloc {
    pub use super::alloc_impl::{Liveness, free};
}

/// Atomic integers, pointers and the fence.
pub mod atomic {
    pub use std::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };

    /// An Acquire fence after this thread's own operation on `word`: what others did before their Release operations on
    /// it is seen.
    ///
    /// ThreadSanitizer does not understand fences. For it this is a load, which orders as much, since the values that a
    /// read-modify-write chain has left all belong to the releases before them.
    #[inline(always)]
    pub fn acquire_fence(word: &AtomicU64) {
        if cfg!(heist_sanitize_thread) {
            let _ = word.load(Ordering::Acquire);
        } else {
            fence(Ordering::Acquire);
        }
    }
}

/// Cells whose accesses loom checks for data races.
pub mod cell {
    pub use super::cell_impl::UnsafeCell;
}

/// The work-stealing deque of crossbeam.
pub mod deque {
    pub use crossbeam_deque::{Steal, Stealer, Worker};
}

/// Hints to the processor.
pub mod hint {
    pub use std::hint::spin_loop;
}

/// Locks without poisoning, and `Arc`.
pub mod sync {
    pub use super::sync_impl::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub use std::sync::Arc;
}

/// Threads as far as models need them: start, park, unpark, yield.
pub mod thread {
    pub use std::thread::{JoinHandle, Thread, current, park, spawn, yield_now};
}

pub(crate) fn model(_preemptions: usize, rounds: usize, f: impl Fn() + Send + Sync + 'static) {
    let rounds = match std::env::var("HEIST_MODEL_ROUNDS") {
        Ok(text) => text.parse().expect("HEIST_MODEL_ROUNDS must be a number of rounds"),
        Err(_) => rounds,
    };
    for _ in 0..rounds {
        f();
    }
}
