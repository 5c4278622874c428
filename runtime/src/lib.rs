//! heist: a multi-threaded, work-stealing async runtime with the API of Tokio 1.x.

extern crate self as heist;

mod blocking;
mod driver;
#[doc(hidden)]
pub mod macros;
mod scheduler;
mod util;

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

#[cfg(feature = "macros")]
pub use heist_macros::{main, test};
pub use task::spawn;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
