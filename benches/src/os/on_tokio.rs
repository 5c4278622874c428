//! The workloads against tokio.

pub(crate) use crate::adapters::Tokio as Runtime;
pub(crate) use tokio as rt;

#[path = "workloads/mod.rs"]
pub(crate) mod workloads;
