//! Waiting for a moment, for a while, or again and again.
//!
//! - [`sleep`] and [`sleep_until`] wait.
//! - [`timeout`] and [`timeout_at`] give a future until a deadline to complete.
//! - [`interval`] and [`interval_at`] tick.
//! - [`Instant`] is a moment by the runtime's clock, which tests can stop with `pause` and move with `advance`
//!   (feature `test-util`).
//!
//! Timers never fire early. They are late by the operating system's delay, and because deadlines are rounded up so that an
//! idle program wakes less often: by up to a 512th of the time until then, but by up to 0.04 milliseconds if that is less,
//! and by no more than 1.1 milliseconds.
//!
//! Everything here has to be created inside a runtime with timers: one built with
//! [`enable_time`](crate::runtime::Builder::enable_time) or `enable_all`.
//!
//! # Examples
//!
//! ```
//! use heist::time::{Duration, sleep, timeout};
//!
//! #[heist::main]
//! async fn main() {
//!     sleep(Duration::from_millis(5)).await;
//!     let never = std::future::pending::<()>();
//!     assert!(timeout(Duration::from_millis(5), never).await.is_err());
//! }
//! ```

pub mod error;
mod instant;
mod interval;
#[cfg_attr(not(feature = "test-util"), expect(dead_code, unreachable_pub, reason = "published by the re-export below"))]
mod pause;
mod sleep;
mod timeout;

pub use std::time::Duration;

#[doc(inline)]
pub use instant::Instant;
#[doc(inline)]
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
#[cfg(feature = "test-util")]
#[doc(inline)]
pub use pause::{advance, pause, resume};
#[doc(inline)]
pub use sleep::{Sleep, sleep, sleep_until};
#[doc(inline)]
pub use timeout::{Timeout, timeout, timeout_at};
