//! What the schedulers and the resources share of the outside world: the poller, the timers, the clock.
//!
//! A runtime owns one [`Driver`]. Resources reach it through [`runtime::context`](crate::runtime::context).

pub(crate) mod clock;
pub(crate) mod time;

/// The driver of one runtime. A part is absent if the builder did not enable it.
#[derive(Debug)]
pub(crate) struct Driver {
    /// Readiness of sockets, with `enable_io`.
    pub(crate) io: Option<heist_io_driver::Handle>,
    /// Timers, with `enable_time`.
    pub(crate) time: Option<time::TimeDriver>,
    /// The clock that the timers go by.
    pub(crate) clock: clock::Clock,
}
