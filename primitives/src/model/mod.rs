//! The types of a model-checking build.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

#[path = "alloc.rs"]
mod alloc_impl;
#[path = "deque.rs"]
mod deque_impl;
pub mod mutation;
#[path = "sync.rs"]
mod sync_impl;

pub(crate) const MODEL: bool = true;

/// Allocations whose end loom can see.
pub mod alloc {
    pub use super::alloc_impl::{Liveness, free};
}

/// Atomic integers, pointers and the fence.
pub mod atomic {
    pub use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };

    /// An Acquire fence after this thread's own operation on a word.
    pub fn acquire_fence(_word: &AtomicU64) {
        fence(Ordering::Acquire);
    }
}

/// Cells whose accesses loom checks for data races.
pub mod cell {
    pub use loom::cell::UnsafeCell;
}

/// A model of the work-stealing deque.
pub mod deque {
    pub use super::deque_impl::{Steal, Stealer, Worker};
}

/// Hints to the processor.
pub mod hint {
    pub use loom::hint::spin_loop;
}

/// Locks without poisoning, and `Arc`.
pub mod sync {
    pub use super::sync_impl::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub use loom::sync::Arc;
}

/// Threads as far as models need them: start, park, unpark, yield.
pub mod thread {
    pub use loom::thread::{JoinHandle, Thread, current, park, spawn, yield_now};
}

pub(crate) fn model(preemptions: usize, _rounds: usize, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    if builder.preemption_bound.is_none() {
        builder.preemption_bound = Some(preemptions);
    }
    note_panics();
    builder.check(move || {
        alloc_impl::execution_begins();
        PANICS.set(0);
        f();
        // Code under test may catch what it takes for a panic of its user, and loom reports by panics.
        assert_eq!(PANICS.get(), 0, "a panic was caught in the model");
    });
}

thread_local! {
    /// Panics on this thread since the execution began; loom runs all threads of a model on one thread.
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            report(info);
        }));
    });
}
