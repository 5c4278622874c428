//! Starting, configuring and entering a runtime.
//!
//! A [`Runtime`] runs tasks, timers and I/O. [`Runtime::new`] makes one with a worker thread per processor;
//! [`Builder`] makes others. Inside a runtime, [`spawn`](crate::spawn) and everything in [`time`](crate::time) and
//! [`net`](crate::net) find it by themselves; from elsewhere a [`Handle`] leads to it.

mod builder;
pub(crate) mod config;
pub(crate) mod context;
mod cpus;
pub(crate) mod error;
mod handle;
pub(crate) mod hooks;
mod id;
mod local_runtime;
mod long_poll;
pub(crate) mod metrics;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod runtime;
pub(crate) mod seed;
pub(crate) mod unhandled_panic;

pub use builder::Builder;
pub use error::{TryCurrentError, is_rt_shutdown_err};
pub use handle::{EnterGuard, Handle, RuntimeFlavor, worker_index};
pub use hooks::TaskMeta;
pub use id::Id;
pub use local_runtime::{LocalOptions, LocalRuntime};
pub use long_poll::LongPoll;
pub use metrics::RuntimeMetrics;
pub use metrics::histogram::{
    HistogramConfiguration, InvalidHistogramConfiguration, LogHistogram, LogHistogramBuilder,
};
pub use runtime::Runtime;
pub use seed::RngSeed;
pub use unhandled_panic::UnhandledPanic;
