//! The types of a model-checking build.

#[path = "deque.rs"]
mod deque_impl;
#[path = "sync.rs"]
mod sync_impl;

pub(crate) const MODEL: bool = true;

/// Atomic integers, pointers and the fence.
pub mod atomic {
    pub use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
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
    pub use super::sync_impl::{Condvar, Mutex, MutexGuard};
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
    builder.check(f);
}
