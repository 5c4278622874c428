//! The timers of one runtime: a wheel per worker slot and one for all other threads.

/// The timers of one runtime.
#[derive(Debug)]
pub(crate) struct TimeDriver;
