//! The types that heist's concurrent code is built on.
//!
//! Everything that loom has to see goes through this crate: atomics, cells, locks, threads and the deque. Compiled
//! normally these are the types of std, parking_lot and crossbeam; under `--cfg heist_loom` they are loom's, and the
//! deque is a model that publishes no more than the real one promises. No other crate looks at `heist_loom`.
//!
//! Three habits keep code checkable: use [`fence`](atomic::fence) for sequential consistency (loom treats `SeqCst`
//! accesses as `AcqRel`), reach shared plain data through [`cell::UnsafeCell`], and keep these types out of statics
//! (loom's constructors are not `const`).

#[cfg(heist_loom)]
#[path = "model/mod.rs"]
mod imp;
#[cfg(not(heist_loom))]
#[path = "native/mod.rs"]
mod imp;
mod wake_batch;

pub mod panic;

pub use crossbeam_utils::CachePadded;
pub use imp::{alloc, atomic, cell, deque, hint, mutation, sync, thread};
pub use wake_batch::WakeBatch;

/// True when the crate was compiled for model checking: a model may then use smaller bounds.
pub const MODEL: bool = imp::MODEL;

/// Runs `f` as a model: under loom every interleaving up to the preemption bound, natively `rounds` times.
///
/// Under loom the bound is `preemptions` unless the environment variable `LOOM_MAX_PREEMPTIONS` gives another; natively
/// `HEIST_MODEL_ROUNDS` replaces `rounds`.
pub fn model(preemptions: usize, rounds: usize, f: impl Fn() + Send + Sync + 'static) {
    imp::model(preemptions, rounds, f);
}
