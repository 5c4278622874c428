//! The driver of one runtime: the seat in front of the operating system, and the handle for everybody else.

use std::io;
use std::time::Duration;

use heist_primitives::WakeBatch;
use heist_primitives::sync::{Arc, Mutex};
use polling::AsSource;

use crate::source::Source;
use crate::sources::{Counts, Key, Sources};
use crate::sys::{Buffer, Selector};
use crate::{Interest, Ready, Registration};

/// How a driver is set up.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// The most events that one [`Driver::wait`] takes. At least 1.
    pub events_per_wait: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { events_per_wait: 1024 }
    }
}

/// What a [`Driver::wait`] came back with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// Events of sources, whether or not anybody waited for them.
    pub events: usize,
    /// Somebody called [`Handle::kick`].
    pub kicked: bool,
}

/// The seat: whoever holds it waits for the operating system.
#[derive(Debug)]
pub struct Driver {
    handle: Handle,
    buffer: Buffer,
    next_failure: Option<io::Error>,
}

impl Driver {
    /// A driver, and a handle to it.
    ///
    /// # Errors
    ///
    /// Those of the operating system, for instance when the process has no file descriptors left.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist_io_driver::{Config, Driver};
    /// use heist_primitives::WakeBatch;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let (mut driver, handle) = Driver::new(Config::default())?;
    /// handle.kick();
    /// let turn = driver.wait(None, &mut WakeBatch::new())?;
    /// assert!(turn.kicked);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(config: Config) -> io::Result<(Driver, Handle)> {
        Ok(Self::with_selector(config, Selector::native()?))
    }

    /// A driver that uses nothing but `polling`, as on the systems that have no backend of their own.
    ///
    /// # Errors
    ///
    /// As [`Driver::new`].
    #[doc(hidden)]
    pub fn portable(config: Config) -> io::Result<(Driver, Handle)> {
        Ok(Self::with_selector(config, Selector::portable()?))
    }

    fn with_selector(config: Config, selector: Selector) -> (Driver, Handle) {
        let buffer = selector.buffer(config.events_per_wait.max(1));
        let handle = Handle { shared: Arc::new(Shared { selector, sources: Mutex::new(Sources::default()) }) };
        (Driver { handle: handle.clone(), buffer, next_failure: None }, handle)
    }

    /// Waits for events, a kick, or the end of `timeout` (`None` is forever, zero only looks).
    ///
    /// Every source that an event came for is marked, and the wakers of those who wait for it are added to `wakers`, for
    /// the caller to wake. A wait interrupted by a signal returns without events. Waking no earlier than the
    /// deadline is not promised to the nanosecond: the caller looks at its clock.
    ///
    /// # Errors
    ///
    /// Those of the operating system. None of them passes by itself, so a caller that goes on waiting would spin.
    pub fn wait(&mut self, timeout: Option<Duration>, wakers: &mut WakeBatch) -> io::Result<Turn> {
        if let Some(error) = self.next_failure.take() {
            return Err(error);
        }
        let shared = &self.handle.shared;
        let kicked = match shared.selector.wait(&mut self.buffer, timeout) {
            Ok(kicked) => kicked,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Turn::default()),
            Err(error) => return Err(error),
        };
        if self.buffer.is_empty() {
            return Ok(Turn { events: 0, kicked });
        }
        let mut events = 0;
        let mut sources = shared.sources.lock();
        self.buffer.for_each(|key, ready| {
            events += 1;
            // An event for a source that was deregistered meanwhile is nobody's.
            if let Some(source) = sources.get(Key::from_raw(key)) {
                source.event_arrived(ready, wakers);
            }
        });
        sources.events_came(events as u64);
        Ok(Turn { events, kicked })
    }

    /// Makes the next [`wait`](Self::wait) fail, for tests of what the caller does then.
    #[doc(hidden)]
    pub fn fail_next(&mut self, error: io::Error) {
        self.next_failure = Some(error);
    }
}

#[derive(Debug)]
struct Shared {
    selector: Selector,
    sources: Mutex<Sources>,
}

/// A reference to a driver. Cheap to clone; it keeps the driver's descriptors open.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    /// Registers a source for `interest`, once and for all: every later change is reported, none is missed, and nothing
    /// has to be armed again.
    ///
    /// The registration has to end, by [`Registration::deregister`], before the source is closed. Otherwise the
    /// operating system may go on reporting it, which is harmless but for the time it takes.
    ///
    /// # Errors
    ///
    /// Those of the operating system: the source cannot be waited for, or is registered already. And that of
    /// [`Handle::shutdown`] after a shutdown.
    pub fn register(&self, source: &impl AsSource, interest: Interest) -> io::Result<Registration> {
        self.register_ready(source, interest, Ready::EMPTY)
    }

    /// As [`register`](Self::register), for a source of which something is known without waiting for its first event.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    pub fn register_ready(
        &self,
        source: &impl AsSource,
        interest: Interest,
        initial: Ready,
    ) -> io::Result<Registration> {
        let entry = Arc::new(Source::new(initial));
        // The lock is not held across the system call; the key must exist first, for the call may report at once.
        let key = self.shared.sources.lock().insert(entry.clone())?;
        if let Err(error) = self.shared.selector.add(source.source(), key.raw(), interest) {
            self.forget(key);
            return Err(error);
        }
        Ok(Registration::new(self.clone(), entry, key))
    }

    /// Makes the current or the next [`Driver::wait`] return at once.
    pub fn kick(&self) {
        self.shared.selector.kick();
    }

    /// Resolves everybody who waits, now or later, with an error that [`is_shutdown_error`] recognises, and refuses new
    /// sources. The wakers of those who wait now are added to `wakers`.
    pub fn shutdown(&self, wakers: &mut WakeBatch) {
        self.shared.sources.lock().shut_down(wakers);
    }

    /// How many sources and events there have been.
    pub fn counts(&self) -> Counts {
        self.shared.sources.lock().counts()
    }

    /// The number of registered sources.
    pub fn sources(&self) -> usize {
        self.shared.sources.lock().len()
    }

    /// True if an event tells that the peer has closed its side, so that less than was asked for means "nothing left
    /// until the next event".
    pub(crate) fn sees_half_close(&self) -> bool {
        self.shared.selector.sees_half_close()
    }

    /// Tells the operating system to report the source no more.
    pub(crate) fn remove(&self, source: &impl AsSource, key: Key) -> io::Result<()> {
        let result = self.shared.selector.remove(source.source());
        self.forget(key);
        result
    }

    /// Ignores what is reported for `key` from now on.
    pub(crate) fn forget(&self, key: Key) {
        let removed = self.shared.sources.lock().remove(key);
        drop(removed);
    }
}

/// What operations on a runtime that has ended say.
pub const SHUTDOWN_MESSAGE: &str = "A Tokio 1.x context was found, but it is being shutdown.";

/// The payload of the error, so that it can be told from others with the same text.
#[derive(Debug)]
struct ShutDown;

impl std::fmt::Display for ShutDown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(SHUTDOWN_MESSAGE)
    }
}

impl std::error::Error for ShutDown {}

pub(crate) fn shutdown_error() -> io::Error {
    io::Error::other(ShutDown)
}

/// True if `error` comes from a driver that has been shut down.
pub fn is_shutdown_error(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|payload| payload.is::<ShutDown>())
}
