//! Readiness of the operating system to wakers.

/// A reference to a driver.
#[derive(Debug, Clone)]
pub struct Handle;
