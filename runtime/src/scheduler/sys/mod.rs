//! What differs between systems: how exactly a thread wakes up.
//!
//! Each file provides `wake_precisely()`: asks the system not to delay the current thread's timeouts to gather them with
//! others. It is a request; a system that refuses it wakes the thread a little later.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod imp;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod imp;

pub(crate) use imp::wake_precisely;
