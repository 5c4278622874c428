//! Tasks: units of asynchronous work.

pub mod coop;

#[doc(inline)]
pub use coop::{consume_budget, unconstrained};

/// Spawns a task.
pub fn spawn() {}
