//! What the schedulers and the resources share of the outside world: the poller, the timers, the clock.
//!
//! A runtime owns one [`Driver`]. Resources reach it through [`runtime::context`](crate::runtime::context).

use std::io;
use std::sync::Arc;

pub(crate) mod clock;
pub(crate) mod seat;
pub(crate) mod time;

use heist_primitives::WakeBatch;
use heist_primitives::panic::quietly;

use self::clock::Clock;
use self::seat::Seat;
use self::time::TimeDriver;
use crate::runtime::config::Config;

/// What a scheduler starts with.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) driver: Driver,
    /// Where one thread at a time waits.
    pub(crate) seat: Seat,
}

impl Parts {
    /// The parts that `config` enables, for so many workers and, later on, spare ones.
    ///
    /// # Errors
    ///
    /// If the system refuses a poller: no descriptors are left.
    pub(crate) fn new(config: &Config, workers: usize, spares: usize) -> io::Result<Self> {
        let clock = Arc::new(Clock::new(config.start_paused));
        let events_per_wait = config.max_io_events_per_tick;
        let poller = match config.enable_io {
            true => Some(heist_io_driver::Driver::new(heist_io_driver::Config { events_per_wait })?),
            false => None,
        };
        let io = poller.as_ref().map(|(_, handle)| handle.clone());
        let time = config.enable_time.then(|| TimeDriver::new(workers, spares, clock.clone()));
        Ok(Self { driver: Driver { io, time, clock }, seat: Seat::new(poller) })
    }
}

/// The driver of one runtime. A part is absent if the builder did not enable it.
#[derive(Debug)]
pub(crate) struct Driver {
    /// Readiness of sockets, with `enable_io`.
    pub(crate) io: Option<heist_io_driver::Handle>,
    /// Timers, with `enable_time`.
    pub(crate) time: Option<time::TimeDriver>,
    /// The clock that the timers go by.
    pub(crate) clock: Arc<clock::Clock>,
}

impl Driver {
    /// Resolves whatever still waits, with errors: the runtime is gone.
    pub(crate) fn shutdown(&self) {
        let mut wakers = WakeBatch::new();
        if let Some(time) = &self.time {
            time.shutdown(&mut wakers);
        }
        if let Some(io) = &self.io {
            io.shutdown(&mut wakers);
        }
        wake_all(&mut wakers);
    }
}

/// Calls all wakers. One that panics stops nobody else; the panic hook has printed its message.
pub(crate) fn wake_all(wakers: &mut WakeBatch) {
    quietly(|| wakers.wake_all());
}
