//! heist: a multi-threaded, work-stealing async runtime with the API of Tokio 1.x.

extern crate self as heist;

mod blocking;
mod driver;
#[macro_use]
mod macros;
mod scheduler;

#[cfg(feature = "hyper")]
pub mod hyper;
pub mod io;
#[cfg(feature = "net")]
pub mod net;
pub mod runtime;
#[cfg(feature = "signal")]
pub mod signal;
pub mod sync;
pub mod task;
pub mod time;



pub use task::spawn;
