//! The clock of a runtime: real, or paused by tests.

/// A clock.
#[derive(Debug)]
pub(crate) struct Clock;
