//! The workloads of the group `os`: files, sockets other than TCP's echo, copying, processes, each compiled from the
//! same source against heist and against tokio, as those of `sync/` are.
//!
//! `fixture` makes the files that are read, `transfer` is the process at the other ends of the sockets that are copied.

#![allow(clippy::duplicate_mod, reason = "the same source against several libraries is the point of this folder")]

mod fixture;
mod on_heist;
mod on_tokio;
pub(crate) mod transfer;

pub(crate) use on_heist::workloads::TABLE as HEIST;
pub(crate) use on_tokio::workloads::TABLE as TOKIO;
