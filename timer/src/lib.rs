//! Timers of the heist runtime: a hierarchical timing wheel with intrusive entries.
//!
//! Time is a `u64` of nanoseconds since some origin that the caller chooses. This crate reads no clock, owns no thread
//! and rounds nothing: it hands out the timers that are due at the time it is told, exactly those. A [`Timer`] lies
//! inside the user's pinned future, so waiting for a deadline allocates nothing; a [`Shard`] is a wheel behind a lock,
//! of which a runtime has one per worker. When to look at a shard, and how coarsely deadlines are rounded so that
//! wake-ups coincide, is decided in the runtime (`driver/time.rs`).
//!
//! `README.md` in this folder explains the algorithm, the states and the races.

mod entry;
mod shard;
mod state;
mod timer;
mod wheel;

pub use shard::Shard;
pub use timer::{Armed, Status, Timer};

/// The deadline of a shard that holds no timer.
pub const NEVER: u64 = u64::MAX;
