//! Readiness of the operating system to wakers.
//!
//! A [`Driver`] waits for events of the operating system and turns each into the wakers of the tasks that wait for it.
//! It polls no future and knows no scheduler: whoever holds it decides when to wait and in which order to wake. A
//! [`Handle`] registers sources and interrupts the wait from other threads; a [`Registration`] is one source's share:
//! what is known about its readiness, and who waits for it.
//!
//! The protocol between events and waiting tasks is described in the `README.md` of this folder.

mod driver;
mod interest;
mod ready;
mod registration;
mod sources;
mod sys;

#[doc(hidden)]
pub mod readiness;
#[doc(hidden)]
pub mod source;
#[cfg(test)]
mod tests;
mod waiters;

pub use driver::{Config, Driver, Handle, SHUTDOWN_MESSAGE, Turn, is_shutdown_error};
pub use interest::Interest;
pub use polling::AsSource;
pub use readiness::ReadyEvent;
pub use ready::Ready;
pub use registration::{Registration, WaitReady};
pub use source::Direction;
pub use sources::Counts;
