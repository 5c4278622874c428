//! The workloads against heist.

pub(crate) use crate::adapters::Heist as Runtime;
pub(crate) use heist as rt;

#[path = "workloads/mod.rs"]
pub(crate) mod workloads;
