//! The blocking pool: threads for closures that block, so that no worker has to.
//!
//! * `queue`: what waits, who sleeps, and the protocol between them (`README.md`);
//! * `pool`: the threads, and the way of a closure from `spawn_blocking` to its end;
//! * `task`: a closure as a task.

mod pool;
mod queue;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use pool::Pool;
