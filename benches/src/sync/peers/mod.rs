//! Specialised crates: each with its API under the names that the workloads use, on tokio's runtime, so that a ratio to
//! tokio is one of the primitives alone.

pub(crate) mod async_channel;
pub(crate) mod event_listener;
pub(crate) mod flume;
