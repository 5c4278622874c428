//! The blocking pool: threads for closures that block, so that no worker has to.
//!
//! * `queue`: what waits, who sleeps, and the protocol between them (`README.md`);
//! * `pool`: the threads, and the way of a closure from `spawn_blocking` to its end;
//! * `lengths`: whether closures take longer than waking a thread for each;
//! * `task`: a closure as a task;
//! * `pools`: a pool for each kind of work, with a quota of its own.

mod lengths;
mod pool;
mod pools;
mod queue;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use pool::Pool;
#[cfg(test)]
pub(crate) use pools::MAX_LOOKUPS;
pub(crate) use pools::Pools;
