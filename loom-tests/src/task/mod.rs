//! The task core of the runtime, and its models.

// Schedulers and public API, which use the rest, are not mounted.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]

#[path = "../../../runtime/src/task/abort.rs"]
mod abort;
#[path = "../../../runtime/src/task/coop.rs"]
pub(crate) mod coop;
#[path = "../../../runtime/src/task/error.rs"]
pub(crate) mod error;
#[path = "../../../runtime/src/task/id.rs"]
pub(crate) mod id;
#[path = "../../../runtime/src/task/join.rs"]
pub(crate) mod join;
#[path = "../../../runtime/src/task/raw/mod.rs"]
pub(crate) mod raw;

#[cfg(test)]
mod models;

use abort::AbortHandle;
use error::JoinError;
use id::{Id, id, try_id};
use join::JoinHandle;
