//! The work-stealing scheduler.

use crate::driver::Driver;

/// What all threads see of it.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) driver: Driver,
}
