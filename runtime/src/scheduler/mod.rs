//! The schedulers.

pub(crate) mod current_thread;
pub(crate) mod multi_thread;

use std::sync::Arc;

use crate::driver::Driver;

/// A reference to a runtime's scheduler, of either flavour.
#[derive(Debug, Clone)]
pub(crate) enum Handle {
    /// Tasks run on the thread that calls `block_on`.
    CurrentThread(Arc<current_thread::Shared>),
    /// Tasks run on worker threads.
    MultiThread(Arc<multi_thread::Shared>),
}

impl Handle {
    /// The runtime's driver.
    pub(crate) fn driver(&self) -> &Driver {
        match self {
            Handle::CurrentThread(shared) => &shared.driver,
            Handle::MultiThread(shared) => &shared.driver,
        }
    }

    /// The wheel that the current thread should put its timers on: its own slot's if it is a running worker of this
    /// runtime, otherwise the one shared by all other threads.
    pub(crate) fn timer_shard(&self) -> usize {
        0
    }
}
