//! Tasks: units of asynchronous work.

mod abort;
mod block_in_place;
mod blocking;
mod builder;
pub mod coop;
mod error;
mod id;
mod join;
pub mod join_set;
mod local_set;
pub(crate) mod names;
pub(crate) mod raw;
mod spawn;
pub mod task_local;
#[cfg(test)]
mod tests;
mod yield_now;

pub use abort::AbortHandle;
pub use block_in_place::block_in_place;
pub use blocking::spawn_blocking;
pub use builder::Builder;
#[doc(inline)]
pub use coop::{consume_budget, unconstrained};
pub use error::JoinError;
pub use id::{Id, id, try_id};
pub use join::JoinHandle;
#[doc(inline)]
pub use join_set::JoinSet;
pub use local_set::{LocalEnterGuard, LocalSet, spawn_local};
pub use spawn::spawn;
#[doc(inline)]
pub use task_local::LocalKey;
pub use yield_now::yield_now;

/// The named futures of this module.
pub mod futures {
    #[doc(inline)]
    pub use super::task_local::TaskLocalFuture;
}
