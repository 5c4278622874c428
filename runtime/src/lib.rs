//! heist: a multi-threaded, work-stealing async runtime with the API of Tokio 1.x.
//!
//! A program written for Tokio finds the same paths, signatures and semantics below this crate's name. Tasks are spawned
//! with [`spawn`], wait with [`time`], talk over [`sync`] and [`net`], and hand work that blocks to
//! [`task::spawn_blocking`].
//!
//! ```
//! use std::time::Duration;
//!
//! #[heist::main]
//! async fn main() {
//!     let (sender, mut receiver) = heist::sync::mpsc::channel(8);
//!     for number in 1..=3_u64 {
//!         let sender = sender.clone();
//!         heist::spawn(async move {
//!             heist::time::sleep(Duration::from_millis(number)).await;
//!             sender.send(number).await.unwrap();
//!         });
//!     }
//!     drop(sender);
//!     let mut sum = 0;
//!     while let Some(number) = receiver.recv().await {
//!         sum += number;
//!     }
//!     assert_eq!(sum, 6);
//! }
//! ```
//!
//! # Features
//!
//! | feature | what |
//! |---|---|
//! | `full` (default) | `net fs process signal macros` |
//! | `net` | [`net`]: sockets |
//! | `fs` | [`fs`]: files and directories |
//! | `process` | [`process`]: child processes |
//! | `signal` | [`signal`]: Ctrl-C and the signals of Unix |
//! | `macros` | [`main`] and [`test`](macro@test) |
//! | `test-util` | `time::{pause, resume, advance}` |
//! | `hyper` | `heist::hyper`: the adapters for hyper 1.x |
//!
//! Everything else is always compiled; Tokio's other feature names are accepted and change nothing.
//!
//! How it works inside is told in the repository's `docs/architecture.md`.

extern crate self as heist;

mod blocking;
mod driver;
#[doc(hidden)]
pub mod macros;
mod scheduler;
mod util;

#[cfg(feature = "fs")]
pub mod fs;
#[cfg(feature = "hyper")]
pub mod hyper;
pub mod io;
#[cfg(feature = "net")]
pub mod net;
#[cfg(feature = "process")]
pub mod process;
pub mod runtime;
#[cfg(feature = "signal")]
pub mod signal;
pub mod stream;
pub mod sync;
pub mod task;
pub mod time;

#[cfg(feature = "macros")]
pub use heist_macros::{main, test};
pub use task::spawn;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
