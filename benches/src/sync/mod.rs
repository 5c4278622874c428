//! The workloads of the group `sync`: channels, locks and the like, each compiled from the same source against heist
//! and against tokio, whose `sync` has the same API.
//!
//! The folder `workloads/` is included once by `on_heist.rs` and once by `on_tokio.rs`; what is called `rt` in it is
//! the one or the other. A specialised crate takes part by a file in `peers/`, which gives its API the names that the
//! workloads use and includes those of the files that it can run.

#![allow(clippy::duplicate_mod, reason = "the same source against several libraries is the point of this folder")]

mod on_heist;
mod on_tokio;
mod peers;

pub(crate) use on_heist::workloads::TABLE as HEIST;
pub(crate) use on_tokio::workloads::TABLE as TOKIO;
pub(crate) use peers::async_channel::TABLE as ASYNC_CHANNEL;
pub(crate) use peers::event_listener::TABLE as EVENT_LISTENER;
pub(crate) use peers::flume::TABLE as FLUME;
